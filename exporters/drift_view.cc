#include "exporters/drift_view.h"

#include <algorithm>

namespace twinwatch {

void KeepTables(const std::vector<TableName>& tables, DriftView* view) {
  std::erase_if(view->counts, [&tables](const auto& entry) {
    return !std::binary_search(tables.begin(), tables.end(), entry.first);
  });
}

DriftSums SumOf(const std::vector<DriftView>& views) {
  DriftSums sums;
  for (const DriftView& view : views) {
    for (const auto& [table, counts] : view.counts) {
      sums.confirmed += counts.confirmed.Sum();
      sums.suspected += counts.suspected.Sum();
      sums.waived += counts.waived;
      if (counts.confirmed.Sum() > 0) sums.tables.push_back(table);
    }
  }
  return sums;
}

}  // namespace twinwatch
