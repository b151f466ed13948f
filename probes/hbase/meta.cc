#include "probes/hbase/meta.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "agent/core/bytes.h"
#include "probes/hbase/convert.h"
#include "probes/wire/hbase.pb.h"
#include "probes/wire/message.h"

namespace twinwatch::hbase {
namespace {

constexpr std::string_view kPbuf = "PBUF";
// Higher than any region id, so that the look-up begins behind every region that starts at the row.
constexpr std::string_view kHighestId = "99999999999999";

struct MetaRowParts {
  std::string_view table;
  std::string_view start_key;
  std::string_view id;
};

// The table ends at the first comma, the start key at the last. Table states have no commas.
MetaRowParts PartsOf(std::string_view row) {
  const size_t first = row.find(',');
  if (first == std::string_view::npos) return {row, "", ""};
  const size_t last = std::max(row.rfind(','), first);
  if (last == first) return {row.substr(0, first), row.substr(first + 1), ""};
  return {row.substr(0, first), row.substr(first + 1, last - first - 1), row.substr(last + 1)};
}

Status SetServer(std::string_view host_port, ServerName* server) {
  const size_t colon = host_port.rfind(':');
  if (colon == std::string_view::npos) {
    return Error(absl::StatusCode::kDataLoss, "info:server of hbase:meta holds \"{}\"", host_port);
  }
  const std::string_view port = host_port.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), server->port);
  if (error != std::errc() || end != port.data() + port.size()) {
    return Error(absl::StatusCode::kDataLoss, "info:server of hbase:meta holds \"{}\"", host_port);
  }
  server->host = host_port.substr(0, colon);
  return absl::OkStatus();
}

Status SetRegion(const CellView& cell, MetaRegion* region) {
  if (!cell.value.starts_with(kPbuf)) {
    return Error(absl::StatusCode::kDataLoss, "info:regioninfo of \"{}\" is no region",
                 ToStringBinary(cell.row));
  }
  ::hbase::pb::RegionInfo info;
  RETURN_IF_ERROR(wire::ParseMessage(cell.value.substr(kPbuf.size()), &info));
  region->table = ToTableName(info.table_name());
  region->location.range = {info.start_key(), info.end_key()};
  region->location.region_name = cell.row;
  region->gone = info.split() || info.offline();
  return absl::OkStatus();
}

}  // namespace

TableName MetaTable() { return {"hbase", "meta"}; }

MetaKeys LookUpKeys(const TableName& table, std::string_view row) {
  const std::string name = table.ToString();
  return {fmt::format("{},{},{}", name, row, kHighestId), name + ",,"};
}

KeyRange AllRegionsOf(const TableName& table) {
  return {table.ToString() + ",,", table.ToString() + " ,,"};
}

int CompareMetaRows(std::string_view a, std::string_view b) {
  const MetaRowParts left = PartsOf(a);
  const MetaRowParts right = PartsOf(b);
  if (const int c = left.table.compare(right.table); c != 0) return c;
  if (const int c = left.start_key.compare(right.start_key); c != 0) return c;
  return left.id.compare(right.id);
}

StatusOr<std::optional<MetaRegion>> ParseMetaRow(const std::vector<CellView>& cells) {
  MetaRegion region;
  bool is_region = false;
  for (const CellView& cell : cells) {
    if (cell.family != "info") continue;
    if (cell.qualifier == "regioninfo") {
      RETURN_IF_ERROR(SetRegion(cell, &region));
      is_region = true;
    } else if (cell.qualifier == "server" && !cell.value.empty()) {
      RETURN_IF_ERROR(SetServer(cell.value, &region.location.server));
      region.deployed = true;
    } else if (cell.qualifier == "serverstartcode" && cell.value.size() == 8) {
      region.location.server.start_code = ReadBigEndian64(cell.value.data());
    }
  }
  if (!is_region) return std::nullopt;
  return region;
}

StatusOr<std::vector<RegionLocation>> OrderRegions(std::vector<MetaRegion> regions) {
  std::erase_if(regions, [](const MetaRegion& r) { return r.gone; });
  std::sort(regions.begin(), regions.end(), [](const MetaRegion& a, const MetaRegion& b) {
    return a.location.range.start < b.location.range.start;
  });
  std::vector<RegionLocation> out;
  std::string expected_start;
  for (MetaRegion& region : regions) {
    if (region.location.range.start != expected_start || (!out.empty() && expected_start.empty())) {
      return Error(absl::StatusCode::kUnavailable, "hbase:meta has a hole or an overlap at \"{}\"",
                   ToStringBinary(region.location.range.start));
    }
    if (!region.deployed) {
      return Error(absl::StatusCode::kUnavailable, "no server has region {}",
                   ToStringBinary(region.location.region_name));
    }
    expected_start = region.location.range.stop;
    out.push_back(std::move(region.location));
  }
  if (!out.empty() && !expected_start.empty()) {
    return Error(absl::StatusCode::kUnavailable, "hbase:meta ends at \"{}\"",
                 ToStringBinary(expected_start));
  }
  return out;
}

}  // namespace twinwatch::hbase
