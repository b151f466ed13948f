#include "probes/wire/message.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <string>

namespace twinwatch::wire {

Status ParseMessage(std::string_view bytes, google::protobuf::MessageLite* out) {
  if (!out->ParsePartialFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Error(absl::StatusCode::kDataLoss, "{} bytes are no {}", bytes.size(),
                 out->GetTypeName());
  }
  if (!out->IsInitialized()) {
    return Error(absl::StatusCode::kDataLoss, "{} lacks {}", out->GetTypeName(),
                 out->InitializationErrorString());
  }
  return absl::OkStatus();
}

StatusOr<std::string_view> TakeDelimited(std::string_view* bytes) {
  uint32_t length = 0;
  size_t used = 0;
  for (int shift = 0;; shift += 7, ++used) {
    if (used == bytes->size() || shift > 28) {
      return Error(absl::StatusCode::kDataLoss, "a length of {} bytes is cut off or too long",
                   bytes->size());
    }
    const auto byte = static_cast<unsigned char>((*bytes)[used]);
    length |= static_cast<uint32_t>(byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) break;
  }
  ++used;
  if (length > bytes->size() - used) {
    return Error(absl::StatusCode::kDataLoss, "a part of {} bytes is announced, {} are there",
                 length, bytes->size() - used);
  }
  const std::string_view part = bytes->substr(used, length);
  bytes->remove_prefix(used + length);
  return part;
}

void AppendDelimited(const google::protobuf::MessageLite& message, std::string* out) {
  google::protobuf::io::StringOutputStream stream(out);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.WriteVarint32(static_cast<uint32_t>(message.ByteSizeLong()));
  message.SerializeToCodedStream(&coded);
}

}  // namespace twinwatch::wire
