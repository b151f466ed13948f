// What of a scan's cells counts in a view of the table.
#pragma once

#include "verifier/diff/reader_view.h"

namespace twinwatch {

// What is read of each row.
enum class View {
  kWhole,             // what a reader sees
  kWindow,            // of that the cells written in [since_ms, until_ms)
  kMarkers,           // the delete markers that are stored
  kWindowAndMarkers,  // both of the same window, out of one raw scan
};

inline bool IsRaw(View view) { return view == View::kMarkers || view == View::kWindowAndMarkers; }

enum class CellRole {
  kShown,
  kMarker,
  // Which puts are still stored behind those that a reader sees is the business of each side's
  // flushes and compactions.
  kNothing,
};

class CellSorter {
 public:
  CellSorter(View view, ReaderRules rules) : view_(view), reader_(rules) {}

  void StartRow() { reader_.StartRow(); }
  // Of a cell that follows the last one in its row.
  CellRole RoleOf(const CellView& cell) {
    if (!IsRaw(view_)) return CellRole::kShown;
    const bool shown = view_ == View::kWindowAndMarkers && reader_.Shows(cell);
    if (IsDeleteMarker(cell)) return CellRole::kMarker;
    return shown ? CellRole::kShown : CellRole::kNothing;
  }

 private:
  View view_;
  ReaderView reader_;
};

}  // namespace twinwatch
