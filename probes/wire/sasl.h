// How HBase's RPC lets somebody log in with Kerberos: SASL's mechanism GSSAPI (RFC 4752) in HBase's
// own framing, as bytes. What the tokens mean is probes/gss's business.
//
//   client: preamble, then tokens:  int32 length, token
//   server: int32 status; 0: int32 length, token.  1: class name and message, and it closes
//
// The last token from the server says which protections it offers, the client's answer which one it
// takes. From then on both send units, int32 length and wrapped bytes, unless that was
// authentication only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/status.h"
#include "probes/wire/frame.h"

namespace twinwatch::wire {

// What is done to the bytes after the log-in. The numbers are SASL's.
enum class Protection : uint8_t { kAuthentication = 1, kIntegrity = 2, kPrivacy = 4 };

// As hbase.rpc.protection spells it.
std::string_view ToString(Protection protection);

// The value of hbase.rpc.protection: one, or several with commas, the preferred one first.
// kInvalidArgument says what there is.
StatusOr<std::vector<Protection>> ParseProtections(std::string_view text);

// "HBas", version 0, KERBEROS.
std::string KerberosPreamble();

// A token or a wrapped unit: its length in front. Empty tokens are sent too.
std::string EncodeSaslToken(std::string_view token);

// Reads the server's answers, one token each, and not a byte further than each goes.
//
//   while (!(token = reader.TakeToken())) { space = reader.Prepare(); ...; reader.Commit(n); }
class SaslAnswers {
 public:
  // Where the next bytes go; never empty unless a token has not been taken.
  FrameReader::Space Prepare();

  // `n` bytes of that space were filled. The server's refusal is an error: kUnauthenticated with
  // what it says, kUnavailable where the same again may be taken. So is its wish to go on without
  // security, which is not followed. kDataLoss: this is no answer.
  Status Commit(size_t n);

  std::optional<std::string> TakeToken();

 private:
  enum class Part { kStatus, kTokenLength, kToken, kClassLength, kClass, kTextLength, kText };

  Status Finish();
  Status ExpectText(Part part, std::string_view of_what);
  void Expect(Part part, size_t size);

  Part part_ = Part::kStatus;
  std::string bytes_ = std::string(4, '\0');  // of the part; `filled_` of them are there
  size_t filled_ = 0;
  std::string class_name_;
  std::optional<std::string> token_;
};

// What a server offers, in its last token, unwrapped.
struct OfferedProtections {
  uint8_t mask = 0;
  uint32_t max_unit = 0;  // the largest unit that it takes
};
StatusOr<OfferedProtections> ParseOffer(std::string_view bytes);

// The first of `wanted` that is offered. kUnauthenticated names both.
StatusOr<Protection> Choose(const OfferedProtections& offer, const std::vector<Protection>& wanted);

// The client's last token, to be wrapped.
std::string EncodeChoice(Protection protection);

// A unit holds a response of any size, and some bytes around it.
inline constexpr size_t kMaxUnitBytes = kMaxFrameBytes + (64u << 10);

}  // namespace twinwatch::wire
