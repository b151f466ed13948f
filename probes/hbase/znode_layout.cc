#include "probes/hbase/znode_layout.h"

#include "agent/core/bytes.h"
#include "probes/hbase/convert.h"
#include "probes/wire/hbase.pb.h"
#include "probes/wire/message.h"

namespace twinwatch::hbase {
namespace {

constexpr std::string_view kPbuf = "PBUF";
constexpr uint32_t kRegionStateOpen = 3;

Status ParseZnode(std::string_view data, std::string_view what,
                  google::protobuf::MessageLite* message) {
  ASSIGN_OR_RETURN(const std::string_view payload, StripWriterId(data));
  if (!payload.starts_with(kPbuf)) {
    return Error(absl::StatusCode::kDataLoss, "znode {} does not hold what HBase writes", what);
  }
  return Annotate(wire::ParseMessage(payload.substr(kPbuf.size()), message), what);
}

}  // namespace

StatusOr<std::string_view> StripWriterId(std::string_view data) {
  if (data.empty() || data[0] != '\xff') return data;
  const size_t size = data.size() < 5 ? 0 : ReadBigEndian32(data.data() + 1);
  if (data.size() < 5 || size > data.size() - 5) {
    return Error(absl::StatusCode::kDataLoss, "a znode of {} bytes is cut off", data.size());
  }
  return data.substr(5 + size);
}

StatusOr<ServerName> ParseMasterZnode(std::string_view data) {
  ::hbase::pb::Master master;
  RETURN_IF_ERROR(ParseZnode(data, "master", &master));
  return ToServerName(master.master());
}

StatusOr<ServerName> ParseMetaZnode(std::string_view data) {
  ::hbase::pb::MetaRegionServer meta;
  RETURN_IF_ERROR(ParseZnode(data, "meta-region-server", &meta));
  if (meta.has_state() && meta.state() != kRegionStateOpen) {
    return absl::UnavailableError("hbase:meta is not open on any region server");
  }
  return ToServerName(meta.server());
}

StatusOr<std::string> ParseClusterIdZnode(std::string_view data) {
  ::hbase::pb::ClusterId id;
  RETURN_IF_ERROR(ParseZnode(data, "hbaseid", &id));
  return id.cluster_id();
}

StatusOr<std::string> ParseRegionServerZnode(std::string_view data) {
  ::hbase::pb::RegionServerInfo info;
  RETURN_IF_ERROR(ParseZnode(data, "rs", &info));
  return info.version_info().version();
}

StatusOr<Peer> ParsePeerZnodes(std::string_view id, std::string_view config,
                               std::string_view state) {
  ::hbase::pb::ReplicationPeer peer;
  RETURN_IF_ERROR(ParseZnode(config, "peer", &peer));
  ::hbase::pb::ReplicationState enabled;
  RETURN_IF_ERROR(ParseZnode(state, "peer-state", &enabled));
  return ToPeer(id, peer, enabled);
}

StatusOr<std::optional<uint64_t>> ParsePositionZnode(std::string_view data) {
  if (data.empty()) return std::nullopt;
  ASSIGN_OR_RETURN(const std::string_view payload, StripWriterId(data));
  if (payload.empty()) return std::nullopt;
  if (!payload.starts_with(kPbuf)) {
    if (payload.size() != 8) {
      return Error(absl::StatusCode::kDataLoss, "a position of {} bytes", payload.size());
    }
    return ReadBigEndian64(payload.data());
  }
  ::hbase::pb::ReplicationHLogPosition position;
  RETURN_IF_ERROR(wire::ParseMessage(payload.substr(kPbuf.size()), &position));
  if (position.position() < 0) {
    return Error(absl::StatusCode::kDataLoss, "a position of {}", position.position());
  }
  return static_cast<uint64_t>(position.position());
}

}  // namespace twinwatch::hbase
