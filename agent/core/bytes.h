// Byte strings as HBase people read and type them.
#pragma once

#include <string>
#include <string_view>

#include "agent/core/status.h"

namespace twinwatch {

// HBase's Bytes.toStringBinary: 0x20..0x7E but the backslash as they are, all else `\xHH`.
std::string ToStringBinary(std::string_view bytes);

// The way back. Hex in either case; any other backslash is kInvalidArgument (HBase's own
// toBytesBinary drops such escapes in silence, and reads another row than was meant).
StatusOr<std::string> FromStringBinary(std::string_view text);

std::string ToBase64(std::string_view bytes);

// Big-endian integer at the start of `bytes`, which must be long enough.
uint64_t ReadBigEndian64(const char* bytes);
uint32_t ReadBigEndian32(const char* bytes);
uint16_t ReadBigEndian16(const char* bytes);
void AppendBigEndian32(uint32_t value, std::string* out);

}  // namespace twinwatch
