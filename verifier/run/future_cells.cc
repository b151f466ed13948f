#include "verifier/run/future_cells.h"

#include <algorithm>
#include <utility>

#include "verifier/scan/row_cursor.h"

namespace twinwatch {
namespace {

uint64_t FirstMsOfFuture(absl::Time now) {
  return static_cast<uint64_t>(std::max<int64_t>(absl::ToUnixMillis(now + kFutureMargin), 0));
}

ScanSpec SpecOf(const FutureScan& scan, const Governor& governor, absl::Time now) {
  ScanSpec spec;
  spec.table = scan.table;
  spec.range = scan.range;
  spec.families = scan.families;
  spec.max_versions = kAllVersions;
  spec.raw = true;
  spec.keys_only = true;
  spec.since_ms = FirstMsOfFuture(now);
  spec.batch_bytes = governor.BatchBytes();
  return spec;
}

}  // namespace

void FutureCount::Add(const RowPiece& piece, std::span<const CellView> cells, absl::Time now) {
  if (is_full_) return;
  if (piece.starts || !open_) open_ = Row();
  const uint64_t first = FirstMsOfFuture(now);
  for (const CellView& cell : cells) {
    if (cell.timestamp_ms < first) continue;
    if (found_.Sum() + open_->cells + open_->markers == most_) {
      is_full_ = true;
      break;
    }
    const bool is_marker = IsDeleteMarker(cell);
    ++(is_marker ? open_->markers : open_->cells);
    FutureRow& furthest = open_->furthest;
    if (cell.timestamp_ms > furthest.timestamp_ms)
      furthest = {std::string(piece.row), std::string(cell.family), cell.timestamp_ms, is_marker};
  }
  if (piece.ends || is_full_) EndRow();
}

void FutureCount::EndRow() {
  found_.cells += open_->cells;
  found_.markers += open_->markers;
  found_.furthest_ms = std::max(found_.furthest_ms, open_->furthest.timestamp_ms);
  const bool has_any = open_->cells + open_->markers > 0;
  if (has_any && found_.rows.size() < kMostFutureRows)
    found_.rows.push_back(std::move(open_->furthest));
  open_.reset();
}

FutureCells FutureCount::Take() {
  found_.at_least = is_full_;
  return std::move(found_);
}

Task<StatusOr<FutureCells>> FindFutureCells(FutureScan scan, Governor* governor,
                                            std::function<absl::Time()> clock) {
  const absl::Time begun = clock();
  FutureCount count(scan.most);
  RowCursor cursor(scan.cluster, SpecOf(scan, *governor, begun), governor);
  Status status;
  while (status.ok() && !count.is_full() && !cursor.AtEnd()) {
    if (cursor.NeedsBatch()) {
      status = co_await cursor.Fetch();
      continue;
    }
    const absl::Time now = clock();
    for (; !cursor.NeedsBatch() && !cursor.AtEnd(); cursor.Advance())
      count.Add(cursor.piece(), cursor.cells(), now);
  }
  FutureCells found = count.Take();
  if (!status.ok() && found.Sum() == 0) {
    co_return Annotate(status, "looking for cells of the future in " + scan.table.ToString());
  }
  found.at_least |= !status.ok();
  found.as_of = begun;
  co_return found;
}

}  // namespace twinwatch
