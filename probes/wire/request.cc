#include "probes/wire/request.h"

#include "agent/core/bytes.h"
#include "probes/wire/hbase.pb.h"
#include "probes/wire/message.h"

namespace twinwatch::wire {
namespace {

// The length is known only when all is written: it takes the place of four zero bytes.
void SetLength(std::string* frame) {
  std::string length;
  AppendBigEndian32(static_cast<uint32_t>(frame->size() - 4), &length);
  frame->replace(0, 4, length);
}

hbase::pb::ConnectionHeader Header(std::string_view service, CellCodec codec) {
  hbase::pb::ConnectionHeader header;
  header.set_service_name(std::string(service));
  if (service == kClientService) {
    header.set_cell_block_codec_class(codec == CellCodec::kKeyValueWithTags
                                          ? "org.apache.hadoop.hbase.codec.KeyValueCodecWithTags"
                                          : "org.apache.hadoop.hbase.codec.KeyValueCodec");
    // Servers answer Get with cells in the cell block only to clients that say they are new enough.
    hbase::pb::VersionInfo* version = header.mutable_version_info();
    version->set_version("2.5.0");
    version->set_url("");
    version->set_revision("");
    version->set_user("");
    version->set_date("");
    version->set_src_checksum("");
    version->set_version_major(2);
    version->set_version_minor(5);
  }
  return header;
}

std::string Framed(const hbase::pb::ConnectionHeader& header) {
  std::string body(4, '\0');
  header.AppendToString(&body);
  SetLength(&body);
  return body;
}

}  // namespace

std::string EncodePreamble(std::string_view user, std::string_view service, CellCodec codec) {
  hbase::pb::ConnectionHeader header = Header(service, codec);
  header.mutable_user_info()->set_effective_user(std::string(user));
  constexpr char kSimple = 80;
  std::string out = "HBas";
  out.push_back('\0');
  out.push_back(kSimple);
  return out + Framed(header);
}

std::string EncodeConnectionHeader(std::string_view service, CellCodec codec) {
  return Framed(Header(service, codec));
}

std::string EncodeRequest(uint32_t call_id, std::string_view method,
                          const google::protobuf::MessageLite& param, std::string_view cell_block,
                          std::chrono::milliseconds timeout) {
  hbase::pb::RequestHeader header;
  header.set_call_id(call_id);
  header.set_method_name(std::string(method));
  header.set_request_param(true);
  if (!cell_block.empty()) {
    header.mutable_cell_block_meta()->set_length(static_cast<uint32_t>(cell_block.size()));
  }
  if (timeout.count() > 0) header.set_timeout(static_cast<uint32_t>(timeout.count()));
  std::string frame(4, '\0');
  AppendDelimited(header, &frame);
  AppendDelimited(param, &frame);
  frame.append(cell_block);
  SetLength(&frame);
  return frame;
}

}  // namespace twinwatch::wire
