// What a verification found, as plain values: made by verifier/run, printed by exporters.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/key_range.h"
#include "agent/core/table_name.h"
#include "probes/api/barrier_kind.h"
#include "verifier/diff/drift_counts.h"
#include "verifier/diff/future_cells.h"
#include "verifier/diff/row_comparison.h"

namespace twinwatch {

enum class Verdict { kSame, kDrift, kUnknown };

// How a first difference becomes drift, or does not.
enum class Confirm {
  kBarrier,  // in sandwiches around barriers (verifier/confirm)
  kRecheck,  // read again later: can say `same`, never `drift`
  kNone,     // the user's word that both sides are at rest: every difference is drift
};

struct UnverifiedRange {
  KeyRange range;
  std::string why;
};

// One row that differs.
struct Finding {
  TableName table;
  std::string row;
  DriftClass drift_class = DriftClass::kMissing;
  std::optional<std::string> confirmed_by;  // none: a suspect
  absl::Time first_seen;
  TimestampSpan differing;
  bool waived = false;                  // known and waived: in no count
  std::optional<std::string> cause;     // most likely
  std::optional<std::string> evidence;  // of the cause
};

// What a sample says of its table. Statements about rate hold for 95 of 100 samples.
struct SampleStatement {
  uint64_t rows = 0;    // compared
  uint64_t places = 0;  // apart from one another, a few rows each
  uint64_t seed = 0;    // gives the same places again
  double confidence = 0.95;
  // Fewer rows than this in a million differ. None when some were found to differ.
  std::optional<uint64_t> max_rate_ppm;
};

struct TableResult {
  TableName table;
  uint64_t rows_source = 0;
  uint64_t rows_target = 0;
  uint64_t cells_source = 0;
  uint64_t bytes_read = 0;  // both sides, as KeyValues
  uint64_t ranges = 0;      // compared
  // With drift. One in which an earlier process ended and a later one went on may count twice.
  uint64_t ranges_drifted = 0;
  DriftCounts drift;
  DriftCounts suspects;
  uint64_t in_flight = 0;              // differed at first, the same later
  uint64_t unknown_rows = 0;           // could not be judged
  uint64_t waived = 0;                 // differ, and were waived: in no other count
  std::optional<BarrierKind> barrier;  // the weakest that confirmed something
  std::vector<UnverifiedRange> unverified;
  uint64_t unnamed = 0;  // ranges, or rows, that could not be judged and are not in `unverified`
  std::vector<std::string> families_left_out;
  std::string left_out_because = "the peer does not replicate them";
  // Why a side's descriptor was not seen: which families there are, which of them are replicated,
  // and their attributes, are not known then.
  std::optional<std::string> descriptor_unknown;
  std::optional<SampleStatement> sample;  // none: it was not sampled
  std::optional<std::string> error;       // why the table could not be compared at all
  // On the target. No difference, and in no verdict. None: they were not looked for, or could not
  // be found out, for this reason.
  std::optional<FutureCells> future;
  std::optional<std::string> future_unknown;
  absl::Duration took;

  Verdict verdict() const;
};

struct VerifyResult {
  std::string run;         // 20261123T163804Z-1f3a
  std::string scope;       // full, range, since, keys, sample: the one that leaves out most
  bool keys_only = false;  // values were not compared
  std::optional<absl::Time> since;  // only rows with a cell written then were looked at
  std::optional<absl::Time> until;
  std::string confirm;         // none, recheck, or the weakest barrier that was used
  std::string why_no_barrier;  // where confirm is recheck although a barrier was wanted
  absl::Time started;          // of a run that was resumed: by the first process
  absl::Time ended;
  absl::Duration took;  // by all processes that worked on it
  std::vector<TableResult> tables;
  std::vector<Finding> findings;  // the first in key order of each table, up to a bound

  Verdict verdict() const;
};

std::string_view ToString(Verdict verdict);

}  // namespace twinwatch
