#include "verifier/repair/note_copied.h"

#include <algorithm>
#include <map>
#include <utility>

#include "verifier/repair/planned.h"
#include "verifier/repair/read_image.h"
#include "verifier/repair/row_edits.h"

namespace twinwatch {
namespace {

// A row with puts that were not there before.
struct GrownRow {
  std::string row;
  RowImage now;
  RowImage before;
  std::optional<int64_t> journaled;
};

bool HasNewPuts(const RowImage& before, const RowImage& now) {
  const std::vector<uint64_t> old = StoredPuts(before);
  const std::vector<uint64_t> stored = StoredPuts(now);
  // The same put may be stored twice by now.
  return std::any_of(stored.begin(), stored.end(), [&old](uint64_t number) {
    return !std::binary_search(old.begin(), old.end(), number);
  });
}

struct Copied {
  std::vector<GuardedWrite> writes;
  std::string stripped;  // the first cell that lost what CopyTable does not carry; empty: none
};

// Of the new puts those that the source has.
Copied CopiedInto(const GrownRow& grown, const RowImage& source) {
  const std::vector<uint64_t> old = StoredPuts(grown.before);
  std::map<uint64_t, const StoredCell*> of_source;
  for (const StoredCell& stored : source) {
    if (stored.cell.type == CellType::kPut) of_source.emplace(PutNumber(stored.cell), &stored);
  }
  const ImageIndex before(grown.before);
  Copied copied;
  for (const StoredCell& stored : grown.now) {
    if (stored.cell.type != CellType::kPut) continue;
    const uint64_t number = PutNumber(stored.cell);
    if (std::binary_search(old.begin(), old.end(), number)) continue;
    const auto original = of_source.find(number);
    if (original == of_source.end()) continue;
    const Cell& cell = stored.cell;
    GuardedWrite& write = copied.writes.emplace_back();
    write.cell = cell;
    write.guard = {cell.family, cell.qualifier, cell.timestamp_ms, std::nullopt, false};
    if (const StoredCell* live = before.LivePut(ToView(cell))) write.guard.value = live->cell.value;
    if (IsTagged(original->second->tags) && copied.stripped.empty())
      copied.stripped = PlaceText(ToView(cell));
  }
  return copied;
}

class CopyNoter {
 public:
  CopyNoter(ApplySides sides, PlannedRange range, Journal* journal)
      : sides_(std::move(sides)), range_(std::move(range)), journal_(journal) {}

  Task<Status> Run() {
    KeyRange left = range_.range;
    while (true) {
      CO_ASSIGN_OR_RETURN(ImageChunk now,
                          co_await ReadChunk(CopiedCells(sides_.target, range_), left));
      CO_ASSIGN_OR_RETURN(const std::vector<GrownRow> grown, GrownRows(std::move(now.rows)));
      if (!grown.empty()) CO_RETURN_IF_ERROR(co_await NoteRows(&grown));
      if (!now.next) co_return absl::OkStatus();
      left.start = *std::move(now.next);
    }
  }

 private:
  StatusOr<std::vector<GrownRow>> GrownRows(std::vector<KeyedImage> now) {
    std::vector<GrownRow> grown;
    for (KeyedImage& keyed : now) {
      ASSIGN_OR_RETURN(std::optional<JournaledRow> known,
                       journal_->Find(range_.table, keyed.row, RepairEngine::kCopyTable));
      GrownRow row{std::move(keyed.row), std::move(keyed.image), {}, std::nullopt};
      if (known) {
        row.before = std::move(known->before);
        row.journaled = known->id;
      }
      if (HasNewPuts(row.before, row.now)) grown.push_back(std::move(row));
    }
    return grown;
  }

  // Reads the source from the first of them to the last, a chunk at a time; between them may lie
  // any number of rows that the job did not come to.
  Task<Status> NoteRows(const std::vector<GrownRow>* grown) {
    KeyRange left{grown->front().row, NextKey(grown->back().row)};
    auto next = grown->begin();
    std::vector<JournaledRow> fresh;
    while (true) {
      CO_ASSIGN_OR_RETURN(const ImageChunk chunk,
                          co_await ReadChunk(CopiedCells(sides_.source, range_), left));
      for (const KeyedImage& source : chunk.rows) {
        while (next != grown->end() && next->row < source.row) ++next;
        if (next == grown->end()) break;
        if (next->row == source.row) CO_RETURN_IF_ERROR(NoteRow(*next, source.image, &fresh));
      }
      if (!chunk.next) break;
      left.start = *chunk.next;
    }
    co_return journal_->Add(fresh);
  }

  Status NoteRow(const GrownRow& grown, const RowImage& source, std::vector<JournaledRow>* fresh) {
    Copied copied = CopiedInto(grown, source);
    if (copied.writes.empty()) return absl::OkStatus();
    JournaledRow row;
    row.table = range_.table;
    row.row = grown.row;
    row.engine = RepairEngine::kCopyTable;
    row.state = RowState::kWritten;
    if (!copied.stripped.empty()) {
      row.state = RowState::kPartly;
      row.why =
          fmt::format("{} was copied without its TTL, ACL or visibility label: undo takes it back",
                      copied.stripped);
    }
    if (!grown.journaled) {
      row.writes = std::move(copied.writes);
      fresh->push_back(std::move(row));
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(journal_->SetWrites(*grown.journaled, copied.writes, row.state));
    if (row.why.empty()) return absl::OkStatus();
    return journal_->SetState({row.table, row.engine, {row.row}}, row.state, row.why);
  }

  ApplySides sides_;
  PlannedRange range_;
  Journal* journal_;
};

}  // namespace

Task<Status> NoteWhatWasCopied(ApplySides sides, PlannedRange range, Journal* journal) {
  CopyNoter noter(std::move(sides), std::move(range), journal);
  co_return co_await noter.Run();
}

}  // namespace twinwatch
