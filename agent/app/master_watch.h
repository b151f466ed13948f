// What the masters of a link's clusters tell, asked each few seconds, and what changes slowly,
// asked each minute: tables by replication status, the space that queued WALs take.
//
// Errors are no news: what could not be asked is not known until the next turn.
#pragma once

#include <optional>

#include "agent/app/link.h"
#include "probes/replication/link_reading.h"
#include "probes/replication/link_status.h"
#include "probes/replication/rules/report_clocks.h"
#include "probes/replication/rules/retention.h"

namespace twinwatch::app {

class MasterWatch {
 public:
  // `link` must outlive it.
  explicit MasterWatch(const Link* link) : link_(link) {}

  // One turn. `latest` is the last reading of the queues, if there is one: only a turn that
  // WantsReading() needs it. Without a `target` tables are not compared.
  Task<void> Ask(std::optional<LinkReading> latest, Cluster* target);
  bool WantsReading() const { return std::chrono::steady_clock::now() >= slow_turn_at_; }
  // Looks at the clocks of the target's region servers on and on.
  Task<void> WatchClocks(Cluster* target);

  // What the master said before the peer's znode changed is old.
  void PeerChanged() { enabled_.reset(); }

  std::optional<bool> enabled() const { return enabled_; }  // the peer; by RPC
  const std::optional<ReportedSummary>& reported() const { return reported_; }
  // What region servers report of the peer; none when the master does not say.
  const std::optional<std::vector<ReportedLoad>>& loads() const { return loads_; }
  const std::optional<TableCounts>& tables() const { return tables_; }
  std::optional<uint64_t> retained_bytes() const { return retained_bytes_; }
  std::optional<absl::Duration> runway() const { return runway_.Left(); }
  std::optional<absl::Duration> clock_offset() const { return clocks_.Largest(); }

 private:
  Task<void> AskForReport();
  Task<void> CompareTables(Peer peer, Cluster* target);
  Task<void> MeasureRetention(LinkReading latest);

  const Link* link_;
  std::optional<bool> enabled_;
  std::optional<ReportedSummary> reported_;
  std::optional<std::vector<ReportedLoad>> loads_;
  std::optional<TableCounts> tables_;
  std::optional<uint64_t> retained_bytes_;
  Runway runway_;
  ReportClocks clocks_;
  Deadline slow_turn_at_{};
  Deadline report_due_at_{};
};

}  // namespace twinwatch::app
