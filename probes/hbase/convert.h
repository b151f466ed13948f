// Protobuf messages to the value types of probes/api. The generated header stays inside
// probes/hbase.
#pragma once

#include <string_view>
#include <vector>

#include "agent/core/status.h"
#include "probes/api/cluster.h"
#include "probes/api/replication.h"
#include "probes/rpc/channel.h"
#include "probes/wire/hbase.pb.h"

namespace twinwatch::hbase {

ServerName ToServerName(const ::hbase::pb::ServerName& name);
TableName ToTableName(const ::hbase::pb::TableName& name);
void SetTableName(const TableName& name, ::hbase::pb::TableName* out);
void SetRegion(std::string_view region_name, ::hbase::pb::RegionSpecifier* out);
rpc::Endpoint EndpointOf(const RegionLocation& location, std::string_view service);
// Of one action of a Multi.
Status ToStatus(const ::hbase::pb::NameBytesPair& exception);
Peer ToPeer(std::string_view id, const ::hbase::pb::ReplicationPeer& config,
            const ::hbase::pb::ReplicationState& state);
void SetTableSchema(const TableDescriptor& table, ::hbase::pb::TableSchema* out);
TableDescriptor ToTableDescriptor(const ::hbase::pb::TableSchema& schema);

}  // namespace twinwatch::hbase
