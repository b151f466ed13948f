// All that exporters show at one moment. Immutable once it is made, shared by whoever reads it.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/table_name.h"
#include "exporters/job.h"
#include "probes/replication/heartbeat_view.h"
#include "probes/replication/link_status.h"
#include "verifier/diff/drift_counts.h"
#include "verifier/diff/future_cells.h"

namespace twinwatch {

// What the last sample of a table says.
struct SampleView {
  uint64_t rows = 0;
  double confidence = 0;
  double max_rate_ppm = 0;
  absl::Time at;
};

// What is known of one table of a link from verifications.
struct TableMarks {
  // Rows of it that are known to differ.
  uint64_t DriftRows() const { return drift ? drift->Sum() : 0; }

  TableName table;
  // Confirmed, unresolved. None: it was not compared yet.
  std::optional<DriftCounts> drift;
  std::optional<absl::Time> oldest_drift;           // when the first of them was confirmed
  std::optional<absl::Time> writes_verified_until;  // every put before it was compared
  std::optional<absl::Time> full_pass_at;  // when the last full pass that judged every row began
  std::optional<std::string> confirm;      // what the older of both rests on
  std::optional<SampleView> sample;
  std::optional<absl::Time> first_seen;  // of a table that was never compared as a whole
  std::optional<double> coverage;        // compared within verify.freshness; 1: as a whole
  std::optional<FutureCells> future;     // on the target; none: never looked for
};

struct VerifyTotals {
  uint64_t rows_compared = 0;
  uint64_t ranges_compared = 0;
  uint64_t range_failures = 0;
  // Of the latest pass, suspects included. None: none has ended since the agent was started.
  std::optional<uint64_t> unknown_rows;
};

// Key ranges by what came of their latest comparison in a full pass.
struct RangeStates {
  uint64_t match = 0;  // read to their end, and nothing was confirmed in them
  uint64_t drift = 0;
  uint64_t pending = 0;  // the pass is not there yet
  uint64_t error = 0;    // it ended without them

  bool operator==(const RangeStates&) const = default;
};

// Of all repairs of a link since the agent was started.
struct RepairTotals {
  uint64_t rows_written = 0;
  uint64_t rows_left = 0;    // alone, or written in part
  uint64_t rows_differ = 0;  // still, when they were looked at afterwards
};

struct LinkSnapshot {
  LinkStatus status;
  std::map<std::string, absl::Time> position_changed_at;  // by region server, host:port
  HeartbeatView heartbeats;
  // Of the target's region servers' clocks against ours, the largest. None: not known of each.
  std::optional<absl::Duration> target_clock_offset;
  std::vector<TableMarks> tables;
  VerifyTotals verify;
  RepairTotals repair;
  // Rows ever confirmed that are still remembered. None: no comparison has ended, so nothing is
  // known of drift.
  std::optional<DriftCounts> ever_drifted;
  std::optional<RangeStates> ranges;  // of the latest full passes; none: there was none
};

// A background task that collects: queues, verify.
struct CollectorState {
  std::string name;
  bool success = false;
  std::optional<absl::Time> last_success;
  std::string error;  // of the last run; empty with success
};

// Calls to a cluster since the agent was started; tries count.
struct RpcCalls {
  uint64_t sent = 0;
  uint64_t failed = 0;
};
// By cluster, then by method.
using RpcTotals = std::map<std::string, std::map<std::string, RpcCalls>>;

struct Snapshot {
  std::vector<LinkSnapshot> links;
  std::vector<CollectorState> collectors;
  std::vector<Job> jobs;  // of all links
  // By cluster, where Kerberos is used and there was a ticket: until when the latest is good.
  std::map<std::string, absl::Time> ticket_expires;
  RpcTotals rpcs;
  std::string version;
  std::string revision;
  bool config_is_good = true;  // the last reload succeeded
  size_t table_limit = 500;    // of each link that many have series of their own
};

}  // namespace twinwatch
