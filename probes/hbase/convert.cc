#include "probes/hbase/convert.h"

#include <charconv>
#include <string>

#include "probes/wire/remote_exception.h"

namespace twinwatch::hbase {
namespace {

Peer::TableFamilies ToTableFamilies(
    const google::protobuf::RepeatedPtrField<::hbase::pb::TableCF>& tables) {
  Peer::TableFamilies out;
  for (const ::hbase::pb::TableCF& table : tables) {
    out[ToTableName(table.table_name())] = {table.families().begin(), table.families().end()};
  }
  return out;
}

std::map<std::string, std::string> ToMap(
    const google::protobuf::RepeatedPtrField<::hbase::pb::BytesBytesPair>& pairs) {
  std::map<std::string, std::string> out;
  for (const ::hbase::pb::BytesBytesPair& pair : pairs) out[pair.first()] = pair.second();
  return out;
}

void AddPair(const std::string& name, const std::string& value,
             google::protobuf::RepeatedPtrField<::hbase::pb::BytesBytesPair>* pairs) {
  ::hbase::pb::BytesBytesPair* pair = pairs->Add();
  pair->set_first(name);
  pair->set_second(value);
}

}  // namespace

ServerName ToServerName(const ::hbase::pb::ServerName& name) {
  return {name.host_name(), static_cast<uint16_t>(name.port()), name.start_code()};
}

TableName ToTableName(const ::hbase::pb::TableName& name) {
  return {name.namespace_(), name.qualifier()};
}

void SetTableName(const TableName& name, ::hbase::pb::TableName* out) {
  out->set_namespace_(name.ns);
  out->set_qualifier(name.qualifier);
}

// Region servers honour nothing but the full name.
void SetRegion(std::string_view region_name, ::hbase::pb::RegionSpecifier* out) {
  out->set_type(::hbase::pb::RegionSpecifier::REGION_NAME);
  out->set_value(std::string(region_name));
}

rpc::Endpoint EndpointOf(const RegionLocation& location, std::string_view service) {
  return {location.server.host, location.server.port, std::string(service)};
}

Status ToStatus(const ::hbase::pb::NameBytesPair& exception) {
  // These pairs carry no do_not_retry flag: what is not in the table of exceptions is given up.
  return wire::ToStatus({exception.name(), wire::FirstLine(exception.value()), true});
}

Peer ToPeer(std::string_view id, const ::hbase::pb::ReplicationPeer& config,
            const ::hbase::pb::ReplicationState& state) {
  Peer peer;
  peer.id = id;
  peer.enabled = state.state() == ::hbase::pb::ReplicationState::ENABLED;
  peer.cluster_key = config.clusterkey();
  peer.endpoint = config.replicationendpointimpl();
  // Absent means true for every server that writes this message.
  peer.replicate_all = !config.has_replicate_all() || config.replicate_all();
  peer.tables = ToTableFamilies(config.table_cfs());
  peer.namespaces = {config.namespaces().begin(), config.namespaces().end()};
  peer.excluded_tables = ToTableFamilies(config.exclude_table_cfs());
  peer.excluded_namespaces = {config.exclude_namespaces().begin(),
                              config.exclude_namespaces().end()};
  peer.serial = config.serial();
  return peer;
}

void SetTableSchema(const TableDescriptor& table, ::hbase::pb::TableSchema* out) {
  SetTableName(table.table, out->mutable_table_name());
  for (const auto& [name, value] : table.attributes)
    AddPair(name, value, out->mutable_attributes());
  for (const FamilyDescriptor& family : table.families) {
    ::hbase::pb::ColumnFamilySchema* to = out->add_column_families();
    to->set_name(family.name);
    std::map<std::string, std::string> attributes = family.attributes;
    attributes["REPLICATION_SCOPE"] = std::to_string(family.scope);
    for (const auto& [name, value] : attributes) AddPair(name, value, to->mutable_attributes());
  }
}

TableDescriptor ToTableDescriptor(const ::hbase::pb::TableSchema& schema) {
  TableDescriptor table;
  table.table = ToTableName(schema.table_name());
  table.attributes = ToMap(schema.attributes());
  for (const ::hbase::pb::ColumnFamilySchema& family : schema.column_families()) {
    FamilyDescriptor& out = table.families.emplace_back();
    out.name = family.name();
    out.attributes = ToMap(family.attributes());
    if (const auto it = out.attributes.find("REPLICATION_SCOPE"); it != out.attributes.end()) {
      std::from_chars(it->second.data(), it->second.data() + it->second.size(), out.scope);
    }
  }
  return table;
}

}  // namespace twinwatch::hbase
