// One link as the agent watches it: keeps it connected, writes its heartbeats, reads its queues,
// and holds what is known for the next snapshot.
//
// Loops that do not wait for one another: the source (heartbeats, queues, watermark; each heartbeat
// interval), its master (peers, and what HBase reports; each five seconds), the target (which beats
// have arrived), its servers' clocks, and bulk-loaded files while there are refs (each minute). A
// source that cannot be read any more leaves the watermark as it was: it is kept in the ledger, and
// its age is the lag.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/app/link.h"
#include "agent/app/master_watch.h"
#include "exporters/snapshot.h"
#include "probes/replication/lag_probe.h"
#include "probes/replication/rules/queue_history.h"

namespace twinwatch::app {

class LinkWatch {
 public:
  // `changed` is called after something new was learnt. The watermark, and what happens to the peer
  // and its WALs, is noted in `ledger`, which must outlive this.
  LinkWatch(const Executor& executor, LinkSpec spec, ledger::Ledger* ledger,
            std::function<void()> changed);

  // Runs until the io_context is stopped. Errors are logged, and tried again.
  void Start();

  // Before the first reading what was kept of the watermark. None when the peer is gone.
  // Knows nothing of verifications.
  std::optional<LinkSnapshot> Latest() const { return latest_; }
  // How far the target is behind while its queues move; none when they do not, or it is not known.
  std::optional<absl::Duration> Lag() const;
  // Of the source's queues, the heartbeats, the target.
  std::vector<CollectorState> states() const { return {queues_, heartbeats_, target_}; }
  // The first reading has ended, well or not.
  bool tried() const { return tried_; }
  // When the source was last looked at, well or not; or when this was made.
  absl::Time last_turn() const { return last_turn_; }
  const std::string& name() const { return spec_.name; }

 private:
  ledger::LinkName Name() const;
  void Recall();
  Task<void> WatchSource();
  Task<void> WatchMaster();
  Task<void> WatchTarget();
  Task<void> WatchHFiles();
  Task<Status> Connect();
  // Returns when something failed.
  Task<Status> ReadOnAndOn();
  Task<Status> LookAtTarget();
  void Learn(LinkReading reading);
  void Lost(const Status& status);
  void Publish();
  void PublishWatermark();
  // Heartbeats, too.
  void AddWatermark(LinkSnapshot* snapshot) const;
  // Why a queue that stands still does so, where the target tells.
  void AddCause(LinkStatus* status) const;
  // Into the ledger. What fails is logged: the watch goes on.
  void Remember(const LinkReading& reading);
  void KeepWatermark();
  // Where ZooKeeper is closed: servers, and what operators have waived since.
  void KeepMembers();
  // Logs what is news.
  void Note(CollectorState* state, const Status& status);

  Executor executor_;
  LinkSpec spec_;
  ledger::Ledger* ledger_;
  std::function<void()> changed_;
  std::shared_ptr<Link> link_;            // once it is connected, for good
  std::unique_ptr<MasterWatch> masters_;  // as link_
  std::unique_ptr<LagProbe> probe_;       // as link_
  std::optional<HFileAudit> hfiles_;
  std::unique_ptr<Cluster> target_cluster_;
  std::string source_id_;
  QueueHistory history_;
  std::deque<LinkReading> readings_;     // of the last seconds, newest last
  std::optional<Watermark::Kept> kept_;  // as the ledger has it
  std::optional<ClosedMembers> kept_members_;
  std::optional<LinkSnapshot> latest_;
  CollectorState queues_, heartbeats_, target_;
  bool tried_ = false;
  absl::Time last_turn_ = absl::Now();
};

}  // namespace twinwatch::app
