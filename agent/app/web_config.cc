#include "agent/app/web_config.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "agent/app/config_reader.h"
#include "agent/app/read_file.h"
#include "exporters/http/password.h"

namespace twinwatch::app {
namespace {

using tls::ClientCertificates;
using tls::ServerOptions;

constexpr size_t kMaxFileBytes = 256u << 10;
constexpr std::string_view kTlsSection = "tls_server_config";

Status ReadClientAuth(const ConfigValue& value, ClientCertificates* into) {
  constexpr std::pair<std::string_view, ClientCertificates> kTypes[] = {
      {"NoClientCert", ClientCertificates::kNone},
      {"RequestClientCert", ClientCertificates::kRequest},
      {"RequireAnyClientCert", ClientCertificates::kRequireAny},
      {"VerifyClientCertIfGiven", ClientCertificates::kVerifyIfGiven},
      {"RequireAndVerifyClientCert", ClientCertificates::kRequireAndVerify},
      {"RequireClientCert", ClientCertificates::kRequireAny},  // what old files say
  };
  ASSIGN_OR_RETURN(const std::string text, value.Scalar());
  for (const auto& [name, type] : kTypes) {
    if (name != text) continue;
    *into = type;
    return absl::OkStatus();
  }
  return value.Bad(
      "\"{}\" is none of NoClientCert, RequestClientCert, RequireAnyClientCert, "
      "VerifyClientCertIfGiven, RequireAndVerifyClientCert",
      text);
}

Status ReadMinVersion(const ConfigValue& value, bool* only_tls13) {
  ASSIGN_OR_RETURN(const std::string text, value.Scalar());
  *only_tls13 = text == "TLS13";
  if (*only_tls13 || text == "TLS12") return absl::OkStatus();
  return value.Bad("\"{}\" is neither TLS12 nor TLS13; older ones are not spoken", text);
}

template <typename T>
Status NotServed(const ConfigValue& value, T* /*into*/) {
  return value.Bad("Prometheus' exporters know this key, Twinwatch does not serve it; remove it");
}

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

Status ReadUsers(const ConfigValue& value, std::map<std::string, std::string>* into) {
  ASSIGN_OR_RETURN(const std::vector<ConfigValue::Entry> entries, value.Entries());
  for (const ConfigValue::Entry& entry : entries) {
    if (entry.key.empty()) return entry.at.Bad("a user needs a name");
    const bool unfit = entry.key.find(':') != std::string::npos ||
                       std::any_of(entry.key.begin(), entry.key.end(), IsControl);
    if (unfit) return entry.at.Bad("a user's name has neither colons nor control characters");
    ASSIGN_OR_RETURN(std::string hash, entry.value.Scalar());
    if (const std::string_view why = http_server::WhyNoBcryptHash(hash); !why.empty())
      return entry.value.BadText(why);
    (*into)[entry.key] = std::move(hash);
  }
  return absl::OkStatus();
}

constexpr ConfigKey<ServerOptions> kTlsKeys[] = {
    {"cert_file", Into<&ServerOptions::cert_file, ReadText>},
    {"key_file", Into<&ServerOptions::key_file, ReadText>},
    {"client_auth_type", Into<&ServerOptions::clients, ReadClientAuth>},
    {"client_ca_file", Into<&ServerOptions::client_ca_file, ReadText>},
    {"min_version", Into<&ServerOptions::only_tls13, ReadMinVersion>},
    {"cert", NotServed<ServerOptions>},
    {"key", NotServed<ServerOptions>},
    {"client_ca", NotServed<ServerOptions>},
    {"client_allowed_sans", NotServed<ServerOptions>},
    {"max_version", NotServed<ServerOptions>},
    {"cipher_suites", NotServed<ServerOptions>},
    {"prefer_server_cipher_suites", NotServed<ServerOptions>},
    {"curve_preferences", NotServed<ServerOptions>},
};

constexpr ConfigKey<WebConfig> kWebKeys[] = {
    {kTlsSection, Into<&WebConfig::tls, ReadKeys<ServerOptions, kTlsKeys>>},
    {"basic_auth_users", Into<&WebConfig::users, ReadUsers>},
    {"http_server_config", NotServed<WebConfig>},
    {"rate_limit", NotServed<WebConfig>},
};

Status CheckTls(const ServerOptions& options, const ConfigValue& at) {
  if (options.cert_file.empty() || options.key_file.empty())
    return at.Bad("TLS needs `cert_file` and `key_file`");
  const bool verifies = options.clients == ClientCertificates::kVerifyIfGiven ||
                        options.clients == ClientCertificates::kRequireAndVerify;
  if (verifies && options.client_ca_file.empty())
    return at.Bad("clients' certificates can only be verified with a `client_ca_file`");
  if (options.clients == ClientCertificates::kNone && !options.client_ca_file.empty()) {
    return at.Bad(
        "`client_ca_file` has no effect without `client_auth_type: "
        "RequireAndVerifyClientCert`");
  }
  return absl::OkStatus();
}

// Of the TLS section, which is there.
StatusOr<ConfigValue::Entry> TlsEntry(const ConfigValue& root) {
  ASSIGN_OR_RETURN(std::vector<ConfigValue::Entry> entries, root.Entries());
  const auto is_it = [](const ConfigValue::Entry& entry) { return entry.key == kTlsSection; };
  return *std::find_if(entries.begin(), entries.end(), is_it);
}

StatusOr<WebConfig> Parse(const ConfigValue& root, const std::string& path) {
  WebConfig config;
  RETURN_IF_ERROR((ReadKeys<WebConfig, kWebKeys>(root, &config)));
  if (!config.tls) return config;
  ASSIGN_OR_RETURN(const ConfigValue::Entry section, TlsEntry(root));
  RETURN_IF_ERROR(CheckTls(*config.tls, section.at));
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  for (std::string* file :
       {&config.tls->cert_file, &config.tls->key_file, &config.tls->client_ca_file}) {
    if (!file->empty()) *file = (folder / *file).string();
  }
  return config;
}

Status CheckFiles(const ConfigValue& section, const ServerOptions& options) {
  ASSIGN_OR_RETURN(const std::vector<ConfigValue::Entry> entries, section.Entries());
  for (const ConfigValue::Entry& entry : entries) {
    for (const auto& [key, file] : {std::pair{"cert_file", &options.cert_file},
                                    {"key_file", &options.key_file},
                                    {"client_ca_file", &options.client_ca_file}}) {
      if (entry.key != key) continue;
      if (const auto read = ReadFile(*file, kMaxFileBytes); !read.ok())
        return entry.value.Bad("{} cannot be read: {}", *file, Text(read.status()));
    }
  }
  return absl::OkStatus();
}

}  // namespace

StatusOr<WebConfig> ParseWebConfig(std::string_view text, const std::string& path) {
  ASSIGN_OR_RETURN(const ConfigValue root, ParseYaml(text, &path));
  return Parse(root, path);
}

StatusOr<http_server::Access> LoadWebConfig(const std::string& path) {
  const StatusOr<std::string> text = ReadFile(path, kMaxFileBytes);
  if (!text.ok()) {
    return Error(absl::StatusCode::kInvalidArgument, "{}: the web configuration cannot be read: {}",
                 path, Text(text.status()));
  }
  ASSIGN_OR_RETURN(const ConfigValue root, ParseYaml(*text, &path));
  ASSIGN_OR_RETURN(WebConfig config, Parse(root, path));
  http_server::Access access;
  access.users = std::move(config.users);
  if (!config.tls) return access;
  ASSIGN_OR_RETURN(const ConfigValue::Entry section, TlsEntry(root));
  RETURN_IF_ERROR(CheckFiles(section.value, *config.tls));
  StatusOr<std::shared_ptr<tls::Context>> context = tls::MakeServerContext(*config.tls);
  if (!context.ok()) return section.at.BadText(Text(context.status()));
  access.tls = *std::move(context);
  return access;
}

}  // namespace twinwatch::app
