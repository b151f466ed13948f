#include "tests/fakes/stored_row.h"

#include <algorithm>
#include <string>
#include <utility>

namespace twinwatch::testing {
namespace {

CellView ViewOf(const Cell& cell) {
  return {cell.row, cell.family, cell.qualifier, cell.timestamp_ms, cell.type, cell.value};
}

bool Hides(const Cell& marker, const Cell& cell) {
  if (marker.family != cell.family) return false;
  const bool same_column = marker.qualifier == cell.qualifier;
  switch (marker.type) {
    case CellType::kDeleteFamily:
      return cell.timestamp_ms <= marker.timestamp_ms;
    case CellType::kDeleteFamilyVersion:
      return cell.timestamp_ms == marker.timestamp_ms;
    case CellType::kDeleteColumn:
      return same_column && cell.timestamp_ms <= marker.timestamp_ms;
    case CellType::kDelete:
      return same_column && cell.timestamp_ms == marker.timestamp_ms;
    case CellType::kPut:
      break;
  }
  return false;
}

uint32_t VersionsOf(const TableDescriptor& table, const std::string& family) {
  for (const FamilyDescriptor& descriptor : table.families) {
    const auto versions = descriptor.attributes.find("VERSIONS");
    if (descriptor.name == family && versions != descriptor.attributes.end())
      return static_cast<uint32_t>(std::stoul(versions->second));
  }
  return UINT32_MAX;
}

bool IsWanted(const Cell& cell, const ScanSpec& spec) {
  if (cell.timestamp_ms < spec.since_ms) return false;
  if (spec.until_ms && cell.timestamp_ms >= *spec.until_ms) return false;
  return spec.families.empty() ||
         std::find(spec.families.begin(), spec.families.end(), cell.family) != spec.families.end();
}

}  // namespace

std::vector<Cell> ShownOf(std::vector<Cell> stored, const ScanSpec& spec,
                          const TableDescriptor& table) {
  std::stable_sort(stored.begin(), stored.end(), [](const Cell& a, const Cell& b) {
    return CompareInRow(ViewOf(a), ViewOf(b)) < 0;
  });
  std::vector<Cell> shown;
  uint32_t versions = 0;
  for (const Cell& cell : stored) {
    const bool is_put = cell.type == CellType::kPut;
    if (!IsWanted(cell, spec) || (!is_put && !spec.raw)) continue;
    const bool hidden =
        !spec.raw && std::any_of(stored.begin(), stored.end(),
                                 [&cell](const Cell& marker) { return Hides(marker, cell); });
    if (hidden) continue;
    if (is_put) {
      const bool same_column = !shown.empty() && shown.back().family == cell.family &&
                               shown.back().qualifier == cell.qualifier;
      versions = same_column ? versions + 1 : 1;
      const uint32_t kept = spec.raw ? UINT32_MAX : VersionsOf(table, cell.family);
      if (versions > std::min(spec.max_versions, kept)) continue;
    }
    shown.push_back(cell);
    if (spec.keys_only || spec.first_cell_only) shown.back().value.clear();
    if (spec.first_cell_only) break;
  }
  return shown;
}

}  // namespace twinwatch::testing
