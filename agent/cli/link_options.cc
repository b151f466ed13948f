#include "agent/cli/link_options.h"

#include <filesystem>

#include "agent/app/agent_token.h"
#include "agent/app/ambari.h"
#include "agent/app/cluster_spec.h"
#include "agent/app/kerberos_site.h"
#include "agent/app/storage.h"

namespace twinwatch::cli {
namespace {

constexpr char kDefaultConfig[] = "/etc/twinwatch/twinwatch.yml";

// As it is where a shell would leave it alone, else in single quotes.
std::string ForShell(const std::string& text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:,=@%+";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string::npos) return text;
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

bool HasConfig(const LinkOptions& options) {
  std::error_code error;
  return !options.config.empty() || std::filesystem::exists(kDefaultConfig, error);
}

// The entry of the configuration that knows user and password file; none is as good as an empty
// one, to which what is missing can be said.
StatusOr<app::ClusterConfig> ByAmbari(const LinkOptions& options, std::string_view option,
                                      const std::string& spec) {
  app::Config loaded;
  if (HasConfig(options)) {
    ASSIGN_OR_RETURN(loaded, options.LoadConfig());
  }
  StatusOr<app::ClusterConfig> cluster = app::AmbariSpecFrom(spec, loaded);
  if (!cluster.ok()) return Annotate(cluster.status(), option);
  return cluster;
}

}  // namespace

std::string LinkOptions::ForHint() const {
  std::string out;
  for (const auto& [name, value] : {std::pair{"--source", &source},
                                    {"--target", &target},
                                    {"--peer", &peer},
                                    {"--config", &config},
                                    {"--link", &link},
                                    {"--storage.path", &storage_path},
                                    {"--agent", &agent}}) {
    if (!value->empty()) out += fmt::format(" {} {}", name, ForShell(*value));
  }
  return out;
}

void LinkOptions::AddTo(CLI::App* app) {
  const std::string group = "Where the clusters are";
  app->add_option("--source", source,
                  "source: zk1,zk2:2181:/hbase, conf:DIR or ambari:https://HOST/CLUSTER")
      ->group(group);
  app->add_option("--target", target, "target; default: read from the peer")->group(group);
  app->add_option("--peer", peer, "replication peer's id; default: the only one")->group(group);
  app->add_option("--config", config, "configuration file")->group(group);
  app->add_option("--link", link, "a link of the configuration")->group(group);
  app->add_option("--storage.path", storage_path, "folder for what is remembered")->group(group);
  app->add_option("--agent", agent, "ask a running agent instead: http(s)://HOST:PORT")
      ->group(group);
}

StatusOr<app::Config> LinkOptions::LoadConfig() const {
  if (!config.empty()) return app::LoadConfig(config);
  std::error_code error;
  if (std::filesystem::exists(kDefaultConfig, error)) return app::LoadConfig(kDefaultConfig);
  return Error(
      absl::StatusCode::kInvalidArgument,
      "where are the clusters? Give --source zk1,zk2:2181:/hbase (or conf:DIR), or --config FILE");
}

StatusOr<std::vector<app::LinkSpec>> LinkOptions::Links() const {
  std::vector<app::LinkSpec> specs;
  if (!agent.empty()) {
    return Error(absl::StatusCode::kInvalidArgument,
                 "an agent cannot be asked for that: leave --agent out");
  }
  if (!source.empty()) {
    const bool by_ambari = app::IsAmbariSpec(source) || app::IsAmbariSpec(target);
    if (!link.empty() || (!config.empty() && !by_ambari)) {
      return Error(absl::StatusCode::kInvalidArgument,
                   "--source does not go with --config and --link: give one of them (--config "
                   "goes with ambari:, whose password file it names)");
    }
    app::LinkSpec& spec = specs.emplace_back();
    if (app::IsAmbariSpec(source)) {
      ASSIGN_OR_RETURN(app::ClusterConfig cluster, ByAmbari(*this, "--source", source));
      RETURN_IF_ERROR(app::SetSource(std::move(cluster), &spec));
    } else {
      ASSIGN_OR_RETURN(spec.source, app::ResolveClusterSpec(source));
      ASSIGN_OR_RETURN(spec.source_kerberos, app::KerberosOfSpec(source));
      spec.source_wals = app::WalHomeOfSpec(source);
      spec.source_root = app::RootHomeOfSpec(source);
    }
    if (app::IsAmbariSpec(target)) {
      ASSIGN_OR_RETURN(app::ClusterConfig cluster, ByAmbari(*this, "--target", target));
      RETURN_IF_ERROR(app::SetTarget(std::move(cluster), &spec));
    } else if (!target.empty()) {
      ASSIGN_OR_RETURN(spec.target, app::ResolveClusterSpec(target));
      ASSIGN_OR_RETURN(spec.target_kerberos, app::KerberosOfSpec(target));
      spec.target_wals = app::WalHomeOfSpec(target);
    }
    if (!peer.empty()) spec.peer = peer;
    return specs;
  }
  if (!target.empty() || !peer.empty()) {
    return Error(absl::StatusCode::kInvalidArgument,
                 "--target and --peer go with --source, which is missing");
  }
  ASSIGN_OR_RETURN(const app::Config loaded, LoadConfig());
  const app::Caps caps = app::CapsOf(loaded);
  std::vector<std::string> names;
  for (const app::LinkConfig& entry : loaded.links) {
    names.push_back(entry.name);
    if (!link.empty() && entry.name != link) continue;
    ASSIGN_OR_RETURN(app::LinkSpec spec, app::LinkSpecFromConfig(loaded, entry, caps));
    specs.push_back(std::move(spec));
  }
  if (specs.empty()) {
    return Error(absl::StatusCode::kInvalidArgument,
                 "the configuration has no link {} (it has: {})", link,
                 names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")));
  }
  return specs;
}

StatusOr<std::string> LinkOptions::LedgerPath() const {
  std::optional<std::string> configured;
  std::error_code error;
  if (storage_path.empty() && (!config.empty() || std::filesystem::exists(kDefaultConfig, error))) {
    ASSIGN_OR_RETURN(const app::Config loaded, LoadConfig());
    configured = loaded.storage_path;
  }
  return app::LedgerFile(
      app::StorageFolder(storage_path, configured, app::ReadStorageEnvironment()));
}

app::AgentAddress LinkOptions::Agent() const {
  app::AgentAddress address;
  address.url = agent;
  // Where it cannot be said, there is no token; the agent may well answer without.
  if (const StatusOr<std::string> ledger = LedgerPath(); ledger.ok())
    address.token_file = app::TokenFile(std::filesystem::path(*ledger).parent_path().string());
  return address;
}

StatusOr<app::LinkSpec> LinkOptions::OneLink() const {
  ASSIGN_OR_RETURN(std::vector<app::LinkSpec> specs, Links());
  if (specs.size() == 1) return std::move(specs.front());
  std::vector<std::string> names;
  for (const app::LinkSpec& spec : specs) names.push_back(spec.name);
  return Error(absl::StatusCode::kInvalidArgument,
               "several links are configured ({}): choose one with --link", fmt::join(names, ", "));
}

}  // namespace twinwatch::cli
