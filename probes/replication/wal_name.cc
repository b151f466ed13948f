#include "probes/replication/wal_name.h"

#include <charconv>

namespace twinwatch {
namespace {

constexpr std::string_view kMetaSuffix = ".meta";

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
      return out;
    }
    rest = rest.substr(0, dot);
  }
  return Error(absl::StatusCode::kInvalidArgument, "\"{}\" is no name of a WAL", name);
}

}  // namespace twinwatch
