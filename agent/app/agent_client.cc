#include "agent/app/agent_client.h"

#include <cctype>
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/app/agent_proof.h"
#include "exporters/status_parse.h"
#include "exporters/watched_links.h"
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

absl::StatusCode CodeOf(int status) {
  switch (status) {
    case 400:
      return absl::StatusCode::kInvalidArgument;
    case 403:
      return absl::StatusCode::kPermissionDenied;
    case 404:
      return absl::StatusCode::kNotFound;
    case 429:
      return absl::StatusCode::kUnavailable;
    default:
      return absl::StatusCode::kFailedPrecondition;
  }
}

Status ErrorOf(const http::Response& response, std::string_view agent, std::string_view path) {
  if (response.status == 401) {
    return Error(absl::StatusCode::kUnauthenticated,
                 "{} wants to know who asks: set TWINWATCH_AGENT_USER and "
                 "TWINWATCH_AGENT_PASSWORD_FILE, or ask on its machine as somebody who can read "
                 "agent.token in its storage path",
                 agent);
  }
  // Without a reason it is no agent's API that answers.
  const std::string reason = ReasonOf(response.body);
  const absl::StatusCode code = response.status == 400 && reason.empty()
                                    ? absl::StatusCode::kFailedPrecondition
                                    : CodeOf(response.status);
  return Error(code, "{} answers {} to {}{}", agent, response.status,
               path.substr(0, path.find('?')), reason);
}

Task<StatusOr<std::string>> Exchange(Executor executor, AgentAddress agent, std::string path,
                                     http::Message message, size_t largest) {
  while (agent.url.ends_with('/')) agent.url.pop_back();
  StatusOr<http::Url> url = http::Url::Parse(agent.url + path);
  if (!url.ok()) {
    co_return Error(absl::StatusCode::kInvalidArgument,
                    "--agent: {} (give http://HOST:PORT or https://HOST:PORT)", Text(url.status()));
  }
  CO_ASSIGN_OR_RETURN(message.proof, ProofFor(*url, ReadProofEnvironment(), agent.token_file));
  const std::string name = "the agent at " + url->HostPort();
  StatusOr<http::Response> response =
      co_await http::Send(executor, *url, std::move(message), largest, After(kPatience));
  if (absl::IsFailedPrecondition(response.status())) {
    co_return Error(absl::StatusCode::kFailedPrecondition,
                    "{}: {} (TWINWATCH_AGENT_CA_FILE names whom to trust)", name,
                    Text(response.status()));
  }
  if (!response.ok()) co_return Annotate(response.status(), name);
  if (response->status == 200) co_return std::move(response->body);
  co_return ErrorOf(*response, name, path);
}

// Of an agent that has no link to show: which it is to watch, and why it has not read them.
Status NothingRead(const std::string& agent, const StatusOr<std::string>& collectors,
                   const std::string& wanted) {
  std::string which;
  const StatusOr<std::vector<WatchedLink>> watched =
      collectors.ok() ? ParseWatchedLinks(*collectors) : collectors.status();
  for (const WatchedLink& link : watched.ok() ? *watched : std::vector<WatchedLink>()) {
    if (!wanted.empty() && link.name != wanted) continue;
    which += fmt::format("{}link {}{}", which.empty() ? ": " : "; ", link.name,
                         link.error.empty() ? " is not read yet" : ", " + link.error);
  }
  return Error(absl::StatusCode::kNotFound, "{} has read no link yet{}", agent,
               which.empty() ? "; its log says why" : which);
}

}  // namespace

Task<StatusOr<std::string>> AskAgent(Executor executor, AgentAddress agent, std::string path,
                                     size_t largest) {
  http::Message get;
  return Exchange(std::move(executor), std::move(agent), std::move(path), std::move(get), largest);
}

Task<StatusOr<std::string>> TellAgent(Executor executor, AgentAddress agent, std::string path,
                                      std::string method, std::string body) {
  http::Message message;
  message.method = std::move(method);
  message.body = std::move(body);
  return Exchange(std::move(executor), std::move(agent), std::move(path), std::move(message),
                  kLargestAnswer);
}

Task<StatusOr<std::vector<LinkSnapshot>>> LinksOfAgent(Executor executor, AgentAddress agent,
                                                       std::string link) {
  const absl::Time asked_at = absl::Now();
  const std::string name = "the agent at " + agent.url;
  CO_ASSIGN_OR_RETURN(const std::string body, co_await AskAgent(executor, agent, "/api/v1/status"));
  StatusOr<std::vector<LinkSnapshot>> links = ParseStatusDocument(body, asked_at);
  if (!links.ok()) co_return Annotate(links.status(), name);
  if (links->empty()) {
    const StatusOr<std::string> collectors =
        co_await AskAgent(executor, std::move(agent), "/api/v1/collectors");
    co_return NothingRead(name, collectors, link);
  }
  if (link.empty()) co_return links;
  std::erase_if(*links, [&link](const LinkSnapshot& one) { return one.status.link != link; });
  if (!links->empty()) co_return links;
  co_return Error(absl::StatusCode::kNotFound, "{} has no link {}", name, link);
}

}  // namespace twinwatch::app
