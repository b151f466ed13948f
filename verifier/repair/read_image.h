// Reads rows as images.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "probes/api/cluster.h"
#include "verifier/repair/row_image.h"

namespace twinwatch {

// The table on one side, and which of its families matter; none: all.
struct ImageSource {
  Cluster* cluster = nullptr;
  TableName table;
  std::vector<std::string> families;
  // Only cells with a timestamp in [since_ms, until_ms).
  uint64_t since_ms = 0;
  std::optional<uint64_t> until_ms;
};

// A row that is not there is an empty image. kFailedPrecondition: it is larger than what is kept of
// one row (50,000 cells, 64 MB), or does not stop changing.
Task<StatusOr<RowImage>> ReadImage(ImageSource source, std::string row);

// The same of several rows, in their order, some at a time.
Task<std::vector<StatusOr<RowImage>>> ReadImages(ImageSource source, std::vector<std::string> rows);

struct KeyedImage {
  std::string row;
  RowImage image;
};

struct ImageChunk {
  std::vector<KeyedImage> rows;  // in key order; rows of which nothing is stored are not among them
  std::optional<std::string> next;  // where to go on; none: that was all
};

// The first rows of a range: some hundreds, or some megabytes. The same errors.
Task<StatusOr<ImageChunk>> ReadChunk(ImageSource source, KeyRange range);

}  // namespace twinwatch
