// The commands. Each file adds one: its options to `app`, and to `*run` what it does, whose result
// is the exit code.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "agent/cli/link_options.h"

namespace twinwatch::cli {

using Run = std::function<int()>;

void AddVerify(CLI::App* app, const LinkOptions* links, Run* run);
void AddStatus(CLI::App* app, const LinkOptions* links, Run* run);  // `status` and `queues`
void AddLag(CLI::App* app, const LinkOptions* links, Run* run);
void AddDrift(CLI::App* app, const LinkOptions* links, Run* run);
void AddRepair(CLI::App* app, const LinkOptions* links, Run* run);
void AddAgent(CLI::App* app, const LinkOptions* links, Run* run);
void AddHeartbeat(CLI::App* app, const LinkOptions* links, Run* run);
void AddJobs(CLI::App* app, const LinkOptions* links, Run* run);
void AddThrottle(CLI::App* app, const LinkOptions* links, Run* run);
void AddMetrics(CLI::App* app, Run* run);
void AddCompletion(CLI::App* app, Run* run);
void AddConfig(CLI::App* app, const LinkOptions* links, Run* run);

}  // namespace twinwatch::cli
