#include "verifier/repair/marker_compactor.h"

#include <algorithm>

namespace twinwatch {
namespace {

constexpr std::chrono::minutes kCompactionTime{30};

}  // namespace

bool MarkerCompactor::MayHelp(const TableName& table, std::string_view row) const {
  return std::none_of(in_vain_.begin(), in_vain_.end(), [&](const auto& region) {
    return region.first == table && region.second.Contains(row);
  });
}

Task<Status> MarkerCompactor::Compact(TableName table, std::string row) {
  co_return co_await target_->FlushAndCompact(std::move(table), std::move(row),
                                              After(kCompactionTime));
}

Task<Status> MarkerCompactor::WasInVain(TableName table, std::string row) {
  CO_ASSIGN_OR_RETURN(const std::vector<RegionLocation> regions, co_await target_->Regions(table));
  for (const RegionLocation& region : regions) {
    if (region.range.Contains(row)) in_vain_.emplace_back(table, region.range);
  }
  co_return absl::OkStatus();
}

}  // namespace twinwatch
