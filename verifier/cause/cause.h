// Why a row differs, most likely: from values, with the evidence. Pure.
//
// A cause is a guess that the evidence supports, never a verdict. What was not read or is not known
// (absent optionals, empty lists) supports nothing.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probes/api/cluster.h"
#include "probes/api/replication.h"
#include "verifier/diff/row_comparison.h"

namespace twinwatch {

// The strongest first: what is written in the descriptors, then what the row itself shows, then
// what happened at the time of its timestamps, which users may set.
enum class CauseKind {
  kFamilyNotInScope,
  kSkipWal,
  kCellTtlLost,
  kOlderVersionBack,
  kAttributesDiffer,
  kWalLost,
  kPeerRemoved,
  kBeforePeer,
  kPeerDisabled,
  kWrittenAtTarget,
};

struct TaggedCell {
  Cell cell;
  std::optional<uint64_t> ttl_ms;  // the cell's own, from its tags
};

enum class PeerState { kEnabled, kDisabled, kRemoved };

// Holds until the next one.
struct PeerObservation {
  absl::Time at;
  PeerState state = PeerState::kEnabled;
};

struct LostWal {
  std::string name;
  absl::Time from;  // of the edits in it, as its name and its successor's tell
  absl::Time to;
};

// What is known of one row that differs, and of what is around it.
struct DriftCase {
  TableDescriptor source_table;
  TableDescriptor target_table;
  std::optional<Peer> peer;  // none: not known
  std::optional<absl::Time> peer_created;
  DriftClass drift_class = DriftClass::kMissing;
  // Cells that differ, as a reader sees them: those of one side, or with another value there.
  std::vector<TaggedCell> source_cells;
  std::vector<TaggedCell> target_cells;
  // All of the row that is still stored, delete markers too. None: was not read.
  std::optional<std::vector<TaggedCell>> source_raw;
  std::optional<std::vector<TaggedCell>> target_raw;
  // Cells of other rows of the table, as readers see them: one past its own TTL leaves no trace in
  // its row on the source, and others that live tell.
  std::vector<TaggedCell> source_nearby;
  std::vector<TaggedCell> target_nearby;
  // Of a row whose cells were not read: in which families and at what time something differs.
  std::vector<std::string> families;
  TimestampSpan differing;
  std::vector<PeerObservation> peer_history;  // oldest first
  std::vector<LostWal> lost_wals;
};

struct Cause {
  CauseKind kind = CauseKind::kFamilyNotInScope;
  std::string cause;     // one sentence, as after "likely cause:"
  std::string evidence;  // one sentence
};

// The strongest first; of each kind one at the most.
std::vector<Cause> LikelyCauses(const DriftCase& drift);

}  // namespace twinwatch
