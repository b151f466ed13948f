#include "agent/app/job_progress.h"

#include <algorithm>

namespace twinwatch::app {

JobKind KindOf(const VerifyRequest& request) {
  return request.incremental ? JobKind::kIncrementalPass : JobKind::kFullPass;
}

Task<std::vector<JobTable>> JobTablesOf(Cluster* source, JobKind kind,
                                        const std::vector<TablePlan>* plans) {
  std::vector<JobTable> tables;
  for (const TablePlan& plan : *plans) {
    JobTable& table = tables.emplace_back();
    table.table = plan.pair.source_table;
    if (kind != JobKind::kFullPass) continue;
    if (!plan.problem.ok()) {
      table.regions = 1;  // and done in no time
      continue;
    }
    const StatusOr<std::vector<RegionLocation>> regions = co_await source->Regions(table.table);
    if (regions.ok()) table.regions = regions->size();
  }
  co_return tables;
}

void JobProgress::OnProgress(const TableName& table, double fraction, uint64_t rows,
                             std::string_view waiting) {
  jobs_->Progress(kind_, table, fraction, waiting);
  const auto before = before_.find(table);
  jobs_->Rows(kind_, table, rows + (before == before_.end() ? 0 : before->second));
}

void JobProgress::OnCheckpoint(const TableProgress& progress) {
  const TableResult& table = progress.so_far;
  jobs_->Rows(kind_, table.table, std::max(table.rows_source, table.rows_target));
}

}  // namespace twinwatch::app
