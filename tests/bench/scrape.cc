// What it costs to tell of one large link, without I/O: 50 region servers and 100 tables, an hour
// of history. Prints CPU seconds an answer, and its size.
//
//   scrape [SERVERS [TABLES]]
#include <fmt/format.h>

#include <ctime>
#include <functional>
#include <string>
#include <utility>

#include "exporters/metrics.h"
#include "exporters/page/status_page.h"
#include "exporters/process_stats.h"
#include "exporters/status_json.h"

namespace twinwatch {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'795'451'884);

QueueStatus Queue(int server) {
  QueueStatus queue;
  queue.regionserver = fmt::format("rs{}.east.example.com,16020,1795451884000", server);
  queue.queue = "west";
  queue.group = fmt::format("rs{}.east.example.com%2C16020%2C1795451884000", server);
  queue.state = QueueState::kOk;
  queue.wals = 2;
  queue.bytes = 400'000 + static_cast<uint64_t>(server);
  queue.wal = queue.group + ".1795451954218";
  queue.position = 5'000'000;
  queue.oldest_ms = absl::ToUnixMillis(kNow - absl::Minutes(14));
  return queue;
}

TableMarks Table(int number) {
  TableMarks table;
  table.table = *TableName::Parse(fmt::format("ns1:events_{}", number));
  table.full_pass_at = kNow - absl::Hours(20);
  table.writes_verified_until = kNow - absl::Minutes(4);
  table.confirm = "position+heartbeat";
  table.coverage = 1;
  return table;
}

Snapshot OneLink(int servers, int tables) {
  Snapshot snapshot;
  LinkSnapshot& link = snapshot.links.emplace_back();
  link.status.link = "east-west";
  link.status.source = "zk1,zk2,zk3:2181:/hbase";
  link.status.target = "zk4,zk5,zk6:2181:/hbase";
  link.status.peer = "west";
  link.status.peer_enabled = true;
  link.status.state = QueueState::kOk;
  link.status.watermark = kNow - absl::Milliseconds(800);
  link.status.backlog_bytes = 1'200'000;
  link.status.missing_wals.emplace();
  link.status.tables = TableCounts{static_cast<size_t>(tables), 0, 0, 0, 0, {}};
  for (int i = 1; i <= servers; ++i) {
    link.status.queues.push_back(Queue(i));
    const std::string server = fmt::format("rs{}.east.example.com:16020", i);
    link.heartbeats.servers[server].written = kNow;
    link.heartbeats.servers[server].observed = kNow - absl::Seconds(1);
    link.position_changed_at[server] = kNow;
  }
  for (int i = 1; i <= tables; ++i) link.tables.push_back(Table(i));
  for (const char* collector : {"queues", "heartbeat", "target", "verify"})
    snapshot.collectors.push_back({fmt::format("{}:east-west", collector), true, kNow, ""});
  return snapshot;
}

page::LagHistory AnHour(Snapshot snapshot) {
  page::LagHistory history;
  for (int minute = 60; minute >= 0; --minute) {
    const absl::Time then = kNow - absl::Minutes(minute);
    snapshot.links[0].status.watermark = then - absl::Seconds(1 + minute % 7);
    history.Add(snapshot.links, then);
  }
  return history;
}

double CpuSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

void Measure(const char* what, const std::function<std::string()>& answer) {
  constexpr int kTimes = 200;
  size_t bytes = 0;
  const double begun = CpuSeconds();
  for (int i = 0; i < kTimes; ++i) bytes = answer().size();
  fmt::print("  {:32} {:8.2f} ms CPU {:9.1f} kB\n", what, (CpuSeconds() - begun) / kTimes * 1e3,
             static_cast<double>(bytes) / 1e3);
}

void Main(int servers, int tables) {
  const Snapshot snapshot = OneLink(servers, tables);
  const page::LagHistory history = AnHour(snapshot);
  const std::optional<ProcessStats> process = ReadProcessStats();
  fmt::print("{} region servers, {} tables, 1 link:\n", servers, tables);
  Measure("/metrics, text", [&] { return MetricsText(snapshot, process); });
  Measure("/metrics, OpenMetrics", [&] { return OpenMetricsText(snapshot, process); });
  Measure("/", [&] { return page::Overview(snapshot, history, kNow); });
  Measure("/link/east-west",
          [&] { return page::LinkPage(snapshot, history, "east-west", kNow).value_or(""); });
  Measure("/api/v1/status", [&] { return StatusDocument("status", snapshot.links, kNow); });
}

}  // namespace
}  // namespace twinwatch

int main(int argc, char** argv) {
  twinwatch::Main(argc > 1 ? std::stoi(argv[1]) : 50, argc > 2 ? std::stoi(argv[2]) : 100);
  return 0;
}
