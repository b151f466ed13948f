// Writes down what happens to the rows of a repair, tells the observer, and keeps to its rate.
#pragma once

#include <cstdint>
#include <string_view>

#include "agent/app/repair_check.h"
#include "agent/app/repair_tools.h"
#include "probes/api/table_copy.h"
#include "verifier/repair/apply_copy.h"
#include "verifier/repair/apply_observer.h"
#include "verifier/repair/outcome.h"

namespace twinwatch::app {

class RepairRecorder : public ApplyObserver, public CopyWatcher {
 public:
  RepairRecorder(RepairOutcome* outcome, RepairObserver* observer, uint64_t rows,
                 uint64_t bytes_per_second)
      : outcome_(outcome), observer_(observer), rows_(rows), bytes_per_second_(bytes_per_second) {}

  void OnWrite(const TableName& table, const GuardedWrite& write) override;

  void OnCompaction(const TableName& table, std::string_view row) override;

  void OnRow(const TableName& table, std::string_view row, RowOutcome outcome,
             std::string_view why) override;

  void OnCopying(const PlannedRange& range, double share) override;
  void OnCopied(const PlannedRange& range) override;
  void OnAlsoWritten(const PlannedRange& range, std::string_view row) override;

  // Each batch waits for what the one before it took.
  Task<void> Pace(uint64_t bytes) override;

  bool GivenUp() override { return observer_->GivenUp(); }
  bool StopsCopies() override { return observer_->StopsCopies(); }

  // All that were not written, or not all of them.
  const RowsOfPlan& left() const { return left_; }
  const std::vector<AlsoWritten>& also_written() const { return also_written_; }
  const RowsOfPlan& partly() const { return partly_; }

 private:
  RepairOutcome* outcome_;
  RepairObserver* observer_;
  uint64_t rows_;
  uint64_t bytes_per_second_;
  uint64_t done_ = 0;
  Deadline next_{};
  RowsOfPlan left_;
  std::vector<AlsoWritten> also_written_;
  RowsOfPlan partly_;
};

}  // namespace twinwatch::app
