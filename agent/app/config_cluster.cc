#include <utility>

#include "agent/app/config_sections.h"
#include "agent/core/cluster_key.h"

namespace twinwatch::app {
namespace {

Status ReadClusterKey(const ConfigValue& value, std::string* into) {
  RETURN_IF_ERROR(ReadText(value, into));
  const StatusOr<ClusterKey> key = ClusterKey::Parse(*into);
  return key.ok() ? absl::OkStatus() : value.BadText(Text(key.status()));
}

Status ReadUrl(const ConfigValue& value, std::string* into) {
  RETURN_IF_ERROR(ReadText(value, into));
  if (into->starts_with("http://") || into->starts_with("https://")) return absl::OkStatus();
  return value.Bad("\"{}\" is no URL that begins with http:// or https://", *into);
}

constexpr ConfigKey<AmbariConfig> kAmbariKeys[] = {
    {"url", Into<&AmbariConfig::url, ReadUrl>},
    {"cluster", Into<&AmbariConfig::cluster, ReadText>},
    {"user", Into<&AmbariConfig::user, ReadText>},
    {"password_file", Into<&AmbariConfig::password_file, ReadText>},
};

Status ReadAmbari(const ConfigValue& value, AmbariConfig* into) {
  RETURN_IF_ERROR((ReadKeys<AmbariConfig, kAmbariKeys>(value, into)));
  for (const auto& [name, text] : {std::pair{"url", &into->url},
                                   {"cluster", &into->cluster},
                                   {"user", &into->user},
                                   {"password_file", &into->password_file}}) {
    if (text->empty()) return value.Bad("needs a key `{}`", name);
  }
  return absl::OkStatus();
}

constexpr ConfigKey<KerberosConfig> kKerberosKeys[] = {
    {"principal", Into<&KerberosConfig::principal, ReadText>},
    {"keytab_file", Into<&KerberosConfig::keytab_file, ReadText>},
};

Status ReadKerberos(const ConfigValue& value, KerberosConfig* into) {
  RETURN_IF_ERROR((ReadKeys<KerberosConfig, kKerberosKeys>(value, into)));
  if (into->principal.empty()) return value.Bad("needs a key `principal`");
  if (into->keytab_file.empty()) return value.Bad("needs a key `keytab_file`");
  return absl::OkStatus();
}

constexpr ConfigKey<ClusterConfig> kClusterKeys[] = {
    {"zookeeper", Into<&ClusterConfig::zookeeper, ReadClusterKey>},
    {"hbase_conf_dir", Into<&ClusterConfig::hbase_conf_dir, ReadText>},
    {"ambari", Into<&ClusterConfig::ambari, ReadAmbari>},
    {"kerberos", Into<&ClusterConfig::kerberos, ReadKerberos>},
    {"root_dir", Into<&ClusterConfig::root_dir, ReadText>},
    {"webhdfs", Into<&ClusterConfig::webhdfs, ReadUrl>},
};

}  // namespace

Status ReadCluster(const ConfigValue& value, ClusterConfig* into) {
  RETURN_IF_ERROR((ReadKeys<ClusterConfig, kClusterKeys>(value, into)));
  const int ways =
      into->zookeeper.has_value() + into->hbase_conf_dir.has_value() + into->ambari.has_value();
  if (ways == 1) return absl::OkStatus();
  return value.Bad("needs {} of `zookeeper`, `hbase_conf_dir` and `ambari`",
                   ways == 0 ? "one" : "no more than one");
}

}  // namespace twinwatch::app
