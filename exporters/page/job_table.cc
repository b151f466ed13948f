#include "exporters/page/job_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "exporters/job_text.h"
#include "exporters/page/html.h"
#include "exporters/page/html_table.h"
#include "exporters/page/marks.h"
#include "exporters/text_format.h"

namespace twinwatch::page {
namespace {

using Kind = HtmlTable::Kind;

constexpr size_t kEndedShown = 5;

Level LevelOf(JobState state) {
  switch (state) {
    case JobState::kRunning:
    case JobState::kDone:
      return Level::kOk;
    case JobState::kFailed:
      return Level::kAct;
    case JobState::kPaused:
    case JobState::kWaiting:
    case JobState::kPlanned:
    case JobState::kAwaitingApproval:
    case JobState::kCancelled:
      break;
  }
  return Level::kLook;
}

std::string Progress(const Job& job) {
  if (job.kind == JobKind::kRepair) return job.fraction ? DoneText(job) : "-";
  return fmt::format("{} of {} tables{}", WithThousands(job.tables_done), WithThousands(job.tables),
                     job.fraction ? ", " + DoneText(job) : "");
}

void AddJob(const Job& job, absl::Time now, HtmlTable* table) {
  const absl::Duration age = std::max(now - job.ended.value_or(job.started), absl::ZeroDuration());
  const auto number = [&job](const std::string& known, bool is_known) {
    return job.HasEnded() ? "-" : is_known ? known : "?";
  };
  table->AddRow(
      {Escaped(job.id), std::string(ToString(job.kind)),
       MarkOf(LevelOf(job.state), ToString(job.state)), Progress(job), WithThousands(job.rows),
       number(RateText(static_cast<uint64_t>(job.bytes_per_second.value_or(0))),
              job.bytes_per_second.has_value()),
       number(HumanDuration(job.left.value_or(absl::ZeroDuration())), job.left.has_value()),
       fmt::format("{} {} ago", job.HasEnded() ? "ended" : "started", HumanDuration(age))},
      Escaped(job.why.value_or("")));
}

}  // namespace

std::string JobsHtml(const Snapshot& snapshot, const std::string& link, absl::Time now) {
  HtmlTable table("Jobs");
  table.AddColumn("Job", Kind::kText);
  table.AddColumn("What", Kind::kText);
  table.AddColumn("State", Kind::kText);
  table.AddColumn("Done", Kind::kText);
  table.AddColumn("Rows", Kind::kNumber);
  table.AddColumn("Rate", Kind::kNumber);
  table.AddColumn("Time left", Kind::kNumber);
  table.AddColumn("When", Kind::kText);
  size_t ended = 0;
  for (const Job& job : snapshot.jobs) {
    if (job.link != link || (job.HasEnded() && ++ended > kEndedShown)) continue;
    AddJob(job, now, &table);
  }
  return table.ToString("None has run since the agent was started.");
}

}  // namespace twinwatch::page
