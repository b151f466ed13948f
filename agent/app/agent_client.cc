#include "agent/app/agent_client.h"

#include <chrono>
#include <utility>

#include "exporters/status_parse.h"
#include "probes/http/client.h"
#include "probes/http/url.h"

namespace twinwatch::app {
namespace {

constexpr size_t kLargestAnswer = 64u << 20;  // a link of some thousand queues takes a megabyte
constexpr std::chrono::seconds kPatience{15};

}  // namespace

Task<StatusOr<std::string>> AskAgent(Executor executor, std::string url, std::string path) {
  while (url.ends_with('/')) url.pop_back();
  StatusOr<http::Url> parsed = http::Url::Parse(url + path);
  if (!parsed.ok()) {
    co_return Error(absl::StatusCode::kInvalidArgument, "--agent: {} (give http://HOST:PORT)",
                    Text(parsed.status()));
  }
  StatusOr<http::Response> response =
      co_await http::Get(executor, *parsed, kLargestAnswer, After(kPatience));
  if (!response.ok())
    co_return Annotate(response.status(), fmt::format("the agent at {}", parsed->HostPort()));
  if (response->status == 200) co_return std::move(response->body);
  co_return Error(
      response->status == 404 ? absl::StatusCode::kNotFound : absl::StatusCode::kFailedPrecondition,
      "the agent at {} answers {} to {}", parsed->HostPort(), response->status, path);
}

Task<StatusOr<std::vector<LinkSnapshot>>> LinksOfAgent(Executor executor, std::string url,
                                                       std::string link) {
  const absl::Time asked_at = absl::Now();
  CO_ASSIGN_OR_RETURN(const std::string body, co_await AskAgent(executor, url, "/api/v1/status"));
  StatusOr<std::vector<LinkSnapshot>> links = ParseStatusDocument(body, asked_at);
  if (!links.ok()) co_return Annotate(links.status(), "the agent at " + url);
  if (link.empty()) co_return links;
  std::erase_if(*links, [&link](const LinkSnapshot& one) { return one.status.link != link; });
  if (!links->empty()) co_return links;
  co_return Error(absl::StatusCode::kNotFound, "the agent at {} has no link {}", url, link);
}

}  // namespace twinwatch::app
