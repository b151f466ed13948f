// The heartbeat table: how it is made, and whether it and the peer are as they must be. No I/O.
#pragma once

#include <string>
#include <vector>

#include "probes/api/cluster.h"

namespace twinwatch {

inline constexpr char kHeartbeatTable[] = "twinwatch:heartbeat";

TableDescriptor HeartbeatDescriptor(TableName table);

// Where it is split: so many regions that the balancer leaves one on each of `servers`.
std::vector<std::string> HeartbeatBorders(size_t servers);

// kFailedPrecondition, with the shell command that mends it, when its family is missing or stays on
// its cluster.
Status CheckHeartbeatTable(const TableDescriptor& table, const std::string& cluster);

// kFailedPrecondition, with the shell command that mends it, when `peer` of `cluster` does not let
// the table through.
Status CheckHeartbeatPeer(const Peer& peer, const TableName& table, const std::string& cluster);

// Those of `live` without a region that can hold a beat.
std::vector<ServerName> Uncovered(const std::vector<ServerName>& live,
                                  const std::vector<RegionLocation>& regions);

}  // namespace twinwatch
