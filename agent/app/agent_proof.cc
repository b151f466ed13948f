#include "agent/app/agent_proof.h"

#include <absl/strings/escaping.h>
#include <arpa/inet.h>

#include <cstdlib>
#include <utility>

#include "agent/app/agent_token.h"
#include "agent/app/read_file.h"

namespace twinwatch::app {
namespace {

std::string FromEnvironment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Status CheckPair(std::string_view one, bool has_one, std::string_view other, bool has_other) {
  if (has_one == has_other) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, "{} goes with {}, which is not set",
               has_one ? one : other, has_one ? other : one);
}

StatusOr<std::string> Password(const std::string& file) {
  StatusOr<std::string> password = ReadPassword(file);
  if (!password.ok()) {
    return Error(absl::StatusCode::kInvalidArgument, "TWINWATCH_AGENT_PASSWORD_FILE: {}: {}", file,
                 Text(password.status()));
  }
  return password;
}

}  // namespace

ProofEnvironment ReadProofEnvironment() {
  return {FromEnvironment("TWINWATCH_AGENT_CA_FILE"), FromEnvironment("TWINWATCH_AGENT_CERT_FILE"),
          FromEnvironment("TWINWATCH_AGENT_KEY_FILE"), FromEnvironment("TWINWATCH_AGENT_USER"),
          FromEnvironment("TWINWATCH_AGENT_PASSWORD_FILE")};
}

bool IsLoopback(const std::string& host) {
  in_addr v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
  return host == "localhost" || host == "::1";
}

StatusOr<http::Proof> ProofFor(const http::Url& url, const ProofEnvironment& environment,
                               const std::string& token_file) {
  const ProofEnvironment& given = environment;
  RETURN_IF_ERROR(CheckPair("TWINWATCH_AGENT_USER", !given.user.empty(),
                            "TWINWATCH_AGENT_PASSWORD_FILE", !given.password_file.empty()));
  RETURN_IF_ERROR(CheckPair("TWINWATCH_AGENT_CERT_FILE", !given.cert_file.empty(),
                            "TWINWATCH_AGENT_KEY_FILE", !given.key_file.empty()));
  http::Proof proof;
  if (url.secure) {
    ASSIGN_OR_RETURN(proof.tls,
                     tls::MakeClientContext({given.ca_file, given.cert_file, given.key_file}));
  }
  if (!given.user.empty()) {
    ASSIGN_OR_RETURN(const std::string password, Password(given.password_file));
    proof.authorization = "Basic " + absl::Base64Escape(given.user + ":" + password);
  } else if (IsLoopback(url.host)) {
    if (const StatusOr<std::string> token = ReadToken(token_file); token.ok())
      proof.authorization = "Bearer " + *token;
  }
  return proof;
}

}  // namespace twinwatch::app
