#include "exporters/job_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "agent/core/utc.h"
#include "exporters/text_format.h"

namespace twinwatch {
namespace {

constexpr JobState kStates[] = {
    JobState::kRunning, JobState::kPaused,   JobState::kAwaitingApproval,
    JobState::kWaiting, JobState::kPlanned,  JobState::kFailed,
    JobState::kDone,    JobState::kCancelled};

std::string_view ShortKind(JobKind kind) {
  switch (kind) {
    case JobKind::kFullPass:
      return "full";
    case JobKind::kIncrementalPass:
      return "incremental";
    case JobKind::kRepair:
      return "repair";
  }
  return "";
}

size_t CountOf(const std::vector<Job>& jobs, JobState state) {
  return static_cast<size_t>(std::count_if(jobs.begin(), jobs.end(),
                                           [state](const Job& job) { return job.state == state; }));
}

std::string RateNow(const Job& job) {
  if (job.HasEnded()) return "-";
  return job.bytes_per_second ? RateText(static_cast<uint64_t>(*job.bytes_per_second)) : "?";
}

std::string Left(const Job& job) {
  if (job.HasEnded()) return "-";
  return job.left ? HumanDuration(*job.left) : "?";
}

std::string TableOf(const std::vector<Job>& jobs, const std::string& link) {
  TextTable table;
  for (const char* title : {"JOB", "KIND", "STATE"})
    table.AddColumn(title, TextTable::Align::kLeft);
  for (const char* title : {"DONE", "RATE", "LEFT"})
    table.AddColumn(title, TextTable::Align::kRight);
  for (const Job& job : jobs) {
    if (job.link != link) continue;
    table.AddRow({job.id, std::string(ShortKind(job.kind)), std::string(ToString(job.state)),
                  DoneText(job), RateNow(job), Left(job)});
  }
  return table.ToString();
}

Colour ColourOf(JobState state) {
  switch (state) {
    case JobState::kFailed:
      return Colour::kRed;
    case JobState::kRunning:
    case JobState::kDone:
      return Colour::kGreen;
    case JobState::kPaused:
    case JobState::kWaiting:
    case JobState::kPlanned:
    case JobState::kAwaitingApproval:
    case JobState::kCancelled:
      break;
  }
  return Colour::kYellow;
}

std::string Upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return out;
}

std::string CommandFor(const Job& job, std::string_view hint) {
  switch (job.state) {
    case JobState::kPaused:
      return fmt::format("Go on: twinwatch jobs resume {}{}\n", job.id, hint);
    case JobState::kAwaitingApproval:
      return fmt::format("Approve: twinwatch jobs approve {}{}\n", job.id, hint);
    // It shows what would be written, and writes nothing.
    case JobState::kPlanned:
      return fmt::format("Look: twinwatch repair apply {}\n", job.plan_file.value_or("PLAN"));
    default:
      return fmt::format("Pause: twinwatch jobs pause {}{}\n", job.id, hint);
  }
}

// What can be done about the first job that has not ended; one that waits for somebody comes first.
std::string NextCommand(const std::vector<Job>& jobs, std::string_view hint) {
  for (const Job& job : jobs)
    if (job.state == JobState::kAwaitingApproval) return CommandFor(job, hint);
  for (const Job& job : jobs)
    if (!job.HasEnded()) return CommandFor(job, hint);
  return jobs.empty() ? "" : fmt::format("More: twinwatch jobs show {}{}\n", jobs[0].id, hint);
}

std::string Verdict(const std::vector<Job>& jobs, bool colour) {
  if (jobs.empty()) return "NO JOBS: none has run since the agent was started";
  std::vector<std::string> counts;
  std::optional<JobState> worst;
  for (const JobState state : kStates) {
    const size_t count = CountOf(jobs, state);
    if (count == 0) continue;
    if (!worst) worst = state;
    counts.push_back(fmt::format("{} {}", WithThousands(count), ToString(state)));
  }
  return fmt::format("{}: {}", Coloured(Upper(ToString(*worst)), ColourOf(*worst), colour),
                     fmt::join(counts, ", "));
}

}  // namespace

std::string DoneText(const Job& job) {
  if (!job.fraction) return "?";
  return fmt::format("{} %", static_cast<int>(std::clamp(*job.fraction, 0.0, 1.0) * 100));
}

std::string RateText(uint64_t bytes_per_second) { return HumanBytes(bytes_per_second) + "/s"; }

std::string JobsText(const std::vector<Job>& jobs, std::string_view hint, bool colour) {
  std::string out;
  std::set<std::string> links;
  for (const Job& job : jobs) {
    if (!links.insert(job.link).second) continue;
    out += fmt::format("LINK {}\n{}\n", job.link, TableOf(jobs, job.link));
  }
  for (const Job& job : jobs) {
    if (job.why && (!job.HasEnded() || job.state == JobState::kFailed))
      out += Wrapped(fmt::format("{}: {}", job.id, *job.why)) + "\n";
  }
  // Not wrapped: it is there to be typed.
  return out + NextCommand(jobs, hint) + Wrapped(Verdict(jobs, colour)) + "\n";
}

std::string JobText(const Job& job, std::string_view hint, bool colour) {
  std::string out;
  const auto add = [&out](std::string_view name, const std::string& value) {
    out += Wrapped(fmt::format("{:<9} {}", name, value), "          ") + "\n";
  };
  add("Link", job.link);
  const bool is_repair = job.kind == JobKind::kRepair;
  if (is_repair) {
    add("Plan", job.plan.value_or("?"));
    if (job.plan_file) add("File", *job.plan_file);
    if (job.approved_by) add("Approved", *job.approved_by);
  } else {
    add("Pass", std::string(ShortKind(job.kind)));
  }
  add(is_repair ? "Planned" : "Started", ToRfc3339(job.started));
  if (job.ended) add("Ended", ToRfc3339(*job.ended));
  if (is_repair) {
    add("Tables", WithThousands(job.tables));
    if (job.fraction) add("Done", DoneText(job));
    add("Rows", WithThousands(job.rows) + " written or left alone");
    add("Sent", HumanBytes(job.bytes) + " to the target");
  } else {
    add("Tables",
        fmt::format("{} of {} done{}", WithThousands(job.tables_done), WithThousands(job.tables),
                    job.table ? fmt::format("; {} is being read", *job.table) : ""));
    if (job.fraction) add("Done", DoneText(job));
    add("Compared", Plural(job.rows, "row", "rows"));
    add("Read", HumanBytes(job.bytes) + " from both clusters");
  }
  if (!job.HasEnded()) {
    add("Rate", RateNow(job));
    if (job.limit_bytes_per_second)
      add("Limit", RateText(*job.limit_bytes_per_second) + (is_repair ? "" : " a region server"));
    add("Left", job.left ? Left(job) : "not known");
  }
  if (job.verdict) add("Verdict", *job.verdict);
  out += NextCommand({job}, hint).substr(0, job.HasEnded() ? 0 : std::string::npos);
  const std::string word = Coloured(Upper(ToString(job.state)), ColourOf(job.state), colour);
  return out + Wrapped(fmt::format("{}: {}", word, job.why.value_or(job.id))) + "\n";
}

NagiosAnswer JobsNagios(const std::vector<Job>& jobs) {
  const Job* failed = nullptr;
  const Job* held = nullptr;
  for (const Job& job : jobs) {
    if (job.state == JobState::kPaused || job.state == JobState::kAwaitingApproval) held = &job;
    const bool is_over = std::any_of(jobs.begin(), jobs.end(), [&job](const Job& other) {
      return other.link == job.link && other.kind == job.kind && other.ended && job.ended &&
             *other.ended > *job.ended;
    });
    if (job.state == JobState::kFailed && !is_over) failed = &job;
  }
  const std::string perfdata =
      fmt::format("jobs={} running={} failed={}", jobs.size(), CountOf(jobs, JobState::kRunning),
                  CountOf(jobs, JobState::kFailed));
  const auto told = [](const Job& job) {
    return fmt::format("{} of {} {}{}", job.id, job.link, ToString(job.state),
                       job.why ? ": " + *job.why : "");
  };
  if (failed != nullptr) return ToNagios(NagiosState::kCritical, told(*failed), perfdata);
  if (held != nullptr) return ToNagios(NagiosState::kWarning, told(*held), perfdata);
  return ToNagios(NagiosState::kOk, Verdict(jobs, false), perfdata);
}

std::string ThrottleText(const std::vector<LinkRate>& rates, std::string_view hint) {
  TextTable table;
  table.AddColumn("LINK", TextTable::Align::kLeft);
  table.AddColumn("VERIFY", TextTable::Align::kRight);
  table.AddColumn("CONFIGURED", TextTable::Align::kRight);
  size_t changed = 0;
  for (const LinkRate& rate : rates) {
    table.AddRow({rate.link, RateText(rate.verify_bytes_per_second),
                  RateText(rate.configured_bytes_per_second)});
    if (rate.verify_bytes_per_second != rate.configured_bytes_per_second) ++changed;
  }
  return table.ToString() + "\nRates are those of each region server.\n" +
         fmt::format("Change: twinwatch throttle verify=10MB/s{}\n", hint) +
         (changed == 0 ? "AS CONFIGURED\n"
                       : fmt::format("CHANGED: {}, until the agent is started again\n",
                                     Plural(changed, "link", "links")));
}

}  // namespace twinwatch
