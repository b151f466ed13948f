#include "probes/dfs/wal_header.h"

namespace twinwatch::dfs {
namespace {

constexpr std::string_view kMagic = "PWAL";
constexpr size_t kMaxVarint = 5;  // of a message's length, which is an int

}  // namespace

std::optional<uint64_t> HeaderBytes(std::string_view prefix, uint64_t bytes) {
  if (!prefix.starts_with(kMagic)) return std::nullopt;
  prefix.remove_prefix(kMagic.size());
  uint64_t message = 0;
  for (size_t i = 0; i < kMaxVarint && i < prefix.size(); ++i) {
    const auto byte = static_cast<unsigned char>(prefix[i]);
    message |= uint64_t{byte & 0x7fu} << (7 * i);
    if ((byte & 0x80) != 0) continue;
    const uint64_t header = kMagic.size() + i + 1 + message;
    return header <= bytes ? std::optional(header) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace twinwatch::dfs
