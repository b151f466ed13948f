// One row of one side as it is stored, and what of it a reader sees.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "probes/api/cluster.h"

namespace twinwatch {

struct StoredCell {
  Cell cell;  // a put or a delete marker
  CellTags tags;
  bool seen = false;  // by a reader who asks for all versions

  bool operator==(const StoredCell&) const = default;
};

// CopyTable strips these.
inline bool IsTagged(const CellTags& tags) { return tags.ttl_ms.has_value() || tags.secured; }

// In HBase's order; of several cells with the same column, timestamp and type the youngest comes
// first. Empty: nothing is stored.
using RowImage = std::vector<StoredCell>;

// `seen` are the cells that a reader was shown at about the same time, in the same order. kAborted
// when one of them is not stored: the row changed in between.
StatusOr<RowImage> JoinViews(RowImage stored, const std::vector<Cell>& seen);

// The same to a reader: which columns, which timestamps, which values.
std::string SeenDigest(const RowImage& image, std::string_view row);

// One number for each put that is stored, sorted. Two cells with the same number are the same.
std::vector<uint64_t> StoredPuts(const RowImage& image);
uint64_t PutNumber(const Cell& cell);

uint64_t BytesOf(const RowImage& image);

}  // namespace twinwatch
