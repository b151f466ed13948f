// Row digests (TWR1) and range digests (TWD1), as docs/digests.md specifies them.
//
// They find accidents, not forgers: XXH3 is no cryptographic hash.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "agent/core/cell.h"

struct XXH3_state_s;

namespace twinwatch {

struct Digest128 {
  uint64_t low = 0;
  uint64_t high = 0;

  bool operator==(const Digest128&) const = default;
};

// The sum modulo 2^128.
Digest128 operator+(Digest128 a, Digest128 b);

// 32 hex digits, the high half first.
std::string ToHex(const Digest128& digest);

// Digests of rows. One object may be used for any number of rows, one after the other.
class RowHasher {
 public:
  RowHasher();
  ~RowHasher();
  RowHasher(const RowHasher&) = delete;
  RowHasher& operator=(const RowHasher&) = delete;

  // A row whose cells are all at hand, in HBase's order.
  Digest128 HashRow(std::string_view row, std::span<const CellView> cells);

  // A row that comes in pieces. Start also throws away a row that was begun.
  void Start(std::string_view row);
  void Add(const CellView& cell);
  Digest128 Finish();

 private:
  struct FreeState {
    void operator()(XXH3_state_s* state) const;
  };

  std::string buffer_;  // small rows are put together here and hashed at once
  std::unique_ptr<XXH3_state_s, FreeState> state_;
};

// What is known of a set of rows. Neighbours can be joined.
struct RangeDigest {
  Digest128 sum;
  uint64_t rows = 0;
  uint64_t cells = 0;
  uint64_t bytes = 0;  // of the cells as KeyValues

  void AddRow(const Digest128& digest, uint64_t cell_count, uint64_t byte_count);
  void Join(const RangeDigest& other);
};

}  // namespace twinwatch
