#include "exporters/catalogue.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace twinwatch {
namespace {

constexpr auto kGauge = MetricType::kGauge;
constexpr auto kCounter = MetricType::kCounter;

constexpr std::array kCatalogue = {
    MetricInfo{"twinwatch_build_info", kGauge, "version,revision", "Version of the running agent."},
    MetricInfo{"twinwatch_collector_last_success_timestamp_seconds", kGauge, "collector",
               "When a background collector last succeeded; values it feeds are as of then."},
    MetricInfo{"twinwatch_collector_success", kGauge, "collector",
               "Whether the last run of a background collector succeeded."},
    MetricInfo{"twinwatch_hfile_refs", kGauge, "link",
               "Bulk-loaded HFiles that wait to be copied to the peer."},
    MetricInfo{"twinwatch_link_info", kGauge, "link,source,target,peer",
               "A replication link that this agent watches; join on link to add names."},
    MetricInfo{"twinwatch_missing_wals", kGauge, "link",
               "Queued WALs found neither in WALs nor in oldWALs; each is likely data loss on the "
               "target."},
    MetricInfo{"twinwatch_peer_enabled", kGauge, "link",
               "Whether the peer is ENABLED in HBase (1) or DISABLED (0)."},
    MetricInfo{"twinwatch_queue_bytes", kGauge, "link,regionserver",
               "WAL bytes not yet shipped to the peer: file lengths minus the stored position."},
    MetricInfo{"twinwatch_queue_oldest_wal_timestamp_seconds", kGauge, "link,regionserver",
               "Creation time of the oldest WAL still queued on a region server."},
    MetricInfo{"twinwatch_queue_position_last_change_timestamp_seconds", kGauge,
               "link,regionserver",
               "Time at which the stored position or current WAL last moved forward."},
    MetricInfo{"twinwatch_queue_wals", kGauge, "link,regionserver",
               "WAL files queued for the peer on a region server, the one being read included."},
    MetricInfo{
        "twinwatch_queues", kGauge, "link,state",
        "WAL queues by evaluated state: idle, ok, lagging, stalled, rewound, disabled, unknown."},
    MetricInfo{"twinwatch_recovered_queues", kGauge, "link",
               "Queues of dead region servers that still wait to be drained."},
    MetricInfo{"twinwatch_source_reported_lag_seconds", kGauge, "link",
               "ReplicationLag as HBase reports it, the worst of all region servers. Blind to a "
               "disabled peer."},
    MetricInfo{
        "twinwatch_table_full_pass_timestamp_seconds", kGauge, "link,table",
        "When the last full pass over the table that ended well began; absent before the first."},
    MetricInfo{"twinwatch_undeleted_queues", kGauge, "link",
               "Queues left over for a peer that no longer exists."},
    MetricInfo{"twinwatch_verify_range_failures_total", kCounter, "link",
               "Key-range comparisons that ended in an error."},
    MetricInfo{"twinwatch_verify_ranges_compared_total", kCounter, "link",
               "Key-range comparisons done."},
    MetricInfo{"twinwatch_verify_rows_compared_total", kCounter, "link", "Rows compared."},
    MetricInfo{"twinwatch_verify_unknown_rows", kGauge, "link",
               "Rows whose difference could not be judged at the latest attempt (still changing, "
               "or no barrier came)."},
    MetricInfo{"process_cpu_seconds_total", kCounter, "",
               "Total user and system CPU time spent in seconds."},
    MetricInfo{"process_open_fds", kGauge, "", "Number of open file descriptors."},
    MetricInfo{"process_resident_memory_bytes", kGauge, "", "Resident memory size in bytes."},
    MetricInfo{"process_start_time_seconds", kGauge, "",
               "Start time of the process since unix epoch in seconds."},
};

}  // namespace

std::span<const MetricInfo> Catalogue() { return kCatalogue; }

const MetricInfo& MetricNamed(std::string_view name) {
  const auto* it = std::find_if(kCatalogue.begin(), kCatalogue.end(),
                                [name](const MetricInfo& info) { return info.name == name; });
  if (it == kCatalogue.end()) std::abort();
  return *it;
}

}  // namespace twinwatch
