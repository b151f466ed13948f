// What is kept of a row while it is a suspect: enough to say which columns are the same at two
// looks, and how they differ, without their bytes.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/cell.h"
#include "verifier/diff/row_comparison.h"
#include "verifier/digest/digest.h"

namespace twinwatch {

// The delete markers of a column are a column of their own (raw scans only).
struct ColumnPrint {
  uint64_t column = 0;  // hash of family and qualifier
  uint64_t shape = 0;   // of its timestamps and types
  uint64_t values = 0;  // of all of its cells
  TimestampSpan timestamps;
  bool markers = false;

  // Two columns with the same content.
  bool SameAs(const ColumnPrint& other) const {
    return shape == other.shape && values == other.values;
  }
};

// By `column`. Empty: there is no such row. A row of more than kMaxColumns columns is kept as one
// column, so that one row cannot take all the memory.
using RowPrint = std::vector<ColumnPrint>;

inline constexpr size_t kMaxColumns = 200'000;

inline size_t BytesOf(const RowPrint& print) { return print.capacity() * sizeof(ColumnPrint); }

// Makes prints, one after the other, of cells in HBase's order.
class RowPrinter {
 public:
  explicit RowPrinter(size_t max_columns = kMaxColumns) : max_columns_(max_columns) {}

  // Also throws away a row that was begun.
  void Start();
  void Add(const CellView& cell);
  RowPrint Finish();

 private:
  struct Running {
    std::string name;
    ColumnPrint print;
    RowHasher values;
  };

  void EndColumn(Running* running);
  void Collapse();

  size_t max_columns_;
  RowPrint columns_;
  // Of the column at hand: its puts and its markers.
  Running puts_;
  Running markers_;
  std::string key_;
};

}  // namespace twinwatch
