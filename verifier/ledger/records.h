// What the ledger holds, as plain values. Times are kept to the millisecond.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/key_range.h"
#include "agent/core/table_name.h"
#include "verifier/diff/drift_counts.h"
#include "verifier/diff/row_comparison.h"

namespace twinwatch::ledger {

using PairId = int64_t;

// Two clusters are known by their ids; what users call them may change.
struct Pair {
  PairId id = 0;  // of this ledger
  std::string source_id;
  std::string target_id;
  std::string source_name;  // cluster keys, as last used
  std::string target_name;
  std::string link;
};

// suspected -> confirmed -> planned -> repaired -> rechecked, or waived. All but rechecked are
// open.
enum class DriftState { kSuspected, kConfirmed, kPlanned, kRepaired, kRechecked, kWaived };

std::string_view ToString(DriftState state);
std::optional<DriftState> ParseDriftState(std::string_view text);
std::optional<DriftClass> ParseDriftClass(std::string_view text);

// What a pass looked at in a row. What was found by one that looked at more is not refuted by one
// that looked at less.
struct Breadth {
  bool all_families = true;  // every family that is replicated
  bool values = true;        // false: keys and timestamps only
  bool all_versions = false;
  bool markers = false;  // --raw
  bool extra = true;     // rows that only the target has, too

  bool operator==(const Breadth&) const = default;
};

// A pass that looked at less says nothing of a table as a whole.
inline bool MovesMarks(const Breadth& breadth) {
  return breadth.all_families && breadth.values && breadth.extra;
}

// Which pass says so, and when.
struct Sighting {
  std::string run;
  absl::Time at;
  Breadth breadth;
};

// A row that a pass judged to differ.
struct DriftFinding {
  TableName table;
  std::string row;
  DriftClass drift_class = DriftClass::kMissing;
  std::optional<std::string> confirmed_by;  // none: a suspect
  std::optional<absl::Time> confirmed_at;   // when the barrier had passed
  std::optional<std::string> cause;
  std::optional<std::string> evidence;
  TimestampSpan differing;
};

// A range that a run still has to read.
struct TodoRange {
  KeyRange range;
  bool counted = false;  // its rows are in the counters already

  bool operator==(const TodoRange&) const = default;
};

// Rows of a range that a pass judged to the end: whatever is known of them and was not found again
// is the same now. Not so of the rows in `except`: they could not be judged.
struct SettledRange {
  TableName table;
  KeyRange range;
  std::vector<std::string> except;
  // When the pass began: what another pass saw since then is not refuted by it.
  absl::Time begun;
  // Of a pass that was taken up again: what it told itself before, of rows that it read again since
  // and did not tell again, is refuted too.
  absl::Time resumed = absl::InfinitePast();
  std::vector<TodoRange> read_again;
};

struct Waiver {
  std::string reason;
  std::string by;  // a login name
  absl::Time at;

  bool operator==(const Waiver&) const = default;
};

// What is known of a row that differs or differed.
struct DriftRecord {
  TableName table;
  std::string row;
  DriftClass drift_class = DriftClass::kMissing;
  DriftState state = DriftState::kSuspected;
  absl::Time first_seen;
  absl::Time last_seen;
  std::optional<absl::Time> resolved;  // found to be the same again
  std::optional<std::string> confirmed_by;
  std::optional<absl::Time> confirmed_at;
  std::optional<std::string> cause;
  std::optional<std::string> evidence;
  std::optional<Waiver> waiver;
  TimestampSpan differing;
  std::string run;  // that saw it last
  Breadth breadth;  // of all runs that saw it
};

struct DriftEvent {
  absl::Time at;
  std::string run;  // empty: no run's doing
  DriftState state = DriftState::kSuspected;
  std::string note;
};

struct DriftHistory {
  DriftRecord record;
  std::vector<DriftEvent> events;  // oldest first
};

// Which open rows. They come by table, then by row.
// Where a row stands in the order in which drift is listed.
struct DriftPlace {
  TableName table;
  std::string row;
};

struct DriftFilter {
  std::optional<TableName> table;
  KeyRange range;
  std::vector<DriftState> states;  // empty: every open one
  std::optional<DriftClass> drift_class;
  std::optional<std::string> run;   // only rows that this run saw last
  std::optional<DriftPlace> after;  // only what comes behind it
  uint64_t limit = 0;               // 0: all
};

// Open rows of a table. What is planned or repaired counts as confirmed until it was rechecked.
struct OpenCounts {
  DriftCounts confirmed;
  DriftCounts suspected;
  uint64_t waived = 0;
  std::optional<absl::Time> oldest_confirmed;  // when the first of `confirmed` was; marks left out
};

// The numbers of a table so far.
struct RunCounters {
  uint64_t rows_source = 0;
  uint64_t rows_target = 0;
  uint64_t cells_source = 0;
  uint64_t bytes_read = 0;
  uint64_t ranges = 0;
  uint64_t ranges_drifted = 0;
  DriftCounts drift;
  DriftCounts suspects;
  uint64_t in_flight = 0;
  uint64_t unknown_rows = 0;
  uint64_t waived = 0;
  uint64_t took_ms = 0;

  bool operator==(const RunCounters&) const = default;
};

struct TableProgress {
  TableName table;
  std::vector<TodoRange> todo;
  RunCounters counters;

  bool operator==(const TableProgress&) const = default;
};

enum class RunKind { kFull, kRange, kSince, kSample, kIncremental };

std::string_view ToString(RunKind kind);
std::optional<RunKind> ParseRunKind(std::string_view text);

struct RunRecord {
  std::string id;
  PairId pair = 0;
  RunKind kind = RunKind::kFull;
  std::string options;  // the caller's own text
  Breadth breadth;
  absl::Time begun;
  absl::Time last_checkpoint;
  std::optional<absl::Time> ended;
  std::optional<std::string> verdict;
  std::vector<TableProgress> tables;  // in the order in which they were given
};

// How far a full pass has come with a table: its key ranges, as the run has cut them.
struct PassRanges {
  absl::Time begun;
  uint64_t done = 0;  // read to their end
  uint64_t left = 0;
  uint64_t drifted = 0;  // of the done ones
  bool ended = false;    // what is left could not be read, or was left out then

  bool operator==(const PassRanges&) const = default;
};

// What a peer is from a time on, until its next change.
enum class PeerState { kEnabled, kDisabled, kRemoved };

std::string_view ToString(PeerState state);
std::optional<PeerState> ParsePeerState(std::string_view text);

struct PeerChange {
  absl::Time at;
  PeerState state = PeerState::kEnabled;

  bool operator==(const PeerChange&) const = default;
};

// A WAL that was queued for a peer and is nowhere.
struct MissingWal {
  std::string name;
  absl::Time begun;
  absl::Time ended;  // no edit in it is younger
  absl::Time seen;   // to be missing, first

  bool operator==(const MissingWal&) const = default;
};

// How far replication through a peer is known to have come.
struct KeptWatermark {
  int64_t peer_created = 0;  // czxid of its znode: one of the same name is another peer
  absl::Time at;             // every edit written before is on the target

  bool operator==(const KeptWatermark&) const = default;
};

struct LinkName {
  std::string link;
  std::string source;  // its cluster key
};

// The same of a link by its name, for when its source cannot be asked who it is.
struct LinkWatermark {
  std::string peer;
  absl::Time at;
};

// A region server of a source whose replication znodes are closed to us.
struct ClosedMember {
  std::string server;  // host,port,startcode; or a word for those that nobody knows
  bool lives = true;
  bool is_shown = false;  // HBase shows what becomes of its queues when it dies
  absl::Time since;       // it is known to be live, or dead
  std::optional<Waiver> waived;

  bool operator==(const ClosedMember&) const = default;
};

// What was known of them at the last look.
struct ClosedWatch {
  absl::Time seen;
  std::string master;
  std::vector<ClosedMember> members;  // by name

  bool operator==(const ClosedWatch&) const = default;
};

// A time up to which a table is known to be the same, and what that rests on.
struct Mark {
  absl::Time at;
  std::string run;
  std::string confirm;  // position+heartbeat, position, heartbeats, recheck, none
  std::vector<std::string> families_left_out;
  bool keys_only = false;

  bool operator==(const Mark&) const = default;
};

struct SampleMark {
  absl::Time at;
  std::string run;
  uint64_t rows = 0;
  double confidence = 0;
  double max_rate_ppm = 0;

  bool operator==(const SampleMark&) const = default;
};

struct TableMarks {
  std::optional<Mark> writes_verified_until;
  std::optional<Mark> full_pass_at;
  std::optional<SampleMark> sample;
};

}  // namespace twinwatch::ledger
