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

constexpr JobState kStates[] = {JobState::kRunning, JobState::kPaused, JobState::kWaiting,
                                JobState::kFailed,  JobState::kDone,   JobState::kCancelled};

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
  for (const char* title : {"JOB", "PASS", "STATE"})
    table.AddColumn(title, TextTable::Align::kLeft);
  for (const char* title : {"DONE", "RATE", "LEFT"})
    table.AddColumn(title, TextTable::Align::kRight);
  for (const Job& job : jobs) {
    if (job.link != link) continue;
    table.AddRow({job.id, job.kind == JobKind::kFullPass ? "full" : "incremental",
                  std::string(ToString(job.state)), DoneText(job), RateNow(job), Left(job)});
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

// What can be done about the first job that has not ended.
std::string NextCommand(const std::vector<Job>& jobs, std::string_view hint) {
  for (const Job& job : jobs) {
    if (job.HasEnded()) continue;
    return job.state == JobState::kPaused
               ? fmt::format("Go on: twinwatch jobs resume {}{}\n", job.id, hint)
               : fmt::format("Pause: twinwatch jobs pause {}{}\n", job.id, hint);
  }
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
  add("Pass", job.kind == JobKind::kFullPass ? "full" : "incremental");
  add("Started", ToRfc3339(job.started));
  if (job.ended) add("Ended", ToRfc3339(*job.ended));
  add("Tables",
      fmt::format("{} of {} done{}", WithThousands(job.tables_done), WithThousands(job.tables),
                  job.table ? fmt::format("; {} is being read", *job.table) : ""));
  if (job.fraction) add("Done", DoneText(job));
  add("Compared", Plural(job.rows, "row", "rows"));
  add("Read", HumanBytes(job.bytes) + " from both clusters");
  if (!job.HasEnded()) {
    add("Rate", RateNow(job));
    if (job.limit_bytes_per_second)
      add("Limit", RateText(*job.limit_bytes_per_second) + " a region server");
    add("Left", job.left ? Left(job) : "not known");
  }
  if (job.verdict) add("Verdict", *job.verdict);
  out += NextCommand({job}, hint).substr(0, job.HasEnded() ? 0 : std::string::npos);
  const std::string word = Coloured(Upper(ToString(job.state)), ColourOf(job.state), colour);
  return out + Wrapped(fmt::format("{}: {}", word, job.why.value_or(job.id))) + "\n";
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
