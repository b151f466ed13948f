// What one pass over a large pair costs, without I/O: 1,000 region servers x 10 peers are read,
// judged, put into watermarks, and exported. Prints CPU seconds a pass, and the memory of this
// process.
//
//   judge [SERVERS [PEERS]]
#include <fmt/format.h>

#include <chrono>
#include <ctime>
#include <string>
#include <vector>

#include "exporters/metrics.h"
#include "exporters/process_stats.h"
#include "probes/replication/collector.h"
#include "probes/replication/rules/queue_history.h"
#include "probes/replication/rules/watermark.h"

namespace twinwatch {
namespace {

constexpr int kWals = 3;

struct OnePeer {
  explicit OnePeer(size_t peers) : watermark(std::nullopt, Watermark::kRounds / peers) {}

  Watermark watermark;
  QueueHistory history;
  std::optional<LinkReading> before;
};

// All queues move a little each second; half of the servers have a backlog that is never proven.
Pulse ReadAll(int servers, int second) {
  Pulse pulse;
  pulse.sent = absl::FromUnixSeconds(1'700'000'000 + second);
  pulse.queues.peer_stamp.emplace();
  pulse.queues.peer_enabled = true;
  for (int i = 0; i < servers; ++i) {
    WalQueue& queue = pulse.queues.queues.emplace_back();
    queue.owner = {fmt::format("rs{}.example.com", i), 16020, 1'700'000'000'000};
    queue.queue_id = "1";
    pulse.live.push_back(queue.owner);
    pulse.beaten.insert(queue.owner);
    const uint64_t written = 100'000 + 100 * static_cast<uint64_t>(second);
    for (int wal = 0; wal < kWals; ++wal) {
      const bool is_read = wal == (i % 2 == 0 ? kWals - 1 : 0);
      queue.wals.push_back(
          {fmt::format("rs{}.example.com%2C16020%2C1700000000000.{}", i, 1'700'000'000'000 + wal),
           is_read ? std::optional(written - 50) : std::nullopt, 0});
      WalFile file;
      file.bytes = written;
      file.header_bytes = 85;
      pulse.lengths.emplace(queue.wals.back().name, file);
    }
  }
  return pulse;
}

size_t Judge(const Pulse& pulse, OnePeer* peer, Snapshot* snapshot) {
  peer->watermark.Learn(pulse);
  LinkReading reading;
  reading.queues = pulse.queues;
  reading.lengths = pulse.lengths;
  reading.peer_enabled = true;
  reading.at = pulse.sent + absl::Seconds(1);
  if (!peer->before) peer->before = reading;
  peer->history.Learn(std::move(reading));
  LinkSnapshot& link = snapshot->links.emplace_back();
  link.status = JudgeWatched(peer->history, *peer->before, "1", absl::Seconds(60));
  link.status.link = fmt::format("link-{}", snapshot->links.size());
  return link.status.queues.size();
}

double CpuSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

void Main(int servers, int peers) {
  constexpr int kPasses = 200;
  std::vector<OnePeer> all;
  for (int i = 0; i < peers; ++i) all.emplace_back(static_cast<size_t>(peers));
  double judged = 0, exported = 0;
  size_t queues = 0, bytes = 0;
  for (int pass = 0; pass < kPasses; ++pass) {
    const Pulse pulse = ReadAll(servers, pass);
    Snapshot snapshot;
    const double begun = CpuSeconds();
    queues = 0;
    for (OnePeer& peer : all) queues += Judge(pulse, &peer, &snapshot);
    const double middle = CpuSeconds();
    bytes = MetricsText(snapshot, std::nullopt).size();
    judged += middle - begun;
    exported += CpuSeconds() - middle;
  }
  const double megabytes = ReadProcessStats()->resident_bytes / 1e6;
  fmt::print(
      "{} region servers x {} peers, {} queues: judging a pass {:.3f} s CPU, /metrics {:.3f} s CPU "
      "and {:.1f} "
      "MB, resident {:.0f} MB after {} passes\n",
      servers, peers, queues, judged / kPasses, exported / kPasses,
      static_cast<double>(bytes) / 1e6, megabytes, kPasses);
}

}  // namespace
}  // namespace twinwatch

int main(int argc, char** argv) {
  twinwatch::Main(argc > 1 ? std::stoi(argv[1]) : 1000, argc > 2 ? std::stoi(argv[2]) : 10);
  return 0;
}
