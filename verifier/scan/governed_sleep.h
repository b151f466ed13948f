// Waiting that ends when the verification is told to stop.
#pragma once

#include <absl/time/time.h>

#include "probes/api/async.h"
#include "verifier/scan/governor.h"

namespace twinwatch {

// For `time`, or until a quarter of a second after `governor` was stopped. It may be null: for
// `time`.
Task<void> SleepUnlessStopped(const Governor* governor, absl::Duration time);

}  // namespace twinwatch
