#include "verifier/scan/row_cursor.h"

#include <utility>

namespace twinwatch {

Task<Status> RowCursor::Fetch() {
  // The old batch is let go first: never two of them beside the one that is on its way.
  batch_ = CellBatch{};
  piece_ = 0;
  CO_ASSIGN_OR_RETURN(batch_, co_await scanner_->Next());
  bytes_fetched_ += batch_.bytes;
  co_return absl::OkStatus();
}

}  // namespace twinwatch
