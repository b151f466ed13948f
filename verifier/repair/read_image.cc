#include "verifier/repair/read_image.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "agent/core/bytes.h"

namespace twinwatch {
namespace {

constexpr size_t kMaxCells = 50'000;
constexpr size_t kMaxBytes = size_t{64} << 20;
constexpr size_t kChunkRows = 500;
constexpr size_t kChunkBytes = size_t{4} << 20;
constexpr size_t kRowsAtOnce = 8;
constexpr int kMaxLooks = 5;

using Images = std::map<std::string, RowImage, std::less<>>;

ScanSpec StoredCells(const ImageSource& source, KeyRange range) {
  ScanSpec spec;
  spec.table = source.table;
  spec.range = std::move(range);
  spec.families = source.families;
  spec.since_ms = source.since_ms;
  spec.until_ms = source.until_ms;
  spec.max_versions = kAllVersions;
  spec.raw = true;
  spec.cell_tags = true;
  return spec;
}

struct Read {
  Images rows;
  std::optional<std::string> stopped_before;
};

// Stops before a row once `max_rows` or kChunkBytes were read.
Task<StatusOr<Read>> ReadRows(Cluster* cluster, ScanSpec spec, size_t max_rows) {
  const bool tagged = spec.cell_tags;
  const std::unique_ptr<RowScanner> scanner = cluster->Scan(std::move(spec));
  Read read;
  size_t bytes = 0;
  size_t row_bytes = 0;
  for (bool last = false; !last;) {
    CO_ASSIGN_OR_RETURN(const CellBatch batch, co_await scanner->Next());
    for (const RowPiece& piece : batch.pieces) {
      if (piece.starts && !read.rows.contains(piece.row) &&
          (read.rows.size() >= max_rows || bytes > kChunkBytes)) {
        read.stopped_before = std::string(piece.row);
        co_return read;
      }
      RowImage& row = read.rows[std::string(piece.row)];
      if (piece.starts) {
        row.clear();
        row_bytes = 0;
      }
      for (size_t i = piece.first_cell; i < piece.end_cell; ++i) {
        row_bytes += batch.cells[i].WireSize();
        bytes += batch.cells[i].WireSize();
        row.push_back({ToCell(batch.cells[i]), tagged ? batch.cell_tags[i] : CellTags(), false});
      }
      if (row.size() > kMaxCells || row_bytes > kMaxBytes) {
        co_return Error(absl::StatusCode::kFailedPrecondition,
                        "row \"{}\" has more than {} cells or {} MB", ToStringBinary(piece.row),
                        kMaxCells, kMaxBytes >> 20);
      }
    }
    last = batch.last;
  }
  co_return read;
}

// What a reader sees of the rows from the first to the last of `stored`.
Task<Status> MarkSeen(ImageSource source, Images* stored) {
  ScanSpec spec = StoredCells(source, {stored->begin()->first, NextKey(stored->rbegin()->first)});
  spec.raw = false;
  spec.cell_tags = false;
  CO_ASSIGN_OR_RETURN(const Read seen,
                      co_await ReadRows(source.cluster, std::move(spec), SIZE_MAX));
  for (auto& [row, image] : *stored) {
    std::vector<Cell> cells;
    if (const auto shown = seen.rows.find(row); shown != seen.rows.end()) {
      for (const StoredCell& cell : shown->second) cells.push_back(cell.cell);
    }
    CO_ASSIGN_OR_RETURN(image, JoinViews(image, cells));
  }
  co_return absl::OkStatus();
}

Task<StatusOr<Read>> ReadOnce(ImageSource source, KeyRange range) {
  CO_ASSIGN_OR_RETURN(
      Read read,
      co_await ReadRows(source.cluster, StoredCells(source, std::move(range)), kChunkRows));
  if (!read.rows.empty()) CO_RETURN_IF_ERROR(co_await MarkSeen(source, &read.rows));
  co_return read;
}

Task<StatusOr<Read>> ReadRange(ImageSource source, KeyRange range) {
  StatusOr<Read> read = absl::UnknownError("");
  for (int look = 0; look < kMaxLooks; ++look) {
    read = co_await ReadOnce(source, range);
    if (!absl::IsAborted(read.status())) break;
  }
  if (read.ok()) co_return read;
  const Status why = absl::IsAborted(read.status())
                         ? absl::FailedPreconditionError("it does not stop changing")
                         : read.status();
  co_return Annotate(why, fmt::format("table {} of {}, from row \"{}\" on", source.table.ToString(),
                                      source.cluster->name(), ToStringBinary(range.start)));
}

class ManyReader {
 public:
  ManyReader(ImageSource source, std::vector<std::string> rows)
      : source_(std::move(source)),
        rows_(std::move(rows)),
        images_(rows_.size(), absl::UnknownError("")) {}

  Task<std::vector<StatusOr<RowImage>>> Run() {
    std::vector<Task<void>> workers;
    for (size_t i = 0; i < std::min(kRowsAtOnce, rows_.size()); ++i) workers.push_back(Work());
    co_await RunAll(std::move(workers));
    co_return std::move(images_);
  }

 private:
  Task<void> Work() {
    while (next_ < rows_.size()) {
      const size_t i = next_++;
      images_[i] = co_await ReadImage(source_, rows_[i]);
    }
  }

  ImageSource source_;
  std::vector<std::string> rows_;
  std::vector<StatusOr<RowImage>> images_;
  size_t next_ = 0;
};

}  // namespace

Task<StatusOr<RowImage>> ReadImage(ImageSource source, std::string row) {
  CO_ASSIGN_OR_RETURN(Read read, co_await ReadRange(std::move(source), OneRow(row)));
  if (read.rows.empty()) co_return RowImage();
  co_return std::move(read.rows.begin()->second);
}

Task<std::vector<StatusOr<RowImage>>> ReadImages(ImageSource source,
                                                 std::vector<std::string> rows) {
  ManyReader reader(std::move(source), std::move(rows));
  co_return co_await reader.Run();
}

Task<StatusOr<ImageChunk>> ReadChunk(ImageSource source, KeyRange range) {
  CO_ASSIGN_OR_RETURN(Read read, co_await ReadRange(std::move(source), std::move(range)));
  ImageChunk chunk;
  chunk.next = std::move(read.stopped_before);
  for (auto& [row, image] : read.rows) chunk.rows.push_back({row, std::move(image)});
  co_return chunk;
}

}  // namespace twinwatch
