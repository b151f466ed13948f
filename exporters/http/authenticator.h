// Decides of each request who sends it, and whether it is answered at all.
//
// A password takes bcrypt's time to check, on a thread beside the program's; a pair of name and
// password that was right is remembered by its digest. Failures of all clients together are
// limited: beyond a few a second nothing is checked any more, and only who was right before, or has
// the token, gets in.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exporters/http/access.h"
#include "exporters/http/credentials.h"
#include "probes/api/async.h"
#include "probes/api/helper_thread.h"
#include "probes/api/request_bucket.h"

namespace twinwatch::http_server {

class Authenticator {
 public:
  static constexpr uint64_t kFailuresPerSecond = 5;

  struct Verdict {
    int status = 200;  // or 401, 429 (too many failures), 503 (no time to check)
    std::string user;  // Request::user, where the status is 200
  };

  Authenticator(const Executor& executor, Access access);

  const std::shared_ptr<tls::Context>& tls() const { return access_.tls; }
  // What a 401 has to say of how one proves who one is.
  std::string_view challenge() const;

  // `certificate_name` is that of a verified client certificate; empty without one. The
  // Authenticator must outlive the coroutine.
  Task<Verdict> Judge(std::string authorization, std::string certificate_name);

  // No password is checked any more.
  void Stop() { helper_.reset(); }

 private:
  Task<int> JudgePassword(BasicCredentials credentials);
  Task<int> CheckPassword(BasicCredentials credentials, std::string digest);
  std::string DigestOf(std::string_view name, std::string_view password) const;
  // What the password is checked against: a user that there is not takes as long as one that
  // there is.
  const std::string& HashFor(const std::string& name) const;

  Executor executor_;
  Access access_;
  std::string key_;  // of the digests, for as long as the program runs
  std::map<std::string, std::string> known_good_;  // name to digest: one a user
  // Those who wait for the same pair to be checked, by digest.
  std::map<std::string, std::vector<std::shared_ptr<OneShot<int>>>> under_way_;
  RequestBucket failures_;
  std::optional<HelperThread> helper_;
};

}  // namespace twinwatch::http_server
