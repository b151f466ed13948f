#include "exporters/http/password.h"

#include <crypt.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <memory>

namespace twinwatch::http_server {
namespace {

constexpr size_t kHashSize = 60;   // $2b$10$, 22 of salt, 31 of hash
constexpr size_t kPrefixSize = 7;  // $2b$10$
constexpr int kMinCost = 4;

bool IsBcryptDigit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' ||
         c == '/';
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::string_view WhyNoBcryptHash(std::string_view hash) {
  constexpr std::string_view kNone = "is no bcrypt hash; make one with htpasswd -nBC 10 NAME";
  const bool begins = hash.size() == kHashSize && hash.starts_with("$2") &&
                      (hash[2] == 'a' || hash[2] == 'b' || hash[2] == 'y') && hash[3] == '$' &&
                      IsDigit(hash[4]) && IsDigit(hash[5]) && hash[6] == '$';
  if (!begins || !std::all_of(hash.begin() + kPrefixSize, hash.end(), IsBcryptDigit)) return kNone;
  const int cost = (hash[4] - '0') * 10 + (hash[5] - '0');
  if (cost < kMinCost) return kNone;
  if (cost > kMaxBcryptCost)
    return "has a cost of over 16, which takes too long; make one with htpasswd -nBC 10 NAME";
  return "";
}

bool PasswordFits(const std::string& password, const std::string& hash) {
  // crypt would not see what is behind it.
  if (password.find('\0') != std::string::npos) return false;
  const auto data = std::make_unique<crypt_data>();  // 32 KB; zeroed, as crypt wants it
  const char* const made = crypt_r(password.c_str(), hash.c_str(), data.get());
  const bool fits = made != nullptr && SameSecret(made, hash);
  OPENSSL_cleanse(data.get(), sizeof(crypt_data));
  return fits;
}

bool SameSecret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace twinwatch::http_server
