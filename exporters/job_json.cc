#include "exporters/job_json.h"

#include <absl/time/time.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "agent/core/utc.h"
#include "exporters/json_fields.h"
#include "exporters/json_values.h"

namespace twinwatch {
namespace {

using json_fields::Count;
using json_fields::Optional;
using json_fields::OptionalTime;
using json_fields::OptionalUpTo;
using json_fields::Refuse;
using json_fields::TimeAt;
using Json = nlohmann::ordered_json;

constexpr double kMost = 1e15;  // of bytes and seconds

Json JobJson(const Job& job) {
  return {{"job", job.id},
          {"link", job.link},
          {"kind", ToString(job.kind)},
          {"state", ToString(job.state)},
          {"why", OrNull(job.why)},
          {"started", ToRfc3339(job.started)},
          {"ended", TimeOrNull(job.ended)},
          {"tables", job.tables},
          {"tables_done", job.tables_done},
          {"table", OrNull(job.table)},
          {"fraction", OrNull(job.fraction)},
          {"rows", job.rows},
          {"bytes", job.bytes},
          {"bytes_per_second", OrNull(job.bytes_per_second)},
          {"limit_bytes_per_second", OrNull(job.limit_bytes_per_second)},
          {"seconds_left", job.left ? Json(absl::ToDoubleSeconds(*job.left)) : Json(nullptr)},
          {"verdict", OrNull(job.verdict)},
          {"plan", OrNull(job.plan)},
          {"plan_file", OrNull(job.plan_file)},
          {"approved_by", OrNull(job.approved_by)}};
}

// These throw nlohmann's exceptions; Parse alone catches them.

// One of `all` by its name.
template <typename T>
T Named(const Json& object, const char* name, std::initializer_list<T> all) {
  const std::string text = object.at(name).get<std::string>();
  for (const T one : all)
    if (ToString(one) == text) return one;
  Refuse(std::string(name) + " is no word that this twinwatch knows");
}

Job ParseJob(const Json& object) {
  Job job;
  job.id = object.at("job").get<std::string>();
  job.link = object.at("link").get<std::string>();
  job.kind =
      Named(object, "kind", {JobKind::kFullPass, JobKind::kIncrementalPass, JobKind::kRepair});
  job.state = Named(
      object, "state",
      {JobState::kRunning, JobState::kPaused, JobState::kWaiting, JobState::kPlanned,
       JobState::kAwaitingApproval, JobState::kDone, JobState::kFailed, JobState::kCancelled});
  job.why = Optional<std::string>(object, "why");
  job.started = TimeAt(object, "started");
  job.ended = OptionalTime(object, "ended");
  job.tables = Count(object, "tables");
  job.tables_done = Count(object, "tables_done");
  job.table = Optional<std::string>(object, "table");
  job.fraction = OptionalUpTo(1, object, "fraction");
  job.rows = Count(object, "rows");
  job.bytes = Count(object, "bytes");
  job.bytes_per_second = OptionalUpTo(kMost, object, "bytes_per_second");
  job.limit_bytes_per_second = Optional<uint64_t>(object, "limit_bytes_per_second");
  if (const auto left = OptionalUpTo(kMost, object, "seconds_left"))
    job.left = absl::Seconds(*left);
  job.verdict = Optional<std::string>(object, "verdict");
  job.plan = Optional<std::string>(object, "plan");
  job.plan_file = Optional<std::string>(object, "plan_file");
  job.approved_by = Optional<std::string>(object, "approved_by");
  return job;
}

LinkRate ParseRate(const Json& object) {
  return {object.at("link").get<std::string>(), Count(object, "verify_bytes_per_second"),
          Count(object, "configured_bytes_per_second")};
}

template <typename T>
StatusOr<std::vector<T>> Parse(std::string_view text, const char* list, T (*parse)(const Json&)) {
  try {
    const Json document = Json::parse(text);
    if (const uint64_t version = Count(document, "schema_version"); version != kSchemaVersion) {
      return Error(absl::StatusCode::kFailedPrecondition,
                   "the answer has schema version {}, and this twinwatch knows {}", version,
                   kSchemaVersion);
    }
    std::vector<T> all;
    for (const Json& object : document.at(list)) all.push_back(parse(object));
    return all;
  } catch (const Json::exception& error) {
    return Error(absl::StatusCode::kDataLoss, "the answer is no list of {}: {}", list,
                 error.what());
  }
}

}  // namespace

std::string_view ToString(JobKind kind) {
  switch (kind) {
    case JobKind::kFullPass:
      return "full pass";
    case JobKind::kIncrementalPass:
      return "incremental pass";
    case JobKind::kRepair:
      return "repair";
  }
  return "";
}

std::string_view ToString(JobState state) {
  switch (state) {
    case JobState::kRunning:
      return "running";
    case JobState::kPaused:
      return "paused";
    case JobState::kWaiting:
      return "waiting";
    case JobState::kPlanned:
      return "planned";
    case JobState::kAwaitingApproval:
      return "awaiting approval";
    case JobState::kDone:
      return "done";
    case JobState::kFailed:
      return "failed";
    case JobState::kCancelled:
      return "cancelled";
  }
  return "";
}

std::string JobsDocument(const std::vector<Job>& jobs) {
  Json array = Json::array();
  for (const Job& job : jobs) array.push_back(JobJson(job));
  return Dumped({{"schema_version", kSchemaVersion}, {"command", "jobs"}, {"jobs", array}});
}

std::string ThrottleDocument(const std::vector<LinkRate>& rates) {
  Json array = Json::array();
  for (const LinkRate& rate : rates) {
    array.push_back(
        {{"link", rate.link},
         {"verify_bytes_per_second", rate.verify_bytes_per_second},
         {"configured_bytes_per_second", rate.configured_bytes_per_second},
         {"changed", rate.verify_bytes_per_second != rate.configured_bytes_per_second}});
  }
  return Dumped({{"schema_version", kSchemaVersion}, {"command", "throttle"}, {"links", array}});
}

StatusOr<std::vector<Job>> ParseJobsDocument(std::string_view text) {
  return Parse<Job>(text, "jobs", ParseJob);
}

StatusOr<std::vector<LinkRate>> ParseThrottleDocument(std::string_view text) {
  return Parse<LinkRate>(text, "links", ParseRate);
}

}  // namespace twinwatch
