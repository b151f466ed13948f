#include "verifier/repair/count_rows.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "verifier/repair/choose_engine.h"
#include "verifier/repair/row_image.h"

namespace twinwatch {
namespace {

ScanSpec SpecOf(const CountedCells& cells, KeyRange range) {
  ScanSpec spec;
  spec.table = cells.table;
  spec.range = std::move(range);
  spec.families = cells.families;
  spec.since_ms = cells.since_ms;
  spec.until_ms = cells.until_ms;
  return spec;
}

// Walks over the rows of a table with the list of those that are known at hand.
class Gaps {
 public:
  Gaps(const std::vector<std::string>* known, uint64_t gap_limit, uint64_t budget)
      : known_(*known), gap_limit_(gap_limit), budget_(budget) {}

  // False: this gap is too long; go on at restart().
  bool Take(std::string_view row) {
    while (between_.size() < known_.size() && known_[between_.size()] <= row) {
      between_.push_back(between_.empty() ? 0 : count_);
      count_ = 0;
    }
    if (between_.empty() || known_[between_.size() - 1] == row) return true;
    ++count_;
    if (budget_ > 0) --budget_;
    return count_ <= gap_limit_ && budget_ > 0;
  }

  bool done() const { return budget_ == 0 || between_.size() == known_.size(); }

  // The row behind the gap that is not counted to its end.
  const std::string& restart() {
    count_ = kNeverBridged;
    return known_[between_.size()];
  }

  std::vector<uint64_t> Finish() {
    between_.resize(known_.size(), kNeverBridged);
    return std::move(between_);
  }

 private:
  const std::vector<std::string>& known_;
  uint64_t gap_limit_;
  uint64_t budget_;
  std::vector<uint64_t> between_;
  uint64_t count_ = 0;  // in the gap at hand
};

// True: a gap was too long.
Task<StatusOr<bool>> WalkGaps(CountedCells cells, KeyRange range, Gaps* gaps) {
  ScanSpec spec = SpecOf(cells, std::move(range));
  spec.first_cell_only = true;
  const std::unique_ptr<RowScanner> scanner = cells.cluster->Scan(std::move(spec));
  for (bool last = false; !last;) {
    CO_ASSIGN_OR_RETURN(const CellBatch batch, co_await scanner->Next());
    for (const RowPiece& piece : batch.pieces) {
      if (piece.ends && !gaps->Take(piece.row)) co_return true;
    }
    last = batch.last;
  }
  co_return false;
}

}  // namespace

Task<StatusOr<std::vector<uint64_t>>> CountBetween(CountedCells cells,
                                                   std::vector<std::string> rows,
                                                   uint64_t gap_limit, uint64_t budget) {
  if (rows.empty()) co_return std::vector<uint64_t>();
  Gaps gaps(&rows, gap_limit, budget);
  KeyRange range{rows.front(), NextKey(rows.back())};
  while (true) {
    CO_ASSIGN_OR_RETURN(const bool too_long, co_await WalkGaps(cells, range, &gaps));
    if (!too_long || gaps.done()) break;
    range.start = gaps.restart();
  }
  co_return gaps.Finish();
}

Task<StatusOr<RangeSize>> MeasureRange(CountedCells cells, KeyRange range, uint32_t versions) {
  ScanSpec spec = SpecOf(cells, std::move(range));
  spec.max_versions = versions;
  const std::unique_ptr<RowScanner> scanner = cells.cluster->Scan(std::move(spec));
  RangeSize size;
  for (bool last = false; !last;) {
    CO_ASSIGN_OR_RETURN(const CellBatch batch, co_await scanner->Next());
    size.bytes += batch.bytes;
    for (const RowPiece& piece : batch.pieces) size.rows += piece.ends ? 1 : 0;
    last = batch.last;
  }
  co_return size;
}

Task<StatusOr<StoredSize>> MeasureStored(CountedCells cells, KeyRange range) {
  ScanSpec spec = SpecOf(cells, std::move(range));
  spec.raw = true;
  spec.max_versions = kAllVersions;
  spec.cell_tags = true;
  const std::unique_ptr<RowScanner> scanner = cells.cluster->Scan(std::move(spec));
  StoredSize size;
  for (bool last = false; !last;) {
    CO_ASSIGN_OR_RETURN(const CellBatch batch, co_await scanner->Next());
    size.bytes += batch.bytes;
    for (size_t i = 0; i < batch.cells.size() && !size.tagged_row; ++i) {
      if (IsTagged(batch.cell_tags[i])) size.tagged_row = std::string(batch.cells[i].row);
    }
    last = batch.last;
  }
  co_return size;
}

}  // namespace twinwatch
