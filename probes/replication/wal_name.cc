#include "probes/replication/wal_name.h"

#include <charconv>

namespace twinwatch {
namespace {

constexpr std::string_view kMetaSuffix = ".meta";

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The reverse of Java's URLEncoder, as far as hosts need it.
std::optional<std::string> UrlDecoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = HexDigit(text[i + 1]);
    const int low = HexDigit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

// The name begins with host%2Cport%2Cstartcode and a dot.
std::optional<ServerName> ServerAtTheFront(std::string_view name) {
  constexpr std::string_view kComma = "%2C";
  const size_t port = name.find(kComma);
  const size_t code = port == std::string_view::npos ? port : name.find(kComma, port + 1);
  if (code == std::string_view::npos) return std::nullopt;
  const size_t end = name.find('.', code);
  if (end == std::string_view::npos) return std::nullopt;
  const std::optional<std::string> decoded = UrlDecoded(name.substr(0, end));
  if (!decoded) return std::nullopt;
  StatusOr<ServerName> server = ServerName::Parse(*decoded);
  // What follows becomes the name of a folder.
  const bool good = server.ok() && server->host.find('/') == std::string::npos &&
                    server->host.find('\0') == std::string::npos;
  return good ? std::optional(*std::move(server)) : std::nullopt;
}

}  // namespace

StatusOr<WalName> ParseWalName(std::string_view name) {
  WalName out;
  std::string_view rest = name;
  out.is_meta = rest.ends_with(kMetaSuffix);
  for (int suffixes = 0; suffixes < 2; ++suffixes) {
    const size_t dot = rest.rfind('.');
    if (dot == std::string_view::npos || dot == 0) break;
    const std::string_view last = rest.substr(dot + 1);
    const auto [end, error] = std::from_chars(last.data(), last.data() + last.size(), out.begun_ms);
    if (error == std::errc() && end == last.data() + last.size() && out.begun_ms >= 0) {
      out.group = rest.substr(0, dot);
      out.server = ServerAtTheFront(name);
      return out;
    }
    rest = rest.substr(0, dot);
  }
  return Error(absl::StatusCode::kInvalidArgument, "\"{}\" is no name of a WAL", name);
}

}  // namespace twinwatch
