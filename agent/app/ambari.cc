#include "agent/app/ambari.h"

#include <absl/strings/ascii.h>
#include <absl/strings/escaping.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/app/agent_proof.h"
#include "agent/app/ambari_answers.h"
#include "agent/app/read_file.h"
#include "probes/http/client.h"
#include "probes/http/url.h"

namespace twinwatch::app {
namespace {

constexpr std::string_view kAmbari = "ambari:";
constexpr std::chrono::seconds kPatience{20};
constexpr size_t kLargestAnswer = 4u << 20;
constexpr const char* kSite = "hbase-site";
// In the order in which Hadoop reads them; HBase's own wins.
constexpr const char* kTypes[] = {"core-site", "hdfs-site", kSite};

// Who is asked, and how.
struct Asking {
  Executor executor;
  AmbariConfig ambari;
  http::Url base;
  std::string name;  // for messages
  http::Proof proof;
  Deadline deadline;
};

StatusOr<http::Url> BaseOf(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  ASSIGN_OR_RETURN(http::Url base, http::Url::Parse(url));
  if (base.target == "/") base.target.clear();
  base.host = absl::AsciiStrToLower(base.host);
  return base;
}

StatusOr<Asking> Prepare(Executor executor, AmbariConfig ambari) {
  Asking asking;
  asking.executor = std::move(executor);
  // What is before an @ may be a password.
  const bool has_user = ambari.url.find('@') != std::string::npos;
  StatusOr<http::Url> base = BaseOf(ambari.url);
  if (has_user || !base.ok()) {
    return Error(absl::StatusCode::kInvalidArgument,
                 "the url of Ambari is none: write https://HOST or https://HOST:PORT, without user "
                 "and password");
  }
  asking.base = *std::move(base);
  asking.name = "Ambari at " + asking.base.HostPort();
  if (!asking.base.secure && !IsLoopback(asking.base.host)) {
    return Error(absl::StatusCode::kInvalidArgument,
                 "{}: the password would go over the network in the clear: give https://",
                 asking.name);
  }
  if (asking.base.secure) {
    ASSIGN_OR_RETURN(asking.proof.tls, tls::MakeClientContext(tls::ClientOptions()));
  }
  const StatusOr<std::string> password = ReadPassword(ambari.password_file);
  if (!password.ok()) {
    return Error(absl::StatusCode::kInvalidArgument, "password_file of {}: {}: {}", asking.name,
                 ambari.password_file, Text(password.status()));
  }
  asking.proof.authorization = "Basic " + absl::Base64Escape(ambari.user + ":" + *password);
  asking.ambari = std::move(ambari);
  asking.deadline = After(kPatience);
  return asking;
}

// Nothing that the other side wrote is in it, but the host of a redirect.
Status Refusal(const Asking& asking, const http::Response& response) {
  if (response.status == 401 || response.status == 403) {
    return Error(absl::StatusCode::kUnauthenticated,
                 "{} does not let user {} read the cluster's configuration ({}): is the user "
                 "right, and the password in {}? The role Cluster User is enough",
                 asking.name, asking.ambari.user, response.status, asking.ambari.password_file);
  }
  if (response.status >= 300 && response.status < 400) {
    const StatusOr<http::Url> to = http::Url::Parse(response.location);
    return Error(absl::StatusCode::kFailedPrecondition,
                 "{} redirects{}, and the password goes nowhere else: give the url that it has now",
                 asking.name, to.ok() ? " to " + to->HostPort() : "");
  }
  if (response.status >= 500) {
    return Error(absl::StatusCode::kUnavailable,
                 "{} answers {}: is it well? ambari-server.log says", asking.name, response.status);
  }
  return Error(absl::StatusCode::kFailedPrecondition, "{} answers {}: is {} the url of Ambari?",
               asking.name, response.status, asking.ambari.url);
}

// The answer, whatever its status.
Task<StatusOr<http::Response>> Get(Asking asking, std::string target) {
  http::Url url = asking.base;
  url.target += target;
  http::Message get;
  get.proof = asking.proof;
  get.requested_by = "twinwatch";
  StatusOr<http::Response> response = co_await http::Send(
      asking.executor, std::move(url), std::move(get), kLargestAnswer, asking.deadline);
  if (absl::IsFailedPrecondition(response.status())) {
    co_return Error(absl::StatusCode::kFailedPrecondition,
                    "Ambari at {}; the system trusts whom SSL_CERT_FILE names (PEM), else its own "
                    "CAs",
                    Text(response.status()));
  }
  if (!response.ok())
    co_return Error(response.status().code(), "Ambari at {}", Text(response.status()));
  if (response->body.size() >= kLargestAnswer) {
    co_return Error(absl::StatusCode::kFailedPrecondition, "{} answers more than {} MB",
                    asking.name, kLargestAnswer >> 20);
  }
  co_return response;
}

Task<StatusOr<std::string>> BodyOf(Asking asking, std::string target) {
  CO_ASSIGN_OR_RETURN(http::Response response, co_await Get(asking, std::move(target)));
  if (response.status != 200) co_return Refusal(asking, response);
  co_return std::move(response.body);
}

// Why there is no cluster of that name.
Task<Status> NoCluster(Asking asking) {
  CO_ASSIGN_OR_RETURN(const http::Response response, co_await Get(asking, "/api/v1/clusters"));
  if (response.status != 200) co_return Refusal(asking, response);
  const StatusOr<std::vector<std::string>> names = ParseAmbariClusters(response.body);
  if (!names.ok()) co_return Annotate(names.status(), asking.name);
  co_return Error(absl::StatusCode::kNotFound,
                  "{} shows user {} no cluster {} (it has: {}): mend the cluster's name",
                  asking.name, asking.ambari.user, asking.ambari.cluster,
                  names->empty() ? "none" : fmt::format("{}", fmt::join(*names, ", ")));
}

std::string ClusterPath(const Asking& asking) {
  return "/api/v1/clusters/" + http::PercentEncoded(asking.ambari.cluster);
}

Task<StatusOr<std::map<std::string, std::string>>> Tags(Asking asking) {
  CO_ASSIGN_OR_RETURN(
      const http::Response response,
      co_await Get(asking, ClusterPath(asking) + "?fields=Clusters/desired_configs"));
  if (response.status == 404) co_return co_await NoCluster(asking);
  if (response.status != 200) co_return Refusal(asking, response);
  StatusOr<std::map<std::string, std::string>> tags = ParseAmbariTags(response.body);
  if (!tags.ok()) co_return Annotate(tags.status(), asking.name);
  if (tags->contains(kSite)) co_return tags;
  co_return Error(absl::StatusCode::kNotFound,
                  "cluster {} of {} has no HBASE (no hbase-site is among its configurations): "
                  "name the cluster that HBase is in",
                  asking.ambari.cluster, asking.name);
}

Task<StatusOr<AmbariFile>> FileOf(Asking asking, std::string type, std::string tag) {
  const std::string target = fmt::format("{}/configurations?type={}&tag={}", ClusterPath(asking),
                                         type, http::PercentEncoded(tag));
  CO_ASSIGN_OR_RETURN(const std::string body, co_await BodyOf(asking, target));
  StatusOr<AmbariFile> file = ParseAmbariFile(body, type, tag);
  if (!file.ok()) co_return Annotate(file.status(), asking.name + ": " + type);
  co_return file;
}

}  // namespace

Task<StatusOr<HadoopProperties>> AskAmbari(Executor executor, AmbariConfig ambari) {
  CO_ASSIGN_OR_RETURN(const Asking asking, Prepare(std::move(executor), std::move(ambari)));
  CO_ASSIGN_OR_RETURN(const auto tags, co_await Tags(asking));
  std::vector<AmbariFile> files;
  for (const char* type : kTypes) {
    const auto tag = tags.find(type);
    if (tag == tags.end()) continue;  // HBase may lie on a file system of somebody else's
    CO_ASSIGN_OR_RETURN(AmbariFile file, co_await FileOf(asking, type, tag->second));
    files.push_back(std::move(file));
  }
  StatusOr<HadoopProperties> site = SiteOfAmbariFiles(files);
  if (!site.ok()) co_return Annotate(site.status(), asking.name);
  co_return site;
}

Status FindByAmbari(ClusterConfig* cluster) {
  if (!cluster->ambari || cluster->site) return absl::OkStatus();
  boost::asio::io_context io;
  std::optional<StatusOr<HadoopProperties>> site;
  Spawn(io.get_executor(), RunInto(AskAmbari(io.get_executor(), *cluster->ambari), &site));
  io.run();
  RETURN_IF_ERROR(site->status());
  cluster->site = **std::move(site);
  return absl::OkStatus();
}

bool IsAmbariSpec(std::string_view spec) { return spec.starts_with(kAmbari); }

StatusOr<ClusterConfig> AmbariSpecFrom(std::string_view spec, const Config& config) {
  const std::string text(spec.substr(kAmbari.size()));
  const size_t slash = text.rfind('/');
  const StatusOr<http::Url> url = BaseOf(text.substr(0, std::min(slash, text.size())));
  // What is before an @ may be a password.
  if (!url.ok() || text.find('@') != std::string::npos || slash + 1 == text.size() ||
      text.find_first_of("?#") != std::string::npos) {
    return Error(absl::StatusCode::kInvalidArgument,
                 "it is written ambari:https://HOST/CLUSTER or ambari:https://HOST:PORT/CLUSTER");
  }
  const std::string cluster = text.substr(slash + 1);
  for (const auto& [name, entry] : config.clusters) {
    if (!entry.ambari || entry.ambari->cluster != cluster) continue;
    const StatusOr<http::Url> of_entry = BaseOf(entry.ambari->url);
    if (of_entry.ok() && *of_entry == *url) return entry;
  }
  return Error(absl::StatusCode::kInvalidArgument,
               "{}: who asks, and where the password is, is in the configuration. Write there "
               "(--config, else /etc/twinwatch/twinwatch.yml): clusters: {{NAME: {{ambari: {{url: "
               "\"{}\", cluster: {}, user: USER, password_file: FILE}}}}}}",
               spec, text.substr(0, slash), cluster);
}

}  // namespace twinwatch::app
