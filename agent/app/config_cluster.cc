#include <absl/strings/ascii.h>

#include <cstdlib>
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
    {"password_file", Into<&AmbariConfig::password_file, ReadSecretFile>},
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
    {"keytab_file", Into<&KerberosConfig::keytab_file, ReadSecretFile>},
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

// The name of the variable, and what follows it; an empty name: it is none.
std::pair<std::string, std::string> SplitVariable(const std::string& text) {
  const bool braced = text.starts_with("${");
  const size_t begin = braced ? 2 : 1;
  size_t end = begin;
  while (end < text.size() &&
         (absl::ascii_isalnum(static_cast<unsigned char>(text[end])) || text[end] == '_'))
    ++end;
  std::string name = text.substr(begin, end - begin);
  if (!name.empty() && absl::ascii_isdigit(static_cast<unsigned char>(name.front()))) return {};
  if (braced) {
    if (end == text.size() || text[end] != '}') return {};
    ++end;
  }
  std::string rest = text.substr(end);
  if (!rest.empty() && rest.front() != '/') return {};
  return {std::move(name), std::move(rest)};
}

}  // namespace

Status ReadSecretFile(const ConfigValue& value, std::string* into) {
  RETURN_IF_ERROR(ReadText(value, into));
  if (!into->starts_with('$')) return absl::OkStatus();
  const auto [name, rest] = SplitVariable(*into);
  if (name.empty())
    return value.Bad("\"{}\" begins with no variable: write $NAME/FILE or ${{NAME}}/FILE", *into);
  const char* found = std::getenv(name.c_str());
  if (found == nullptr || *found == '\0') {
    return value.Bad("there is no {} in the environment{}", name,
                     name == "CREDENTIALS_DIRECTORY"
                         ? ": systemd sets it for a service with LoadCredential= or SetCredential="
                         : "");
  }
  *into = found + rest;
  return absl::OkStatus();
}

Status ReadCluster(const ConfigValue& value, ClusterConfig* into) {
  RETURN_IF_ERROR((ReadKeys<ClusterConfig, kClusterKeys>(value, into)));
  const int ways =
      into->zookeeper.has_value() + into->hbase_conf_dir.has_value() + into->ambari.has_value();
  if (ways == 1) return absl::OkStatus();
  return value.Bad("needs {} of `zookeeper`, `hbase_conf_dir` and `ambari`",
                   ways == 0 ? "one" : "no more than one");
}

}  // namespace twinwatch::app
