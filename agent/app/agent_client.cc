#include "agent/app/agent_client.h"

#include <chrono>
#include <utility>

#include "agent/app/agent_proof.h"
#include "exporters/status_parse.h"
#include "probes/http/client.h"
#include "probes/http/url.h"

namespace twinwatch::app {
namespace {

constexpr size_t kLargestAnswer = 64u << 20;  // a link of some thousand queues takes a megabyte
constexpr std::chrono::seconds kPatience{15};

Status ErrorOf(int status, std::string_view agent, std::string_view path) {
  if (status == 401) {
    return Error(absl::StatusCode::kUnauthenticated,
                 "{} wants to know who asks: set TWINWATCH_AGENT_USER and "
                 "TWINWATCH_AGENT_PASSWORD_FILE, or ask on its machine as somebody who can read "
                 "agent.token in its storage path",
                 agent);
  }
  if (status == 429) {
    return Error(absl::StatusCode::kUnavailable,
                 "{} refuses logins for a moment: too many have failed", agent);
  }
  return Error(status == 404 ? absl::StatusCode::kNotFound : absl::StatusCode::kFailedPrecondition,
               "{} answers {} to {}", agent, status, path);
}

}  // namespace

Task<StatusOr<std::string>> AskAgent(Executor executor, AgentAddress agent, std::string path) {
  while (agent.url.ends_with('/')) agent.url.pop_back();
  StatusOr<http::Url> url = http::Url::Parse(agent.url + path);
  if (!url.ok()) {
    co_return Error(absl::StatusCode::kInvalidArgument,
                    "--agent: {} (give http://HOST:PORT or https://HOST:PORT)", Text(url.status()));
  }
  CO_ASSIGN_OR_RETURN(http::Proof proof, ProofFor(*url, ReadProofEnvironment(), agent.token_file));
  const std::string name = "the agent at " + url->HostPort();
  StatusOr<http::Response> response =
      co_await http::Get(executor, *url, std::move(proof), kLargestAnswer, After(kPatience));
  if (absl::IsFailedPrecondition(response.status())) {
    co_return Error(absl::StatusCode::kFailedPrecondition,
                    "{}: {} (TWINWATCH_AGENT_CA_FILE names whom to trust)", name,
                    Text(response.status()));
  }
  if (!response.ok()) co_return Annotate(response.status(), name);
  if (response->status == 200) co_return std::move(response->body);
  co_return ErrorOf(response->status, name, path);
}

Task<StatusOr<std::vector<LinkSnapshot>>> LinksOfAgent(Executor executor, AgentAddress agent,
                                                       std::string link) {
  const absl::Time asked_at = absl::Now();
  const std::string name = "the agent at " + agent.url;
  CO_ASSIGN_OR_RETURN(const std::string body,
                      co_await AskAgent(executor, std::move(agent), "/api/v1/status"));
  StatusOr<std::vector<LinkSnapshot>> links = ParseStatusDocument(body, asked_at);
  if (!links.ok()) co_return Annotate(links.status(), name);
  if (link.empty()) co_return links;
  std::erase_if(*links, [&link](const LinkSnapshot& one) { return one.status.link != link; });
  if (!links->empty()) co_return links;
  co_return Error(absl::StatusCode::kNotFound, "{} has no link {}", name, link);
}

}  // namespace twinwatch::app
