#include "agent/app/master_watch.h"

#include <random>
#include <set>
#include <utility>

#include "probes/replication/rules/link_rules.h"
#include "probes/replication/rules/table_replication.h"

namespace twinwatch::app {
namespace {

constexpr std::chrono::seconds kSlowInterval{60};
// A master that takes long to tell of its servers, as its cluster is large, is left alone for so
// many times as long: it shall not be kept busy by us.
constexpr int kMasterPauses = 20;

}  // namespace

Task<void> MasterWatch::Ask(std::optional<LinkReading> latest, Cluster* target) {
  const bool is_slow_turn = std::chrono::steady_clock::now() >= slow_turn_at_;
  if (is_slow_turn) slow_turn_at_ = After(kSlowInterval);
  const StatusOr<std::vector<Peer>> peers = co_await link_->source->Peers();
  enabled_.reset();
  if (peers.ok()) {
    for (const Peer& peer : *peers) {
      if (peer.id != link_->peer->id) continue;
      enabled_ = peer.enabled;
      if (is_slow_turn && target != nullptr) co_await CompareTables(peer, target);
    }
  }
  if (std::chrono::steady_clock::now() >= report_due_at_) co_await AskForReport();
  if (is_slow_turn && latest) co_await MeasureRetention(*std::move(latest));
}

// HBase's own figures are shown beside ours: without them nothing is lost but the comparison.
Task<void> MasterWatch::AskForReport() {
  const Deadline asked = std::chrono::steady_clock::now();
  StatusOr<std::vector<ReportedLoad>> loads = co_await link_->source->ReportedReplication();
  reported_.reset();
  loads_.reset();
  if (loads.ok()) {
    reported_ = Summarize(*loads, link_->peer->id);
    std::erase_if(*loads, [this](const auto& load) { return load.peer_id != link_->peer->id; });
    loads_ = *std::move(loads);
  }
  const Deadline answered = std::chrono::steady_clock::now();
  report_due_at_ = answered + kMasterPauses * (answered - asked);
}

Task<void> MasterWatch::CompareTables(Peer peer, Cluster* target) {
  auto [on_source, on_target] = co_await Both(link_->source->Tables(), target->Tables());
  tables_.reset();
  if (on_source.ok() && on_target.ok()) tables_ = CountTables(peer, *on_source, *on_target);
}

Task<void> MasterWatch::MeasureRetention(LinkReading latest) {
  retained_bytes_.reset();
  if (latest.closed) co_return;
  std::set<std::string> elsewhere;
  bool all_known = true;
  for (const std::string& peer : latest.queues.peer_ids) {
    if (peer == link_->peer->id) continue;
    const StatusOr<QueueReading> queues = co_await link_->source->ReadQueues(peer);
    all_known &= queues.ok();
    if (!queues.ok()) continue;
    for (const WalQueue& queue : queues->queues)
      for (const QueuedWal& wal : queue.wals) elsewhere.insert(wal.name);
  }
  std::optional<uint64_t> free;
  if (link_->source_wals) {
    const StatusOr<uint64_t> bytes = co_await link_->source_wals->FreeBytes();
    if (bytes.ok()) free = *bytes;
  }
  if (all_known) retained_bytes_ = RetainedBytes(latest, elsewhere);
  runway_.Add(absl::Now(), retained_bytes_, free);
}

// At times that have nothing to do with those of the reports.
Task<void> MasterWatch::WatchClocks(Cluster* target) {
  std::mt19937 random(std::random_device{}());
  std::uniform_int_distribution<int> pause_ms(4000, 6000), first_pauses_ms(500, 1500);
  while (true) {
    const absl::Time asked = absl::Now();
    const StatusOr<std::vector<ServerReport>> reports = co_await target->ServerReports();
    const absl::Time answered = absl::Now();
    if (reports.ok()) clocks_.Learn(*reports, asked, answered);
    if (!reports.ok()) clocks_ = ReportClocks();
    const std::chrono::milliseconds pause(clock_offset() ? pause_ms(random)
                                                         : first_pauses_ms(random));
    co_await SleepFor(pause + kMasterPauses * absl::ToChronoMilliseconds(answered - asked));
  }
}

}  // namespace twinwatch::app
