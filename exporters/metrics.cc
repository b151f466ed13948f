#include "exporters/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <map>
#include <utility>

#include "agent/core/server_name.h"
#include "exporters/catalogue.h"

namespace twinwatch {
namespace {

using prometheus::Labels;

// Adds samples of families that the catalogue knows.
class Writer {
 public:
  void Set(std::string_view name, const Labels& labels, double value) {
    const MetricInfo& info = MetricNamed(name);
    if (info.type == MetricType::kCounter) {
      prometheus::BuildCounter()
          .Name(std::string(info.name))
          .Help(std::string(info.help))
          .Register(registry_)
          .Add(labels)
          .Increment(value);
    } else {
      prometheus::BuildGauge()
          .Name(std::string(info.name))
          .Help(std::string(info.help))
          .Register(registry_)
          .Add(labels)
          .Set(value);
    }
  }

  std::string Text() const {
    std::vector<prometheus::MetricFamily> families = registry_.Collect();
    std::sort(families.begin(), families.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    return prometheus::TextSerializer().Serialize(families);
  }

 private:
  prometheus::Registry registry_{prometheus::Registry::InsertBehavior::Merge};
};

double UnixSeconds(absl::Time time) { return absl::ToDoubleSeconds(time - absl::UnixEpoch()); }

// Without the start code, so that a restart does not make a new series.
std::string HostPort(const std::string& regionserver) {
  const StatusOr<ServerName> name = ServerName::Parse(regionserver);
  return name.ok() ? name->HostPort() : regionserver;
}

void AddQueues(const LinkSnapshot& link, Writer* writer) {
  const std::string& name = link.status.link;
  std::map<std::string, double> wals;
  std::map<std::string, std::optional<double>> bytes;  // none when one queue's are not known
  std::map<std::string, int64_t> oldest_ms;
  std::map<QueueState, double> states;
  for (const QueueStatus& queue : link.status.queues) {
    const std::string server = HostPort(queue.regionserver);
    wals[server] += static_cast<double>(queue.wals);
    std::optional<double>& sum = bytes.try_emplace(server, 0.0).first->second;
    if (sum)
      sum = queue.bytes ? std::optional(*sum + static_cast<double>(*queue.bytes)) : std::nullopt;
    ++states[queue.state];
    if (!queue.oldest_ms) continue;
    const auto [it, is_new] = oldest_ms.emplace(server, *queue.oldest_ms);
    it->second = std::min(it->second, *queue.oldest_ms);
  }
  for (const QueueState state :
       {QueueState::kIdle, QueueState::kOk, QueueState::kLagging, QueueState::kStalled,
        QueueState::kRewound, QueueState::kDisabled, QueueState::kUnknown}) {
    writer->Set("twinwatch_queues", {{"link", name}, {"state", std::string(ToString(state))}},
                states[state]);
  }
  for (const auto& [server, count] : wals) {
    writer->Set("twinwatch_queue_wals", {{"link", name}, {"regionserver", server}}, count);
  }
  for (const auto& [server, sum] : bytes) {
    if (!sum) continue;
    writer->Set("twinwatch_queue_bytes", {{"link", name}, {"regionserver", server}}, *sum);
  }
  for (const auto& [server, ms] : oldest_ms) {
    writer->Set("twinwatch_queue_oldest_wal_timestamp_seconds",
                {{"link", name}, {"regionserver", server}}, static_cast<double>(ms) / 1000);
  }
  for (const auto& [server, time] : link.position_changed_at) {
    writer->Set("twinwatch_queue_position_last_change_timestamp_seconds",
                {{"link", name}, {"regionserver", server}}, UnixSeconds(time));
  }
}

void AddLink(const LinkSnapshot& link, Writer* writer) {
  const LinkStatus& status = link.status;
  const Labels labels = {{"link", status.link}};
  writer->Set("twinwatch_link_info",
              {{"link", status.link},
               {"source", status.source},
               {"target", status.target},
               {"peer", status.peer}},
              1);
  writer->Set("twinwatch_peer_enabled", labels, status.peer_enabled ? 1 : 0);
  AddQueues(link, writer);
  writer->Set("twinwatch_recovered_queues", labels, static_cast<double>(status.recovered_queues));
  writer->Set("twinwatch_undeleted_queues", labels,
              static_cast<double>(status.orphan_queues.size()));
  if (status.missing_wals) {
    writer->Set("twinwatch_missing_wals", labels, static_cast<double>(status.missing_wals->size()));
  }
  writer->Set("twinwatch_hfile_refs", labels, static_cast<double>(status.hfile_refs));
  if (status.reported) {
    writer->Set("twinwatch_source_reported_lag_seconds", labels,
                static_cast<double>(status.reported->lag_ms) / 1000);
  }
}

void AddVerify(const LinkSnapshot& link, Writer* writer) {
  const Labels labels = {{"link", link.status.link}};
  writer->Set("twinwatch_verify_rows_compared_total", labels,
              static_cast<double>(link.verify.rows_compared));
  writer->Set("twinwatch_verify_ranges_compared_total", labels,
              static_cast<double>(link.verify.ranges_compared));
  writer->Set("twinwatch_verify_range_failures_total", labels,
              static_cast<double>(link.verify.range_failures));
  writer->Set("twinwatch_verify_unknown_rows", labels,
              static_cast<double>(link.verify.unknown_rows));
  for (const TableMarks& table : link.tables) {
    if (!table.full_pass_at) continue;
    writer->Set("twinwatch_table_full_pass_timestamp_seconds",
                {{"link", link.status.link}, {"table", table.table.ToString()}},
                UnixSeconds(*table.full_pass_at));
  }
}

void AddProcess(const ProcessStats& process, Writer* writer) {
  writer->Set("process_cpu_seconds_total", {}, process.cpu_seconds);
  writer->Set("process_resident_memory_bytes", {}, process.resident_bytes);
  writer->Set("process_open_fds", {}, process.open_fds);
  writer->Set("process_start_time_seconds", {}, process.start_time_seconds);
}

}  // namespace

std::string MetricsText(const Snapshot& snapshot, const std::optional<ProcessStats>& process) {
  Writer writer;
  writer.Set("twinwatch_build_info",
             {{"version", snapshot.version}, {"revision", snapshot.revision}}, 1);
  for (const LinkSnapshot& link : snapshot.links) {
    AddLink(link, &writer);
    AddVerify(link, &writer);
  }
  for (const CollectorState& collector : snapshot.collectors) {
    const Labels labels = {{"collector", collector.name}};
    writer.Set("twinwatch_collector_success", labels, collector.success ? 1 : 0);
    if (collector.last_success) {
      writer.Set("twinwatch_collector_last_success_timestamp_seconds", labels,
                 UnixSeconds(*collector.last_success));
    }
  }
  if (process) AddProcess(*process, &writer);
  return writer.Text();
}

}  // namespace twinwatch
