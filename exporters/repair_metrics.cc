#include <algorithm>
#include <optional>
#include <utility>

#include "exporters/link_metrics.h"

namespace twinwatch {
namespace {

constexpr std::pair<JobState, const char*> kStates[] = {
    {JobState::kPlanned, "planned"}, {JobState::kAwaitingApproval, "awaiting_approval"},
    {JobState::kWaiting, "waiting"}, {JobState::kRunning, "running"},
    {JobState::kPaused, "paused"},   {JobState::kFailed, "failed"}};

}  // namespace

void AddRepairMetrics(const LinkSnapshot& link, const std::vector<Job>& jobs,
                      MetricWriter* writer) {
  const std::string& name = link.status.link;
  std::vector<JobState> states;
  const Job* latest = nullptr;  // of those that ended with a word about the rows
  for (const Job& job : jobs) {
    if (job.link != name || job.kind != JobKind::kRepair) continue;
    if (!job.HasEnded()) {
      states.push_back(job.state);
    } else if (job.state != JobState::kCancelled &&
               (latest == nullptr || *job.ended > *latest->ended)) {
      latest = &job;
    }
  }
  if (latest != nullptr) states.push_back(latest->state);
  for (const auto& [state, word] : kStates) {
    writer->Set("twinwatch_repair_jobs", {{"link", name}, {"state", word}},
                static_cast<double>(std::count(states.begin(), states.end(), state)));
  }
  writer->Set("twinwatch_repair_rows_written_total", {{"link", name}, {"op", "put"}},
              static_cast<double>(link.repair.rows_written));
  writer->Set("twinwatch_repair_conflicts_total", {{"link", name}},
              static_cast<double>(link.repair.rows_left));
  writer->Set("twinwatch_repair_failures_total", {{"link", name}},
              static_cast<double>(link.repair.rows_differ));
}

}  // namespace twinwatch
