#include "verifier/run/walk_range.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>
#include <vector>

#include "agent/core/bytes.h"
#include "verifier/run/wide_row.h"
#include "verifier/scan/row_cursor.h"

namespace twinwatch {
namespace {

// All that is told of the raw view. Which puts are still stored behind those that a reader sees is
// the business of each side's flushes and compactions.
std::vector<CellView> MarkersOf(std::span<const CellView> cells) {
  std::vector<CellView> markers;
  std::copy_if(cells.begin(), cells.end(), std::back_inserter(markers), IsDeleteMarker);
  return markers;
}

uint64_t BytesOf(std::span<const CellView> cells) {
  uint64_t bytes = 0;
  for (const CellView& cell : cells) bytes += cell.WireSize();
  return bytes;
}

// The walk over one range. Lives in the coroutine that runs it.
class Walk {
 public:
  Walk(TablePair pair, View view, KeyRange range, ClassOf class_of, Governor* governor,
       CompareObserver* observer)
      : pair_(std::move(pair)),
        view_(view),
        class_of_(class_of),
        governor_(governor),
        observer_(observer),
        source_(pair_.source, pair_.SourceScan(range, view), governor),
        target_(pair_.target, pair_.TargetScan(range, view), governor) {}

  Task<StatusOr<RangeDone>> Run() {
    CO_RETURN_IF_ERROR(co_await OpenBoth());
    while (true) {
      if (source_.NeedsBatch() || target_.NeedsBatch()) {
        if (!TellCompared()) break;
        CO_RETURN_IF_ERROR(co_await Fetch());
      }
      if (source_.AtEnd() && target_.AtEnd()) break;
      const bool has_source = !source_.AtEnd();
      const bool has_target = !target_.AtEnd();
      int order = has_source ? -1 : 1;
      if (has_source && has_target) order = source_.row().compare(target_.row());
      bool go_on = true;
      if (view_ == View::kRaw && (order > 0 || source_.IsWholeRow()) &&
          (order < 0 || target_.IsWholeRow())) {
        go_on = CompareMarkers(order);
      } else if (order == 0 && source_.IsWholeRow() && target_.IsWholeRow()) {
        go_on = CompareWhole();
      } else if (order != 0 && (order < 0 ? source_ : target_).IsWholeRow()) {
        go_on = OneSided(order < 0);
      } else {
        CO_ASSIGN_OR_RETURN(go_on, co_await CompareInPieces(order));
      }
      if (!go_on) break;
    }
    co_return std::move(done_);
  }

 private:
  // Both servers open their scanners at the same time.
  Task<Status> OpenBoth() {
    const auto [source, target] = co_await Both(source_.Fetch(), target_.Fetch());
    CO_RETURN_IF_ERROR(source);
    CO_RETURN_IF_ERROR(target);
    co_return co_await Fetch();
  }

  // Until both sides stand at a row or have ended.
  Task<Status> Fetch() {
    for (RowCursor* side : {&source_, &target_}) {
      while (side->NeedsBatch()) CO_RETURN_IF_ERROR(co_await side->Fetch());
    }
    const uint64_t bytes = source_.TakeBytesFetched() + target_.TakeBytesFetched();
    const uint64_t rows = done_.source.rows + done_.target.rows;
    const RowCursor& side = source_.AtEnd() ? target_ : source_;
    if (!side.AtEnd())
      observer_->OnProgress(side.row(), rows - std::exchange(rows_told_, rows), bytes);
    co_return absl::OkStatus();
  }

  // A batch is used up: what it held was compared, and all before it on the other side.
  bool TellCompared() {
    const RowCursor& used_up = source_.NeedsBatch() ? source_ : target_;
    if (used_up.last_row().empty()) return true;
    const std::string next_row = NextKey(used_up.last_row());
    if (observer_->OnCompared(next_row, done_)) return true;
    done_.stopped_at = next_row;
    return false;
  }

  // The row is at hand as a whole wherever it is.
  bool CompareMarkers(int order) {
    const std::string_view row = order <= 0 ? source_.row() : target_.row();
    std::vector<CellView> source, target;
    if (order <= 0) source = MarkersOf(source_.cells());
    if (order >= 0) target = MarkersOf(target_.cells());
    RowDifference difference{row, std::nullopt, {}, rows_};
    difference.drift_class = CompareRow(source, target, &difference.differing);
    const bool go_on = !difference.drift_class || Tell(difference);
    ++rows_;
    if (order <= 0) source_.Advance();
    if (order >= 0) target_.Advance();
    return go_on;
  }

  // Both rows are at hand as a whole.
  bool CompareWhole() {
    const auto source_cells = source_.cells();
    const auto target_cells = target_.cells();
    const Digest128 source_digest = hasher_.HashRow(source_.row(), source_cells);
    const Digest128 target_digest = hasher_.HashRow(target_.row(), target_cells);
    bool go_on = true;
    if (source_digest != target_digest) {
      RowDifference difference{source_.row(), std::nullopt, {}, rows_};
      difference.drift_class = CompareRow(source_cells, target_cells, &difference.differing);
      go_on = Tell(difference);
    }
    done_.source.AddRow(source_digest, source_cells.size(), BytesOf(source_cells));
    done_.target.AddRow(target_digest, target_cells.size(), BytesOf(target_cells));
    ++rows_;
    source_.Advance();
    target_.Advance();
    return go_on;
  }

  // A whole row that the other side does not have.
  bool OneSided(bool on_source) {
    RowCursor& cursor = on_source ? source_ : target_;
    RowDifference difference{
        cursor.row(), on_source ? DriftClass::kMissing : DriftClass::kExtra, {}, rows_};
    for (const CellView& cell : cursor.cells()) difference.differing.Include(cell.timestamp_ms);
    const bool go_on = Tell(difference);
    (on_source ? done_.source : done_.target)
        .AddRow(hasher_.HashRow(cursor.row(), cursor.cells()), cursor.cells().size(),
                BytesOf(cursor.cells()));
    ++rows_;
    cursor.Advance();
    return go_on;
  }

  // At least one side has the row in pieces.
  Task<StatusOr<bool>> CompareInPieces(int order) {
    const std::string row(order <= 0 ? source_.row() : target_.row());
    if (!observer_->OnCompared(row, done_)) {
      done_.stopped_at = row;
      co_return false;
    }
    DigestedRow source, target;
    source.found = target.found = false;
    if (order <= 0) {
      CO_ASSIGN_OR_RETURN(source, co_await DigestRow(&source_, &hasher_, Digested()));
    }
    if (order >= 0) {
      CO_ASSIGN_OR_RETURN(target, co_await DigestRow(&target_, &hasher_, Digested()));
    }
    if (source.found) done_.source.AddRow(source.digest, source.cells, source.bytes);
    if (target.found) done_.target.AddRow(target.digest, target.cells, target.bytes);
    ++rows_;
    if (source.found == target.found && source.digest == target.digest) co_return true;
    RowDifference difference{row, std::nullopt, {}, rows_};
    if (view_ == View::kRaw) {
      difference.drift_class = DriftClass::kMarks;
      difference.differing = source.found ? source.timestamps : target.timestamps;
    } else if (source.found != target.found) {
      difference.drift_class = source.found ? DriftClass::kMissing : DriftClass::kExtra;
      difference.differing = (source.found ? source : target).timestamps;
    } else if (class_of_ == ClassOf::kAllRows) {
      const KeyRange row_alone = OneRow(row);
      const ScanSpec source_scan = pair_.SourceScan(row_alone, view_);
      const ScanSpec target_scan = pair_.TargetScan(row_alone, view_);
      CO_ASSIGN_OR_RETURN(
          const RowVerdict verdict,
          co_await CompareWideRow(pair_.source, pair_.target, source_scan, target_scan, governor_));
      if (!verdict.drift_class) co_return true;
      difference.drift_class = verdict.drift_class;
      difference.differing = verdict.differing;
    }
    co_return Tell(difference);
  }

  CellsToDigest Digested() const {
    return view_ == View::kRaw ? CellsToDigest::kMarkers : CellsToDigest::kAll;
  }

  bool Tell(const RowDifference& difference) {
    if (observer_->OnDifference(difference)) return true;
    done_.stopped_at = NextKey(difference.row);
    return false;
  }

  TablePair pair_;
  View view_;
  ClassOf class_of_;
  Governor* governor_;
  CompareObserver* observer_;
  RowCursor source_;
  RowCursor target_;
  RowHasher hasher_;
  RangeDone done_;
  uint64_t rows_ = 0;
  uint64_t rows_told_ = 0;
};

}  // namespace

ScanSpec TablePair::SourceScan(KeyRange range, View view) const {
  ScanSpec spec;
  spec.table = source_table;
  spec.range = std::move(range);
  spec.families = families;
  spec.max_versions = view == View::kRaw ? kAllVersions : max_versions;
  spec.keys_only = keys_only;
  spec.batch_bytes = batch_bytes;
  spec.raw = view == View::kRaw;
  if (view == View::kWhole) return spec;
  spec.since_ms = since_ms;
  spec.until_ms = until_ms;
  return spec;
}

ScanSpec TablePair::TargetScan(KeyRange range, View view) const {
  ScanSpec spec = SourceScan(std::move(range), view);
  spec.table = target_table;
  return spec;
}

Task<StatusOr<RangeDone>> WalkRange(TablePair pair, View view, KeyRange range, ClassOf class_of,
                                    Governor* governor, CompareObserver* observer) {
  Walk walk(std::move(pair), view, std::move(range), class_of, governor, observer);
  co_return co_await walk.Run();
}

}  // namespace twinwatch
