#include "probes/http/url.h"

#include <algorithm>
#include <charconv>

namespace twinwatch::http {
namespace {

constexpr size_t kMaxUrl = 8192;
constexpr std::string_view kPlain = "http://";
constexpr std::string_view kSecure = "https://";
constexpr uint16_t kSecurePort = 443;

bool IsPlain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

Status NoUrl(std::string_view text) {
  return Error(absl::StatusCode::kInvalidArgument, "\"{}\" is no URL (http://HOST:PORT/PATH)",
               text.substr(0, 200));
}

}  // namespace

StatusOr<Url> Url::Parse(std::string_view text) {
  // A blank or a line's end would begin another header.
  const bool unfit = text.size() > kMaxUrl || std::any_of(text.begin(), text.end(), [](char c) {
                       return static_cast<unsigned char>(c) <= ' ' || c == '\x7f';
                     });
  if (unfit) return NoUrl("");
  Url url;
  url.secure = text.starts_with(kSecure);
  if (!url.secure && !text.starts_with(kPlain)) return NoUrl(text);
  if (url.secure) url.port = kSecurePort;
  std::string_view rest = text.substr(url.secure ? kSecure.size() : kPlain.size());
  const size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  std::string_view authority = rest.substr(0, end);
  rest.remove_prefix(end);
  std::string_view port;
  if (authority.starts_with('[')) {
    const size_t close = authority.find(']');
    if (close == std::string_view::npos) return NoUrl(text);
    url.host = authority.substr(1, close - 1);
    port = authority.substr(close + 1);
  } else {
    const size_t colon = std::min(authority.find(':'), authority.size());
    url.host = authority.substr(0, colon);
    port = authority.substr(colon);
  }
  if (url.host.empty() || url.host.find('@') != std::string::npos) return NoUrl(text);
  if (!port.empty()) {
    const char* last = port.data() + port.size();
    const auto [at, error] = std::from_chars(port.data() + 1, last, url.port);
    if (port[0] != ':' || error != std::errc() || at != last || url.port == 0) return NoUrl(text);
  }
  rest = rest.substr(0, rest.find('#'));
  url.target = rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest);
  return url;
}

std::string Url::HostPort() const {
  if (host.find(':') == std::string::npos) return fmt::format("{}:{}", host, port);
  return fmt::format("[{}]:{}", host, port);
}

std::string PercentEncoded(std::string_view text, std::string_view keep) {
  std::string out;
  for (const char c : text) {
    if (IsPlain(c) || keep.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace twinwatch::http
