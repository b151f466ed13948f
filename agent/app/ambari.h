// Finds a cluster by its Ambari: the hbase-site, core-site and hdfs-site that are in force there.
// Read only: GET, with basic authentication over https. Redirects are not followed: the password
// goes to nobody but whom the configuration names.
#pragma once

#include <string_view>

#include "agent/app/config.h"
#include "agent/core/status.h"
#include "probes/api/async.h"

namespace twinwatch::app {

// All answers together take twenty seconds at the most. Errors name Ambari and what to do, and hold
// no secret: kUnavailable, kDeadlineExceeded, kUnauthenticated, kNotFound (no such cluster, or no
// HBASE in it), kFailedPrecondition, kDataLoss, kInvalidArgument (the configuration is wrong).
Task<StatusOr<HadoopProperties>> AskAmbari(Executor executor, AmbariConfig ambari);

// `cluster` with its `site`, if it is found by Ambari and has none yet. Waits for it, on an
// io_context of its own.
Status FindByAmbari(ClusterConfig* cluster);

bool IsAmbariSpec(std::string_view spec);
// ambari:https://HOST/CLUSTER as the entry of `config` that has the same url and cluster, which
// knows user and password file. kInvalidArgument says what to write.
StatusOr<ClusterConfig> AmbariSpecFrom(std::string_view spec, const Config& config);

}  // namespace twinwatch::app
