#include "verifier/repair/apply_copy.h"

#include <algorithm>
#include <map>
#include <utility>

#include "verifier/repair/planned.h"
#include "verifier/repair/read_image.h"
#include "verifier/repair/row_edits.h"

namespace twinwatch {
namespace {

// Each row of the range as it is on the target goes into the journal.
Task<Status> KeepBefore(ApplySides sides, const PlannedRange* range, Journal* journal,
                        ApplyObserver* observer) {
  KeyRange left = range->range;
  while (true) {
    if (observer->GivenUp()) co_return absl::CancelledError("it was asked to end");
    CO_ASSIGN_OR_RETURN(ImageChunk chunk,
                        co_await ReadChunk(CopiedCells(sides.target, *range), left));
    std::vector<JournaledRow> rows;
    for (KeyedImage& keyed : chunk.rows) {
      JournaledRow& row = rows.emplace_back();
      row.table = range->table;
      row.row = std::move(keyed.row);
      row.engine = RepairEngine::kCopyTable;
      row.before = std::move(keyed.image);
    }
    CO_RETURN_IF_ERROR(journal->Add(rows));
    if (!chunk.next) co_return absl::OkStatus();
    left.start = *std::move(chunk.next);
  }
}

// What the row got that the source has and that was not there before.
std::vector<GuardedWrite> Added(const RowImage& before, const RowImage& now,
                                const RowImage& source) {
  const std::vector<uint64_t> old = StoredPuts(before);
  const std::vector<uint64_t> of_source = StoredPuts(source);
  std::vector<GuardedWrite> added;
  for (const StoredCell& stored : now) {
    if (stored.cell.type != CellType::kPut) continue;
    const uint64_t number = PutNumber(stored.cell);
    if (std::binary_search(old.begin(), old.end(), number)) continue;
    if (!std::binary_search(of_source.begin(), of_source.end(), number)) continue;
    GuardedWrite& write = added.emplace_back();
    write.cell = stored.cell;
    write.guard = {stored.cell.family, stored.cell.qualifier, stored.cell.timestamp_ms,
                   std::nullopt, false};
    if (const StoredCell* live = LivePut(before, ToView(stored.cell)))
      write.guard.value = live->cell.value;
  }
  return added;
}

// Tells the journal which job runs, before it writes anything.
class JobNoter : public CopyObserver {
 public:
  JobNoter(Journal* journal, size_t place, const PlannedRange* range, ApplyObserver* observer,
           CopyWatcher* watcher)
      : journal_(journal), place_(place), range_(range), observer_(observer), watcher_(watcher) {}

  void Progressed(const CopyProgress& progress) override {
    watcher_->OnCopying(*range_, progress.share);
    if (progress.application_id.empty() || progress.application_id == job_) return;
    job_ = progress.application_id;
    const Status noted = journal_->SetCopy(place_, {CopyState::kBeforeKept, job_, ""});
    if (failed_.ok()) failed_ = noted;
  }
  // A job that no journal knows must not go on.
  bool GivenUp() const override { return !failed_.ok() || observer_->StopsCopies(); }

  const Status& failed() const { return failed_; }
  const std::string& job() const { return job_; }

 private:
  Journal* journal_;
  size_t place_;
  const PlannedRange* range_;
  ApplyObserver* observer_;
  CopyWatcher* watcher_;
  std::string job_;
  Status failed_;
};

// One tag for all attempts of a range: what an earlier one left running is found by it.
std::string TagOf(const Journal& journal, size_t place) {
  return fmt::format("twinwatch-{}-{}", DigestDigits(journal.header().plan_digest, 16), place);
}

CopyRequest RequestOf(const CopyParts& parts, const PlannedRange& range, std::string tag) {
  CopyRequest request;
  request.tag = std::move(tag);
  request.table = range.table;
  request.target_table = range.table;
  request.range = range.range;
  request.since_ms = range.since_ms;
  request.until_ms = range.until_ms;
  request.families = range.families;
  request.versions = range.versions;
  request.source_key = parts.pair.source;
  request.target_key = parts.pair.target;
  return request;
}

}  // namespace

Task<Status> NoteWhatWasCopied(ApplySides sides, PlannedRange range, Journal* journal) {
  KeyRange left = range.range;
  while (true) {
    CO_ASSIGN_OR_RETURN(const ImageChunk now,
                        co_await ReadChunk(CopiedCells(sides.target, range), left));
    std::vector<std::string> keys;
    for (const KeyedImage& keyed : now.rows) keys.push_back(keyed.row);
    KeyRange same{left.start, now.next.value_or(left.stop)};
    std::map<std::string, RowImage> of_source;
    while (true) {
      CO_ASSIGN_OR_RETURN(ImageChunk chunk,
                          co_await ReadChunk(CopiedCells(sides.source, range), same));
      for (KeyedImage& keyed : chunk.rows) of_source[keyed.row] = std::move(keyed.image);
      if (!chunk.next) break;
      same.start = *std::move(chunk.next);
    }
    std::vector<JournaledRow> fresh;
    for (const KeyedImage& keyed : now.rows) {
      CO_ASSIGN_OR_RETURN(const std::optional<JournaledRow> known,
                          journal->Find(range.table, keyed.row, RepairEngine::kCopyTable));
      const RowImage before = known ? known->before : RowImage();
      std::vector<GuardedWrite> added = Added(before, keyed.image, of_source[keyed.row]);
      if (added.empty()) continue;
      if (known) {
        CO_RETURN_IF_ERROR(journal->SetWrites(known->id, added, RowState::kWritten));
        continue;
      }
      JournaledRow& row = fresh.emplace_back();
      row.table = range.table;
      row.row = keyed.row;
      row.engine = RepairEngine::kCopyTable;
      row.writes = std::move(added);
      row.state = RowState::kWritten;
    }
    CO_RETURN_IF_ERROR(journal->Add(fresh));
    if (!now.next) co_return absl::OkStatus();
    left.start = *now.next;
  }
}

Task<Status> ApplyCopy(CopyParts parts, size_t place, PlannedRange range, CopyWatcher* watcher) {
  Journal* journal = parts.journal;
  CO_ASSIGN_OR_RETURN(JournaledCopy copy, journal->Copy(place));
  if (copy.state == CopyState::kCopied) co_return absl::OkStatus();
  const std::string tag = TagOf(*journal, place);
  if (copy.state == CopyState::kNone) {
    CO_RETURN_IF_ERROR(co_await KeepBefore(parts.sides, &range, journal, parts.observer));
    CO_RETURN_IF_ERROR(journal->SetCopy(place, {CopyState::kBeforeKept, "", ""}));
  } else {
    CO_RETURN_IF_ERROR(co_await parts.copier->EndLeftOver(tag, parts.deadline));
  }
  JobNoter noter(journal, place, &range, parts.observer, watcher);
  CopyRequest request = RequestOf(parts, range, tag);
  const StatusOr<CopyOutcome> outcome =
      co_await parts.copier->Copy(std::move(request), parts.deadline, &noter);
  CO_RETURN_IF_ERROR(noter.failed());
  // Part of it may be there whatever came of the job.
  if (absl::IsUnknown(outcome.status())) co_return outcome.status();
  CO_RETURN_IF_ERROR(co_await NoteWhatWasCopied(parts.sides, range, journal));
  CO_RETURN_IF_ERROR(outcome.status());
  co_return journal->SetCopy(place, {CopyState::kCopied, noter.job(), outcome->log_path});
}

}  // namespace twinwatch
