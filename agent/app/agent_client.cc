#include "agent/app/agent_client.h"

#include <cctype>
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/app/agent_proof.h"
#include "exporters/status_parse.h"
#include "probes/http/client.h"
#include "probes/http/url.h"

namespace twinwatch::app {
namespace {

constexpr std::chrono::seconds kPatience{15};
constexpr size_t kLongestReason = 300;

// ": REASON" of what the API answers when it cannot; nothing of what is no such answer.
std::string ReasonOf(const std::string& body) {
  constexpr size_t kLargest = 16384;
  if (body.size() > kLargest) return "";
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_object() || !json.contains("error") || !json["error"].is_string()) return "";
  std::string reason = json["error"].get<std::string>().substr(0, kLongestReason);
  for (char& c : reason)
    if (std::iscntrl(static_cast<unsigned char>(c)) != 0) c = ' ';
  return ": " + reason;
}

Status ErrorOf(const http::Response& response, std::string_view agent, std::string_view path) {
  if (response.status == 401) {
    return Error(absl::StatusCode::kUnauthenticated,
                 "{} wants to know who asks: set TWINWATCH_AGENT_USER and "
                 "TWINWATCH_AGENT_PASSWORD_FILE, or ask on its machine as somebody who can read "
                 "agent.token in its storage path",
                 agent);
  }
  if (response.status == 429) {
    return Error(absl::StatusCode::kUnavailable,
                 "{} refuses logins for a moment: too many have failed", agent);
  }
  return Error(
      response.status == 404 ? absl::StatusCode::kNotFound : absl::StatusCode::kFailedPrecondition,
      "{} answers {} to {}{}", agent, response.status, path.substr(0, path.find('?')),
      ReasonOf(response.body));
}

}  // namespace

Task<StatusOr<std::string>> AskAgent(Executor executor, AgentAddress agent, std::string path,
                                     size_t largest) {
  while (agent.url.ends_with('/')) agent.url.pop_back();
  StatusOr<http::Url> url = http::Url::Parse(agent.url + path);
  if (!url.ok()) {
    co_return Error(absl::StatusCode::kInvalidArgument,
                    "--agent: {} (give http://HOST:PORT or https://HOST:PORT)", Text(url.status()));
  }
  CO_ASSIGN_OR_RETURN(http::Proof proof, ProofFor(*url, ReadProofEnvironment(), agent.token_file));
  const std::string name = "the agent at " + url->HostPort();
  StatusOr<http::Response> response =
      co_await http::Get(executor, *url, std::move(proof), largest, After(kPatience));
  if (absl::IsFailedPrecondition(response.status())) {
    co_return Error(absl::StatusCode::kFailedPrecondition,
                    "{}: {} (TWINWATCH_AGENT_CA_FILE names whom to trust)", name,
                    Text(response.status()));
  }
  if (!response.ok()) co_return Annotate(response.status(), name);
  if (response->status == 200) co_return std::move(response->body);
  co_return ErrorOf(*response, name, path);
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
