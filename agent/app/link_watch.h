// One link as the agent watches it: keeps it connected, reads its queues, and holds what is known
// for the next snapshot.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/app/link.h"
#include "exporters/snapshot.h"
#include "probes/replication/collector.h"
#include "probes/replication/rules/known_lag.h"

namespace twinwatch::app {

class LinkWatch {
 public:
  // `changed` is called after something new was learnt. What happens to the peer and its WALs is
  // noted in `ledger`, which must outlive this.
  LinkWatch(const Executor& executor, LinkSpec spec, ledger::Ledger* ledger,
            std::function<void()> changed);

  // Runs until the io_context is stopped. Errors are logged, and tried again.
  void Start();

  // None before the first two readings. Knows nothing of verifications.
  std::optional<LinkSnapshot> Latest() const { return latest_; }
  // At least; none when it is not known.
  std::optional<absl::Duration> Lag() const { return lag_.AtLeast(); }
  const CollectorState& queues_state() const { return queues_state_; }
  // The first reading has ended, well or not.
  bool tried() const { return tried_; }

 private:
  Task<void> WatchQueues();
  Task<Status> WatchConnected();
  void Learn(LinkReading reading);
  // Into the ledger. What fails is logged: the watch goes on.
  Task<void> NoteState(const StatusOr<LinkReading>* reading);
  void NoteMissing(const LinkReading& reading, const std::vector<std::string>& missing);

  Executor executor_;
  LinkSpec spec_;
  ledger::Ledger* ledger_;
  std::function<void()> changed_;
  std::shared_ptr<Link> link_;
  KnownLag lag_;
  std::string source_id_;             // the source cluster's; empty until it has told
  std::deque<LinkReading> readings_;  // of the last seconds, newest last
  std::optional<LinkSnapshot> latest_;
  std::map<std::string, absl::Time> position_changed_at_;
  CollectorState queues_state_;
  bool tried_ = false;
};

}  // namespace twinwatch::app
