#include "probes/replication/heartbeat_writer.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "probes/replication/heartbeat_table.h"

namespace twinwatch {
namespace {

constexpr int kLooks = 2;  // for regions that have moved, in one round
// The balancer may have given a region to a server that had none.
constexpr absl::Duration kLookForUncovered = absl::Seconds(10);

Task<void> Send(Cluster* source, TableName table, RegionLocation where, Cell cell, Status* status) {
  *status = co_await source->WriteAt(std::move(table), std::move(where), std::move(cell));
}

}  // namespace

struct HeartbeatWriter::Write {
  RegionLocation where;
  std::string row;
  Status status;
};

HeartbeatWriter::HeartbeatWriter(Cluster* source, TableName table, std::string cluster_id,
                                 std::string writer_id)
    : source_(source),
      table_(std::move(table)),
      cluster_id_(std::move(cluster_id)),
      writer_id_(std::move(writer_id)) {}

Task<StatusOr<BeatRound>> HeartbeatWriter::Beat(uint64_t sequence, std::vector<ServerName> members,
                                                HeartbeatEpoch epoch, absl::Time now) {
  Heartbeat beat{sequence, now, std::move(members), std::move(epoch)};
  CO_ASSIGN_OR_RETURN(const std::string value, FormatHeartbeat(beat));
  CO_ASSIGN_OR_RETURN(const ClusterInfo info, co_await source_->Describe());
  if (MustLook(info.live_servers, now)) CO_RETURN_IF_ERROR(co_await Look(info.live_servers, now));
  BeatRound round;
  round.sequence = sequence;
  round.sent = now;
  std::vector<ServerName> left = info.live_servers;
  std::vector<Write> failed;
  for (int looks = 0; !left.empty(); ++looks) {
    if (looks > 0) CO_RETURN_IF_ERROR(co_await Look(info.live_servers, now));
    std::vector<Write> writes = Plan(left, &round.uncovered);
    std::vector<Task<void>> tasks;
    for (Write& write : writes) {
      Cell cell;
      cell.row = write.row;
      cell.family = kHeartbeatFamily;
      cell.qualifier = kHeartbeatQualifier;
      cell.timestamp_ms = kServersClock;
      cell.value = value;
      tasks.push_back(Send(source_, table_, write.where, std::move(cell), &write.status));
    }
    co_await RunAll(std::move(tasks));
    left.clear();
    for (Write& write : writes) {
      if (write.status.ok()) {
        round.beats.emplace(write.where.server, std::move(write.row));
      } else if (absl::IsAborted(write.status) && looks < kLooks) {
        left.push_back(write.where.server);
      } else {
        failed.push_back(std::move(write));
      }
    }
  }
  CO_RETURN_IF_ERROR(co_await JudgeFailures(std::move(failed)));
  co_return round;
}

std::vector<HeartbeatWriter::Write> HeartbeatWriter::Plan(
    const std::vector<ServerName>& servers, std::vector<ServerName>* uncovered) const {
  std::vector<Write> writes;
  for (const ServerName& server : servers) {
    std::optional<std::string> row;
    for (const RegionLocation& region : regions_) {
      if (region.server != server) continue;
      row = HeartbeatKey(region.range, {cluster_id_, server, writer_id_});
      if (!row) continue;
      writes.push_back({region, *std::move(row), absl::OkStatus()});
      break;
    }
    if (writes.empty() || writes.back().where.server != server) uncovered->push_back(server);
  }
  return writes;
}

bool HeartbeatWriter::MustLook(const std::vector<ServerName>& live, absl::Time now) const {
  if (regions_.empty() || live != looked_for_) return true;
  const bool long_ago = now - looked_at_ >= kLookForUncovered || now < looked_at_;
  return long_ago && !Uncovered(live, regions_).empty();
}

Task<Status> HeartbeatWriter::Look(std::vector<ServerName> live, absl::Time now) {
  StatusOr<std::vector<RegionLocation>> regions = co_await source_->Regions(table_);
  if (absl::IsNotFound(regions.status())) {
    co_return Error(absl::StatusCode::kNotFound,
                    "{} has no table {}: make it with twinwatch heartbeat init", source_->name(),
                    table_.ToString());
  }
  CO_RETURN_IF_ERROR(regions.status());
  regions_ = *std::move(regions);
  looked_for_ = std::move(live);
  looked_at_ = now;
  co_return absl::OkStatus();
}

Task<Status> HeartbeatWriter::JudgeFailures(std::vector<Write> failed) {
  if (failed.empty()) co_return absl::OkStatus();
  CO_ASSIGN_OR_RETURN(const ClusterInfo info, co_await source_->Describe());
  const std::vector<ServerName>& live = info.live_servers;
  for (const Write& write : failed) {
    if (std::find(live.begin(), live.end(), write.where.server) == live.end()) continue;
    co_return Annotate(write.status, fmt::format("a heartbeat for {} of {}",
                                                 write.where.server.ToString(), source_->name()));
  }
  co_return absl::OkStatus();
}

}  // namespace twinwatch
