#include "probes/hbase/scan_state.h"

#include <utility>

#include "agent/core/bytes.h"

namespace twinwatch::hbase {

bool ScanState::IsInRange(std::string_view row) const {
  return compare_(row, range_.start) >= 0 &&
         (range_.stop.empty() || compare_(row, range_.stop) < 0);
}

// The rows must ascend from where the scan stands; one row's cells must belong together.
Status ScanState::Check(const ScanAnswer& answer, const std::vector<CellView>& cells) const {
  size_t at = 0;
  std::string_view previous = open_row_ ? std::string_view(*open_row_) : std::string_view();
  bool same_allowed = open_row_.has_value();
  bool first = !open_row_;
  for (size_t i = 0; i < answer.cells_per_result.size(); ++i) {
    const uint32_t count = answer.cells_per_result[i];
    if (count > cells.size() - at) {
      return absl::DataLossError("a scan's answer announces more cells than it holds");
    }
    if (count == 0) continue;
    const std::string_view row = cells[at].row;
    for (size_t k = at + 1; k < at + count; ++k) {
      if (cells[k].row != row) return absl::DataLossError("a scan's answer mixes two rows in one");
    }
    const int order = compare_(row, first ? std::string_view(resume_row_) : previous);
    const bool in_order = order > 0 || (order == 0 && (first || same_allowed));
    if (!in_order || !IsInRange(row)) {
      return Error(absl::StatusCode::kDataLoss, "a scan answers with row \"{}\" out of its turn",
                   ToStringBinary(row));
    }
    first = false;
    previous = row;
    same_allowed = i < answer.partial.size() && answer.partial[i];
    at += count;
  }
  if (at != cells.size()) {
    return absl::DataLossError("a scan's answer holds more cells than it announces");
  }
  return absl::OkStatus();
}

void ScanState::EndOpenRow(std::vector<RowPiece>* pieces, std::string* carried_row,
                           size_t at_cell) {
  if (!open_row_) return;
  resume_row_ = NextKey(*open_row_);
  *carried_row = *std::exchange(open_row_, std::nullopt);
  pieces->push_back({*carried_row, at_cell, at_cell, false, true});
}

StatusOr<ScanStep> ScanState::OnAnswer(const ScanAnswer& answer, const std::vector<CellView>& cells,
                                       const std::string& region_end, std::vector<RowPiece>* pieces,
                                       std::string* carried_row) {
  RETURN_IF_ERROR(Check(answer, cells));
  const bool carried = open_row_.has_value();
  size_t at = 0;
  std::string_view last_row;
  bool last_is_open = false;
  for (size_t i = 0; i < answer.cells_per_result.size(); ++i) {
    const uint32_t count = answer.cells_per_result[i];
    if (count == 0) continue;
    const std::string_view row = cells[at].row;
    const bool continues_carried = open_row_ && *open_row_ == row;
    if (open_row_ && !continues_carried) EndOpenRow(pieces, carried_row, at);
    const bool starts = !continues_carried && !(last_is_open && last_row == row);
    if (starts && last_is_open) pieces->back().ends = true;
    const bool ends = i >= answer.partial.size() || !answer.partial[i];
    pieces->push_back({row, at, at + count, starts, ends});
    if (continues_carried) open_row_.reset();
    last_row = row;
    last_is_open = !ends;
    at += count;
  }
  if (at > 0) {
    resume_row_ = last_is_open ? std::string(last_row) : NextKey(last_row);
    if (last_is_open) open_row_ = std::string(last_row);
  }
  const bool region_over = answer.more_results_in_region == false || answer.more_results == false;
  // An answer without rows that is no heartbeat ends the row that was begun, as the region's end
  // does.
  const bool says_nothing =
      at == 0 && !answer.heartbeat && answer.more_results_in_region.has_value();
  if (open_row_ && (region_over || (says_nothing && carried))) {
    if (at > 0 && last_is_open) {
      pieces->back().ends = true;
      resume_row_ = NextKey(*open_row_);
      open_row_.reset();
    } else {
      EndOpenRow(pieces, carried_row, at);
    }
  }
  if (answer.more_results == false) return ScanStep::kDone;
  if (answer.more_results_in_region == false) return NextRegion(region_end);
  return ScanStep::kNext;
}

ScanStep ScanState::NextRegion(const std::string& region_end) {
  if (region_end.empty() || (!range_.stop.empty() && region_end >= range_.stop)) {
    return ScanStep::kDone;
  }
  if (region_end > resume_row_) resume_row_ = region_end;
  return ScanStep::kOpen;
}

void ScanState::OnLost() {
  if (open_row_) resume_row_ = *std::exchange(open_row_, std::nullopt);
}

}  // namespace twinwatch::hbase
