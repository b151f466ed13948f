// Protobuf parsing as a Status: nothing is printed, a missing required field is an error that names
// it, and the depth of nesting is bounded by protobuf's own limit.
#pragma once

#include <google/protobuf/message_lite.h>

#include <string_view>

#include "agent/core/status.h"

namespace twinwatch::wire {

Status ParseMessage(std::string_view bytes, google::protobuf::MessageLite* out);

// A varint length at the start of `*bytes`, then so many bytes: returns them and moves on.
StatusOr<std::string_view> TakeDelimited(std::string_view* bytes);

void AppendDelimited(const google::protobuf::MessageLite& message, std::string* out);

}  // namespace twinwatch::wire
