#include "verifier/repair/row_edits.h"

#include <algorithm>
#include <set>
#include <utility>

#include "agent/core/bytes.h"
#include "agent/core/cell_type_name.h"
#include "verifier/diff/hiding.h"

namespace twinwatch {
namespace {

bool SamePut(const Cell& a, const Cell& b) {
  return a.timestamp_ms == b.timestamp_ms && a.value == b.value;
}

// Of cells of which no two have the same timestamp.
const StoredCell* Find(SortedCells cells, const Cell& cell) {
  const StoredCell* found = AtTime(cells, cell.timestamp_ms);
  return found != nullptr && SamePut(found->cell, cell) ? found : nullptr;
}

CellGuard GuardOf(const Cell& place, const ImageIndex& target) {
  CellGuard guard{place.family, place.qualifier, place.timestamp_ms, std::nullopt, false};
  if (const StoredCell* live = target.LivePut(ToView(place))) guard.value = live->cell.value;
  return guard;
}

// The puts of one column on one side that no marker hides, newest first, one of each timestamp.
struct ColumnCells {
  std::vector<const StoredCell*> live;
  std::vector<const StoredCell*> seen;
};

ColumnCells CellsOf(const ImageIndex& image, const ColumnName& column) {
  ColumnCells cells;
  const auto add = [](const StoredCell* put, std::vector<const StoredCell*>* to) {
    // Of two with one timestamp a reader sees the younger, which comes first.
    if (to->empty() || to->back()->cell.timestamp_ms != put->cell.timestamp_ms) to->push_back(put);
  };
  for (const StoredCell* put : image.PutsOf(column)) {
    if (put->seen) add(put, &cells.seen);
    if (image.HiddenBy(ToView(put->cell)) == nullptr) add(put, &cells.live);
  }
  return cells;
}

class Editor {
 public:
  Editor(const RowImage& source, const RowImage& target, const EditRules& rules)
      : source_(source), target_(target), rules_(rules) {}

  RowEdits Run() {
    edits_.same = true;
    for (const ColumnName& column : Columns()) EditColumn(column);
    if (edits_.refused) return std::move(edits_);
    if (!edits_.same && deletes_.empty() && puts_.empty()) {
      edits_.refused = not_mended_;
      return std::move(edits_);
    }
    edits_.deletes = !deletes_.empty();
    edits_.writes = std::move(deletes_);
    std::move(markers_.begin(), markers_.end(), std::back_inserter(edits_.writes));
    std::move(puts_.begin(), puts_.end(), std::back_inserter(edits_.writes));
    return std::move(edits_);
  }

 private:
  std::set<ColumnName> Columns() const {
    std::set<ColumnName> columns;
    for (const ImageIndex* image : {&source_, &target_}) {
      for (const auto& [column, puts] : image->puts()) {
        const bool seen =
            std::any_of(puts.begin(), puts.end(), [](const StoredCell* put) { return put->seen; });
        if (seen && IsCompared(column.first)) columns.insert(column);
      }
    }
    return columns;
  }

  bool IsCompared(std::string_view family) const {
    return rules_.families.empty() || std::find(rules_.families.begin(), rules_.families.end(),
                                                family) != rules_.families.end();
  }

  bool Same(const ColumnCells& source, const ColumnCells& target) const {
    const auto same = [](const StoredCell* a, const StoredCell* b) {
      return SamePut(a->cell, b->cell);
    };
    if (rules_.all_versions || source.seen.empty() || target.seen.empty()) {
      return std::equal(source.seen.begin(), source.seen.end(), target.seen.begin(),
                        target.seen.end(), same);
    }
    return same(source.seen.front(), target.seen.front());
  }

  void EditColumn(const ColumnName& column) {
    const ColumnCells source = CellsOf(source_, column);
    const ColumnCells target = CellsOf(target_, column);
    if (Same(source, target)) return;
    edits_.same = false;
    const size_t writes = deletes_.size() + puts_.size();
    const bool expired_before = expired_;
    if (NeedsRemoval(source, target)) RemoveSurplus(source, target);
    for (const StoredCell* wanted : source.seen) {
      if (Find(target.seen, wanted->cell) == nullptr) Put(*wanted);
    }
    if (deletes_.size() + puts_.size() > writes || !not_mended_.empty()) return;
    const bool expired = expired_ && !expired_before;
    not_mended_ = fmt::format(
        "{}:{} differs, and {}", ToStringBinary(column.first), ToStringBinary(column.second),
        expired ? "what the target lacks is past its own TTL"
                : "no cell that may be put or removed makes it the same (do VERSIONS, TTL or "
                  "KEEP_DELETED_CELLS differ?)");
  }

  // A cell that only the target has, and with which a reader would go on seeing something else than
  // on the source. One with the timestamp of a cell of the source is put over, not removed.
  bool NeedsRemoval(const ColumnCells& source, const ColumnCells& target) const {
    for (const StoredCell* seen : target.seen) {
      if (AtTime(source.seen, seen->cell.timestamp_ms) != nullptr) continue;
      if (rules_.all_versions || source.seen.empty()) return true;
      if (seen->cell.timestamp_ms > source.seen.front()->cell.timestamp_ms) return true;
    }
    return false;
  }

  void RemoveSurplus(const ColumnCells& source, const ColumnCells& target) {
    for (const StoredCell* cell : target.live) {
      if (Find(source.live, cell->cell) != nullptr) continue;
      if (AtTime(source.seen, cell->cell.timestamp_ms) != nullptr) continue;
      Remove(*cell, source);
    }
  }

  void Remove(const StoredCell& surplus, const ColumnCells& source) {
    const CellView view = ToView(surplus.cell);
    if (!rules_.allow_deletes) {
      Refuse(fmt::format("{} is on the target only: --allow-deletes removes it", PlaceText(view)));
      return;
    }
    if (!IsRemovable(surplus.cell)) {
      Refuse(fmt::format("{} was written by somebody else since", PlaceText(view)));
      return;
    }
    if (surplus.tags.secured) {
      Refuse(fmt::format("{} has an ACL or a visibility label", PlaceText(view)));
      return;
    }
    GuardedWrite write;
    write.cell = surplus.cell;
    write.cell.type = CellType::kDelete;
    write.cell.value.clear();
    write.guard = GuardOf(surplus.cell, target_);
    deletes_.push_back(std::move(write));
    FollowWithMarker(view, source);
  }

  // The column marker by which the source removed it keeps also what comes late under it.
  void FollowWithMarker(const CellView& surplus, const ColumnCells& source) {
    const StoredCell* marker = source_.HiddenBy(surplus);
    if (marker == nullptr || marker->cell.type != CellType::kDeleteColumn) return;
    const CellView view = ToView(marker->cell);
    // What is hidden first is the oldest. Columns come one after the other.
    const bool hides_more = !source.seen.empty() && Hides(view, ToView(source.seen.back()->cell));
    const bool again = !markers_.empty() && markers_.back().cell == marker->cell;
    if (hides_more || again) return;
    GuardedWrite write;
    write.cell = marker->cell;
    write.guard = {marker->cell.family, marker->cell.qualifier, marker->cell.timestamp_ms,
                   std::nullopt, true};
    markers_.push_back(std::move(write));
  }

  void Put(const StoredCell& wanted) {
    const CellView view = ToView(wanted.cell);
    if (wanted.tags.secured) {
      Refuse(
          fmt::format("{} has an ACL or a visibility label: it is copied by nobody who does not "
                      "know what these say on the other side",
                      PlaceText(view)));
      return;
    }
    if (wanted.tags.ttl_ms) {
      const uint64_t ttl_ms = *wanted.tags.ttl_ms;
      const bool over = rules_.now_ms >= wanted.cell.timestamp_ms &&
                        rules_.now_ms - wanted.cell.timestamp_ms >= ttl_ms;
      if (over) {
        expired_ = true;
        return;
      }
      edits_.ttls = true;
    }
    const StoredCell* there = target_.LivePut(view);
    if (there != nullptr && there->cell.value != wanted.cell.value && !IsRemovable(there->cell)) {
      Refuse(fmt::format("{} was written by somebody else since", PlaceText(view)));
      return;
    }
    if (const StoredCell* marker = target_.HiddenBy(view)) {
      edits_.compaction = true;
      if (!rules_.allow_compaction) {
        Refuse(fmt::format(
            "a delete marker of the target ({} {}) would hide {}: "
            "--allow-compaction compacts it away first",
            ToString(marker->cell.type), PlaceText(ToView(marker->cell)), PlaceText(view)));
        return;
      }
    }
    GuardedWrite write;
    write.cell = wanted.cell;
    write.ttl_ms = wanted.tags.ttl_ms;
    write.guard = GuardOf(wanted.cell, target_);
    puts_.push_back(std::move(write));
  }

  bool IsRemovable(const Cell& cell) const {
    return !rules_.removable ||
           std::binary_search(rules_.removable->begin(), rules_.removable->end(), PutNumber(cell));
  }

  // The first reason is told.
  void Refuse(std::string why) {
    if (!edits_.refused) edits_.refused = std::move(why);
  }

  ImageIndex source_;
  ImageIndex target_;
  const EditRules& rules_;
  RowEdits edits_;
  bool expired_ = false;    // a cell was not put because its own TTL is over
  std::string not_mended_;  // why the first column that needs it and gets nothing gets nothing
  std::vector<GuardedWrite> deletes_;  // of one version each
  std::vector<GuardedWrite> markers_;  // the source's own
  std::vector<GuardedWrite> puts_;
};

}  // namespace

uint64_t RowEdits::bytes() const {
  uint64_t bytes = 0;
  for (const GuardedWrite& write : writes) bytes += ToView(write.cell).WireSize();
  return bytes;
}

RowEdits EditsOf(const RowImage& source, const RowImage& target, const EditRules& rules) {
  return Editor(source, target, rules).Run();
}

bool IsDone(const GuardedWrite& write, const ImageIndex& target) {
  const StoredCell* live = target.LivePut(ToView(write.cell));
  switch (write.cell.type) {
    case CellType::kPut:
      return live != nullptr && live->cell.value == write.cell.value;
    case CellType::kDelete:
      return live == nullptr;
    default:
      return target.HasMarker(write.cell);
  }
}

std::set<ColumnName> WrittenColumns(const std::vector<GuardedWrite>& writes) {
  std::set<ColumnName> columns;
  for (const GuardedWrite& write : writes) columns.insert(ColumnOf(ToView(write.cell)));
  return columns;
}

std::string PlaceText(const CellView& cell) {
  return fmt::format("{}:{}/{}", ToStringBinary(cell.family), ToStringBinary(cell.qualifier),
                     cell.timestamp_ms);
}

}  // namespace twinwatch
