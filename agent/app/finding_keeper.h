// Keeps the first findings of a verification, for the result.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "verifier/run/verify_options.h"

namespace twinwatch::app {

// Passes everything on, and keeps the first findings in order of table and row.
class FindingKeeper : public VerifyObserver {
 public:
  FindingKeeper(VerifyObserver* next, size_t max_findings)
      : next_(next), max_findings_(max_findings) {}

  bool IsWaived(const TableName& table, std::string_view row, DriftClass drift_class) override {
    return next_->IsWaived(table, row, drift_class);
  }

  void OnFinding(const Finding& finding) override {
    next_->OnFinding(finding);
    Keep(finding);
  }

  void OnCheckpoint(const TableProgress& progress) override { next_->OnCheckpoint(progress); }

  void Keep(const Finding& finding) {
    kept_.insert_or_assign({finding.table, finding.row}, finding);
    if (kept_.size() > max_findings_) kept_.erase(std::prev(kept_.end()));
  }

  void OnProgress(const TableName& table, double fraction, uint64_t rows,
                  std::string_view waiting) override {
    next_->OnProgress(table, fraction, rows, waiting);
  }

  std::vector<Finding> Take() {
    std::vector<Finding> findings;
    for (auto& [key, finding] : kept_) findings.push_back(std::move(finding));
    return findings;
  }

 private:
  VerifyObserver* next_;
  size_t max_findings_;
  std::map<std::pair<TableName, std::string>, Finding> kept_;
};

}  // namespace twinwatch::app
