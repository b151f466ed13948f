#include "verifier/repair/apply_direct.h"

#include <absl/time/clock.h>

#include <algorithm>
#include <utility>

#include "verifier/repair/marker_compactor.h"
#include "verifier/repair/planned.h"
#include "verifier/repair/write_rows.h"

namespace twinwatch {
namespace {

// A row with what is to be written to it now.
struct ReadyRow {
  const PlannedRow* planned = nullptr;
  RowImage before;
  std::vector<GuardedWrite> writes;
  std::optional<int64_t> journaled;  // by an earlier run; its id
  bool was_skipped = false;          // by that run
  size_t done_before = 0;            // writes, by that run
};

class DirectEngine {
 public:
  DirectEngine(DirectParts parts, PlannedRange range)
      : parts_(std::move(parts)), range_(std::move(range)), compactor_(parts_.sides.target) {
    source_ = {parts_.sides.source, range_.table, parts_.table.families, 0, std::nullopt};
    target_ = {parts_.sides.target, range_.table, parts_.table.families, 0, std::nullopt};
  }

  Task<Status> Run() {
    for (size_t first = 0; first < range_.drifted.size();) {
      if (parts_.observer->GivenUp()) co_return absl::CancelledError("it was asked to end");
      const size_t end = EndOfBatch(first);
      if (parts_.journal != nullptr) {
        // It may wait for hours: the rows are read behind it, and nothing waits between the look
        // at a row and its write.
        CO_ASSIGN_OR_RETURN(const uint64_t bytes, BytesOfBatch(first, end));
        co_await parts_.observer->Pace(bytes);
        if (parts_.observer->GivenUp()) co_return absl::CancelledError("it was asked to end");
      }
      CO_RETURN_IF_ERROR(co_await Batch(first, end));
      first = end;
    }
    co_return absl::OkStatus();
  }

 private:
  size_t EndOfBatch(size_t first) const {
    uint64_t bytes = 0;
    size_t end = first;
    while (end < range_.drifted.size() && end - first < kBatchRows && bytes < kBatchBytes) {
      bytes += range_.drifted[end].bytes + 2 * range_.drifted[end].journal_bytes;
      ++end;
    }
    return end;
  }

  // What is to be sent at the most.
  StatusOr<uint64_t> BytesOfBatch(size_t first, size_t end) const {
    uint64_t bytes = 0;
    for (size_t i = first; i < end; ++i) {
      const PlannedRow& row = range_.drifted[i];
      ASSIGN_OR_RETURN(const std::optional<RowState> state,
                       parts_.journal->StateOf(range_.table, row.row, RepairEngine::kDirect));
      if (state != RowState::kWritten && state != RowState::kUndone) bytes += row.bytes;
    }
    return bytes;
  }

  Task<Status> Batch(size_t first, size_t end) {
    std::vector<std::string> keys;
    for (size_t i = first; i < end; ++i) keys.push_back(range_.drifted[i].row);
    for (size_t i = first; i < end; ++i) {
      if (!range_.drifted[i].compaction) continue;
      if (parts_.observer->GivenUp()) co_return absl::CancelledError("it was asked to end");
      CO_RETURN_IF_ERROR(co_await CompactAway(&range_.drifted[i]));
    }
    const auto [sources, targets] =
        co_await Both(ReadImages(source_, keys), ReadImages(target_, keys));
    std::vector<ReadyRow> ready;
    for (size_t i = first; i < end; ++i) {
      const StatusOr<RowImage>& source = sources[i - first];
      const StatusOr<RowImage>& target = targets[i - first];
      CO_ASSIGN_OR_RETURN(const bool readable,
                          SkipIfUnreadable(range_.drifted[i], source.status(), target.status()));
      if (!readable) continue;
      CO_ASSIGN_OR_RETURN(std::optional<ReadyRow> row,
                          Prepare(range_.drifted[i], *source, *target));
      if (row) ready.push_back(*std::move(row));
    }
    if (ready.empty()) co_return absl::OkStatus();
    for (const ReadyRow& row : ready) {
      for (const GuardedWrite& write : row.writes) parts_.observer->OnWrite(range_.table, write);
    }
    if (parts_.journal == nullptr) co_return absl::OkStatus();
    co_return co_await Write(std::move(ready));
  }

  // Rows that are too large, or that do not stop changing.
  StatusOr<bool> SkipIfUnreadable(const PlannedRow& planned, const Status& source,
                                  const Status& target) {
    for (const Status& side : {source, target}) {
      if (side.ok()) continue;
      if (!absl::IsFailedPrecondition(side)) return side;
      Skip(planned, Text(side));
      return false;
    }
    return true;
  }

  // The row is as planned, but for a marker that hides what is to be put. False too where it cannot
  // be read: whoever writes it finds out.
  Task<StatusOr<bool>> NeedsCompaction(const PlannedRow* planned) {
    const std::string row = planned->row;
    const auto [source, target] = co_await Both(ReadImage(source_, row), ReadImage(target_, row));
    for (const auto* side : {&source, &target}) {
      if (absl::IsFailedPrecondition(side->status())) co_return false;
      CO_RETURN_IF_ERROR(side->status());
    }
    co_return EditsOf(*source, *target, RulesOf(*planned)).compaction &&
        !ChangedSince(*planned, *source, *target);
  }

  // The markers that hide what is to be put are gone afterwards, unless something keeps them.
  Task<Status> CompactAway(const PlannedRow* planned) {
    const std::string row = planned->row;
    if (!compactor_.MayHelp(range_.table, row)) co_return absl::OkStatus();
    CO_ASSIGN_OR_RETURN(const bool needed, co_await NeedsCompaction(planned));
    if (!needed) co_return absl::OkStatus();
    parts_.observer->OnCompaction(range_.table, row);
    if (parts_.journal == nullptr) co_return absl::OkStatus();
    CO_RETURN_IF_ERROR(co_await compactor_.Compact(range_.table, row));
    CO_ASSIGN_OR_RETURN(const bool still, co_await NeedsCompaction(planned));
    if (!still) co_return absl::OkStatus();
    co_return co_await compactor_.WasInVain(range_.table, row);
  }

  EditRules RulesOf(const PlannedRow& planned) const {
    return RulesFor(parts_.table, parts_.options, planned.all_versions, absl::Now());
  }

  void Skip(const PlannedRow& planned, std::string_view why) {
    parts_.observer->OnRow(range_.table, planned.row, RowOutcome::kSkipped, why);
  }

  // None: nothing is to be written, and the observer knows why.
  StatusOr<std::optional<ReadyRow>> Prepare(const PlannedRow& planned, const RowImage& source,
                                            const RowImage& target) {
    if (parts_.journal != nullptr) {
      ASSIGN_OR_RETURN(std::optional<JournaledRow> known,
                       parts_.journal->Find(range_.table, planned.row, RepairEngine::kDirect));
      if (known) return GoOn(planned, *std::move(known), source, target);
    }
    if (const auto changed = ChangedSince(planned, source, target)) {
      Skip(planned, *changed);
      return std::nullopt;
    }
    RowEdits edits = EditsOf(source, target, RulesOf(planned));
    if (edits.refused) {
      Skip(planned, *edits.refused);
      return std::nullopt;
    }
    if (edits.deletes && !planned.deletes) {
      Skip(planned, "it has come to need a removal, which the plan does not say");
      return std::nullopt;
    }
    if (edits.deletes && parts_.no_deletes) {
      Skip(planned, *parts_.no_deletes);
      return std::nullopt;
    }
    if (edits.compaction && parts_.journal != nullptr) {
      Skip(planned, planned.compaction
                        ? kMarkerStays
                        : "a delete marker has come that would hide what is to be put");
      return std::nullopt;
    }
    return ReadyRow{&planned, target, std::move(edits.writes), std::nullopt, false, 0};
  }

  // A row of an earlier run: what it meant to write is written as far as it is not yet.
  std::optional<ReadyRow> GoOn(const PlannedRow& planned, JournaledRow known,
                               const RowImage& source, const RowImage& target) {
    if (known.state == RowState::kUndone) {
      Skip(planned, "it was undone");
      return std::nullopt;
    }
    const ImageIndex there(target);
    const size_t done = std::erase_if(
        known.writes, [&there](const GuardedWrite& write) { return IsDone(write, there); });
    const bool was_skipped = known.state == RowState::kSkipped;
    if (known.writes.empty() && was_skipped) {
      // Others did it. It stays skipped: undo must not take back what was not ours.
      parts_.observer->OnRow(range_.table, planned.row, RowOutcome::kWritten, "");
      return std::nullopt;
    }
    if (!known.writes.empty() && SeenDigest(source, planned.row) != planned.source_seen) {
      Skip(planned, "it changed on the source since the plan");
      return std::nullopt;
    }
    if (!known.writes.empty() && parts_.no_deletes && planned.deletes) {
      Skip(planned, *parts_.no_deletes);
      return std::nullopt;
    }
    return ReadyRow{&planned,    std::move(known.before), std::move(known.writes), known.id,
                    was_skipped, was_skipped ? 0 : done};
  }

  Task<Status> Write(std::vector<ReadyRow> ready) {
    std::vector<JournaledRow> journaled;
    std::vector<RowWrites> writes;
    for (ReadyRow& row : ready) {
      writes.push_back({row.planned->row, row.writes});
      if (row.was_skipped) {
        // Undo passes over what was skipped. What is there by now of its writes is not ours.
        CO_RETURN_IF_ERROR(
            parts_.journal->SetWrites(*row.journaled, row.writes, RowState::kIntended));
      }
      if (row.journaled) continue;
      JournaledRow& entry = journaled.emplace_back();
      entry.table = range_.table;
      entry.row = row.planned->row;
      entry.before = std::move(row.before);
      entry.writes = std::move(row.writes);
    }
    CO_RETURN_IF_ERROR(parts_.journal->Add(journaled));
    CO_ASSIGN_OR_RETURN(const std::vector<RowWritten> written,
                        co_await WriteRows(target_, writes, parts_.sides.source_id));
    JournaledRows complete{range_.table, RepairEngine::kDirect, {}};
    for (size_t i = 0; i < ready.size(); ++i) {
      const std::string& row = ready[i].planned->row;
      RowWritten result = written[i];
      result.done += ready[i].done_before;
      result.writes += ready[i].done_before;
      if (result.complete()) {
        complete.rows.push_back(row);
        parts_.observer->OnRow(range_.table, row, RowOutcome::kWritten, "");
        continue;
      }
      const JournaledRows one{range_.table, RepairEngine::kDirect, {row}};
      CO_RETURN_IF_ERROR(parts_.journal->SetState(one, StateOf(result), result.why));
      parts_.observer->OnRow(range_.table, row, OutcomeOf(result), result.why);
    }
    co_return parts_.journal->SetState(complete, RowState::kWritten, "");
  }

  static RowState StateOf(const RowWritten& written) {
    switch (OutcomeOf(written)) {
      case RowOutcome::kWritten:
        return RowState::kWritten;
      case RowOutcome::kPartly:
        return RowState::kPartly;
      case RowOutcome::kSkipped:
        return RowState::kSkipped;
      case RowOutcome::kUnknown:
        break;
    }
    return RowState::kIntended;
  }

  DirectParts parts_;
  PlannedRange range_;
  ImageSource source_;
  ImageSource target_;
  MarkerCompactor compactor_;
};

}  // namespace

std::optional<std::string> ChangedSince(const PlannedRow& planned, const RowImage& source,
                                        const RowImage& target) {
  if (SeenDigest(source, planned.row) != planned.source_seen)
    return "it changed on the source since the plan";
  if (SeenDigest(target, planned.row) != planned.target_seen)
    return "it changed on the target since the plan";
  const std::vector<uint64_t> stored = StoredPuts(target);
  if (!std::includes(planned.target_puts.begin(), planned.target_puts.end(), stored.begin(),
                     stored.end())) {
    return "the target got another version of it since the plan";
  }
  return std::nullopt;
}

Task<Status> ApplyDirect(DirectParts parts, PlannedRange range) {
  DirectEngine engine(std::move(parts), std::move(range));
  co_return co_await engine.Run();
}

}  // namespace twinwatch
