#include "agent/app/config.h"

#include <filesystem>
#include <set>
#include <utility>

#include "agent/app/config_reader.h"
#include "agent/app/config_sections.h"
#include "agent/app/read_file.h"

namespace twinwatch::app {
namespace {

constexpr size_t kMaxFileBytes = 256u << 10;

Status ReadListenAddress(const ConfigValue& value, std::string* into) {
  RETURN_IF_ERROR(ReadText(value, into));
  const size_t colon = into->rfind(':');
  const std::string port = colon == std::string::npos ? "" : into->substr(colon + 1);
  if (!port.empty() && port.size() <= 5 &&
      port.find_first_not_of("0123456789") == std::string::npos && std::stoi(port) <= 65535) {
    return absl::OkStatus();
  }
  return value.Bad("\"{}\" is no address to listen on: write HOST:PORT, such as 127.0.0.1:9919",
                   *into);
}

Status ReadClusters(const ConfigValue& value, std::map<std::string, ClusterConfig>* into) {
  ASSIGN_OR_RETURN(const std::vector<ConfigValue::Entry> entries, value.Entries());
  for (const ConfigValue::Entry& entry : entries) {
    if (entry.key.empty()) return entry.at.Bad("a cluster needs a name");
    RETURN_IF_ERROR(ReadCluster(entry.value, &(*into)[entry.key]));
  }
  return absl::OkStatus();
}

Status ReadLinks(const ConfigValue& value, std::vector<LinkConfig>* into) {
  ASSIGN_OR_RETURN(const std::vector<ConfigValue> items, value.Items());
  for (const ConfigValue& item : items) RETURN_IF_ERROR(ReadLink(item, &into->emplace_back()));
  return absl::OkStatus();
}

constexpr ConfigKey<Config> kZookeeperKeys[] = {
    {"reads_per_second", Into<&Config::zookeeper_reads_per_second, ReadCount>},
};
constexpr ConfigKey<Config> kWebhdfsKeys[] = {
    {"requests_per_second", Into<&Config::webhdfs_requests_per_second, ReadCount>},
};
constexpr ConfigKey<Config> kMetricsKeys[] = {
    {"table_limit", Into<&Config::metrics_table_limit, ReadCount>},
};
constexpr ConfigKey<Config> kStorageKeys[] = {
    {"path", Into<&Config::storage_path, ReadText>},
};
constexpr ConfigKey<Config> kWebKeys[] = {
    {"listen_address", Into<&Config::web_listen_address, ReadListenAddress>},
};

constexpr ConfigKey<Config> kRootKeys[] = {
    {"clusters", Into<&Config::clusters, ReadClusters>},
    {"links", Into<&Config::links, ReadLinks>},
    {"zookeeper", ReadKeys<Config, kZookeeperKeys>},
    {"webhdfs", ReadKeys<Config, kWebhdfsKeys>},
    {"metrics", ReadKeys<Config, kMetricsKeys>},
    {"storage", ReadKeys<Config, kStorageKeys>},
    {"web", ReadKeys<Config, kWebKeys>},
};

// Calls `visit` with the value of `key` in `map`, if it is there.
template <typename Visit>
Status VisitKey(const ConfigValue& map, std::string_view key, Visit visit) {
  ASSIGN_OR_RETURN(const std::vector<ConfigValue::Entry> entries, map.Entries());
  for (const ConfigValue::Entry& entry : entries) {
    if (entry.key == key) RETURN_IF_ERROR(visit(entry.value));
  }
  return absl::OkStatus();
}

Status CheckClusterIsThere(const ConfigValue& link, std::string_view key, const Config& config) {
  return VisitKey(link, key, [&config](const ConfigValue& value) -> Status {
    ASSIGN_OR_RETURN(const std::string name, value.Scalar());
    if (config.clusters.contains(name)) return absl::OkStatus();
    std::vector<std::string_view> names;
    for (const auto& [known, cluster] : config.clusters) names.push_back(known);
    return value.Bad("there is no cluster \"{}\" under `clusters`, only: {}", name,
                     fmt::join(names, ", "));
  });
}

Status CheckLinks(const ConfigValue& root, const Config& config) {
  std::set<std::string> names;
  return VisitKey(root, "links", [&](const ConfigValue& links) -> Status {
    ASSIGN_OR_RETURN(const std::vector<ConfigValue> items, links.Items());
    for (size_t i = 0; i < items.size(); ++i) {
      const std::string& name = config.links[i].name;
      if (!names.insert(name).second) return items[i].Bad("there are two links \"{}\"", name);
      RETURN_IF_ERROR(CheckClusterIsThere(items[i], "source", config));
      RETURN_IF_ERROR(CheckClusterIsThere(items[i], "target", config));
    }
    return absl::OkStatus();
  });
}

StatusOr<Config> Parse(const ConfigValue& root) {
  Config config;
  RETURN_IF_ERROR((ReadKeys<Config, kRootKeys>(root, &config)));
  RETURN_IF_ERROR(CheckLinks(root, config));
  return config;
}

Status CheckPathIsThere(const ConfigValue& value) {
  const bool wants_folder = value.name().ends_with("hbase_conf_dir");
  std::string path;
  RETURN_IF_ERROR(wants_folder ? ReadText(value, &path) : ReadSecretFile(value, &path));
  std::error_code error;
  const bool is_folder = std::filesystem::is_directory(path, error);
  if (wants_folder) {
    return is_folder ? absl::OkStatus() : value.Bad("there is no folder {}", path);
  }
  if (is_folder) return value.Bad("{} is a folder; name a file", path);
  return std::filesystem::exists(path, error) ? absl::OkStatus()
                                              : value.Bad("there is no file {}", path);
}

Status CheckFilesOfCluster(const ConfigValue& cluster) {
  RETURN_IF_ERROR(VisitKey(cluster, "hbase_conf_dir", CheckPathIsThere));
  for (const auto& [section, key] :
       {std::pair{"ambari", "password_file"}, {"kerberos", "keytab_file"}}) {
    const std::string_view file_key = key;
    RETURN_IF_ERROR(VisitKey(cluster, section, [file_key](const ConfigValue& value) {
      return VisitKey(value, file_key, CheckPathIsThere);
    }));
  }
  return absl::OkStatus();
}

Status CheckFiles(const ConfigValue& root) {
  return VisitKey(root, "clusters", [](const ConfigValue& clusters) -> Status {
    ASSIGN_OR_RETURN(const std::vector<ConfigValue::Entry> entries, clusters.Entries());
    for (const ConfigValue::Entry& entry : entries)
      RETURN_IF_ERROR(CheckFilesOfCluster(entry.value));
    return absl::OkStatus();
  });
}

}  // namespace

StatusOr<Config> LoadConfig(const std::string& path) {
  const StatusOr<std::string> text = ReadFile(path, kMaxFileBytes);
  if (!text.ok()) {
    return Error(absl::StatusCode::kInvalidArgument, "{}: the configuration cannot be read: {}",
                 path, Text(text.status()));
  }
  ASSIGN_OR_RETURN(const ConfigValue root, ParseYaml(*text, &path));
  ASSIGN_OR_RETURN(Config config, Parse(root));
  RETURN_IF_ERROR(CheckFiles(root));
  std::error_code error;
  const std::filesystem::path whole = std::filesystem::absolute(path, error);
  config.file = error ? path : whole.lexically_normal().string();
  return config;
}

StatusOr<Config> ParseConfig(std::string_view text, const std::string& path) {
  ASSIGN_OR_RETURN(const ConfigValue root, ParseYaml(text, &path));
  return Parse(root);
}

}  // namespace twinwatch::app
