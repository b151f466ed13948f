#include "probes/replication/collector.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "probes/replication/rules/hfile_refs.h"
#include "probes/replication/rules/link_rules.h"
#include "probes/replication/rules/queue_rules.h"
#include "probes/replication/rules/reported_queues.h"

namespace twinwatch {

namespace {

// What all lengths of one reading may take: what was not learnt by then is not known.
constexpr std::chrono::seconds kPatience{20};
constexpr size_t kAtOnce = 8;

struct Measuring {
  WalFiles* files;
  std::vector<std::string> names;
  size_t next = 0;
  std::chrono::milliseconds patience;
  Deadline deadline;
  WalLengths lengths;
};

Task<void> MeasureOneByOne(std::shared_ptr<Measuring> work) {
  while (work->next < work->names.size()) {
    const std::string name = work->names[work->next++];
    if (std::chrono::steady_clock::now() >= work->deadline) {
      work->lengths.emplace(
          name, Error(absl::StatusCode::kDeadlineExceeded, "not asked in {} ms: there are {} WALs",
                      work->patience.count(), work->names.size()));
      continue;
    }
    work->lengths.emplace(name, co_await work->files->Measure(name));
  }
}

// Why some length is not known; a missing WAL is known.
std::optional<std::string> WhyNoLength(const WalLengths& lengths) {
  for (const auto& [name, file] : lengths) {
    if (!file.ok() && !absl::IsNotFound(file.status())) return std::string(Text(file.status()));
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::string> QueuedNames(const QueueReading& queues) {
  std::set<std::string> names;
  for (const WalQueue& queue : queues.queues) {
    for (const QueuedWal& wal : queue.wals) names.insert(wal.name);
  }
  return {names.begin(), names.end()};
}

Task<WalLengths> MeasureAll(WalFiles* wals, std::vector<std::string> names,
                            std::chrono::milliseconds patience) {
  const auto work = std::make_shared<Measuring>();
  work->files = wals;
  work->names = std::move(names);
  work->patience = patience;
  work->deadline = After(patience);
  std::vector<Task<void>> workers;
  for (size_t i = 0; i < std::min(kAtOnce, work->names.size()); ++i)
    workers.push_back(MeasureOneByOne(work));
  co_await RunAll(std::move(workers));
  co_return std::move(work->lengths);
}

Task<StatusOr<LinkReading>> ReadLink(Cluster* source, WalFiles* wals, std::string peer_id) {
  LinkReading reading;
  CO_ASSIGN_OR_RETURN(const std::vector<Peer> peers, co_await source->Peers());
  const auto peer =
      std::find_if(peers.begin(), peers.end(), [&](const Peer& p) { return p.id == peer_id; });
  if (peer == peers.end()) {
    co_return Error(absl::StatusCode::kNotFound, "{} has no peer {} any more", source->name(),
                    peer_id);
  }
  reading.peer_enabled = peer->enabled;
  StatusOr<QueueReading> queues = co_await source->ReadQueues(peer_id);
  StatusOr<std::vector<ReportedLoad>> loads = co_await source->ReportedReplication();
  if (loads.ok()) reading.reported = Summarize(*loads, peer_id);
  if (absl::IsPermissionDenied(queues.status())) {
    CO_RETURN_IF_ERROR(loads.status());
    reading.closed = Text(queues.status());
    std::erase_if(*loads, [&peer_id](const ReportedLoad& l) { return l.peer_id != peer_id; });
    reading.loads = *std::move(loads);
    reading.at = absl::Now();
    co_return reading;
  }
  // Where ZooKeeper is open, HBase's own figures are only shown beside ours.
  CO_RETURN_IF_ERROR(queues.status());
  reading.queues = *std::move(queues);
  if (wals != nullptr)
    reading.lengths = co_await MeasureAll(wals, QueuedNames(reading.queues), kPatience);
  reading.at = absl::Now();
  co_return reading;
}

namespace {

// All but the state of its queues, which have been judged.
void Complete(LinkStatus* link, const LinkReading& before, const LinkReading& after) {
  link->peer_enabled = after.peer_enabled;
  link->reported = after.reported;
  if (after.closed) {
    link->queues = QueuesAsReported(after);
    JudgeLink(link);
    if (link->queues.empty() && after.peer_enabled) link->why = after.closed;
    return;
  }
  link->backlog_bytes = SumOfBytes(link->queues);
  link->missing_wals = MissingWals(before, after);
  link->lengths_unknown = WhyNoLength(after.lengths);
  link->recovered_queues = static_cast<uint64_t>(
      std::count_if(after.queues.queues.begin(), after.queues.queues.end(),
                    [](const WalQueue& queue) { return !queue.IsOfLiveServer(); }));
  link->orphan_queues = after.queues.orphan_queues;
  link->hfile_refs = after.queues.hfile_refs;
  if (link->hfile_refs == 0) link->hfiles = NoHFiles();
  JudgeLink(link);
}

}  // namespace

LinkStatus JudgeReadings(const LinkReading& before, const LinkReading& after,
                         const std::string& peer_id, absl::Duration sleep_for_retries) {
  LinkStatus link;
  link.peer = peer_id;
  link.queues = JudgeQueues(before, after, sleep_for_retries);
  Complete(&link, before, after);
  return link;
}

LinkStatus JudgeWatched(const QueueHistory& history, const LinkReading& before,
                        const std::string& peer_id, absl::Duration longest_rest) {
  LinkStatus link;
  link.peer = peer_id;
  link.queues = history.Judge(longest_rest);
  link.time_to_drain = history.TimeToDrain();
  if (history.last()) Complete(&link, before, *history.last());
  return link;
}

}  // namespace twinwatch
