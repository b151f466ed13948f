#include "exporters/page/link_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "exporters/future_text.h"
#include "exporters/page/answers.h"
#include "exporters/page/html.h"
#include "exporters/page/html_table.h"
#include "exporters/page/marks.h"
#include "exporters/text_format.h"

namespace twinwatch::page {
namespace {

using Kind = HtmlTable::Kind;

// A line of bytes that reaches the top means at least this much.
constexpr double kLeastBytes = 1e6;

int Rank(QueueState state) {
  switch (state) {
    case QueueState::kStalled:
    case QueueState::kRewound:
      return 0;
    case QueueState::kUnknown:
      return 1;
    case QueueState::kLagging:
      return 2;
    case QueueState::kDisabled:
      return 3;
    case QueueState::kOk:
    case QueueState::kIdle:
      break;
  }
  return 4;
}

Level LevelOf(QueueState state) {
  const int rank = Rank(state);
  return rank == 4 ? Level::kOk : rank == 0 || rank == 3 ? Level::kAct : Level::kLook;
}

std::string Age(absl::Duration age) { return HumanDuration(std::max(age, absl::ZeroDuration())); }

// WALs are named after the server that wrote them: of its own the rest says enough.
std::string WalHtml(const QueueStatus& queue) {
  std::string server = queue.regionserver;
  if (queue.wal.empty()) return "not known";
  std::string_view wal = queue.wal;
  for (size_t at = 0; (at = server.find(',', at)) != std::string::npos;)
    server.replace(at, 1, "%2C");
  const bool is_own = wal.starts_with(server + ".");
  if (is_own) wal.remove_prefix(server.size() + 1);
  return fmt::format("<code class=\"wal\" title=\"{}\">{}{}</code> at {}", Escaped(queue.wal),
                     is_own ? "&hellip;" : "", Escaped(wal),
                     queue.position ? WithThousands(*queue.position) : "?");
}

std::string BytesLine(const std::vector<double>& bytes) {
  if (bytes.empty()) return "";
  const double most = *std::max_element(bytes.begin(), bytes.end());
  return Sparkline(bytes, "at most " + HumanBytes(static_cast<uint64_t>(most)), kLeastBytes);
}

void AddQueue(const LinkSnapshot& link, const QueueStatus& queue, const LagHistory& history,
              absl::Time now, HtmlTable* table) {
  const std::string name = HostPort(queue.regionserver);
  const auto beat = link.heartbeats.servers.find(name);
  const bool seen = beat != link.heartbeats.servers.end() && beat->second.observed;
  const std::string oldest =
      queue.oldest_ms ? Age(now - absl::FromUnixMillis(*queue.oldest_ms)) : "-";
  table->AddRow({Escaped(name) + (queue.recovered ? " (recovered)" : ""),
                 MarkOf(LevelOf(queue.state), ToString(queue.state)), WithThousands(queue.wals),
                 queue.bytes ? HumanBytes(*queue.bytes) : "?",
                 BytesLine(history.BytesOf(link.status.link, name)), oldest,
                 seen ? Age(now - *beat->second.observed) + " ago" : "-", WalHtml(queue)},
                Escaped(queue.why.value_or("")));
}

std::string ClassesOf(const DriftCounts& drift) {
  std::string out;
  for (const auto& [count, name] :
       std::array<std::pair<uint64_t, const char*>, 4>{{{drift.missing, "missing on the target"},
                                                        {drift.extra, "only on the target"},
                                                        {drift.value, "with another value"},
                                                        {drift.cells, "with other cells"}}}) {
    if (count > 0)
      out += fmt::format("{}{} {}", out.empty() ? "" : ", ", WithThousands(count), name);
  }
  return out;
}

std::string FutureCount(const TableMarks& marks) {
  if (!marks.future) return "?";
  return WithThousands(marks.future->Sum()) + (marks.future->at_least ? "+" : "");
}

}  // namespace

std::string QueuesHtml(const LinkSnapshot& link, const LagHistory& history, absl::Time now) {
  std::vector<QueueStatus> queues = link.status.queues;
  std::stable_sort(queues.begin(), queues.end(), [](const QueueStatus& a, const QueueStatus& b) {
    return std::pair(Rank(a.state), ~a.bytes.value_or(0)) <
           std::pair(Rank(b.state), ~b.bytes.value_or(0));
  });
  HtmlTable table("Queues");
  table.AddColumn("Region server", Kind::kText);
  table.AddColumn("State", Kind::kText, "twinwatch_queues");
  table.AddColumn("WALs", Kind::kNumber, "twinwatch_queue_wals");
  table.AddColumn("Behind", Kind::kNumber, "twinwatch_queue_bytes");
  table.AddColumn("Last hour", Kind::kText, "twinwatch_queue_bytes");
  table.AddColumn("Oldest WAL", Kind::kNumber, "twinwatch_queue_oldest_wal_timestamp_seconds");
  table.AddColumn("Beat seen", Kind::kNumber, "twinwatch_heartbeat_observed_timestamp_seconds");
  table.AddColumn("Reads WAL", Kind::kText);
  for (const QueueStatus& queue : queues) AddQueue(link, queue, history, now, &table);
  return table.ToString("None is known.");
}

std::string TablesHtml(const LinkSnapshot& link, absl::Time now) {
  const auto ago = [now](const std::optional<absl::Time>& time) {
    return time ? Age(now - *time) + " ago" : std::string("never");
  };
  HtmlTable table("Tables");
  table.AddColumn("Table", Kind::kText);
  table.AddColumn("Twin", Kind::kText);
  table.AddColumn("Rows that differ", Kind::kNumber, "twinwatch_table_drift_rows");
  table.AddColumn("Writes verified", Kind::kNumber,
                  "twinwatch_table_writes_verified_until_timestamp_seconds");
  table.AddColumn("Full pass", Kind::kNumber, "twinwatch_table_full_pass_timestamp_seconds");
  table.AddColumn("Of the future", Kind::kNumber, "twinwatch_table_future_cells");
  table.AddColumn("Confirmed by", Kind::kText);
  for (const TableMarks& marks : link.tables) {
    const uint64_t drift = marks.DriftRows();
    const bool hides = marks.future && marks.future->HidesAt(now);
    const Level level = drift > 0 || hides ? Level::kAct
                        : marks.full_pass_at.has_value() && marks.coverage.value_or(1) >= 1
                            ? Level::kOk
                            : Level::kLook;
    std::string note =
        drift == 0 ? ""
                   : ClassesOf(*marks.drift) + "; <code>twinwatch drift list</code> names the rows";
    if (hides) note += (drift > 0 ? ". " : "") + Escaped(FutureSentence(*marks.future));
    table.AddRow(
        {Escaped(marks.table.ToString()), MarkOf(level), marks.drift ? WithThousands(drift) : "-",
         ago(marks.writes_verified_until), ago(marks.full_pass_at), FutureCount(marks),
         Escaped(marks.confirm.value_or("-"))},
        note);
  }
  return table.ToString("Nothing was compared yet.");
}

std::string CollectorsHtml(const Snapshot& snapshot, const std::string& link, absl::Time now) {
  HtmlTable table("Collectors");
  table.AddColumn("Collector", Kind::kText);
  table.AddColumn("Last run", Kind::kText, "twinwatch_collector_success");
  table.AddColumn("Last success", Kind::kNumber,
                  "twinwatch_collector_last_success_timestamp_seconds");
  table.AddColumn("Error", Kind::kText);
  for (const CollectorState& collector : snapshot.collectors) {
    if (!collector.name.ends_with(":" + link)) continue;
    const bool has_run = collector.last_success || !collector.error.empty();
    table.AddRow(
        {Escaped(collector.name),
         MarkOf(collector.success && has_run ? Level::kOk : Level::kLook, has_run ? "" : "not yet"),
         collector.last_success ? Age(now - *collector.last_success) + " ago" : "never",
         Escaped(collector.error)});
  }
  return table.ToString("None has run yet.");
}

}  // namespace twinwatch::page
