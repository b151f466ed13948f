// A server's side of a log-in: all at once gives the same tokens, and the same end, as byte by
// byte; an offer of protections gives one of those that were wanted, or none.
#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "probes/wire/sasl.h"
#include "tests/fuzz/fuzz.h"

using namespace twinwatch;

namespace {

std::vector<std::string> TokensOf(std::string_view stream, size_t step) {
  wire::SaslAnswers answers;
  std::vector<std::string> out;
  while (!stream.empty()) {
    const wire::FrameReader::Space space = answers.Prepare();
    fuzz::Require(space.size > 0, "there is always space for more bytes");
    const size_t n = std::min({space.size, step, stream.size()});
    std::memcpy(space.data, stream.data(), n);
    stream.remove_prefix(n);
    if (const Status status = answers.Commit(n); !status.ok()) {
      out.push_back(status.ToString());
      return out;
    }
    if (std::optional<std::string> token = answers.TakeToken()) {
      fuzz::Require(!answers.TakeToken().has_value(), "a token is taken once");
      out.push_back(*std::move(token));
    }
  }
  return out;
}

void TakeOffer(std::string_view bytes) {
  const StatusOr<wire::OfferedProtections> offer = wire::ParseOffer(bytes);
  if (!offer.ok()) return;
  const std::vector<wire::Protection> wanted = {wire::Protection::kPrivacy,
                                                wire::Protection::kIntegrity};
  const StatusOr<wire::Protection> chosen = wire::Choose(*offer, wanted);
  if (!chosen.ok()) return;
  fuzz::Require((offer->mask & static_cast<uint8_t>(*chosen)) != 0, "it was offered");
  fuzz::Require(*chosen != wire::Protection::kAuthentication, "it was wanted");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view stream = fuzz::View(data, size);
  fuzz::Require(TokensOf(stream, size) == TokensOf(stream, 1), "any split gives the same tokens");
  TakeOffer(stream);
  const StatusOr<std::vector<wire::Protection>> protections = wire::ParseProtections(stream);
  fuzz::Require(!protections.ok() || !protections->empty(), "it names at least one");
  return 0;
}
