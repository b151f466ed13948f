#include "exporters/http/authenticator.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "exporters/http/password.h"

namespace twinwatch::http_server {
namespace {

constexpr int kRight = 200, kWrong = 401, kTooManyFailures = 429, kNoTime = 503;
constexpr std::chrono::seconds kTimeToCheck{25};
constexpr size_t kChecksWaiting = 8;
constexpr size_t kKeyBytes = 32;

std::string RandomKey() {
  std::array<unsigned char, kKeyBytes> bytes;
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    throw std::runtime_error("the system has no random numbers");
  return std::string(bytes.begin(), bytes.end());
}

}  // namespace

Authenticator::Authenticator(const Executor& executor, Access access)
    : executor_(executor),
      access_(std::move(access)),
      key_(RandomKey()),
      failures_(kFailuresPerSecond),
      helper_(std::in_place, executor, kChecksWaiting) {}

std::string_view Authenticator::challenge() const {
  return access_.users.empty() ? R"(Bearer realm="twinwatch")"
                               : R"(Basic realm="twinwatch", charset="UTF-8")";
}

Task<Authenticator::Verdict> Authenticator::Judge(std::string authorization,
                                                  std::string certificate_name) {
  const Credentials credentials = ParseCredentials(authorization);
  Verdict verdict;
  if (const auto* bearer = std::get_if<BearerToken>(&credentials);
      bearer != nullptr && !access_.token.empty()) {
    if (SameSecret(bearer->token, access_.token)) {
      verdict.user = "token";
    } else {
      const Deadline now = std::chrono::steady_clock::now();
      verdict.status = failures_.Take(now, now) ? kWrong : kTooManyFailures;
    }
  } else if (access_.users.empty()) {
    verdict.user = std::move(certificate_name);
  } else if (const auto* basic = std::get_if<BasicCredentials>(&credentials)) {
    verdict.status = co_await JudgePassword(*basic);
    verdict.user = basic->name;
  } else {
    verdict.status = kWrong;
  }
  if (verdict.status != kRight) verdict.user.clear();
  co_return verdict;
}

Task<int> Authenticator::JudgePassword(BasicCredentials credentials) {
  const std::string digest = DigestOf(credentials.name, credentials.password);
  const auto known = known_good_.find(credentials.name);
  if (known != known_good_.end() && SameSecret(known->second, digest)) co_return kRight;
  // A browser comes with six connections at once: one of them has the pair checked for all.
  if (const auto same = under_way_.find(digest); same != under_way_.end()) {
    const auto told = std::make_shared<OneShot<int>>(executor_);
    same->second.push_back(told);
    const StatusOr<int> status = co_await told->Wait(After(kTimeToCheck));
    co_return status.ok() ? *status : kNoTime;
  }
  under_way_[digest];
  const int status = co_await CheckPassword(std::move(credentials), digest);
  for (const auto& waiting : under_way_[digest]) waiting->Set(status);
  under_way_.erase(digest);
  co_return status;
}

Task<int> Authenticator::CheckPassword(BasicCredentials credentials, std::string digest) {
  // Taken before it is known to be one, so that many at once are no more than one after the other.
  const Deadline now = std::chrono::steady_clock::now();
  if (!failures_.Take(now, now)) co_return kTooManyFailures;
  const bool is_user = access_.users.contains(credentials.name);
  const auto result = std::make_shared<OneShot<bool>>(executor_);
  HelperThread::Work work = [password = std::move(credentials.password),
                             hash = HashFor(credentials.name)] {
    return PasswordFits(password, hash);
  };
  if (!helper_ || !helper_->Run(std::move(work), result)) co_return kNoTime;
  const StatusOr<bool> fits = co_await result->Wait(After(kTimeToCheck));
  if (!fits.ok()) co_return kNoTime;
  if (!*fits || !is_user) co_return kWrong;
  failures_.GiveBack();
  known_good_[credentials.name] = digest;
  co_return kRight;
}

std::string Authenticator::DigestOf(std::string_view name, std::string_view password) const {
  const std::string pair = fmt::format("{}:{}:{}", name.size(), name, password);
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes;
  unsigned size = 0;
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
       reinterpret_cast<const unsigned char*>(pair.data()), pair.size(), bytes.data(), &size);
  return std::string(bytes.begin(), bytes.begin() + size);
}

// The costs of users may differ: to an unknown name always the same one's is applied.
const std::string& Authenticator::HashFor(const std::string& name) const {
  const auto user = access_.users.find(name);
  if (user != access_.users.end()) return user->second;
  const size_t some = static_cast<unsigned char>(DigestOf(name, "")[0]) % access_.users.size();
  return std::next(access_.users.begin(), static_cast<std::ptrdiff_t>(some))->second;
}

}  // namespace twinwatch::http_server
