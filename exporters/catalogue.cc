#include "exporters/catalogue.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace twinwatch {
namespace {

constexpr auto kGauge = MetricType::kGauge;
constexpr auto kCounter = MetricType::kCounter;
constexpr auto kHistogram = MetricType::kHistogram;

// By name.
constexpr std::array kCatalogue = {
    MetricInfo{"process_cpu_seconds_total", kCounter, "",
               "Total user and system CPU time spent in seconds."},
    MetricInfo{"process_open_fds", kGauge, "", "Number of open file descriptors."},
    MetricInfo{"process_resident_memory_bytes", kGauge, "", "Resident memory size in bytes."},
    MetricInfo{"process_start_time_seconds", kGauge, "",
               "Start time of the process since unix epoch in seconds."},
    MetricInfo{"twinwatch_build_info", kGauge, "version,revision", "Version of the running agent."},
    MetricInfo{
        "twinwatch_clock_offset_seconds", kGauge, "hbase",
        "Largest difference between the clock of a region server of this cluster and the "
        "agent's: as heartbeats tell of the source, and reports to the master of the target."},
    MetricInfo{"twinwatch_collector_last_success_timestamp_seconds", kGauge, "collector",
               "When a background collector last succeeded; values it feeds are as of then."},
    MetricInfo{"twinwatch_collector_success", kGauge, "collector",
               "Whether the last run of a background collector succeeded."},
    MetricInfo{"twinwatch_config_last_reload_successful", kGauge, "",
               "Whether the last reload of the configuration succeeded."},
    MetricInfo{"twinwatch_drift_rows", kGauge, "link,class",
               "Confirmed, unresolved rows that differ, by class: missing, extra, value, cells."},
    MetricInfo{"twinwatch_drift_rows_detected_total", kCounter, "link,class",
               "Rows ever confirmed as drifted that are still remembered."},
    MetricInfo{"twinwatch_hbase_rpc_failures_total", kCounter, "hbase,method",
               "RPCs to a cluster that ended in an error or without an answer. Each try counts: "
               "most are repeated and then succeed."},
    MetricInfo{"twinwatch_hbase_rpcs_total", kCounter, "hbase,method",
               "RPCs sent to a cluster; each try counts."},
    MetricInfo{"twinwatch_heartbeat_latency_seconds", kHistogram, "link",
               "From the sending of a heartbeat to the first look that showed it on the target."},
    MetricInfo{"twinwatch_heartbeat_observed_timestamp_seconds", kGauge, "link,regionserver",
               "When the newest heartbeat that the target shows was sent, by the source region "
               "server that took it."},
    MetricInfo{"twinwatch_heartbeat_out_of_order_total", kCounter, "link",
               "Looks at the target that showed an older heartbeat than the one before."},
    MetricInfo{"twinwatch_heartbeat_uncovered_regionservers", kGauge, "link",
               "Live region servers of the source that host no region of the heartbeat table."},
    MetricInfo{"twinwatch_heartbeat_write_failures_total", kCounter, "link",
               "Heartbeat writes that failed."},
    MetricInfo{"twinwatch_heartbeat_writes_total", kCounter, "link",
               "Heartbeat writes tried on the source."},
    MetricInfo{
        "twinwatch_heartbeat_written_timestamp_seconds", kGauge, "link,regionserver",
        "When the newest heartbeat was sent that this source region server has acknowledged."},
    MetricInfo{"twinwatch_hfile_refs", kGauge, "link",
               "Bulk-loaded HFiles that wait to be copied to the peer."},
    MetricInfo{"twinwatch_hfile_refs_leaked", kGauge, "link",
               "Refs of bulk-loaded HFiles that stand although all of their time is on the target; "
               "nobody will take them away."},
    MetricInfo{"twinwatch_hfiles_gone", kGauge, "link",
               "Bulk-loaded HFiles that wait to be copied to the peer and are nowhere on the "
               "source; absent while not all could be looked for and none was found gone."},
    MetricInfo{"twinwatch_kerberos_ticket_expiry_timestamp_seconds", kGauge, "hbase",
               "End time of the agent's Kerberos ticket; absent without Kerberos."},
    MetricInfo{"twinwatch_link_info", kGauge, "link,source,target,peer",
               "A replication link that this agent watches; join on link to add names."},
    MetricInfo{"twinwatch_marker_rows", kGauge, "link",
               "Rows of which only delete markers differ (raw comparison); no drift by itself."},
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
               "When the stored position or the current WAL last moved forward."},
    MetricInfo{"twinwatch_queue_wals", kGauge, "link,regionserver",
               "WAL files queued for the peer on a region server, the one being read included."},
    MetricInfo{
        "twinwatch_queues", kGauge, "link,state",
        "WAL queues by evaluated state: idle, ok, lagging, stalled, rewound, disabled, unknown."},
    MetricInfo{"twinwatch_recovered_queues", kGauge, "link",
               "Queues of dead region servers that still wait to be drained."},
    MetricInfo{"twinwatch_repair_conflicts_total", kCounter, "link",
               "Rows that repairs left alone, or wrote in part only: they had changed since the "
               "plan was made, or a guard did not hold."},
    MetricInfo{"twinwatch_repair_failures_total", kCounter, "link",
               "Rows of repairs that differed still when they were looked at afterwards."},
    MetricInfo{"twinwatch_repair_jobs", kGauge, "link,state",
               "Repair jobs that have not ended, by state: planned, awaiting_approval, waiting, "
               "running, paused; and failed: whether the latest that ended failed."},
    MetricInfo{"twinwatch_repair_rows_written_total", kCounter, "link,op",
               "Rows written to the target by the agent's repairs; op is put: an agent deletes "
               "nothing."},
    MetricInfo{"twinwatch_retained_wal_bytes", kGauge, "link",
               "Bytes of closed WALs that only this peer keeps from being cleaned."},
    MetricInfo{"twinwatch_runway_seconds", kGauge, "link",
               "Time until retained WALs fill the space at the present slope; absent while nothing "
               "grows."},
    MetricInfo{"twinwatch_source_reported_lag_seconds", kGauge, "link,regionserver",
               "ReplicationLag as HBase reports it, the worst queue of the region server; absent "
               "when HBase says UNKNOWN. Blind to a disabled peer, and to WALs that were never "
               "read."},
    MetricInfo{
        "twinwatch_table_drift_oldest_timestamp_seconds", kGauge, "link,table",
        "When the oldest unresolved drift of the table was confirmed; absent when there is none."},
    MetricInfo{"twinwatch_table_drift_rows", kGauge, "link,table",
               "Confirmed, unresolved rows of the table that differ, all classes."},
    MetricInfo{"twinwatch_table_full_pass_timestamp_seconds", kGauge, "link,table",
               "When the last full pass over the table that ended well began, the only proof about "
               "deletes; absent before the first."},
    MetricInfo{"twinwatch_table_future_cells", kGauge, "link,table",
               "Cells and delete markers on the target whose timestamps lie in the future, as of "
               "the last look; 10000 may be more. Absent before the first."},
    MetricInfo{"twinwatch_table_metrics_dropped", kGauge, "link",
               "Tables left out of the table families because of metrics.table_limit."},
    MetricInfo{
        "twinwatch_table_verify_coverage_ratio", kGauge, "link,table",
        "Share of the table compared within verify.freshness, 0 to 1. 1: as a whole, every row "
        "judged, by a full pass that began within it. Below 1: the share of the key ranges "
        "that a full pass which began within it, and runs or was broken off, has read to "
        "their end; ranges (a region, or a piece of one) are of unequal size, and rows that "
        "wait for their judgement are in it."},
    MetricInfo{"twinwatch_table_verify_oldest_range_timestamp_seconds", kGauge, "link,table",
               "When the table was last compared as a whole; before the first time, when it was "
               "first seen."},
    MetricInfo{"twinwatch_table_writes_verified_until_timestamp_seconds", kGauge, "link,table",
               "Every put written before this time was compared; absent before the first pass."},
    MetricInfo{"twinwatch_tables", kGauge, "link,status",
               "Tables of the source by replication status: replicated, unscoped, "
               "missing_on_target, schema_mismatch, excluded."},
    MetricInfo{"twinwatch_undeleted_queues", kGauge, "link",
               "Queues left over for a peer that no longer exists."},
    MetricInfo{
        "twinwatch_verify_coverage_ratio", kGauge, "link",
        "Mean of twinwatch_table_verify_coverage_ratio of the tables in scope, whatever their "
        "size, 0 to 1. 1: all were compared as a whole within verify.freshness."},
    MetricInfo{"twinwatch_verify_range_failures_total", kCounter, "link",
               "Key-range comparisons that ended in an error."},
    MetricInfo{"twinwatch_verify_ranges", kGauge, "link,state",
               "Key ranges of the latest full pass over each table that began within "
               "verify.freshness: match (nothing confirmed in it), drift, pending (not read yet; a "
               "table that is not begun counts one), "
               "error (the pass ended without it). Absent without such a pass."},
    MetricInfo{"twinwatch_verify_ranges_compared_total", kCounter, "link",
               "Key-range comparisons done."},
    MetricInfo{"twinwatch_verify_rows_compared_total", kCounter, "link", "Rows compared."},
    MetricInfo{"twinwatch_verify_unknown_rows", kGauge, "link",
               "Rows whose difference could not be judged at the latest attempt (still changing, "
               "or no barrier came)."},
    MetricInfo{"twinwatch_watermark_timestamp_seconds", kGauge, "link",
               "Every edit written on the source before this time is on the target. time() minus "
               "this is what a failover now would lose."},
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
