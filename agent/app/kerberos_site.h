// Whether the servers of a cluster want a log-in with Kerberos, from what a user writes of the
// cluster (cluster_spec.h), and all that it takes.
#pragma once

#include <optional>
#include <string_view>

#include "agent/app/config.h"
#include "agent/app/hadoop_site.h"
#include "agent/core/status.h"
#include "probes/rpc/login.h"

namespace twinwatch::app {

// `site`: the properties of the cluster's configuration folder; none where a cluster key is all
// there is. `config`: the key `kerberos` of a configuration; none: the ticket of `kinit` is used.
// No Kerberos when neither asks for it.
//
// Without hbase-site.xml servers are taken for hbase/_HOST in the realm of our principal, and
// whatever hbase.rpc.protection they offer is taken, the strongest first. kInvalidArgument says
// which property is wrong.
StatusOr<std::optional<rpc::Kerberos>> KerberosOf(const std::optional<HadoopProperties>& site,
                                                  const std::optional<KerberosConfig>& config);

StatusOr<std::optional<rpc::Kerberos>> KerberosOfSpec(std::string_view spec);
StatusOr<std::optional<rpc::Kerberos>> KerberosOfConfig(const ClusterConfig& config);

}  // namespace twinwatch::app
