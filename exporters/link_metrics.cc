#include "exporters/link_metrics.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "exporters/text_format.h"

namespace twinwatch {
namespace {

using Labels = MetricWriter::Labels;

struct OfServer {
  double wals = 0;
  std::optional<double> bytes = 0;  // none when one queue's are not known
  std::optional<int64_t> oldest_ms;
};

std::map<std::string, OfServer> ByServer(const std::vector<QueueStatus>& queues) {
  std::map<std::string, OfServer> servers;
  for (const QueueStatus& queue : queues) {
    OfServer& server = servers[HostPort(queue.regionserver)];
    server.wals += static_cast<double>(queue.wals);
    if (!queue.bytes) server.bytes.reset();
    if (server.bytes) *server.bytes += static_cast<double>(*queue.bytes);
    if (queue.oldest_ms)
      server.oldest_ms = std::min(server.oldest_ms.value_or(*queue.oldest_ms), *queue.oldest_ms);
  }
  return servers;
}

void AddQueues(const LinkSnapshot& link, MetricWriter* writer) {
  const std::string& name = link.status.link;
  for (const QueueState state :
       {QueueState::kIdle, QueueState::kOk, QueueState::kLagging, QueueState::kStalled,
        QueueState::kRewound, QueueState::kDisabled, QueueState::kUnknown}) {
    const auto count = std::count_if(link.status.queues.begin(), link.status.queues.end(),
                                     [state](const auto& queue) { return queue.state == state; });
    writer->Set("twinwatch_queues", {{"link", name}, {"state", std::string(ToString(state))}},
                static_cast<double>(count));
  }
  for (const auto& [server, values] : ByServer(link.status.queues)) {
    const Labels labels = {{"link", name}, {"regionserver", server}};
    writer->Set("twinwatch_queue_wals", labels, values.wals);
    if (values.bytes) writer->Set("twinwatch_queue_bytes", labels, *values.bytes);
    if (values.oldest_ms) {
      writer->Set("twinwatch_queue_oldest_wal_timestamp_seconds", labels,
                  static_cast<double>(*values.oldest_ms) / 1000);
    }
  }
  for (const auto& [server, time] : link.position_changed_at) {
    writer->Set("twinwatch_queue_position_last_change_timestamp_seconds",
                {{"link", name}, {"regionserver", server}}, UnixSeconds(time));
  }
}

void AddAudits(const LinkStatus& status, MetricWriter* writer) {
  const Labels labels = {{"link", status.link}};
  const auto set_if_known = [&](const char* name, std::optional<uint64_t> value) {
    if (value) writer->Set(name, labels, static_cast<double>(*value));
  };
  set_if_known("twinwatch_recovered_queues", status.recovered_queues);
  set_if_known("twinwatch_undeleted_queues", SizeOf(status.orphan_queues));
  set_if_known("twinwatch_missing_wals", SizeOf(status.missing_wals));
  set_if_known("twinwatch_retained_wal_bytes", status.retained_wal_bytes);
  set_if_known("twinwatch_hfile_refs", status.hfile_refs);
  set_if_known("twinwatch_hfile_refs_leaked", status.hfiles.leaked);
  set_if_known("twinwatch_hfiles_gone", status.hfiles.gone);
  if (status.runway)
    writer->Set("twinwatch_runway_seconds", labels, absl::ToDoubleSeconds(*status.runway));
}

void AddTables(const LinkStatus& status, MetricWriter* writer) {
  if (!status.tables) return;
  const TableCounts& tables = *status.tables;
  const std::array counts = {
      std::pair("replicated", tables.replicated), std::pair("unscoped", tables.unscoped),
      std::pair("missing_on_target", tables.missing_on_target),
      std::pair("schema_mismatch", tables.schema_mismatch), std::pair("excluded", tables.excluded)};
  for (const auto& [word, count] : counts) {
    writer->Set("twinwatch_tables", {{"link", status.link}, {"status", word}},
                static_cast<double>(count));
  }
}

void AddHeartbeats(const LinkSnapshot& link, MetricWriter* writer) {
  const HeartbeatView& beats = link.heartbeats;
  const Labels labels = {{"link", link.status.link}};
  for (const auto& [server, times] : beats.servers) {
    const Labels of_server = {{"link", link.status.link}, {"regionserver", server}};
    if (times.written) {
      writer->Set("twinwatch_heartbeat_written_timestamp_seconds", of_server,
                  UnixSeconds(*times.written));
    }
    if (times.observed) {
      writer->Set("twinwatch_heartbeat_observed_timestamp_seconds", of_server,
                  UnixSeconds(*times.observed));
    }
  }
  writer->Set("twinwatch_heartbeat_latency_seconds", labels, beats.latency);
  writer->Set("twinwatch_heartbeat_writes_total", labels, static_cast<double>(beats.writes));
  writer->Set("twinwatch_heartbeat_write_failures_total", labels,
              static_cast<double>(beats.failures));
  writer->Set("twinwatch_heartbeat_out_of_order_total", labels,
              static_cast<double>(beats.out_of_order));
  if (beats.uncovered) {
    writer->Set("twinwatch_heartbeat_uncovered_regionservers", labels,
                static_cast<double>(*beats.uncovered));
  }
}

void AddWatermark(const LinkStatus& status, MetricWriter* writer) {
  if (!status.watermark) return;
  writer->Set("twinwatch_watermark_timestamp_seconds", {{"link", status.link}},
              UnixSeconds(*status.watermark));
}

}  // namespace

void AddLinkMetrics(const LinkSnapshot& link, MetricWriter* writer) {
  const LinkStatus& status = link.status;
  const Labels labels = {{"link", status.link}};
  writer->Set("twinwatch_link_info",
              {{"link", status.link},
               {"source", status.source},
               {"target", status.target},
               {"peer", status.peer}},
              1);
  if (status.peer_enabled)
    writer->Set("twinwatch_peer_enabled", labels, *status.peer_enabled ? 1 : 0);
  // Nothing is known of them while the queues cannot be read.
  if (status.peer_enabled) {
    AddQueues(link, writer);
    AddAudits(status, writer);
  }
  AddTables(status, writer);
  AddHeartbeats(link, writer);
  AddWatermark(status, writer);
  if (status.reported) {
    for (const auto& [server, lag_ms] : status.reported->lag_ms_of) {
      writer->Set("twinwatch_source_reported_lag_seconds",
                  {{"link", status.link}, {"regionserver", server}},
                  static_cast<double>(lag_ms) / 1000);
    }
  }
}

}  // namespace twinwatch
