#include "agent/core/server_name.h"

#include <charconv>

namespace twinwatch {
namespace {

template <typename Int>
bool ParseWhole(std::string_view text, Int* out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

StatusOr<ServerName> ServerName::Parse(std::string_view text) {
  const size_t first = text.find(',');
  const size_t second = first == std::string_view::npos ? first : text.find(',', first + 1);
  ServerName name;
  if (first == 0 || second == std::string_view::npos ||
      !ParseWhole(text.substr(first + 1, second - first - 1), &name.port) ||
      !ParseWhole(text.substr(second + 1), &name.start_code)) {
    return Error(absl::StatusCode::kInvalidArgument,
                 "\"{}\" is no server name (host,port,startcode)", text);
  }
  name.host = text.substr(0, first);
  return name;
}

std::string ServerName::ToString() const { return fmt::format("{},{},{}", host, port, start_code); }
std::string ServerName::HostPort() const { return fmt::format("{}:{}", host, port); }

}  // namespace twinwatch
