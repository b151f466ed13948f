// One link as the agent watches it: keeps it connected, reads its queues, compares its tables from
// time to time, and holds what is known for the next snapshot.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/app/link.h"
#include "agent/app/verify_run.h"
#include "exporters/snapshot.h"
#include "probes/replication/collector.h"

namespace twinwatch::app {

class LinkWatch {
 public:
  // `changed` is called after something new was learnt.
  LinkWatch(const Executor& executor, LinkSpec spec, VerifyConfig verify,
            std::function<void()> changed);

  // Runs until the io_context is stopped. Errors are logged, and tried again.
  void Start();

  // None before the first two readings.
  std::optional<LinkSnapshot> Latest() const { return latest_; }
  const CollectorState& queues_state() const { return queues_state_; }
  const CollectorState& verify_state() const { return verify_state_; }
  // The first reading has ended, well or not.
  bool tried() const { return tried_; }

 private:
  Task<void> WatchQueues();
  Task<void> VerifyNowAndThen();
  Task<Status> WatchConnected();
  Task<Status> VerifyOnce();
  void Learn(LinkReading reading);
  void Note(const VerifyResult& result);

  Executor executor_;
  LinkSpec spec_;
  VerifyConfig verify_;
  std::function<void()> changed_;
  std::shared_ptr<Link> link_;
  std::deque<LinkReading> readings_;  // of the last seconds, newest last
  std::optional<LinkSnapshot> latest_;
  std::map<std::string, absl::Time> position_changed_at_;
  std::map<TableName, TableMarks> tables_;
  VerifyTotals totals_;
  CollectorState queues_state_;
  CollectorState verify_state_;
  bool tried_ = false;
};

}  // namespace twinwatch::app
