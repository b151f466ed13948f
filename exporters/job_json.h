// The documents of `jobs` and `throttle`, as commands and the API have them, written and read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/core/status.h"
#include "exporters/job.h"

namespace twinwatch {

std::string JobsDocument(const std::vector<Job>& jobs);
std::string ThrottleDocument(const std::vector<LinkRate>& rates);

// kDataLoss for what is no such document, kFailedPrecondition for one of another version.
StatusOr<std::vector<Job>> ParseJobsDocument(std::string_view text);
StatusOr<std::vector<LinkRate>> ParseThrottleDocument(std::string_view text);

}  // namespace twinwatch
