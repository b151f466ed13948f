#include "verifier/repair/undo.h"

#include <algorithm>
#include <utility>

#include "verifier/repair/apply_copy.h"
#include "verifier/repair/marker_compactor.h"
#include "verifier/repair/note_copied.h"
#include "verifier/repair/planned.h"
#include "verifier/repair/write_rows.h"

namespace twinwatch {
namespace {

constexpr std::chrono::minutes kTimeToEndAJob{3};

// Undoes the rows of a journal, the last one first.
class JournalUndoer {
 public:
  explicit JournalUndoer(UndoParts parts)
      : parts_(std::move(parts)), compactor_(parts_.sides.target) {}

  Task<StatusOr<UndoResult>> Run() {
    for (size_t i = 0; i < parts_.plan->ranges.size(); ++i) {
      if (parts_.plan->ranges[i].engine == RepairEngine::kCopyTable)
        CO_RETURN_IF_ERROR(co_await EndCopy(i));
    }
    while (true) {
      if (parts_.observer->GivenUp()) co_return absl::CancelledError("it was asked to end");
      CO_ASSIGN_OR_RETURN(const std::vector<JournaledRow> batch, NextBatch());
      if (batch.empty()) break;
      if (!parts_.dry_run) {
        // Nothing waits between the look at a row and its write.
        co_await parts_.observer->Pace(BytesOfBatch(batch));
        if (parts_.observer->GivenUp()) co_return absl::CancelledError("it was asked to end");
      }
      CO_RETURN_IF_ERROR(co_await UndoBatch(batch));
    }
    co_return std::move(result_);
  }

 private:
  // The range with this place in the plan is not copied any more, whatever becomes of this undo.
  Task<Status> EndCopy(size_t place) {
    const PlannedRange range = parts_.plan->ranges[place];
    CO_ASSIGN_OR_RETURN(JournaledCopy copy, parts_.journal->Copy(place));
    if (copy.state == CopyState::kBeforeKept) {
      if (parts_.dry_run) {
        result_.notes.push_back(fmt::format(
            "CopyTable of a range of {} was not seen to end{}: it would be ended first, and what "
            "it writes until then is not listed",
            range.table.ToString(), copy.job.empty() ? "" : fmt::format(" ({})", copy.job)));
      } else {
        CO_RETURN_IF_ERROR(co_await parts_.copier->EndLeftOver(CopyTagOf(*parts_.journal, place),
                                                               After(kTimeToEndAJob)));
      }
      const Status noted = co_await NoteWhatWasCopied(parts_.sides, range, parts_.journal);
      if (absl::IsFailedPrecondition(noted)) {
        // A row in it cannot be read: it is left as it is, so that undo can be run again.
        for (const PlannedRow& row : range.drifted)
          parts_.observer->OnRow(range.table, row.row, RowOutcome::kSkipped, Text(noted));
        co_return absl::OkStatus();
      }
      CO_RETURN_IF_ERROR(noted);
    }
    if (parts_.dry_run) co_return absl::OkStatus();
    copy.state = CopyState::kUndone;
    co_return parts_.journal->SetCopy(place, copy);
  }

  bool ReadTogether(const JournaledRow& one, const JournaledRow& other) const {
    if (one.table != other.table || one.engine != other.engine) return false;
    const ImageSource a = SourceOf(one);
    const ImageSource b = SourceOf(other);
    return a.families == b.families && a.since_ms == b.since_ms && a.until_ms == b.until_ms;
  }

  // Rows of one table and engine, of which the same is read.
  StatusOr<std::vector<JournaledRow>> NextBatch() {
    std::vector<JournaledRow> batch;
    uint64_t bytes = 0;
    while (batch.size() < kBatchRows && bytes < kBatchBytes) {
      ASSIGN_OR_RETURN(std::optional<JournaledRow> row, parts_.journal->Before(last_));
      if (!row) break;
      if (!batch.empty() && !ReadTogether(batch.front(), *row)) break;
      last_ = row->id;
      const bool nothing_written = row->state == RowState::kSkipped || row->writes.empty();
      if (row->state == RowState::kUndone || nothing_written) {
        ++result_.nothing_to_do;
        continue;
      }
      bytes += BytesOf(row->before);
      batch.push_back(*std::move(row));
    }
    return batch;
  }

  // What is to be sent at the most, about: each write is taken back, and what was there put again.
  static uint64_t BytesOfBatch(const std::vector<JournaledRow>& batch) {
    uint64_t bytes = 0;
    for (const JournaledRow& row : batch) {
      bytes += BytesOf(row.before);
      for (const GuardedWrite& write : row.writes) bytes += ToView(write.cell).WireSize();
    }
    return bytes;
  }

  // The whole row, or of a copied one the cells that were copied.
  ImageSource SourceOf(const JournaledRow& row) const {
    ImageSource source;
    source.cluster = parts_.sides.target;
    source.table = row.table;
    for (const PlannedTable& table : parts_.plan->tables) {
      if (table.table == row.table) source.families = table.families;
    }
    if (row.engine == RepairEngine::kDirect) return source;
    for (const PlannedRange& range : parts_.plan->ranges) {
      const bool of_it = range.engine == RepairEngine::kCopyTable && range.table == row.table &&
                         range.range.Contains(row.row);
      if (!of_it) continue;
      source = CopiedCells(parts_.sides.target, range);
    }
    return source;
  }

  Task<Status> UndoBatch(const std::vector<JournaledRow>& batch) {
    std::vector<std::string> keys;
    for (const JournaledRow& row : batch) keys.push_back(row.row);
    const ImageSource target = SourceOf(batch.front());
    std::vector<StatusOr<RowImage>> now = co_await ReadImages(target, keys);
    CO_ASSIGN_OR_RETURN(const bool compacted, co_await CompactAway(&batch, &now));
    // That may have taken an hour.
    if (compacted) now = co_await ReadImages(target, keys);
    std::vector<RowWrites> writes;
    std::vector<const JournaledRow*> rows;
    std::vector<UndoWrites> journaled;
    for (size_t i = 0; i < batch.size(); ++i) {
      const JournaledRow& row = batch[i];
      CO_ASSIGN_OR_RETURN(RowEdits edits, EditsNow(row, now[i]));
      if (edits.refused) {
        parts_.observer->OnRow(row.table, row.row, RowOutcome::kSkipped, *edits.refused);
        continue;
      }
      for (const GuardedWrite& write : edits.writes) parts_.observer->OnWrite(row.table, write);
      journaled.push_back({row.id, edits.writes});
      rows.push_back(&row);
      writes.push_back({row.row, std::move(edits.writes)});
    }
    NoteMarkers(batch.front().table, writes);
    if (parts_.dry_run || rows.empty()) co_return absl::OkStatus();
    CO_RETURN_IF_ERROR(parts_.journal->SetUndo(journaled));
    CO_ASSIGN_OR_RETURN(const std::vector<RowWritten> written,
                        co_await WriteRows(target, writes, parts_.sides.source_id));
    JournaledRows undone{rows.front()->table, rows.front()->engine, {}};
    for (size_t i = 0; i < rows.size(); ++i) {
      if (written[i].complete()) undone.rows.push_back(rows[i]->row);
      parts_.observer->OnRow(rows[i]->table, rows[i]->row, OutcomeOf(written[i]), written[i].why);
    }
    co_return parts_.journal->SetState(undone, RowState::kUndone, "");
  }

  // A row that is too large, or that does not stop changing, is left; the others are undone.
  StatusOr<RowEdits> EditsNow(const JournaledRow& row, const StatusOr<RowImage>& now) const {
    RowEdits edits;
    if (!now.ok()) {
      if (!absl::IsFailedPrecondition(now.status())) return now.status();
      edits.refused = std::string(Text(now.status()));
      return edits;
    }
    edits = UndoEdits(row, *now, parts_.allow_compaction);
    if (edits.compaction && !edits.refused && !parts_.dry_run)
      edits.refused = std::string(kMarkerStays);
    return edits;
  }

  bool NeedsCompaction(const JournaledRow& row, const StatusOr<RowImage>& now) const {
    if (!now.ok()) return false;
    const RowEdits edits = UndoEdits(row, *now, parts_.allow_compaction);
    return edits.compaction && !edits.refused;
  }

  // Of the regions in which cells lie under markers of apply. True: something was compacted.
  Task<StatusOr<bool>> CompactAway(const std::vector<JournaledRow>* batch,
                                   const std::vector<StatusOr<RowImage>>* now) {
    bool compacted = false;
    for (size_t i = 0; i < batch->size(); ++i) {
      const JournaledRow& row = (*batch)[i];
      if (!NeedsCompaction(row, (*now)[i]) || !compactor_.MayHelp(row.table, row.row)) continue;
      const ImageSource target = SourceOf(row);
      if (compacted) {
        // The compaction for another row of its region may have done it.
        const StatusOr<RowImage> again = co_await ReadImage(target, row.row);
        if (!NeedsCompaction(row, again)) continue;
      }
      parts_.observer->OnCompaction(row.table, row.row);
      if (parts_.dry_run) continue;
      CO_RETURN_IF_ERROR(co_await compactor_.Compact(row.table, row.row));
      compacted = true;
      const StatusOr<RowImage> after = co_await ReadImage(target, row.row);
      if (NeedsCompaction(row, after))
        CO_RETURN_IF_ERROR(co_await compactor_.WasInVain(row.table, row.row));
    }
    co_return compacted;
  }

  void NoteMarkers(const TableName& table, const std::vector<RowWrites>& rows) {
    for (const RowWrites& row : rows) {
      for (const GuardedWrite& write : row.writes) {
        if (write.cell.type == CellType::kPut) continue;
        ++result_.markers;
        if (result_.markers_left.size() < kMaxListed)
          result_.markers_left.push_back({table, write});
      }
    }
  }

  UndoParts parts_;
  MarkerCompactor compactor_;
  UndoResult result_;
  int64_t last_ = INT64_MAX;
};

// Of an image the columns that apply wrote to, and the delete markers.
RowImage TouchedOf(const RowImage& image, const std::vector<GuardedWrite>& writes) {
  const std::set<ColumnName> columns = WrittenColumns(writes);
  RowImage touched;
  for (const StoredCell& stored : image) {
    if (stored.cell.type != CellType::kPut || columns.contains(ColumnOf(ToView(stored.cell))))
      touched.push_back(stored);
  }
  return touched;
}

}  // namespace

RowEdits UndoEdits(const JournaledRow& row, const RowImage& now, bool allow_compaction) {
  EditRules rules;
  rules.all_versions = true;
  rules.allow_deletes = true;
  rules.allow_compaction = allow_compaction;
  rules.removable.emplace();
  for (const GuardedWrite& write : row.writes) {
    if (write.cell.type == CellType::kPut) rules.removable->push_back(PutNumber(write.cell));
  }
  std::sort(rules.removable->begin(), rules.removable->end());
  return EditsOf(TouchedOf(row.before, row.writes), TouchedOf(now, row.writes), rules);
}

Task<StatusOr<UndoResult>> Undo(UndoParts parts) {
  JournalUndoer undoer(std::move(parts));
  co_return co_await undoer.Run();
}

}  // namespace twinwatch
