// What HBase keeps in its znodes, from bytes to values. No I/O.
//
// Most contents are: 0xFF, an id of the writer, then "PBUF" and a protobuf message.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/core/server_name.h"
#include "agent/core/status.h"
#include "probes/api/replication.h"

namespace twinwatch::hbase {

// Behind the writer's id. Empty contents stay empty.
StatusOr<std::string_view> StripWriterId(std::string_view data);

StatusOr<ServerName> ParseMasterZnode(std::string_view data);
// kUnavailable while hbase:meta is being moved.
StatusOr<ServerName> ParseMetaZnode(std::string_view data);
StatusOr<std::string> ParseClusterIdZnode(std::string_view data);
// The version that a region server says it runs.
StatusOr<std::string> ParseRegionServerZnode(std::string_view data);
// `peers/<id>` and `peers/<id>/peer-state`.
StatusOr<Peer> ParsePeerZnodes(std::string_view id, std::string_view config,
                               std::string_view state);
// `rs/<server>/<queue>/<wal>`; none for an empty znode, from which nothing was shipped yet.
StatusOr<std::optional<uint64_t>> ParsePositionZnode(std::string_view data);

}  // namespace twinwatch::hbase
