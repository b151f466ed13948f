// How a command proves to an agent who it is: by what its environment names, else by the token of
// an agent on this machine.
#pragma once

#include <string>

#include "agent/core/status.h"
#include "probes/http/client.h"
#include "probes/http/url.h"

namespace twinwatch::app {

// TWINWATCH_AGENT_..., empty as good as not set. No secret is in it, only files that hold them.
struct ProofEnvironment {
  std::string ca_file;    // CA_FILE: whom to trust instead of the system's trust store
  std::string cert_file;  // CERT_FILE, KEY_FILE: a client certificate
  std::string key_file;
  std::string user;  // USER, PASSWORD_FILE: a user of the agent's basic_auth_users
  std::string password_file;
};

ProofEnvironment ReadProofEnvironment();

// This machine, by its name: nothing is looked up.
bool IsLoopback(const std::string& host);

// What to show to the agent at `url`. `token_file` is read where the environment names no user and
// the agent is on this machine: a token goes to no other one. It need not be there.
// kInvalidArgument names the variable that is wrong.
StatusOr<http::Proof> ProofFor(const http::Url& url, const ProofEnvironment& environment,
                               const std::string& token_file);

}  // namespace twinwatch::app
