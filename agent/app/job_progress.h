// What a pass tells the job that it is: which tables it goes over, and how far it is.
#pragma once

#include <map>
#include <vector>

#include "agent/app/link.h"
#include "agent/app/link_jobs.h"
#include "agent/app/verify_plan.h"
#include "agent/app/verify_run.h"

namespace twinwatch::app {

JobKind KindOf(const VerifyRequest& request);

// The tables of a pass; those of a full one with their regions, as far as these can be had.
Task<std::vector<JobTable>> JobTablesOf(Cluster* source, JobKind kind,
                                        const std::vector<TablePlan>* plans);

class JobProgress : public VerifyObserver {
 public:
  // `jobs` must outlive it.
  JobProgress(LinkJobs* jobs, JobKind kind) : jobs_(jobs), kind_(kind) {}

  // What an earlier process compared.
  void StartFrom(const TableName& table, uint64_t rows) { before_[table] = rows; }

  void OnFinding(const Finding&) override {}
  void OnProgress(const TableName& table, double fraction, uint64_t rows,
                  std::string_view waiting) override;
  void OnCheckpoint(const TableProgress& progress) override;

 private:
  LinkJobs* jobs_;
  JobKind kind_;
  std::map<TableName, uint64_t> before_;
};

}  // namespace twinwatch::app
