// Which rows are mended one by one and which by copying whole ranges: what takes least time. Pure.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace twinwatch {

enum class RepairEngine { kDirect, kCopyTable };

std::string_view ToString(RepairEngine engine);

// As measured (docs/repair.md); what counts is how they stand to one another.
struct EngineCosts {
  double direct_row_ms = 0.9;   // read on both sides, journaled, written
  double copy_job_ms = 15'000;  // until a MapReduce job copies its first row
  double copy_row_ms = 0.17;    // each row of the range: measured, journaled, copied, read again
};

// More rows than are ever copied to save a job.
inline constexpr uint64_t kNeverBridged = UINT32_MAX;

// Rows [first, end) of those that were given.
struct EngineSpan {
  size_t first = 0;
  size_t end = 0;
  RepairEngine engine = RepairEngine::kDirect;

  bool operator==(const EngineSpan&) const = default;
};

// `rows_before[i]` rows of the source lie between drifted row i and the one before it. The spans
// cover all rows in their order; neighbours have different engines, except that two copied ranges
// may be neighbours where it is not worth reading what lies between them. No other choice costs
// less.
std::vector<EngineSpan> ChooseEngines(const std::vector<uint64_t>& rows_before,
                                      const EngineCosts& costs);

double CostOf(const std::vector<uint64_t>& rows_before, const std::vector<EngineSpan>& spans,
              const EngineCosts& costs);

}  // namespace twinwatch
