#include "probes/wire/sasl.h"

#include <utility>

#include "agent/core/bytes.h"
#include "probes/wire/remote_exception.h"

namespace twinwatch::wire {
namespace {

constexpr Protection kProtections[] = {Protection::kAuthentication, Protection::kIntegrity,
                                       Protection::kPrivacy};

// Tickets of users who are in a thousand groups have some ten thousand bytes.
constexpr uint32_t kMaxTokenBytes = 256u << 10;
constexpr uint32_t kMaxTextBytes = 64u << 10;
// What units we say that we take; Java says the same, and servers look at neither.
constexpr uint32_t kOurMaxUnit = 65536;

constexpr uint32_t kSuccess = 0;
constexpr uint32_t kError = 1;
constexpr uint32_t kSwitchToSimple = static_cast<uint32_t>(-88);
constexpr uint32_t kNoText = static_cast<uint32_t>(-1);  // Java's null

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

Status Refusal(const RemoteException& exception) {
  const std::string said(Text(ToStatus(exception)));
  // Two log-ins in the same microsecond, or a server that forgot its own clock's past.
  if (said.find("replay") != std::string::npos) {
    return Error(absl::StatusCode::kUnavailable, "the server refused the log-in: {}", said);
  }
  return Error(absl::StatusCode::kUnauthenticated, "the server refused the log-in: {}", said);
}

std::vector<std::string_view> NamesOf(uint8_t mask) {
  std::vector<std::string_view> names;
  for (const Protection protection : kProtections) {
    if ((mask & static_cast<uint8_t>(protection)) != 0) names.push_back(ToString(protection));
  }
  return names;
}

}  // namespace

std::string_view ToString(Protection protection) {
  switch (protection) {
    case Protection::kAuthentication:
      return "authentication";
    case Protection::kIntegrity:
      return "integrity";
    case Protection::kPrivacy:
      return "privacy";
  }
  return "";
}

StatusOr<std::vector<Protection>> ParseProtections(std::string_view text) {
  std::vector<Protection> out;
  for (bool more = true; more;) {
    const size_t comma = text.find(',');
    const std::string_view name = Trimmed(text.substr(0, comma));
    more = comma != std::string_view::npos;
    if (more) text.remove_prefix(comma + 1);
    const size_t before = out.size();
    for (const Protection protection : kProtections) {
      if (name == ToString(protection)) out.push_back(protection);
    }
    if (out.size() == before) {
      return Error(absl::StatusCode::kInvalidArgument,
                   "\"{}\" is none of authentication, integrity and privacy", name);
    }
  }
  return out;
}

std::string KerberosPreamble() { return std::string("HBas\0\x51", 6); }

std::string EncodeSaslToken(std::string_view token) {
  std::string out;
  out.reserve(4 + token.size());
  AppendBigEndian32(static_cast<uint32_t>(token.size()), &out);
  out.append(token);
  return out;
}

FrameReader::Space SaslAnswers::Prepare() {
  if (token_) return {bytes_.data(), 0};
  return {bytes_.data() + filled_, bytes_.size() - filled_};
}

Status SaslAnswers::Commit(size_t n) {
  filled_ += n;
  // A part of no bytes is whole at once.
  while (!token_ && filled_ == bytes_.size()) RETURN_IF_ERROR(Finish());
  return absl::OkStatus();
}

std::optional<std::string> SaslAnswers::TakeToken() { return std::exchange(token_, std::nullopt); }

void SaslAnswers::Expect(Part part, size_t size) {
  part_ = part;
  bytes_.assign(size, '\0');
  filled_ = 0;
}

Status SaslAnswers::ExpectText(Part part, std::string_view of_what) {
  uint32_t size = ReadBigEndian32(bytes_.data());
  if (size == kNoText) size = 0;
  if (size > kMaxTextBytes) {
    return Error(absl::StatusCode::kDataLoss,
                 "the server refuses the log-in with a {} of {} bytes, more than the {} that are "
                 "taken",
                 of_what, size, kMaxTextBytes);
  }
  Expect(part, size);
  return absl::OkStatus();
}

Status SaslAnswers::Finish() {
  switch (part_) {
    case Part::kStatus: {
      const uint32_t status = ReadBigEndian32(bytes_.data());
      if (status != kSuccess && status != kError) {
        return Error(absl::StatusCode::kDataLoss,
                     "the server answers a log-in with the status {}, which HBase does not know",
                     status);
      }
      Expect(status == kSuccess ? Part::kTokenLength : Part::kClassLength, 4);
      return absl::OkStatus();
    }
    case Part::kTokenLength: {
      const uint32_t size = ReadBigEndian32(bytes_.data());
      if (size == kSwitchToSimple) {
        return Error(absl::StatusCode::kUnauthenticated,
                     "the server asks for no log-in (its hbase.security.authentication is "
                     "simple), and without one it is not trusted: take Kerberos out of this "
                     "cluster's configuration if that is meant");
      }
      if (size > kMaxTokenBytes) {
        return Error(absl::StatusCode::kDataLoss,
                     "the server announces a token of {} bytes, more than the {} that are taken",
                     size, kMaxTokenBytes);
      }
      Expect(Part::kToken, size);
      return absl::OkStatus();
    }
    case Part::kToken:
      token_ = std::move(bytes_);
      Expect(Part::kStatus, 4);
      return absl::OkStatus();
    case Part::kClassLength:
      return ExpectText(Part::kClass, "class name");
    case Part::kClass:
      class_name_ = bytes_;
      Expect(Part::kTextLength, 4);
      return absl::OkStatus();
    case Part::kTextLength:
      return ExpectText(Part::kText, "message");
    case Part::kText:
      return Refusal({class_name_, FirstLine(bytes_), true});
  }
  return absl::OkStatus();
}

StatusOr<OfferedProtections> ParseOffer(std::string_view bytes) {
  if (bytes.size() != 4) {
    return Error(absl::StatusCode::kDataLoss,
                 "the server's offer of protections has {} bytes instead of 4", bytes.size());
  }
  const uint32_t all = ReadBigEndian32(bytes.data());
  return OfferedProtections{static_cast<uint8_t>(all >> 24), all & 0xFFFFFF};
}

StatusOr<Protection> Choose(const OfferedProtections& offer,
                            const std::vector<Protection>& wanted) {
  uint8_t mask = 0;
  for (const Protection protection : wanted) {
    if ((offer.mask & static_cast<uint8_t>(protection)) != 0) return protection;
    mask = static_cast<uint8_t>(mask | static_cast<uint8_t>(protection));
  }
  return Error(absl::StatusCode::kUnauthenticated,
               "the server offers {} as hbase.rpc.protection, here it is {}: make them agree",
               fmt::join(NamesOf(offer.mask), ", "), fmt::join(NamesOf(mask), ", "));
}

std::string EncodeChoice(Protection protection) {
  std::string out;
  const uint32_t max_unit = protection == Protection::kAuthentication ? 0 : kOurMaxUnit;
  AppendBigEndian32(static_cast<uint32_t>(protection) << 24 | max_unit, &out);
  return out;
}

}  // namespace twinwatch::wire
