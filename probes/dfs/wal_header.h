// The beginning of a WAL.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace twinwatch::dfs {

// So much of a WAL is enough to see how long its header is, which is all that is read of it.
inline constexpr size_t kHeaderPrefix = 16;

// `prefix` are the first bytes of a WAL of `bytes` bytes: "PWAL", then a message with its length in
// front. None when it is something else, or not whole yet.
std::optional<uint64_t> HeaderBytes(std::string_view prefix, uint64_t bytes);

}  // namespace twinwatch::dfs
