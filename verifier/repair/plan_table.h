// Plans the repair of one table: looks at each row that is known to differ as it is now, decides
// what would be written, and by which engine.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "probes/api/cluster.h"
#include "verifier/repair/plan.h"

namespace twinwatch {

struct DriftedRow {
  std::string row;
  DriftClass drift_class = DriftClass::kMissing;
  std::optional<std::string> confirmed_by;  // a barrier; none: a suspect
  bool all_versions = false;                // found by comparing all of them
};

struct TableToMend {
  PlannedTable table;
  Cluster* source = nullptr;
  Cluster* target = nullptr;
  std::vector<DriftedRow> rows;  // sorted by key, each once
};

struct PlanRequest {
  std::optional<RepairEngine> engine;  // none: whatever takes less time
  PlanOptions options;
  EngineCosts costs;
  absl::Time now;
};

// Hears how far it is.
class PlanObserver {
 public:
  virtual ~PlanObserver() = default;
  virtual void OnPlanned(const TableName& table, uint64_t rows_done, uint64_t rows) = 0;
};

struct TableMending {
  std::vector<PlannedRange> ranges;
  std::vector<RefusedRow> refused;
  uint64_t same_now = 0;
};

// Nothing is written. An error when a side cannot be read; rows that cannot be mended are refused.
Task<StatusOr<TableMending>> PlanTable(TableToMend table, PlanRequest request,
                                       PlanObserver* observer);

}  // namespace twinwatch
