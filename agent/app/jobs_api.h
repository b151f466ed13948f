// /api/v1/jobs and /api/v1/throttle: what a running agent does, how fast, and changing that.
#pragma once

#include <absl/time/time.h>

#include <string_view>
#include <vector>

#include "agent/app/audit_log.h"
#include "agent/app/link_jobs.h"
#include "exporters/http/server.h"

namespace twinwatch::app {

// All must outlive it. `audit` may be null: only the log has it then.
struct JobsAccess {
  std::vector<LinkJobs*> links;
  std::vector<JobOwner*> repairs;
  AuditLog* audit = nullptr;
};

// The methods that are answered at `rest`, which is what follows /api/v1/: "POST". Empty when it is
// none of these resources.
std::string_view JobsMethods(std::string_view rest);

// The documents of `jobs` and `throttle` with --format json, or an error that says what to do.
http_server::Response JobsAnswer(std::string_view rest, const http_server::Request& request,
                                 const JobsAccess& access, absl::Time now);

}  // namespace twinwatch::app
