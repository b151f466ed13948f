// The scanner protocol without I/O: what a response says of rows, where the scan stands, and where
// it must be opened again when its scanner is lost.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/core/key_range.h"
#include "agent/core/status.h"
#include "probes/api/cluster.h"

namespace twinwatch::hbase {

// What matters of a ScanResponse; `cells` are all its cells in order.
struct ScanAnswer {
  std::vector<uint32_t> cells_per_result;
  std::vector<bool> partial;         // may be shorter: the rest is false
  std::optional<bool> more_results;  // false: the whole scan is over
  std::optional<bool>
      more_results_in_region;  // false: this region is exhausted, its scanner closed
  bool heartbeat = false;
};

enum class ScanStep {
  kNext,  // ask the same scanner for more
  kOpen,  // open the region that holds resume_row()
  kDone,
};

// The order in which a table's rows come: less than, equal to or greater than 0.
using CompareRows = int (*)(std::string_view, std::string_view);
inline int CompareBytes(std::string_view a, std::string_view b) { return a.compare(b); }

class ScanState {
 public:
  // hbase:meta is the one table whose order is not that of the bytes.
  explicit ScanState(KeyRange range, CompareRows compare = &CompareBytes)
      : range_(std::move(range)), compare_(compare), resume_row_(range_.start) {}

  // First row that is still wanted.
  const std::string& resume_row() const { return resume_row_; }
  const KeyRange& range() const { return range_; }

  // Takes one answer of the scanner of a region that ends before `region_end`. Appends the pieces
  // of rows to `*pieces`. The row of a piece that only ends a row begun in an earlier answer points
  // into
  // `*carried_row`, which must live as long as the pieces. kDataLoss when the answer contradicts
  // itself, or holds rows out of order or outside the range: then OnLost must be called, and
  // nothing of this answer be used.
  StatusOr<ScanStep> OnAnswer(const ScanAnswer& answer, const std::vector<CellView>& cells,
                              const std::string& region_end, std::vector<RowPiece>* pieces,
                              std::string* carried_row);

  // The scanner is gone. A row of which only a part was seen is read again from its first cell.
  void OnLost();

 private:
  Status Check(const ScanAnswer& answer, const std::vector<CellView>& cells) const;
  void EndOpenRow(std::vector<RowPiece>* pieces, std::string* carried_row, size_t at_cell);
  ScanStep NextRegion(const std::string& region_end);

  bool IsInRange(std::string_view row) const;

  KeyRange range_;
  CompareRows compare_;
  std::string resume_row_;
  std::optional<std::string> open_row_;  // seen in part
};

}  // namespace twinwatch::hbase
