#include "probes/replication/heartbeat_reader.h"

#include <algorithm>
#include <utility>

namespace twinwatch {
namespace {

// A writer a minute, each on a hundred servers, for the week that TTL leaves them.
constexpr size_t kMostRows = 1'000'000;

std::optional<Heartbeat> BeatOf(std::string_view family, std::string_view qualifier,
                                std::string_view value) {
  if (family != kHeartbeatFamily || qualifier != kHeartbeatQualifier) return std::nullopt;
  StatusOr<Heartbeat> beat = ParseHeartbeat(value);
  if (!beat.ok()) return std::nullopt;
  return *std::move(beat);
}

// Sets *arrived to what is known of one row.
Task<void> LookAt(Cluster* target, TableName table, std::string row, uint64_t sequence,
                  StatusOr<bool>* arrived) {
  const StatusOr<std::vector<Cell>> cells = co_await target->Get(std::move(table), std::move(row));
  if (!cells.ok()) {
    *arrived = cells.status();
    co_return;
  }
  *arrived = false;
  for (const Cell& cell : *cells) {
    if (cell.family != kHeartbeatFamily || cell.qualifier != kHeartbeatQualifier) continue;
    const StatusOr<Heartbeat> beat = ParseHeartbeat(cell.value);
    if (beat.ok()) {
      *arrived = beat->sequence >= sequence;
    } else {
      *arrived = beat.status();
    }
  }
}

}  // namespace

Task<StatusOr<bool>> HaveArrived(Cluster* target, TableName table, BeatRound round) {
  if (round.beats.empty()) {
    co_return Error(absl::StatusCode::kFailedPrecondition, "a round without a heartbeat");
  }
  std::vector<StatusOr<bool>> arrived(round.beats.size(), false);
  std::vector<Task<void>> tasks;
  for (const auto& [server, row] : round.beats) {
    tasks.push_back(LookAt(target, table, row, round.sequence, &arrived[tasks.size()]));
  }
  co_await RunAll(std::move(tasks));
  bool all = true;
  for (const StatusOr<bool>& one : arrived) {
    CO_RETURN_IF_ERROR(one.status());
    all = all && *one;
  }
  co_return all;
}

Task<StatusOr<SeenBeats>> ReadBeats(Cluster* cluster, TableName table, std::string cluster_id) {
  ScanSpec spec;
  spec.table = table;
  spec.families = {std::string(kHeartbeatFamily)};
  const std::unique_ptr<RowScanner> scanner = cluster->Scan(spec);
  SeenBeats beats;
  for (bool last = false; !last;) {
    CO_ASSIGN_OR_RETURN(const CellBatch batch, co_await scanner->Next());
    for (const CellView& cell : batch.cells) {
      const std::optional<Heartbeat> beat = BeatOf(cell.family, cell.qualifier, cell.value);
      const StatusOr<HeartbeatRow> row = ParseHeartbeatKey(cell.row);
      if (!beat || !row.ok() || row->cluster_id != cluster_id) continue;
      beats[std::string(cell.row)] = {beat->sequence, beat->sent};
    }
    if (beats.size() > kMostRows) {
      co_return Error(absl::StatusCode::kFailedPrecondition, "table {} of {} has more than {} rows",
                      table.ToString(), cluster->name(), kMostRows);
    }
    last = batch.last;
  }
  co_return beats;
}

std::vector<std::string> OnTheirWay(const SeenBeats& source, const SeenBeats& target) {
  std::vector<std::string> rows;
  for (const auto& [row, beat] : source) {
    const auto it = target.find(row);
    if (it == target.end() || it->second.sequence < beat.sequence) rows.push_back(row);
  }
  return rows;
}

std::map<ServerName, absl::Time> NewestByServer(const SeenBeats& beats) {
  std::map<ServerName, absl::Time> newest;
  for (const auto& [key, beat] : beats) {
    const StatusOr<HeartbeatRow> row = ParseHeartbeatKey(key);
    if (!row.ok()) continue;
    const auto [it, is_new] = newest.emplace(row->server, beat.sent);
    if (!is_new) it->second = std::max(it->second, beat.sent);
  }
  return newest;
}

}  // namespace twinwatch
