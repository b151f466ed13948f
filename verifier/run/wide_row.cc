#include "verifier/run/wide_row.h"

#include <algorithm>
#include <utility>

namespace twinwatch {
namespace {

constexpr int kAttempts = 5;

// The cells of one row, as far as they are at hand.
class RowInPieces {
 public:
  explicit RowInPieces(RowCursor* cursor) : cursor_(cursor) {}

  bool ended() const { return ended_; }
  std::span<const CellView> cells() const { return ended_ ? std::span<const CellView>() : rest_; }
  void Use(size_t n) { rest_ = rest_.subspan(n); }

  // Makes more cells available when none are left. False: the row was begun anew, and what was
  // compared so far means nothing.
  Task<StatusOr<bool>> Refill() {
    while (!ended_ && rest_.empty()) {
      if (begun_ && last_piece_) {
        ended_ = true;
        break;
      }
      if (begun_) cursor_->Advance();
      while (cursor_->NeedsBatch()) CO_RETURN_IF_ERROR(co_await cursor_->Fetch());
      if (cursor_->AtEnd()) {
        if (begun_) co_return false;  // lost in the middle, and gone when it was read again
        ended_ = true;
        break;
      }
      if (begun_ && cursor_->piece().starts) co_return false;
      begun_ = true;
      last_piece_ = cursor_->piece().ends;
      rest_ = cursor_->cells();
    }
    co_return true;
  }

 private:
  RowCursor* cursor_;
  std::span<const CellView> rest_;
  bool begun_ = false;
  bool last_piece_ = false;
  bool ended_ = false;
};

// None when a scanner was lost in the middle of the row.
Task<StatusOr<std::optional<RowVerdict>>> CompareOnce(Cluster* source, Cluster* target,
                                                      ScanSpec source_spec, ScanSpec target_spec,
                                                      Governor* governor) {
  RowCursor source_cursor(source, std::move(source_spec), governor);
  RowCursor target_cursor(target, std::move(target_spec), governor);
  RowInPieces s(&source_cursor);
  RowInPieces t(&target_cursor);
  RowComparison comparison;
  while (true) {
    CO_ASSIGN_OR_RETURN(const bool source_good, co_await s.Refill());
    CO_ASSIGN_OR_RETURN(const bool target_good, co_await t.Refill());
    if (!source_good || !target_good) co_return std::nullopt;
    if (s.ended() && t.ended()) break;
    const RowComparison::Used used = comparison.Take(s.cells(), s.ended(), t.cells(), t.ended());
    s.Use(used.source);
    t.Use(used.target);
  }
  RowVerdict verdict;
  verdict.drift_class = comparison.Verdict();
  verdict.differing = comparison.differing();
  co_return verdict;
}

}  // namespace

Task<StatusOr<DigestedRow>> DigestRow(RowCursor* cursor, RowHasher* hasher, CellsToDigest which) {
  const std::string row(cursor->row());
  DigestedRow out;
  while (true) {
    const RowPiece& piece = cursor->piece();
    if (piece.starts) {
      hasher->Start(row);
      out = DigestedRow{};
    }
    for (const CellView& cell : cursor->cells()) {
      if (which == CellsToDigest::kMarkers && !IsDeleteMarker(cell)) continue;
      hasher->Add(cell);
      ++out.cells;
      out.bytes += cell.WireSize();
      out.timestamps.Include(cell.timestamp_ms);
    }
    const bool ends = piece.ends;
    cursor->Advance();
    if (ends) break;
    while (cursor->NeedsBatch()) CO_RETURN_IF_ERROR(co_await cursor->Fetch());
    if (cursor->AtEnd() || cursor->row() != row) {
      out.found = false;
      co_return out;
    }
  }
  const Digest128 digest = hasher->Finish();
  out.found = which == CellsToDigest::kAll || out.cells > 0;
  if (out.found) out.digest = digest;
  co_return out;
}

Task<StatusOr<RowVerdict>> CompareWideRow(Cluster* source, Cluster* target, ScanSpec source_spec,
                                          ScanSpec target_spec, Governor* governor) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    CO_ASSIGN_OR_RETURN(const std::optional<RowVerdict> verdict,
                        co_await CompareOnce(source, target, source_spec, target_spec, governor));
    if (verdict) co_return *verdict;
  }
  co_return absl::AbortedError("its scanners were lost again and again while the row was read");
}

}  // namespace twinwatch
