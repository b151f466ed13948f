// What a reader sees of a row, told from a raw scan of it, which also shows delete markers and the
// cells that they hide. So one scan serves for both.
//
// By HBase's rules for one row, whose cells come in HBase's order: a family's markers come with its
// empty qualifier, before all other columns; a column's markers before the puts that they hide.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "agent/core/cell.h"

namespace twinwatch {

struct ReaderRules {
  uint32_t max_versions = 1;  // of each column
  // Not in families with NEW_VERSION_BEHAVIOR, where a marker hides only what was written before
  // it, which no scan tells: all is shown then.
  bool markers_hide = true;
};

class ReaderView {
 public:
  explicit ReaderView(ReaderRules rules) : rules_(rules) {}

  void StartRow() { has_column_ = false; }
  // Whether a reader sees this cell, which follows the last one in its row. Never a marker. A row
  // with thousands of DeleteFamilyVersion may show more than a reader sees, not less.
  bool Shows(const CellView& cell);

 private:
  void MoveTo(const CellView& cell);
  void Mark(const CellView& marker);
  bool IsHidden(uint64_t timestamp_ms) const;

  ReaderRules rules_;
  bool has_column_ = false;
  std::string family_;
  std::optional<uint64_t> family_deleted_up_to_ms_;
  std::set<uint64_t> family_deleted_at_ms_;
  std::string qualifier_;
  std::optional<uint64_t> deleted_up_to_ms_;
  std::optional<uint64_t> deleted_at_ms_;  // the last one alone: its put follows at once
  std::optional<uint64_t> last_shown_ms_;
  uint32_t shown_ = 0;
};

}  // namespace twinwatch
