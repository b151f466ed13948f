#include <algorithm>
#include <array>

#include "exporters/link_metrics.h"

namespace twinwatch {
namespace {

using Labels = MetricWriter::Labels;

void AddClasses(std::string_view name, const std::string& link, const DriftCounts& counts,
                MetricWriter* writer) {
  const std::array classes = {std::pair("missing", counts.missing),
                              std::pair("extra", counts.extra), std::pair("value", counts.value),
                              std::pair("cells", counts.cells)};
  for (const auto& [word, count] : classes)
    writer->Set(name, {{"link", link}, {"class", word}}, static_cast<double>(count));
}

std::optional<absl::Time> LastCompared(const TableMarks& table) {
  return table.full_pass_at ? table.full_pass_at : table.first_seen;
}

void AddTable(const std::string& link, const TableMarks& table, MetricWriter* writer) {
  const Labels labels = {{"link", link}, {"table", table.table.ToString()}};
  if (table.drift)
    writer->Set("twinwatch_table_drift_rows", labels, static_cast<double>(table.drift->Sum()));
  if (table.future) {
    writer->Set("twinwatch_table_future_cells", labels, static_cast<double>(table.future->Sum()));
  }
  const auto set = [&](std::string_view name, const std::optional<absl::Time>& time) {
    if (time) writer->Set(name, labels, UnixSeconds(*time));
  };
  set("twinwatch_table_drift_oldest_timestamp_seconds", table.oldest_drift);
  set("twinwatch_table_full_pass_timestamp_seconds", table.full_pass_at);
  set("twinwatch_table_verify_oldest_range_timestamp_seconds", LastCompared(table));
  set("twinwatch_table_writes_verified_until_timestamp_seconds", table.writes_verified_until);
  if (table.coverage) writer->Set("twinwatch_table_verify_coverage_ratio", labels, *table.coverage);
}

uint64_t Wrong(const TableMarks& table) {
  return table.DriftRows() + (table.future ? table.future->Sum() : 0);
}

// The worst first.
std::vector<TableMarks> Ordered(std::vector<TableMarks> tables) {
  std::stable_sort(tables.begin(), tables.end(), [](const TableMarks& a, const TableMarks& b) {
    if (Wrong(a) != Wrong(b)) return Wrong(a) > Wrong(b);
    return LastCompared(a).value_or(absl::InfinitePast()) <
           LastCompared(b).value_or(absl::InfinitePast());
  });
  return tables;
}

}  // namespace

void AddVerifyMetrics(const LinkSnapshot& link, size_t table_limit, MetricWriter* writer) {
  const std::string& name = link.status.link;
  const Labels labels = {{"link", name}};
  const auto set = [&](std::string_view metric, uint64_t value) {
    writer->Set(metric, labels, static_cast<double>(value));
  };
  set("twinwatch_verify_rows_compared_total", link.verify.rows_compared);
  set("twinwatch_verify_ranges_compared_total", link.verify.ranges_compared);
  set("twinwatch_verify_range_failures_total", link.verify.range_failures);
  if (link.verify.unknown_rows) set("twinwatch_verify_unknown_rows", *link.verify.unknown_rows);
  DriftCounts drift;
  size_t judged = 0;
  double covered = 0;
  for (const TableMarks& table : link.tables) {
    if (table.drift) drift.Add(*table.drift);
    judged += table.coverage.has_value();
    covered += table.coverage.value_or(0);
  }
  // Before the first comparison nobody knows.
  if (link.ever_drifted) {
    AddClasses("twinwatch_drift_rows", name, drift, writer);
    AddClasses("twinwatch_drift_rows_detected_total", name, *link.ever_drifted, writer);
    set("twinwatch_marker_rows", drift.marks);
  }
  if (link.ranges) {
    for (const auto& [state, count] :
         {std::pair("match", link.ranges->match), std::pair("drift", link.ranges->drift),
          std::pair("pending", link.ranges->pending), std::pair("error", link.ranges->error)}) {
      writer->Set("twinwatch_verify_ranges", {{"link", name}, {"state", state}},
                  static_cast<double>(count));
    }
  }
  if (judged > 0) {
    writer->Set("twinwatch_verify_coverage_ratio", labels, covered / static_cast<double>(judged));
  }
  const std::vector<TableMarks> tables = Ordered(link.tables);
  const size_t shown = std::min(tables.size(), table_limit);
  for (size_t i = 0; i < shown; ++i) AddTable(name, tables[i], writer);
  set("twinwatch_table_metrics_dropped", tables.size() - shown);
}

}  // namespace twinwatch
