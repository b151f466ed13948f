// hbase:meta: how a region is asked for, and what its row says. No I/O.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/core/cell.h"
#include "agent/core/status.h"
#include "probes/api/cluster.h"

namespace twinwatch::hbase {

inline constexpr std::string_view kMetaRegionName = "hbase:meta,,1";
TableName MetaTable();

// A reversed scan of meta from the first to the second key meets the region of `row` first.
struct MetaKeys {
  std::string from;
  std::string to;
};
MetaKeys LookUpKeys(const TableName& table, std::string_view row);

// A forward scan over these rows meets all regions of the table, and nothing else.
KeyRange AllRegionsOf(const TableName& table);

// The order of meta's rows: by table, then by start key, then by region id. It is not that of the
// bytes: a start key may hold bytes that sort before the comma behind it. Less, equal or greater 0.
int CompareMetaRows(std::string_view a, std::string_view b);

struct MetaRegion {
  RegionLocation location;
  TableName table;
  bool gone = false;      // split or merged away: its daughters hold the rows
  bool deployed = false;  // a region server has it
};

// The cells of one row of meta. None for rows that describe no region (table states).
StatusOr<std::optional<MetaRegion>> ParseMetaRow(const std::vector<CellView>& cells);

// The whole table in key order: kUnavailable when there is a hole or an overlap (a split or merge
// is on its way) or a region that no server has.
StatusOr<std::vector<RegionLocation>> OrderRegions(std::vector<MetaRegion> regions);

}  // namespace twinwatch::hbase
