// One side of the merge walk: the rows of a scan, one after the other, as fast as its governor lets
// it.
//
//   while (cursor.NeedsBatch()) co_await cursor.Fetch();
//   if (!cursor.AtEnd()) ... cursor.row(), cursor.cells() ...; cursor.Advance();
//
// Moving from row to row inside a batch costs no coroutine.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "probes/api/cluster.h"
#include "verifier/scan/governor.h"

namespace twinwatch {

class RowCursor {
 public:
  // Begins the scan. Cluster and governor must outlive it; without a governor nothing holds it
  // back.
  RowCursor(Cluster* cluster, ScanSpec spec, Governor* governor);

  // All pieces at hand are used up, and more may come.
  bool NeedsBatch() const { return piece_ == batch_.pieces.size() && !batch_.last; }
  bool AtEnd() const { return piece_ == batch_.pieces.size() && batch_.last; }

  // The next batch in place of this one. Not to be called before NeedsBatch. Waits until the
  // governor is content; kCancelled, within a second, when it was stopped.
  Task<Status> Fetch();

  // The piece where the cursor stands.
  const RowPiece& piece() const { return batch_.pieces[piece_]; }
  std::string_view row() const { return piece().row; }
  std::span<const CellView> cells() const {
    return std::span(batch_.cells)
        .subspan(piece().first_cell, piece().end_cell - piece().first_cell);
  }
  // Of the batch at hand; empty when it holds none.
  std::string_view last_row() const {
    return batch_.pieces.empty() ? std::string_view() : batch_.pieces.back().row;
  }
  bool IsWholeRow() const { return piece().starts && piece().ends; }

  void Advance() { ++piece_; }

  // Bytes of the batches fetched since the last call.
  uint64_t TakeBytesFetched() { return std::exchange(bytes_fetched_, 0); }

 private:
  Task<Status> WaitForGovernor();
  void TellGovernor();

  Governor* governor_;
  GovernedServer from_;  // that gave the last batch
  bool whole_rows_;
  std::unique_ptr<RowScanner> scanner_;
  CellBatch batch_;
  size_t piece_ = 0;
  uint64_t bytes_fetched_ = 0;
};

}  // namespace twinwatch
