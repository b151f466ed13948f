// Rows that differed at the first look, kept in little memory until they are looked at again.
//
// Of each row eight bytes are kept; where they lie is kept as spans, which join rows that are close
// together, so that the second look reads a few ranges and not a row at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/key_range.h"

namespace twinwatch {

class Suspects {
 public:
  explicit Suspects(size_t max_bytes = size_t{4} << 20, size_t max_spans = 20'000)
      : max_bytes_(max_bytes), max_spans_(max_spans) {}

  // Rows come in ascending order. `rows_before` counts the rows of the walk before this one.
  void Add(std::string_view row, uint64_t rows_before);

  // The memory that it was given is used up: look at these before there are more.
  bool Full() const { return bytes() >= max_bytes_; }
  size_t bytes() const { return hashes_.size() * sizeof(uint64_t) + span_bytes_; }
  bool empty() const { return hashes_.empty(); }
  size_t size() const { return hashes_.size(); }

  // No row may be added after the first call of these two.
  const std::vector<KeyRange>& spans() const { return spans_; }
  bool Contains(std::string_view row);

 private:
  void JoinNeighbours();

  size_t max_bytes_;
  size_t max_spans_;
  size_t span_bytes_ = 0;
  uint64_t join_within_rows_ = 100;
  std::vector<uint64_t> hashes_;
  bool sorted_ = false;
  std::vector<KeyRange> spans_;
  std::vector<uint64_t> span_ends_at_;  // rows_before of each span's last row
};

}  // namespace twinwatch
