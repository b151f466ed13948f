#include "exporters/status_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/core/utc.h"
#include "exporters/future_text.h"
#include "exporters/json_values.h"
#include "exporters/status_verdict.h"
#include "exporters/text_format.h"

namespace twinwatch {
namespace {

using Json = nlohmann::ordered_json;

double Seconds(uint64_t ms) { return static_cast<double>(ms) / 1000; }

Json SecondsOrNull(const std::optional<absl::Duration>& time) {
  if (!time) return nullptr;
  return static_cast<double>(absl::ToInt64Milliseconds(*time)) / 1000;
}

Json QueueJson(const QueueStatus& queue) {
  std::optional<absl::Time> oldest;
  if (queue.oldest_ms) oldest = absl::FromUnixMillis(*queue.oldest_ms);
  return {{"regionserver", queue.regionserver},
          {"queue", queue.queue},
          {"recovered", queue.recovered},
          {"group", queue.group},
          {"state", ToString(queue.state)},
          {"why", OrNull(queue.why)},
          {"wals", queue.wals},
          {"bytes", OrNull(queue.bytes)},
          {"wal", queue.wal},
          {"position", OrNull(queue.position)},
          {"oldest", TimeOrNull(oldest)}};
}

void AddFuture(const std::optional<FutureCells>& future, Json* table) {
  for (const char* name :
       {"future_cells", "future_markers", "future_at_least", "future_until", "future_as_of"}) {
    (*table)[name] = nullptr;
  }
  if (!future) return;
  (*table)["future_cells"] = future->cells;
  (*table)["future_markers"] = future->markers;
  (*table)["future_at_least"] = future->at_least;
  if (future->Sum() > 0) (*table)["future_until"] = ToRfc3339(future->FurthestAt());
  (*table)["future_as_of"] = ToRfc3339(future->as_of);
}

Json TableJson(const TableMarks& table) {
  Json sample = nullptr;
  if (table.sample) {
    sample = {{"rows", table.sample->rows},
              {"confidence", table.sample->confidence},
              {"max_rate_ppm", table.sample->max_rate_ppm},
              {"at", ToRfc3339(table.sample->at)}};
  }
  Json json = {{"table", table.table.ToString()},
               {"drift_rows", table.drift ? Json(table.drift->Sum()) : Json(nullptr)},
               {"writes_verified_until", TimeOrNull(table.writes_verified_until)},
               {"full_pass_at", TimeOrNull(table.full_pass_at)},
               {"sample", std::move(sample)},
               {"confirm", OrNull(table.confirm)}};
  AddFuture(table.future, &json);
  return json;
}

Json ReportedJson(const std::optional<ReportedSummary>& reported) {
  if (!reported) return nullptr;
  return {{"lag_seconds", reported->lag_ms ? Json(Seconds(*reported->lag_ms)) : Json(nullptr)},
          {"age_of_last_shipped_seconds", Seconds(reported->age_of_last_shipped_ms)},
          {"log_queue", reported->log_queue}};
}

Json LinkJson(const LinkSnapshot& link, absl::Time now) {
  Json queues = Json::array();
  for (const QueueStatus& queue : link.status.queues) queues.push_back(QueueJson(queue));
  Json tables = Json::array();
  for (const TableMarks& table : link.tables) tables.push_back(TableJson(table));
  return {{"link", link.status.link},
          {"peer", link.status.peer},
          {"peer_enabled", OrNull(link.status.peer_enabled)},
          {"state", ToString(link.status.state)},
          {"why", OrNull(link.status.why)},
          {"lag_seconds", SecondsOrNull(link.status.Lag(now))},
          {"watermark", TimeOrNull(link.status.watermark)},
          {"held_by", OrNull(link.status.held_by)},
          {"held_why", OrNull(link.status.held_why)},
          {"backlog_bytes", OrNull(link.status.backlog_bytes)},
          {"drain_seconds", SecondsOrNull(link.status.time_to_drain)},
          {"runway_seconds", SecondsOrNull(link.status.runway)},
          {"retained_wal_bytes", OrNull(link.status.retained_wal_bytes)},
          {"recovered_queues", OrNull(link.status.recovered_queues)},
          {"orphan_queues", OrNull(SizeOf(link.status.orphan_queues))},
          {"missing_wals", OrNull(SizeOf(link.status.missing_wals))},
          {"hfile_refs", OrNull(link.status.hfile_refs)},
          {"leaked_hfile_refs", OrNull(link.status.hfiles.leaked)},
          {"hfiles_gone", OrNull(link.status.hfiles.gone)},
          {"hbase_reports", ReportedJson(link.status.reported)},
          {"queues", std::move(queues)},
          {"tables", std::move(tables)}};
}

NagiosState StateOf(const LinkSnapshot& link, absl::Time now) {
  if (IsRed(link, now)) return NagiosState::kCritical;
  if (IsUnknown(link, now)) return NagiosState::kUnknown;
  return link.status.state == QueueState::kLagging ? NagiosState::kWarning : NagiosState::kOk;
}

// The higher, the more it matters: what is proven comes before what is not known.
int Rank(NagiosState state) {
  switch (state) {
    case NagiosState::kOk:
      return 0;
    case NagiosState::kWarning:
      return 1;
    case NagiosState::kUnknown:
      return 2;
    case NagiosState::kCritical:
      break;
  }
  return 3;
}

// Why it is as it is.
std::string Reason(const LinkSnapshot& link, absl::Time now) {
  const LinkStatus& status = link.status;
  if (const size_t tables = TablesOfTheFuture(link, now); tables > 0 && !IsRed(status)) {
    return fmt::format("{} of the target {} cells of the future", Plural(tables, "table", "tables"),
                       tables == 1 ? "has" : "have");
  }
  if (const uint64_t gone = status.hfiles.gone.value_or(0); gone > 0)
    return fmt::format("{} bulk-loaded files that wait for the peer are nowhere", gone);
  if (const uint64_t missing = SizeOf(status.missing_wals).value_or(0); missing > 0)
    return fmt::format("{} queued WALs are in none of their folders", missing);
  if (const uint64_t orphans = SizeOf(status.orphan_queues).value_or(0); orphans > 0)
    return fmt::format("{} queues of peers that do not exist", orphans);
  return status.why.value_or("every queue moves");
}

}  // namespace

std::string StatusDocument(std::string_view command, const std::vector<LinkSnapshot>& links,
                           absl::Time now) {
  Json array = Json::array();
  for (const LinkSnapshot& link : links) array.push_back(LinkJson(link, now));
  const Json json = {
      {"schema_version", kSchemaVersion}, {"command", command}, {"links", std::move(array)}};
  return Dumped(json);
}

NagiosAnswer StatusNagios(const std::vector<LinkSnapshot>& links, std::string_view unread,
                          absl::Time now) {
  const LinkSnapshot* worst = nullptr;
  NagiosState state = NagiosState::kOk;
  size_t queues = 0;
  for (const LinkSnapshot& link : links) {
    queues += link.status.queues.size();
    const NagiosState of_link = StateOf(link, now);
    if (worst != nullptr && Rank(of_link) <= Rank(state)) continue;
    worst = &link;
    state = of_link;
  }
  const std::string perfdata = fmt::format("links={} queues={}", links.size(), queues);
  if (!unread.empty() && state != NagiosState::kCritical)
    return ToNagios(NagiosState::kUnknown, unread, perfdata);
  if (worst == nullptr) return ToNagios(NagiosState::kUnknown, "no link", perfdata);
  return ToNagios(state,
                  fmt::format("{} {}: {}", worst->status.link, ToString(worst->status.state),
                              Reason(*worst, now)),
                  perfdata);
}

}  // namespace twinwatch
