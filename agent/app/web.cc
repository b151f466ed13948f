#include "agent/app/web.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "agent/core/utc.h"
#include "exporters/json_values.h"
#include "exporters/metrics.h"
#include "exporters/page/html.h"
#include "exporters/page/status_page.h"
#include "exporters/process_stats.h"
#include "exporters/status_json.h"

namespace twinwatch::app {
namespace {

using http_server::Request;
using http_server::Response;
using Json = nlohmann::ordered_json;

constexpr char kText[] = "text/plain; charset=utf-8";
constexpr char kHtml[] = "text/html; charset=utf-8";
constexpr char kJson[] = "application/json";
constexpr std::string_view kApi = "/api/v1/";
constexpr std::string_view kLinks = "links/";
constexpr std::string_view kLinkPage = "/link/";

Response NoSuchLink(std::string_view name) {
  return ApiError(404, fmt::format("there is no link \"{}\"", name));
}

const LinkSnapshot* LinkNamed(const Snapshot& snapshot, std::string_view name) {
  for (const LinkSnapshot& link : snapshot.links)
    if (link.status.link == name) return &link;
  return nullptr;
}

Response Metrics(const Request& request, const Snapshot& snapshot) {
  const std::optional<ProcessStats> process = ReadProcessStats();
  if (WantsOpenMetrics(request.Header("accept")))
    return {200, kOpenMetricsContentType, OpenMetricsText(snapshot, process)};
  return {200, kMetricsContentType, MetricsText(snapshot, process)};
}

Response Links(const Snapshot& snapshot) {
  Json links = Json::array();
  for (const LinkSnapshot& link : snapshot.links) {
    links.push_back({{"link", link.status.link},
                     {"source", link.status.source},
                     {"target", link.status.target},
                     {"peer", link.status.peer}});
  }
  const Json json = {{"schema_version", kSchemaVersion}, {"links", std::move(links)}};
  return {200, kJson, Dumped(json) + "\n"};
}

Response Collectors(const Snapshot& snapshot) {
  Json collectors = Json::array();
  for (const CollectorState& collector : snapshot.collectors) {
    collectors.push_back(
        {{"collector", collector.name},
         {"success", collector.success},
         {"last_success", TimeOrNull(collector.last_success)},
         {"error", collector.error.empty() ? Json(nullptr) : Json(collector.error)}});
  }
  const Json json = {{"schema_version", kSchemaVersion}, {"collectors", std::move(collectors)}};
  return {200, kJson, Dumped(json) + "\n"};
}

// `rest` is what follows /api/v1/.
Response Api(std::string_view rest, const Request& request, const Served& served) {
  const Snapshot& snapshot = *served.snapshot;
  if (!JobsMethods(rest).empty()) return JobsAnswer(rest, request, served.jobs, served.now);
  if (rest == "status")
    return {200, kJson, StatusDocument("status", snapshot.links, served.now) + "\n"};
  if (rest == "links") return Links(snapshot);
  if (rest == "collectors") return Collectors(snapshot);
  if (rest == "buildinfo") {
    const Json json = {{"schema_version", kSchemaVersion},
                       {"version", snapshot.version},
                       {"revision", snapshot.revision}};
    return {200, kJson, json.dump() + "\n"};
  }
  if (rest.starts_with(kLinks)) {
    rest.remove_prefix(kLinks.size());
    const size_t slash = rest.find('/');
    const std::string_view name = rest.substr(0, slash);
    const std::string_view what = slash == std::string_view::npos ? "" : rest.substr(slash + 1);
    const LinkSnapshot* link = LinkNamed(snapshot, name);
    if (link == nullptr) return NoSuchLink(name);
    if (what.empty() && slash == std::string_view::npos)
      return {200, kJson, StatusDocument("status", {*link}, served.now) + "\n"};
    if (what == "queues") return {200, kJson, StatusDocument("queues", {*link}, served.now) + "\n"};
  }
  return ApiError(404, "there is no such resource");
}

}  // namespace

Response ApiError(int status, std::string_view what) {
  const Json json = {{"schema_version", kSchemaVersion}, {"error", what}};
  return {status, kJson, Dumped(json) + "\n"};
}

std::optional<Response> RefuseMethod(const Request& request) {
  std::string_view allowed;
  if (request.path.starts_with(kApi))
    allowed = JobsMethods(std::string_view(request.path).substr(kApi.size()));
  if (allowed.empty()) allowed = "GET, HEAD";
  for (std::string_view rest = allowed; !rest.empty();) {
    const size_t end = std::min(rest.find(", "), rest.size());
    if (rest.substr(0, end) == request.method) return std::nullopt;
    rest.remove_prefix(std::min(end + 2, rest.size()));
  }
  Response response{405, kText, fmt::format("answered here: {}\n", allowed)};
  response.allow = allowed;
  return response;
}

Response Respond(const Request& request, const Served& served) {
  if (std::optional<Response> refused = RefuseMethod(request)) return *std::move(refused);
  const std::string& path = request.path;
  if (path == "/metrics") return Metrics(request, *served.snapshot);
  if (path == "/-/healthy") {
    if (served.not_healthy.empty()) return {200, kText, "healthy\n"};
    return {503, kText, fmt::format("not healthy: {}\n", served.not_healthy)};
  }
  if (path == "/-/ready") {
    if (served.not_ready.empty()) return {200, kText, "ready\n"};
    return {503, kText, fmt::format("not ready: {}\n", served.not_ready)};
  }
  if (path == "/") {
    return {200, kHtml, page::Overview(*served.snapshot, *served.history, served.now)};
  }
  if (path == "/style.css") return {200, "text/css; charset=utf-8", page::kStyle};
  if (path == "/page.js") return {200, "text/javascript; charset=utf-8", page::kScript};
  if (path.starts_with(kLinkPage)) {
    std::optional<std::string> html = page::LinkPage(*served.snapshot, *served.history,
                                                     path.substr(kLinkPage.size()), served.now);
    if (html) return {200, kHtml, *std::move(html)};
  }
  if (path.starts_with(kApi))
    return Api(std::string_view(path).substr(kApi.size()), request, served);
  return {404, kText, "no such page\n"};
}

}  // namespace twinwatch::app
