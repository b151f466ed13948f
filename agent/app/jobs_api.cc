#include "agent/app/jobs_api.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "agent/app/admin.h"
#include "agent/app/web.h"
#include "agent/core/duration.h"
#include "exporters/job_json.h"

namespace twinwatch::app {
namespace {

using http_server::Request;
using http_server::Response;
using Json = nlohmann::json;

constexpr char kJson[] = "application/json";
constexpr std::string_view kJobs = "jobs";
constexpr std::string_view kThrottle = "throttle";
constexpr char kThrottleForm[] =
    "write {\"verify\":\"20MB/s\"}, and \"link\":\"NAME\" in it where one link alone is meant";

enum class Action { kShow, kPause, kResume, kCancel, kApprove };

struct Target {
  Action action = Action::kShow;
  std::string_view id;  // empty: all jobs
};

// Of a path below /api/v1/; none for what is no job's.
std::optional<Target> TargetOf(std::string_view rest) {
  if (rest == kJobs) return Target{};
  if (!rest.starts_with("jobs/")) return std::nullopt;
  rest.remove_prefix(kJobs.size() + 1);
  const size_t slash = rest.find('/');
  Target target;
  target.id = rest.substr(0, slash);
  if (target.id.empty()) return std::nullopt;
  if (slash == std::string_view::npos) return target;
  for (const auto& [word, action] : {std::pair{std::string_view("pause"), Action::kPause},
                                     {"resume", Action::kResume},
                                     {"cancel", Action::kCancel},
                                     {"approve", Action::kApprove}}) {
    if (rest.substr(slash + 1) != word) continue;
    target.action = action;
    return target;
  }
  return std::nullopt;
}

Response ErrorOf(const Status& status) {
  const int code = absl::IsNotFound(status)             ? 404
                   : absl::IsFailedPrecondition(status) ? 409
                   : absl::IsUnavailable(status)        ? 503
                                                        : 400;
  return ApiError(code, Text(status));
}

Response NoSuchJob(std::string_view id) {
  return ApiError(404, fmt::format("there is no job \"{}\": twinwatch jobs, or GET /api/v1/jobs, "
                                   "lists those that there are",
                                   id));
}

Response OneJob(const Job& job) { return {200, kJson, JobsDocument({job}) + "\n"}; }

// A link's passes, then its repairs.
std::vector<JobOwner*> OwnersOf(const JobsAccess& access) {
  std::vector<JobOwner*> owners;
  for (size_t i = 0; i < access.links.size(); ++i) {
    owners.push_back(access.links[i]);
    if (i < access.repairs.size()) owners.push_back(access.repairs[i]);
  }
  return owners;
}

JobOwner* OwnerOf(std::string_view id, const JobsAccess& access) {
  for (JobOwner* owner : OwnersOf(access))
    if (owner->Find(id).ok()) return owner;
  return nullptr;
}

Status Act(const Target& target, const std::string& user, JobOwner* owner, absl::Time now) {
  switch (target.action) {
    case Action::kPause:
      return owner->Pause(target.id, user, now);
    case Action::kResume:
      return owner->Resume(target.id, now);
    case Action::kCancel:
      return owner->Cancel(target.id, user, now);
    case Action::kApprove:
      return owner->Approve(target.id, user, now);
    case Action::kShow:
      break;
  }
  return absl::OkStatus();
}

// `note` is for the audit log: the plan that was acted on, which the job's id names in short.
Response JobAction(const Target& target, const Request& request, const JobsAccess& access,
                   absl::Time now, std::string* note) {
  // {} is what some clients send when they have nothing to say.
  const Json body =
      request.body.empty() ? Json::object() : Json::parse(request.body, nullptr, false);
  if (!body.is_object() || !body.empty())
    return ApiError(400, "this takes no body: send none, or {}");
  JobOwner* owner = OwnerOf(target.id, access);
  if (owner == nullptr) return NoSuchJob(target.id);
  if (const StatusOr<Job> job = owner->Find(target.id); job.ok() && job->plan)
    *note = "plan " + *job->plan;
  if (const Status status = Act(target, request.user, owner, now); !status.ok())
    return ErrorOf(status);
  return OneJob(*owner->Find(target.id));
}

struct Throttle {
  std::optional<std::string> link;
  uint64_t verify = 0;
};

StatusOr<Throttle> ParseThrottle(const std::string& text) {
  const Json body = Json::parse(text, nullptr, false);
  const auto bad = [](std::string_view what) {
    return Error(absl::StatusCode::kInvalidArgument, "{}: {}", what, kThrottleForm);
  };
  if (!body.is_object()) return bad("the body is no JSON object");
  Throttle throttle;
  for (const auto& [key, value] : body.items()) {
    if (key != "link" && key != "verify") return bad(fmt::format("\"{}\" is not known", key));
    if (!value.is_string()) return bad(fmt::format("\"{}\" is no text", key));
  }
  if (body.contains("link")) throttle.link = body["link"].get<std::string>();
  if (!body.contains("verify")) return bad("\"verify\" is missing");
  ASSIGN_OR_RETURN(throttle.verify, ParseRate(body["verify"].get<std::string>()));
  return throttle;
}

Response ThrottleNow(const JobsAccess& access) {
  std::vector<LinkRate> rates;
  for (const LinkJobs* link : access.links) rates.push_back(link->rate());
  return {200, kJson, ThrottleDocument(rates) + "\n"};
}

Response SetThrottle(const Request& request, const JobsAccess& access) {
  const StatusOr<Throttle> throttle = ParseThrottle(request.body);
  if (!throttle.ok()) return ErrorOf(throttle.status());
  bool found = false;
  for (LinkJobs* link : access.links) {
    if (throttle->link && *throttle->link != link->link()) continue;
    link->SetRate(throttle->verify);
    found = true;
  }
  if (found) return ThrottleNow(access);
  return ApiError(404, fmt::format("there is no link \"{}\": GET /api/v1/throttle lists those that "
                                   "there are",
                                   throttle->link.value_or("")));
}

Response AllJobs(const JobsAccess& access) {
  std::vector<Job> all;
  for (const JobOwner* owner : OwnersOf(access))
    for (Job& job : owner->jobs()) all.push_back(std::move(job));
  std::stable_partition(all.begin(), all.end(), [](const Job& job) { return !job.HasEnded(); });
  return {200, kJson, JobsDocument(all) + "\n"};
}

}  // namespace

std::string_view JobsMethods(std::string_view rest) {
  if (rest == kThrottle) return "GET, HEAD, PUT";
  const std::optional<Target> target = TargetOf(rest);
  if (!target) return "";
  return target->action == Action::kShow ? "GET, HEAD" : "POST";
}

Response JobsAnswer(std::string_view rest, const Request& request, const JobsAccess& access,
                    absl::Time now) {
  if (rest == kThrottle) {
    if (request.method != "PUT") return ThrottleNow(access);
    return AsAdmin(request, access.audit, now,
                   [&](std::string*) { return SetThrottle(request, access); });
  }
  const std::optional<Target> target = TargetOf(rest);
  if (!target) return ApiError(404, "there is no such resource");
  if (target->action != Action::kShow) {
    return AsAdmin(request, access.audit, now, [&](std::string* note) {
      return JobAction(*target, request, access, now, note);
    });
  }
  if (target->id.empty()) return AllJobs(access);
  if (const JobOwner* owner = OwnerOf(target->id, access)) return OneJob(*owner->Find(target->id));
  return NoSuchJob(target->id);
}

}  // namespace twinwatch::app
