#include "agent/app/repair_recorder.h"

#include <algorithm>
#include <chrono>

#include "agent/core/bytes.h"

namespace twinwatch::app {

void RepairRecorder::OnWrite(const TableName& table, const GuardedWrite& write) {
  ++outcome_->writes;
  outcome_->bytes += ToView(write.cell).WireSize();
  if (outcome_->dry_run || outcome_->listed.size() < kMaxListed)
    outcome_->listed.push_back({table, write});
}

void RepairRecorder::OnCompaction(const TableName& table, std::string_view row) {
  if (outcome_->compactions.size() < kMaxListed)
    outcome_->compactions.push_back({table, std::string(row), ""});
  observer_->OnProgress(done_, rows_, fmt::format("compacting a region of {}", table.ToString()));
}

void RepairRecorder::OnRow(const TableName& table, std::string_view row, RowOutcome outcome,
                           std::string_view why) {
  ++done_;
  observer_->OnProgress(done_, rows_, "");
  if (outcome == RowOutcome::kWritten) {
    ++outcome_->rows_written;
    return;
  }
  ++outcome_->rows_left;
  left_.emplace(table, row);
  if (outcome == RowOutcome::kPartly) partly_.emplace(table, row);
  if (outcome_->left.size() >= kMaxListed) return;
  std::string_view how;
  if (outcome == RowOutcome::kPartly) how = "in part only: ";
  if (outcome == RowOutcome::kUnknown) how = "whether it was written could not be told: ";
  outcome_->left.push_back({table, std::string(row), fmt::format("{}{}", how, why)});
}

void RepairRecorder::OnCopying(const PlannedRange& range, double share) {
  observer_->OnProgress(
      done_ + static_cast<uint64_t>(share * static_cast<double>(range.drifted.size())), rows_,
      fmt::format("copying a range of {}", range.table.ToString()));
}

void RepairRecorder::OnCopied(const PlannedRange& range) { outcome_->bytes += range.bytes; }

void RepairRecorder::OnAlsoWritten(const PlannedRange& range, std::string_view row) {
  const bool all_versions =
      std::any_of(range.drifted.begin(), range.drifted.end(),
                  [](const PlannedRow& planned) { return planned.all_versions; });
  also_written_.push_back({range.table, std::string(row), all_versions});
}

Task<void> RepairRecorder::Pace(uint64_t bytes) {
  co_await observer_->Pace(bytes);
  if (bytes_per_second_ == 0) co_return;
  const auto now = std::chrono::steady_clock::now();
  next_ = std::max(next_, now);
  const Deadline when = next_;
  next_ += std::chrono::microseconds(bytes * 1'000'000 / bytes_per_second_);
  co_await SleepUntil(when);
}

}  // namespace twinwatch::app
