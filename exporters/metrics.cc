#include "exporters/metrics.h"

#include <prometheus/text_serializer.h>

#include <map>

#include "exporters/link_metrics.h"
#include "exporters/metric_writer.h"
#include "exporters/open_metrics.h"

namespace twinwatch {
namespace {

void AddProcess(const ProcessStats& process, MetricWriter* writer) {
  writer->Set("process_cpu_seconds_total", {}, process.cpu_seconds);
  writer->Set("process_resident_memory_bytes", {}, process.resident_bytes);
  writer->Set("process_open_fds", {}, process.open_fds);
  writer->Set("process_start_time_seconds", {}, process.start_time_seconds);
}

void AddCollector(const CollectorState& collector, MetricWriter* writer) {
  const MetricWriter::Labels labels = {{"collector", collector.name}};
  writer->Set("twinwatch_collector_success", labels, collector.success ? 1 : 0);
  if (!collector.last_success) return;
  writer->Set("twinwatch_collector_last_success_timestamp_seconds", labels,
              UnixSeconds(*collector.last_success));
}

// Links may share a cluster: the largest offset of its servers counts.
void AddClocks(const Snapshot& snapshot, MetricWriter* writer) {
  std::map<std::string, absl::Duration> offsets;
  const auto add = [&offsets](const std::string& hbase, std::optional<absl::Duration> offset) {
    if (!offset) return;
    absl::Duration& largest = offsets[hbase];
    if (absl::AbsDuration(*offset) > absl::AbsDuration(largest)) largest = *offset;
  };
  for (const LinkSnapshot& link : snapshot.links) {
    add(link.status.source, link.heartbeats.clock_offset);
    add(link.status.target, link.target_clock_offset);
  }
  for (const auto& [hbase, offset] : offsets) {
    writer->Set("twinwatch_clock_offset_seconds", {{"hbase", hbase}},
                absl::ToDoubleSeconds(offset));
  }
}

}  // namespace

std::vector<prometheus::MetricFamily> MetricFamilies(const Snapshot& snapshot,
                                                     const std::optional<ProcessStats>& process) {
  MetricWriter writer;
  writer.Set("twinwatch_build_info",
             {{"version", snapshot.version}, {"revision", snapshot.revision}}, 1);
  writer.Set("twinwatch_config_last_reload_successful", {}, snapshot.config_is_good ? 1 : 0);
  for (const LinkSnapshot& link : snapshot.links) {
    AddLinkMetrics(link, &writer);
    AddVerifyMetrics(link, snapshot.table_limit, &writer);
    AddRepairMetrics(link, snapshot.jobs, &writer);
  }
  for (const CollectorState& collector : snapshot.collectors) AddCollector(collector, &writer);
  AddClocks(snapshot, &writer);
  for (const auto& [hbase, expires] : snapshot.ticket_expires) {
    writer.Set("twinwatch_kerberos_ticket_expiry_timestamp_seconds", {{"hbase", hbase}},
               UnixSeconds(expires));
  }
  for (const auto& [hbase, methods] : snapshot.rpcs) {
    for (const auto& [method, calls] : methods) {
      const MetricWriter::Labels labels = {{"hbase", hbase}, {"method", method}};
      writer.Set("twinwatch_hbase_rpcs_total", labels, static_cast<double>(calls.sent));
      writer.Set("twinwatch_hbase_rpc_failures_total", labels, static_cast<double>(calls.failed));
    }
  }
  if (process) AddProcess(*process, &writer);
  return writer.Families();
}

std::string MetricsText(const Snapshot& snapshot, const std::optional<ProcessStats>& process) {
  return prometheus::TextSerializer().Serialize(MetricFamilies(snapshot, process));
}

std::string OpenMetricsText(const Snapshot& snapshot, const std::optional<ProcessStats>& process) {
  return ToOpenMetrics(MetricFamilies(snapshot, process));
}

bool WantsOpenMetrics(std::string_view accept) {
  return accept.find("application/openmetrics-text") != std::string_view::npos;
}

}  // namespace twinwatch
