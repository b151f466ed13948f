// What a server sends: all at once gives the same response as byte by byte. And what is made of it:
// URLs of redirects, the beginning of a WAL, HDFS's errors, the name of a WAL.
#include "agent/core/status.h"
#include "probes/dfs/wal_folders.h"
#include "probes/dfs/wal_header.h"
#include "probes/dfs/web_hdfs.h"
#include "probes/http/response_reader.h"
#include "probes/http/url.h"
#include "tests/fuzz/fuzz.h"

using namespace twinwatch;

namespace {

constexpr size_t kBody = 64;

std::string ResponseOf(std::string_view stream, size_t step) {
  http::ResponseReader reader(kBody);
  while (!stream.empty() && !reader.done()) {
    if (const Status fed = reader.Feed(stream.substr(0, step)); !fed.ok()) return "error";
    stream.remove_prefix(std::min(step, stream.size()));
  }
  if (const Status ended = reader.FeedEnd(); !ended.ok()) return "error";
  const http::Response response = reader.Take();
  fuzz::Require(response.body.size() <= kBody, "no more of the body than was wanted");
  fuzz::Require(!dfs::ErrorOf(response, "nn:1").ok(), "an error is one");
  return fmt::format("{} {} {} {}", response.status, response.content_length.value_or(0),
                     response.location, response.body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = fuzz::View(data, size);
  fuzz::Require(ResponseOf(text, size + 1) == ResponseOf(text, 1),
                "any split gives the same response");
  if (const StatusOr<http::Url> url = http::Url::Parse(text); url.ok()) {
    const StatusOr<http::Url> again =
        http::Url::Parse((url->secure ? "https://" : "http://") + url->HostPort() + url->target);
    fuzz::Require(again.ok() && *again == *url, "URLs go there and back");
    fuzz::Require(url->target.find_first_of(" \r\n") == std::string::npos, "one line, one word");
  }
  if (const auto header = dfs::HeaderBytes(text, size); header)
    fuzz::Require(*header <= size, "a header lies within its WAL");
  if (const auto places = dfs::PlacesOf("/hbase", std::string(text)); places.ok()) {
    for (const dfs::WalPlace& place : *places)
      fuzz::Require(place.path.find("/../") == std::string::npos, "no way out of the folder");
  }
  return 0;
}
