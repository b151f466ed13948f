#include "agent/app/kerberos_site.h"

#include <absl/strings/match.h>

#include <memory>
#include <string>
#include <utility>

#include "agent/app/cluster_spec.h"

namespace twinwatch::app {
namespace {

using wire::Protection;

std::string Property(const HadoopProperties& site, const std::string& name) {
  const auto it = site.find(name);
  return it == site.end() ? "" : it->second;
}

// "" without a realm, else "@REALM".
std::string_view RealmOf(std::string_view principal) {
  const size_t at = principal.rfind('@');
  return at == std::string_view::npos ? std::string_view() : principal.substr(at);
}

StatusOr<std::string> ServerPrincipal(const HadoopProperties& site, const std::string& name,
                                      const std::optional<KerberosConfig>& config) {
  std::string principal = Property(site, name);
  if (!principal.empty()) return principal;
  if (config) return fmt::format("hbase/_HOST{}", RealmOf(config->principal));
  return Error(absl::StatusCode::kInvalidArgument,
               "hbase-site.xml wants Kerberos (hbase.security.authentication) and does not say "
               "who the servers are: it needs {}",
               name);
}

StatusOr<std::vector<Protection>> Protections(const std::optional<HadoopProperties>& site) {
  if (!site) {
    return std::vector{Protection::kPrivacy, Protection::kIntegrity, Protection::kAuthentication};
  }
  constexpr char kName[] = "hbase.rpc.protection";
  const std::string value = Property(*site, kName);
  if (value.empty()) return std::vector{Protection::kAuthentication};
  const StatusOr<std::vector<Protection>> protections = wire::ParseProtections(value);
  if (protections.ok()) return protections;
  return Annotate(protections.status(), kName);
}

}  // namespace

StatusOr<std::optional<rpc::Kerberos>> KerberosOf(const std::optional<HadoopProperties>& site,
                                                  const std::optional<KerberosConfig>& config) {
  const HadoopProperties known = site.value_or(HadoopProperties());
  const std::string wanted = Property(known, "hbase.security.authentication");
  if (!config && !absl::EqualsIgnoreCase(wanted, "kerberos")) return std::nullopt;
  rpc::Kerberos kerberos;
  ASSIGN_OR_RETURN(kerberos.master_principal,
                   ServerPrincipal(known, "hbase.master.kerberos.principal", config));
  ASSIGN_OR_RETURN(kerberos.region_server_principal,
                   ServerPrincipal(known, "hbase.regionserver.kerberos.principal", config));
  ASSIGN_OR_RETURN(kerberos.protections, Protections(site));
  gss::Identity identity;
  if (config) identity = {config->principal, config->keytab_file};
  kerberos.ticket = std::make_shared<gss::Ticket>(std::move(identity));
  return kerberos;
}

StatusOr<std::optional<rpc::Kerberos>> KerberosOfSpec(std::string_view spec) {
  ASSIGN_OR_RETURN(const std::optional<HadoopProperties> site, SitesOfSpec(spec));
  return KerberosOf(site, std::nullopt);
}

StatusOr<std::optional<rpc::Kerberos>> KerberosOfConfig(const ClusterConfig& config) {
  ASSIGN_OR_RETURN(const std::optional<HadoopProperties> site, SitesOfConfig(config));
  return KerberosOf(site, config.kerberos);
}

}  // namespace twinwatch::app
