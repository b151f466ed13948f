#include "verifier/digest/digest.h"

#include <xxhash.h>

#include <bit>
#include <cstring>

namespace twinwatch {
namespace {

static_assert(std::endian::native == std::endian::little, "the digests are little-endian");

constexpr uint64_t kSeed = 0x5457443100000001;
// Up to here a row is copied into one buffer: faster than feeding its parts one by one.
constexpr size_t kBufferedRowBytes = 64 << 10;

template <typename Int>
void Append(Int value, std::string* out) {
  char bytes[sizeof(value)];
  std::memcpy(bytes, &value, sizeof(value));
  out->append(bytes, sizeof(value));
}

void AppendSized(std::string_view bytes, std::string* out) {
  Append(static_cast<uint32_t>(bytes.size()), out);
  out->append(bytes);
}

// All of a cell but the bytes of its value.
void AppendCellHead(const CellView& cell, std::string* out) {
  out->push_back(static_cast<char>(cell.family.size()));
  out->append(cell.family);
  AppendSized(cell.qualifier, out);
  Append(cell.timestamp_ms, out);
  out->push_back(static_cast<char>(cell.type));
  Append(static_cast<uint32_t>(cell.value.size()), out);
}

Digest128 ToDigest(const XXH128_hash_t& hash) { return {hash.low64, hash.high64}; }

}  // namespace

Digest128 operator+(Digest128 a, Digest128 b) {
  Digest128 sum{a.low + b.low, a.high + b.high};
  if (sum.low < a.low) ++sum.high;
  return sum;
}

std::string ToHex(const Digest128& digest) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (const uint64_t half : {digest.high, digest.low}) {
    for (int shift = 60; shift >= 0; shift -= 4) out.push_back(kHex[(half >> shift) & 15]);
  }
  return out;
}

void RowHasher::FreeState::operator()(XXH3_state_s* state) const { XXH3_freeState(state); }

RowHasher::RowHasher() : state_(XXH3_createState()) {}
RowHasher::~RowHasher() = default;

Digest128 RowHasher::HashRow(std::string_view row, std::span<const CellView> cells) {
  buffer_.clear();
  AppendSized(row, &buffer_);
  for (const CellView& cell : cells) {
    if (buffer_.size() + cell.WireSize() > kBufferedRowBytes) {
      Start(row);
      for (const CellView& c : cells) Add(c);
      return Finish();
    }
    AppendCellHead(cell, &buffer_);
    buffer_.append(cell.value);
  }
  return ToDigest(XXH3_128bits_withSeed(buffer_.data(), buffer_.size(), kSeed));
}

void RowHasher::Start(std::string_view row) {
  XXH3_128bits_reset_withSeed(state_.get(), kSeed);
  buffer_.clear();
  AppendSized(row, &buffer_);
  XXH3_128bits_update(state_.get(), buffer_.data(), buffer_.size());
}

void RowHasher::Add(const CellView& cell) {
  buffer_.clear();
  AppendCellHead(cell, &buffer_);
  XXH3_128bits_update(state_.get(), buffer_.data(), buffer_.size());
  XXH3_128bits_update(state_.get(), cell.value.data(), cell.value.size());
}

Digest128 RowHasher::Finish() { return ToDigest(XXH3_128bits_digest(state_.get())); }

void RangeDigest::AddRow(const Digest128& digest, uint64_t cell_count, uint64_t byte_count) {
  sum = sum + digest;
  ++rows;
  cells += cell_count;
  bytes += byte_count;
}

void RangeDigest::Join(const RangeDigest& other) {
  sum = sum + other.sum;
  rows += other.rows;
  cells += other.cells;
  bytes += other.bytes;
}

}  // namespace twinwatch
