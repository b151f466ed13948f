// Which agent the commands ask that ask nothing else.
#pragma once

#include "agent/cli/link_options.h"

namespace twinwatch::cli {

// --agent, else one on this machine.
inline app::AgentAddress AgentOrLocal(const LinkOptions& links) {
  app::AgentAddress agent = links.Agent();
  if (agent.url.empty()) agent.url = "http://127.0.0.1:9919";
  return agent;
}

}  // namespace twinwatch::cli
