#include "verifier/cause/of_row.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/core/bytes.h"
#include "agent/core/utc.h"
#include "verifier/cause/hiding.h"

namespace twinwatch {
namespace {

std::string Time(uint64_t timestamp_ms) {
  return ToRfc3339(absl::FromUnixMillis(static_cast<int64_t>(timestamp_ms)));
}

std::string Column(const Cell& cell) {
  return fmt::format("{}:{}", ToStringBinary(cell.family), ToStringBinary(cell.qualifier));
}

bool SameCell(const Cell& a, const Cell& b) {
  return SameColumn(a, b) && a.timestamp_ms == b.timestamp_ms && a.type == b.type;
}

bool Holds(const std::vector<TaggedCell>& cells, const Cell& wanted) {
  return std::any_of(cells.begin(), cells.end(),
                     [&wanted](const TaggedCell& t) { return SameCell(t.cell, wanted); });
}

std::vector<TaggedCell> All(const std::vector<TaggedCell>& cells,
                            const std::optional<std::vector<TaggedCell>>& raw) {
  std::vector<TaggedCell> all = cells;
  if (raw) all.insert(all.end(), raw->begin(), raw->end());
  return all;
}

// The first cell that has a TTL of its own here and, the same cell, none there.
const TaggedCell* LostTtl(const std::vector<TaggedCell>& here,
                          const std::vector<TaggedCell>& there) {
  for (const TaggedCell& ours : here) {
    if (!ours.ttl_ms) continue;
    for (const TaggedCell& theirs : there) {
      if (!theirs.ttl_ms && ours.cell.row == theirs.cell.row && SameCell(ours.cell, theirs.cell)) {
        return &ours;
      }
    }
  }
  return nullptr;
}

// A cell that the target shows, and neither it nor what would hide it is on the source.
const TaggedCell* Untraced(const DriftCase& drift) {
  if (!drift.source_raw) return nullptr;
  for (const TaggedCell& shown : drift.target_cells) {
    const bool traced = std::any_of(
        drift.source_raw->begin(), drift.source_raw->end(), [&shown](const TaggedCell& ours) {
          return Hides(ours.cell, shown.cell) || Overwrites(ours.cell, shown.cell) ||
                 SameCell(ours.cell, shown.cell);
        });
    if (!traced) return &shown;
  }
  return nullptr;
}

}  // namespace

std::optional<Cause> CellTtlLost(const DriftCase& drift) {
  constexpr std::string_view kCause = "the cells' own TTL was lost on the way";
  constexpr std::string_view kCodec = "as when hbase.replication.rpc.codec is one without tags";
  const std::vector<TaggedCell> source = All(drift.source_cells, drift.source_raw);
  const std::vector<TaggedCell> target = All(drift.target_cells, drift.target_raw);
  if (const TaggedCell* lost = LostTtl(source, target)) {
    return Cause{
        CauseKind::kCellTtlLost, std::string(kCause),
        fmt::format("{} of {} has a TTL of {} ms on the source and none on the target, {}",
                    Column(lost->cell), Time(lost->cell.timestamp_ms), *lost->ttl_ms, kCodec)};
  }
  const TaggedCell* untraced = Untraced(drift);
  if (untraced == nullptr) return std::nullopt;
  const TaggedCell* nearby = LostTtl(drift.source_nearby, drift.target_nearby);
  if (nearby == nullptr) return std::nullopt;
  return Cause{CauseKind::kCellTtlLost, std::string(kCause),
               fmt::format("the source holds no trace of {} of {}, as of a cell past its own TTL, "
                           "and {} of {} in row {} has a TTL of {} ms on the source and none on "
                           "the target, {}",
                           Column(untraced->cell), Time(untraced->cell.timestamp_ms),
                           Column(nearby->cell), Time(nearby->cell.timestamp_ms),
                           ToStringBinary(nearby->cell.row), *nearby->ttl_ms, kCodec)};
}

std::optional<Cause> OlderVersionBack(const DriftCase& drift) {
  if (!drift.source_raw || !drift.target_raw) return std::nullopt;
  for (const TaggedCell& shown : drift.target_cells) {
    for (const TaggedCell& later : *drift.source_raw) {
      const bool deleted = Hides(later.cell, shown.cell);
      if (!deleted && !Overwrites(later.cell, shown.cell)) continue;
      if (Holds(*drift.target_raw, later.cell)) continue;
      return Cause{CauseKind::kOlderVersionBack,
                   deleted
                       ? "an older version came back: the target does not hold the delete "
                         "marker that hides it"
                       : "an older version came back: the target does not hold the version that "
                         "overwrote it",
                   fmt::format("the target shows {} of {}, which the source {} at {}",
                               Column(shown.cell), Time(shown.cell.timestamp_ms),
                               deleted ? "deleted" : "overwrote", Time(later.cell.timestamp_ms))};
    }
  }
  return std::nullopt;
}

std::optional<Cause> WrittenAtTarget(const DriftCase& drift) {
  const TaggedCell* shown = Untraced(drift);
  if (shown == nullptr) return std::nullopt;
  return Cause{CauseKind::kWrittenAtTarget, "written at the target, not by this replication",
               fmt::format("the source holds no trace of {} of {}: no such cell and no delete "
                           "marker (a major compaction there would have removed both, and a cell "
                           "past a TTL of its own is shown no more)",
                           Column(shown->cell), Time(shown->cell.timestamp_ms))};
}

}  // namespace twinwatch
