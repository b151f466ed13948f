#include "verifier/confirm/read_prints.h"

#include <utility>

#include "verifier/scan/row_cursor.h"

namespace twinwatch {
namespace {

class PrintsReader {
 public:
  explicit PrintsReader(PrintsRequest request) : request_(std::move(request)) {}

  Task<StatusOr<PrintsRead>> Run() {
    for (const KeyRange& span : request_.spans) {
      ScanSpec spec = request_.scan;
      spec.range = span;
      CO_RETURN_IF_ERROR(co_await ReadSpan(std::move(spec)));
      if (read_.stopped_before) break;
    }
    co_return std::move(read_);
  }

 private:
  Task<Status> ReadSpan(ScanSpec spec) {
    RowCursor cursor(request_.cluster, std::move(spec), request_.governor);
    while (true) {
      while (cursor.NeedsBatch()) CO_RETURN_IF_ERROR(co_await cursor.Fetch());
      if (cursor.AtEnd()) break;
      if (!Take(cursor)) co_return absl::OkStatus();
      cursor.Advance();
    }
    co_return absl::OkStatus();
  }

  // False: the memory is used up.
  bool Take(const RowCursor& cursor) {
    const RowPiece& piece = cursor.piece();
    if (piece.starts) {
      if (bytes_ >= request_.max_bytes) {
        read_.stopped_before = std::string(piece.row);
        return false;
      }
      wanted_ = request_.wanted(piece.row);
      printer_.Start();
    }
    if (!wanted_) return true;
    const absl::Time now = absl::Now();
    for (const CellView& cell : cursor.cells()) {
      if (request_.edges.IsAtEdge(cell.family, cell.timestamp_ms, now)) continue;
      printer_.Add(cell);
    }
    if (!piece.ends) return true;
    RowPrint print = printer_.Finish();
    if (print.empty()) return true;
    bytes_ += BytesOf(print) + piece.row.size() + sizeof(RowPrints::value_type) + 32;
    read_.rows.insert_or_assign(std::string(piece.row), std::move(print));
    return true;
  }

  PrintsRequest request_;
  PrintsRead read_;
  RowPrinter printer_;
  bool wanted_ = false;
  size_t bytes_ = 0;
};

}  // namespace

Task<StatusOr<PrintsRead>> ReadPrints(PrintsRequest request) {
  PrintsReader reader(std::move(request));
  co_return co_await reader.Run();
}

}  // namespace twinwatch
