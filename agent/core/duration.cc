#include "agent/core/duration.h"

#include <cstdlib>
#include <limits>
#include <optional>
#include <string>
#include <utility>

namespace twinwatch {
namespace {

// Splits "12.5MB" into 12.5 and "MB"; false when there is no number in front.
bool SplitNumber(std::string_view text, double* number, std::string_view* unit) {
  const size_t end = text.find_first_not_of("0123456789.");
  if (end == 0 || end == std::string_view::npos) return false;
  const std::string digits(text.substr(0, end));
  char* rest = nullptr;
  *number = std::strtod(digits.c_str(), &rest);
  *unit = text.substr(end);
  return *rest == '\0';
}

}  // namespace

StatusOr<absl::Duration> ParseDuration(std::string_view text) {
  constexpr std::pair<std::string_view, int64_t> kUnits[] = {
      {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
  double number = 0;
  std::string_view unit;
  if (SplitNumber(text, &number, &unit)) {
    for (const auto& [name, ms] : kUnits) {
      if (unit != name) continue;
      const double total = number * static_cast<double>(ms);
      if (total < 1e15) return absl::Milliseconds(static_cast<int64_t>(total));
    }
  }
  return Error(absl::StatusCode::kInvalidArgument,
               "\"{}\" is no duration: write a number and ms, s, m, h or d, such as 30s", text);
}

namespace {

// None: it is no number of bytes.
std::optional<uint64_t> BytesOf(std::string_view text, std::string_view per) {
  constexpr std::pair<std::string_view, double> kUnits[] = {
      {"B", 1},    {"kB", 1e3},     {"KB", 1e3},        {"MB", 1e6},
      {"GB", 1e9}, {"KiB", 1024.0}, {"MiB", 1048576.0}, {"GiB", 1073741824.0}};
  double number = 0;
  std::string_view unit;
  if (!SplitNumber(text, &number, &unit) || !unit.ends_with(per)) return std::nullopt;
  unit.remove_suffix(per.size());
  for (const auto& [name, factor] : kUnits) {
    const double total = number * factor;
    if (unit == name && total >= 1 && total < 1e15) return static_cast<uint64_t>(total);
  }
  return std::nullopt;
}

}  // namespace

StatusOr<uint64_t> ParseRate(std::string_view text) {
  if (const std::optional<uint64_t> rate = BytesOf(text, "/s")) return *rate;
  return Error(absl::StatusCode::kInvalidArgument,
               "\"{}\" is no rate: write a number and B/s, kB/s, MB/s or GB/s, such as 20MB/s",
               text);
}

StatusOr<uint64_t> ParseBytes(std::string_view text) {
  if (const std::optional<uint64_t> bytes = BytesOf(text, "")) return *bytes;
  return Error(absl::StatusCode::kInvalidArgument,
               "\"{}\" is no number of bytes: write a number and B, MB, GB, MiB or GiB, such as "
               "1GiB",
               text);
}

}  // namespace twinwatch
