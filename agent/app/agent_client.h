// Asks a running agent instead of the clusters.
#pragma once

#include <string>
#include <vector>

#include "exporters/snapshot.h"
#include "probes/api/async.h"

namespace twinwatch::app {

// The body of GET `url` + `path`. `url` is http://HOST:PORT. Errors name the agent: kUnavailable
// (nobody answers there), kNotFound, kFailedPrecondition (it answers otherwise), kInvalidArgument
// (no such URL).
Task<StatusOr<std::string>> AskAgent(Executor executor, std::string url, std::string path);

// The links as the agent has them, or the one of that name. The same errors; kNotFound too when it
// has no such link.
Task<StatusOr<std::vector<LinkSnapshot>>> LinksOfAgent(Executor executor, std::string url,
                                                       std::string link);

}  // namespace twinwatch::app
