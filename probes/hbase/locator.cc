#include "probes/hbase/locator.h"

#include <iterator>
#include <utility>

#include "agent/core/bytes.h"
#include "probes/hbase/convert.h"
#include "probes/hbase/meta.h"
#include "probes/hbase/retry.h"
#include "probes/hbase/znode_layout.h"
#include "probes/wire/cell_block.h"
#include "probes/wire/hbase.pb.h"
#include "probes/wire/message.h"
#include "probes/wire/request.h"

namespace twinwatch::hbase {
namespace {

// A few rows, so that a parent that was split and is still listed does not hide its daughter.
constexpr uint32_t kRowsOfMeta = 4;

::hbase::pb::ScanRequest LookUpRequest(const TableName& table, std::string_view row) {
  const MetaKeys keys = LookUpKeys(table, row);
  ::hbase::pb::ScanRequest request;
  SetRegion(kMetaRegionName, request.mutable_region());
  ::hbase::pb::Scan* scan = request.mutable_scan();
  scan->add_column()->set_family("info");
  scan->set_start_row(keys.from);
  scan->set_stop_row(keys.to);
  scan->set_include_stop_row(true);  // the table's first region, whose start key is empty
  scan->set_reversed(true);
  scan->set_max_versions(1);
  request.set_number_of_rows(kRowsOfMeta);
  request.set_close_scanner(true);
  return request;
}

// The cells of each row of a response.
StatusOr<std::vector<std::vector<CellView>>> RowsOf(const wire::Response& response) {
  ::hbase::pb::ScanResponse scan;
  RETURN_IF_ERROR(wire::ParseMessage(response.result, &scan));
  std::vector<CellView> cells;
  RETURN_IF_ERROR(wire::DecodeCellBlock(response.cell_block, &cells));
  std::vector<std::vector<CellView>> rows;
  size_t at = 0;
  for (const uint32_t count : scan.cells_per_result()) {
    if (count > cells.size() - at) {
      return absl::DataLossError("a response announces more cells than it holds");
    }
    rows.emplace_back(cells.begin() + static_cast<ptrdiff_t>(at),
                      cells.begin() + static_cast<ptrdiff_t>(at + count));
    at += count;
  }
  return rows;
}

}  // namespace

Task<StatusOr<RegionLocation>> Locator::Locate(TableName table, std::string row) {
  const auto& regions = known_[table];
  if (auto it = regions.upper_bound(row); it != regions.begin()) {
    const RegionLocation& location = std::prev(it)->second;
    if (location.range.Contains(row)) co_return location;
  }
  StatusOr<RegionLocation> found;
  if (table == MetaTable()) {
    found = co_await LocateMeta();
  } else {
    found = co_await AskMeta(table, std::move(row));
  }
  if (found.ok()) known_[table].insert_or_assign(found->range.start, *found);
  co_return found;
}

void Locator::Forget(const TableName& table, const RegionLocation& location) {
  // A server that failed has lost its other regions too; asking meta again is cheap.
  auto& regions = known_[table];
  std::erase_if(regions, [&](const auto& entry) {
    return entry.second.server == location.server || entry.first == location.range.start;
  });
}

Task<StatusOr<RegionLocation>> Locator::LocateMeta() {
  CO_ASSIGN_OR_RETURN(
      const Znode node,
      co_await connections_->znodes->Get(connections_->base_znode + "/meta-region-server", false));
  CO_ASSIGN_OR_RETURN(ServerName server, ParseMetaZnode(node.data));
  RegionLocation location;
  location.region_name = kMetaRegionName;
  location.server = std::move(server);
  co_return location;
}

Task<StatusOr<RegionLocation>> Locator::AskMeta(TableName table, std::string row) {
  CO_ASSIGN_OR_RETURN(const RegionLocation meta, co_await Locate(MetaTable(), ""));
  const ::hbase::pb::ScanRequest request = LookUpRequest(table, row);
  const rpc::Endpoint endpoint{meta.server.host, meta.server.port,
                               std::string(wire::kClientService)};
  const StatusOr<wire::Response> response =
      co_await connections_->channel->Call(endpoint, "Scan", request, "", kCallTime);
  if (!response.ok()) {
    if (ReactionTo(response.status()) == Reaction::kLocate) Forget(MetaTable(), meta);
    co_return Annotate(response.status(), "hbase:meta");
  }
  CO_ASSIGN_OR_RETURN(const std::vector<std::vector<CellView>> rows, RowsOf(*response));
  bool table_seen = false;
  for (const std::vector<CellView>& cells : rows) {
    CO_ASSIGN_OR_RETURN(std::optional<MetaRegion> region, ParseMetaRow(cells));
    if (!region || region->table != table) continue;
    table_seen = true;
    if (region->gone || !region->location.range.Contains(row)) continue;
    if (!region->deployed) {
      co_return Error(absl::StatusCode::kUnavailable, "no server of {} has region {} at the moment",
                      connections_->name, ToStringBinary(region->location.region_name));
    }
    co_return std::move(region->location);
  }
  if (!table_seen) {
    co_return Error(absl::StatusCode::kNotFound, "{} has no table {}", connections_->name,
                    table.ToString());
  }
  co_return Error(absl::StatusCode::kUnavailable,
                  "hbase:meta of {} has no region of {} for row \"{}\"", connections_->name,
                  table.ToString(), ToStringBinary(row));
}

}  // namespace twinwatch::hbase
