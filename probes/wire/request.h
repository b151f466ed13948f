// What a client writes: preamble with connection header once, then requests.
#pragma once

#include <google/protobuf/message_lite.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace twinwatch::wire {

// The services that Twinwatch talks to. One connection is for one service.
inline constexpr std::string_view kClientService = "ClientService";
inline constexpr std::string_view kMasterService = "MasterService";
inline constexpr std::string_view kAdminService = "AdminService";

// How cells come in cell blocks.
enum class CellCodec {
  kKeyValue,
  kKeyValueWithTags,  // tags lie behind the value (cell_tags.h)
};

// "HBas", version 0, SIMPLE authentication, and the connection header. ClientService asks for cells
// as KeyValues in cell blocks.
std::string EncodePreamble(std::string_view user, std::string_view service,
                           CellCodec codec = CellCodec::kKeyValue);

// The connection header alone, as it follows a log-in (sasl.h), after which the server knows who we
// are: any name said here it would take for somebody whom we act for.
std::string EncodeConnectionHeader(std::string_view service, CellCodec codec);

// One request. `cell_block` may be empty. The server drops a call that waited longer than
// `timeout`, without an answer; 0 leaves the time to the server.
std::string EncodeRequest(uint32_t call_id, std::string_view method,
                          const google::protobuf::MessageLite& param, std::string_view cell_block,
                          std::chrono::milliseconds timeout);

}  // namespace twinwatch::wire
