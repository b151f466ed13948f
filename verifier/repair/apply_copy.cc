#include "verifier/repair/apply_copy.h"

#include <algorithm>
#include <utility>

#include "verifier/repair/count_rows.h"
#include "verifier/repair/note_copied.h"
#include "verifier/repair/planned.h"
#include "verifier/repair/read_image.h"

namespace twinwatch {
namespace {

// None: nothing stands against it.
using WhyNot = std::optional<std::string>;

bool HasTags(const RowImage& image) {
  return std::any_of(image.begin(), image.end(),
                     [](const StoredCell& stored) { return IsTagged(stored.tags); });
}

// Each row of the range as it is on the target goes into the journal. Why the range is not to be
// copied.
Task<StatusOr<WhyNot>> KeepBefore(ApplySides sides, const PlannedRange* range, Journal* journal,
                                  ApplyObserver* observer) {
  KeyRange left = range->range;
  while (true) {
    if (observer->GivenUp()) co_return absl::CancelledError("it was asked to end");
    StatusOr<ImageChunk> read = co_await ReadChunk(CopiedCells(sides.target, *range), left);
    if (absl::IsFailedPrecondition(read.status()))
      co_return WhyNot(std::string(Text(read.status())));
    CO_ASSIGN_OR_RETURN(ImageChunk chunk, std::move(read));
    std::vector<JournaledRow> rows;
    for (KeyedImage& keyed : chunk.rows) {
      if (HasTags(keyed.image)) co_return WhyNot(StripsTags(keyed.row));
      JournaledRow& row = rows.emplace_back();
      row.table = range->table;
      row.row = std::move(keyed.row);
      row.engine = RepairEngine::kCopyTable;
      row.before = std::move(keyed.image);
    }
    CO_RETURN_IF_ERROR(journal->Add(rows));
    if (!chunk.next) co_return std::nullopt;
    left.start = *std::move(chunk.next);
  }
}

// What the source got since the plan.
Task<StatusOr<WhyNot>> LookAtSource(Cluster* source, const PlannedRange* range) {
  CountedCells cells;
  cells.cluster = source;
  cells.table = range->table;
  cells.families = range->families;
  cells.since_ms = range->since_ms;
  cells.until_ms = range->until_ms;
  CO_ASSIGN_OR_RETURN(const StoredSize stored,
                      co_await MeasureStored(std::move(cells), range->range));
  if (stored.tagged_row) co_return WhyNot(StripsTags(*stored.tagged_row));
  co_return std::nullopt;
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
  // Those that are open here, and whose ids were looked at.
  request.source_key = parts.sides.source->name();
  request.target_key = parts.sides.target->name();
  return request;
}

void TellAll(const CopyParts& parts, const PlannedRange& range, RowOutcome outcome,
             std::string_view why) {
  for (const PlannedRow& row : range.drifted)
    parts.observer->OnRow(range.table, row.row, outcome, why);
}

// By the journal, so that a later run tells the same.
Status TellWhatWasCopied(const CopyParts& parts, const PlannedRange& range, CopyWatcher* watcher) {
  ASSIGN_OR_RETURN(const std::vector<WrittenRow> written,
                   parts.journal->WrittenByCopy(range.table, range.range));
  watcher->OnCopied(range);
  auto next = written.begin();
  const auto tell_others_before = [&](const std::string* planned) {
    for (; next != written.end() && (planned == nullptr || next->row < *planned); ++next) {
      if (next->why.empty()) {
        watcher->OnAlsoWritten(range, next->row);
      } else {
        parts.observer->OnRow(range.table, next->row, RowOutcome::kPartly, next->why);
      }
    }
  };
  for (const PlannedRow& row : range.drifted) {
    tell_others_before(&row.row);
    const bool known = next != written.end() && next->row == row.row;
    const std::string why = known ? (next++)->why : "";
    const RowOutcome outcome = why.empty() ? RowOutcome::kWritten : RowOutcome::kPartly;
    parts.observer->OnRow(range.table, row.row, outcome, why);
  }
  tell_others_before(nullptr);
  return absl::OkStatus();
}

// The job, and what came of it.
Task<Status> RunJob(const CopyParts* parts, size_t place, const PlannedRange* range,
                    std::string tag, CopyWatcher* watcher) {
  JobNoter noter(parts->journal, place, range, parts->observer, watcher);
  CopyRequest request = RequestOf(*parts, *range, std::move(tag));
  const StatusOr<CopyOutcome> outcome =
      co_await parts->copier->Copy(std::move(request), parts->deadline, &noter);
  CO_RETURN_IF_ERROR(noter.failed());
  // Part of it may be there whatever came of the job.
  if (absl::IsUnknown(outcome.status())) co_return outcome.status();
  CO_RETURN_IF_ERROR(co_await NoteWhatWasCopied(parts->sides, *range, parts->journal));
  CO_RETURN_IF_ERROR(outcome.status());
  co_return parts->journal->SetCopy(place, {CopyState::kCopied, noter.job(), outcome->log_path});
}

}  // namespace

std::string CopyTagOf(const Journal& journal, size_t place) {
  return fmt::format("twinwatch-{}-{}", DigestDigits(journal.header().plan_digest, 16), place);
}

Task<Status> ApplyCopy(CopyParts parts, size_t place, PlannedRange range, CopyWatcher* watcher) {
  Journal* journal = parts.journal;
  CO_ASSIGN_OR_RETURN(const JournaledCopy copy, journal->Copy(place));
  if (copy.state == CopyState::kUndone) {
    TellAll(parts, range, RowOutcome::kSkipped, "it was undone");
    co_return absl::OkStatus();
  }
  if (copy.state == CopyState::kCopied) co_return TellWhatWasCopied(parts, range, watcher);
  const std::string tag = CopyTagOf(*journal, place);
  const bool begun = copy.state == CopyState::kBeforeKept;
  if (begun) CO_RETURN_IF_ERROR(co_await parts.copier->EndLeftOver(tag, parts.deadline));
  CO_ASSIGN_OR_RETURN(WhyNot why_not, co_await LookAtSource(parts.sides.source, &range));
  if (!why_not && !begun) {
    CO_ASSIGN_OR_RETURN(why_not, co_await KeepBefore(parts.sides, &range, journal, parts.observer));
  }
  if (why_not) {
    // An earlier run's job may have copied some of it.
    if (begun) CO_RETURN_IF_ERROR(co_await NoteWhatWasCopied(parts.sides, range, journal));
    TellAll(parts, range, begun ? RowOutcome::kPartly : RowOutcome::kSkipped,
            *why_not + ": plan it again");
    co_return absl::OkStatus();
  }
  if (!begun) CO_RETURN_IF_ERROR(journal->SetCopy(place, {CopyState::kBeforeKept, "", ""}));
  CO_RETURN_IF_ERROR(co_await RunJob(&parts, place, &range, tag, watcher));
  co_return TellWhatWasCopied(parts, range, watcher);
}

}  // namespace twinwatch
