// Asks a running agent instead of the clusters.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "exporters/snapshot.h"
#include "probes/api/async.h"

namespace twinwatch::app {

constexpr size_t kLargestAnswer = 64u << 20;  // a link of some thousand queues takes a megabyte

struct AgentAddress {
  std::string url;         // http://HOST:PORT or https; empty: no agent is to be asked
  std::string token_file;  // of an agent on this machine; see agent_proof.h
};

// The body of GET url + `path`, with what proves who asks. Redirects are not followed. Errors name
// the agent: kUnavailable (nobody answers there), kNotFound, kUnauthenticated,
// kFailedPrecondition (it answers otherwise), kInvalidArgument (no such URL, or what the
// environment says cannot be used). An answer of over `largest` bytes is cut.
Task<StatusOr<std::string>> AskAgent(Executor executor, AgentAddress agent, std::string path,
                                     size_t largest = kLargestAnswer);
// The body of the answer to METHOD url + `path`, which has `body`, if any. The same errors, with
// what the agent says is wrong; kInvalidArgument and kPermissionDenied too when it says so.
Task<StatusOr<std::string>> TellAgent(Executor executor, AgentAddress agent, std::string path,
                                      std::string method, std::string body);

// The links as the agent has them, or the one of that name: at least one. The same errors;
// kNotFound too when it has no such link, or has read none yet.
Task<StatusOr<std::vector<LinkSnapshot>>> LinksOfAgent(Executor executor, AgentAddress agent,
                                                       std::string link);

}  // namespace twinwatch::app
