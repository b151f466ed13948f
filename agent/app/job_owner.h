// Who has jobs that operators look at and act on: a link's passes, and its repairs.
#pragma once

#include <absl/time/time.h>

#include <string_view>
#include <vector>

#include "agent/core/status.h"
#include "exporters/job.h"

namespace twinwatch::app {

class JobOwner {
 public:
  virtual ~JobOwner() = default;

  // Those that have not ended first, then those that have, newest first.
  virtual std::vector<Job> jobs() const = 0;
  // kNotFound for an id that is none of them.
  virtual StatusOr<Job> Find(std::string_view id) const = 0;

  // For an operator, `by`. kNotFound, kFailedPrecondition when the job is in no state for it, or
  // kUnavailable when it could not be written down; messages say what to do.
  virtual Status Pause(std::string_view id, std::string_view by, absl::Time now) = 0;
  virtual Status Resume(std::string_view id, absl::Time now) = 0;
  virtual Status Cancel(std::string_view id, std::string_view by, absl::Time now) = 0;
  virtual Status Approve(std::string_view id, std::string_view by, absl::Time now) = 0;
};

}  // namespace twinwatch::app
