#include "exporters/status_parse.h"

#include <absl/time/time.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "exporters/json_fields.h"
#include "exporters/json_values.h"

namespace twinwatch {
namespace {

using json_fields::Count;
using json_fields::Optional;
using json_fields::OptionalTime;
using Json = nlohmann::json;

// Of things of which only the number is told, no more names are made up.
constexpr size_t kMostNames = 100'000;

template <typename T>
std::optional<T> OptionalIfThere(const Json& object, const char* name) {
  if (!object.contains(name)) return std::nullopt;
  return Optional<T>(object, name);
}

std::optional<absl::Duration> OptionalSeconds(const Json& object, const char* name) {
  const std::optional<double> seconds = Optional<double>(object, name);
  if (!seconds) return std::nullopt;
  return absl::Seconds(*seconds);
}

uint64_t Milliseconds(double seconds) {
  constexpr double kMost = 1e15;
  return static_cast<uint64_t>(std::llround(std::clamp(seconds * 1000, 0.0, kMost)));
}

QueueState StateNamed(const std::string& name) {
  for (const QueueState state :
       {QueueState::kIdle, QueueState::kOk, QueueState::kLagging, QueueState::kStalled,
        QueueState::kRewound, QueueState::kDisabled}) {
    if (ToString(state) == name) return state;
  }
  return QueueState::kUnknown;
}

QueueStatus ParseQueue(const Json& object) {
  QueueStatus queue;
  queue.regionserver = object.at("regionserver").get<std::string>();
  queue.queue = object.at("queue").get<std::string>();
  queue.recovered = object.at("recovered").get<bool>();
  queue.group = object.at("group").get<std::string>();
  queue.state = StateNamed(object.at("state").get<std::string>());
  queue.why = Optional<std::string>(object, "why");
  queue.wals = Count(object, "wals");
  queue.bytes = Optional<uint64_t>(object, "bytes");
  queue.wal = object.at("wal").get<std::string>();
  queue.position = Optional<uint64_t>(object, "position");
  if (const auto oldest = OptionalTime(object, "oldest"))
    queue.oldest_ms = absl::ToUnixMillis(*oldest);
  return queue;
}

// Agents that were built before they looked for it tell nothing of it.
std::optional<FutureCells> ParseFuture(const Json& table) {
  if (!table.contains("future_cells")) return std::nullopt;
  const auto cells = Optional<uint64_t>(table, "future_cells");
  if (!cells) return std::nullopt;
  FutureCells future;
  future.cells = *cells;
  future.markers = Count(table, "future_markers");
  future.at_least = table.at("future_at_least").get<bool>();
  if (const auto until = OptionalTime(table, "future_until"))
    future.furthest_ms = static_cast<uint64_t>(std::max<int64_t>(absl::ToUnixMillis(*until), 0));
  future.as_of = OptionalTime(table, "future_as_of").value_or(absl::UnixEpoch());
  return future;
}

TableMarks ParseTable(const Json& object) {
  TableMarks table;
  const StatusOr<TableName> name = TableName::Parse(object.at("table").get<std::string>());
  if (!name.ok()) json_fields::Refuse("table has no name");
  table.table = *name;
  // The classes are not told apart there.
  if (!object.at("drift_rows").is_null())
    table.drift.emplace().missing = Count(object, "drift_rows");
  table.writes_verified_until = OptionalTime(object, "writes_verified_until");
  table.full_pass_at = OptionalTime(object, "full_pass_at");
  table.confirm = Optional<std::string>(object, "confirm");
  table.future = ParseFuture(object);
  if (const Json& sample = object.at("sample"); !sample.is_null()) {
    table.sample = SampleView{Count(sample, "rows"), sample.at("confidence").get<double>(),
                              sample.at("max_rate_ppm").get<double>(),
                              OptionalTime(sample, "at").value_or(absl::UnixEpoch())};
  }
  return table;
}

std::optional<ReportedSummary> ParseReported(const Json& object) {
  if (object.is_null()) return std::nullopt;
  ReportedSummary reported;
  if (const auto lag = Optional<double>(object, "lag_seconds"))
    reported.lag_ms = Milliseconds(*lag);
  reported.age_of_last_shipped_ms =
      Milliseconds(object.at("age_of_last_shipped_seconds").get<double>());
  reported.log_queue = Count(object, "log_queue");
  return reported;
}

LinkSnapshot ParseLink(const Json& object, absl::Time asked_at) {
  LinkSnapshot link;
  LinkStatus& status = link.status;
  status.link = object.at("link").get<std::string>();
  status.peer = object.at("peer").get<std::string>();
  status.peer_enabled = Optional<bool>(object, "peer_enabled");
  status.state = StateNamed(object.at("state").get<std::string>());
  status.why = Optional<std::string>(object, "why");
  if (const auto lag = OptionalSeconds(object, "lag_seconds")) status.watermark = asked_at - *lag;
  status.held_by = Optional<std::string>(object, "held_by");
  if (object.contains("held_why")) status.held_why = Optional<std::string>(object, "held_why");
  status.backlog_bytes = Optional<uint64_t>(object, "backlog_bytes");
  status.time_to_drain = OptionalSeconds(object, "drain_seconds");
  status.runway = OptionalSeconds(object, "runway_seconds");
  status.retained_wal_bytes = Optional<uint64_t>(object, "retained_wal_bytes");
  status.recovered_queues = Optional<uint64_t>(object, "recovered_queues");
  // Only how many there are is in the document.
  if (const auto orphans = Optional<size_t>(object, "orphan_queues"))
    status.orphan_queues.emplace(std::min(*orphans, kMostNames), "?");
  if (const auto missing = Optional<size_t>(object, "missing_wals"))
    status.missing_wals.emplace(std::min(*missing, kMostNames), "?");
  status.hfile_refs = Optional<uint64_t>(object, "hfile_refs");
  // An agent of before these were told has not looked.
  status.hfiles.leaked = OptionalIfThere<uint64_t>(object, "leaked_hfile_refs");
  status.hfiles.gone = OptionalIfThere<uint64_t>(object, "hfiles_gone");
  status.reported = ParseReported(object.at("hbase_reports"));
  for (const Json& queue : object.at("queues")) status.queues.push_back(ParseQueue(queue));
  for (const Json& table : object.at("tables")) link.tables.push_back(ParseTable(table));
  return link;
}

}  // namespace

StatusOr<std::vector<LinkSnapshot>> ParseStatusDocument(std::string_view text,
                                                        absl::Time asked_at) {
  try {
    const Json document = Json::parse(text);
    if (const uint64_t version = Count(document, "schema_version"); version != kSchemaVersion) {
      return Error(absl::StatusCode::kFailedPrecondition,
                   "the agent's answer has schema version {}, and this twinwatch knows {}", version,
                   kSchemaVersion);
    }
    std::vector<LinkSnapshot> links;
    for (const Json& link : document.at("links")) links.push_back(ParseLink(link, asked_at));
    return links;
  } catch (const Json::exception& error) {
    return Error(absl::StatusCode::kDataLoss, "the answer is no status: {}", error.what());
  }
}

}  // namespace twinwatch
