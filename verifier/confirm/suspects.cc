#include "verifier/confirm/suspects.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>

namespace twinwatch {
namespace {

uint64_t HashOf(std::string_view row) { return std::hash<std::string_view>()(row); }

size_t BytesOf(const KeyRange& span) { return sizeof(span) + span.start.size() + span.stop.size(); }

}  // namespace

void Suspects::Add(std::string_view row, uint64_t rows_before) {
  hashes_.push_back(HashOf(row));
  if (!spans_.empty() && rows_before - span_ends_at_.back() <= join_within_rows_) {
    spans_.back().stop = NextKey(row);
    span_ends_at_.back() = rows_before;
    return;
  }
  spans_.push_back(OneRow(row));
  span_ends_at_.push_back(rows_before);
  span_bytes_ += BytesOf(spans_.back());
  if (spans_.size() > max_spans_) JoinNeighbours();
}

// Half as many spans, each with rows in between that are read a second time for nothing.
void Suspects::JoinNeighbours() {
  size_t kept = 0;
  for (size_t i = 0; i < spans_.size(); i += 2) {
    const size_t last = std::min(i + 1, spans_.size() - 1);
    spans_[kept] = {std::move(spans_[i].start), std::move(spans_[last].stop)};
    span_ends_at_[kept++] = span_ends_at_[last];
  }
  spans_.resize(kept);
  span_bytes_ = 0;
  for (const KeyRange& span : spans_) span_bytes_ += BytesOf(span);
  span_ends_at_.resize(kept);
  join_within_rows_ *= 2;
}

SuspectSet::SuspectSet(std::vector<Suspects> of_ranges) {
  for (Suspects& suspects : of_ranges) {
    hashes_.insert(hashes_.end(), suspects.hashes_.begin(), suspects.hashes_.end());
    suspects.hashes_ = {};
    std::move(suspects.spans_.begin(), suspects.spans_.end(), std::back_inserter(spans_));
  }
  std::sort(hashes_.begin(), hashes_.end());
  std::sort(spans_.begin(), spans_.end(),
            [](const KeyRange& a, const KeyRange& b) { return a.start < b.start; });
}

bool SuspectSet::Contains(std::string_view row) const {
  return std::binary_search(hashes_.begin(), hashes_.end(), HashOf(row));
}

}  // namespace twinwatch
