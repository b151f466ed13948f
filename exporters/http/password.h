// Passwords against bcrypt hashes, by the system's crypt.
#pragma once

#include <string>
#include <string_view>

namespace twinwatch::http_server {

// 16 takes some four seconds a check; nobody waits longer for a page.
inline constexpr int kMaxBcryptCost = 16;

// A whole bcrypt hash ($2a$, $2b$ or $2y$) of a cost that can be checked: what is wrong with it
// otherwise, without repeating it. Empty: nothing.
std::string_view WhyNoBcryptHash(std::string_view hash);

// Takes its time: 50 ms at cost 10, twice as much with each step. `hash` has nothing wrong with it.
bool PasswordFits(const std::string& password, const std::string& hash);

// Whether both are the same; how long that takes tells nothing of where they differ.
bool SameSecret(std::string_view a, std::string_view b);

}  // namespace twinwatch::http_server
