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

  // Where they lie, in order.
  const std::vector<KeyRange>& spans() const { return spans_; }

 private:
  void JoinNeighbours();

  size_t max_bytes_;
  size_t max_spans_;
  size_t span_bytes_ = 0;
  uint64_t join_within_rows_ = 100;
  friend class SuspectSet;

  std::vector<uint64_t> hashes_;
  std::vector<KeyRange> spans_;
  std::vector<uint64_t> span_ends_at_;  // rows_before of each span's last row
};

// The suspects of any number of key ranges, looked at together. Nothing is added any more.
class SuspectSet {
 public:
  explicit SuspectSet(std::vector<Suspects> of_ranges);

  const std::vector<KeyRange>& spans() const { return spans_; }
  bool Contains(std::string_view row) const;
  size_t size() const { return hashes_.size(); }
  bool empty() const { return hashes_.empty(); }

 private:
  std::vector<KeyRange> spans_;
  std::vector<uint64_t> hashes_;
};

}  // namespace twinwatch
