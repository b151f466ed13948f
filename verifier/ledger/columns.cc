#include "verifier/ledger/columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

namespace twinwatch::ledger {
namespace {

constexpr int64_t kValues = 1;
constexpr int64_t kAllFamilies = 2;
constexpr int64_t kAllVersions = 4;
constexpr int64_t kMarkers = 8;
constexpr int64_t kExtra = 16;

// Calls `visit` with the name and the place of each counter.
template <typename Counters, typename Visit>
void EachCounter(Counters& c, Visit visit) {
  visit("rows_source", c.rows_source);
  visit("rows_target", c.rows_target);
  visit("cells_source", c.cells_source);
  visit("bytes_read", c.bytes_read);
  visit("ranges", c.ranges);
  visit("ranges_drifted", c.ranges_drifted);
  visit("drift.missing", c.drift.missing);
  visit("drift.extra", c.drift.extra);
  visit("drift.value", c.drift.value);
  visit("drift.cells", c.drift.cells);
  visit("drift.marks", c.drift.marks);
  visit("suspects.missing", c.suspects.missing);
  visit("suspects.extra", c.suspects.extra);
  visit("suspects.value", c.suspects.value);
  visit("suspects.cells", c.suspects.cells);
  visit("suspects.marks", c.suspects.marks);
  visit("in_flight", c.in_flight);
  visit("unknown_rows", c.unknown_rows);
  visit("waived", c.waived);
  visit("took_ms", c.took_ms);
}

// Cuts `*text` after the next `separator`.
std::string_view Next(std::string_view* text, char separator) {
  const size_t end = std::min(text->find(separator), text->size());
  const std::string_view piece = text->substr(0, end);
  text->remove_prefix(std::min(end + 1, text->size()));
  return piece;
}

}  // namespace

std::optional<int64_t> ToColumn(const std::optional<absl::Time>& time) {
  if (!time) return std::nullopt;
  return ToColumn(*time);
}

std::optional<absl::Time> TimeOf(const std::optional<int64_t>& column) {
  if (!column) return std::nullopt;
  return TimeOf(*column);
}

int64_t ToColumn(const Breadth& breadth) {
  return (breadth.values ? kValues : 0) | (breadth.all_families ? kAllFamilies : 0) |
         (breadth.all_versions ? kAllVersions : 0) | (breadth.markers ? kMarkers : 0) |
         (breadth.extra ? kExtra : 0);
}

Breadth BreadthOf(int64_t column) {
  return {(column & kAllFamilies) != 0, (column & kValues) != 0, (column & kAllVersions) != 0,
          (column & kMarkers) != 0, (column & kExtra) != 0};
}

std::string ToColumn(const RunCounters& counters) {
  std::string out;
  EachCounter(counters, [&out](const char* name, uint64_t value) {
    out += fmt::format("{}{}={}", out.empty() ? "" : " ", name, value);
  });
  return out;
}

StatusOr<RunCounters> CountersOf(const std::string& column) {
  RunCounters counters;
  std::string_view rest = column;
  while (!rest.empty()) {
    std::string_view value = Next(&rest, ' ');
    const std::string_view name = Next(&value, '=');
    uint64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || end != value.data() + value.size()) {
      return Error(absl::StatusCode::kDataLoss, "the ledger holds counters that are none: \"{}\"",
                   column);
    }
    EachCounter(counters, [name, number](const char* known, uint64_t& counter) {
      if (name == known) counter = number;
    });
  }
  return counters;
}

std::string ToColumn(const std::vector<std::string>& families) {
  return fmt::format("{}", fmt::join(families, "\n"));
}

std::vector<std::string> FamiliesOf(const std::string& column) {
  std::vector<std::string> families;
  std::string_view rest = column;
  while (!rest.empty()) families.emplace_back(Next(&rest, '\n'));
  return families;
}

}  // namespace twinwatch::ledger
