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

// Owns what it works on: it may go on when nobody waits for it any more.
template <typename Write>
Task<void> Send(Cluster* source, TableName table, std::shared_ptr<Write> write, Cell cell) {
  Status status = co_await source->WriteAt(std::move(table), write->where, std::move(cell));
  write->status = std::move(status);
}

Cell BeatCell(std::string row, std::string value) {
  Cell cell;
  cell.row = std::move(row);
  cell.family = kHeartbeatFamily;
  cell.qualifier = kHeartbeatQualifier;
  cell.timestamp_ms = kServersClock;
  cell.value = std::move(value);
  return cell;
}

}  // namespace

struct HeartbeatWriter::Write {
  RegionLocation where;
  std::string row;
  Status status = absl::DeadlineExceededError("it has not answered its beat yet");
};

HeartbeatWriter::HeartbeatWriter(Cluster* source, TableName table, std::string cluster_id,
                                 std::string writer_id)
    : source_(source),
      table_(std::move(table)),
      cluster_id_(std::move(cluster_id)),
      writer_id_(std::move(writer_id)) {}

Task<StatusOr<BeatRound>> HeartbeatWriter::Beat(uint64_t sequence, std::vector<ServerName> members,
                                                HeartbeatEpoch epoch, absl::Time now) {
  CO_ASSIGN_OR_RETURN(const ClusterInfo info, co_await source_->Describe());
  Heartbeat beat{sequence, now, std::move(members), std::move(epoch)};
  CO_ASSIGN_OR_RETURN(BeatRound round,
                      co_await SendTo(info.live_servers, std::move(beat), Deadline::max()));
  CO_RETURN_IF_ERROR(co_await JudgeFailures(round.failed));
  co_return round;
}

Task<StatusOr<BeatRound>> HeartbeatWriter::BeatTo(std::vector<ServerName> servers,
                                                  uint64_t sequence, HeartbeatEpoch epoch,
                                                  absl::Time now, Deadline deadline) {
  Heartbeat beat{sequence, now, servers, std::move(epoch)};
  co_return co_await SendTo(std::move(servers), std::move(beat), deadline);
}

Task<StatusOr<BeatRound>> HeartbeatWriter::SendTo(std::vector<ServerName> servers, Heartbeat beat,
                                                  Deadline deadline) {
  CO_ASSIGN_OR_RETURN(const std::string value, FormatHeartbeat(beat));
  if (MustLook(servers, beat.sent)) CO_RETURN_IF_ERROR(co_await Look(servers, beat.sent));
  BeatRound round;
  round.sequence = beat.sequence;
  round.sent = beat.sent;
  std::vector<ServerName> left = servers;
  for (int looks = 0; !left.empty(); ++looks) {
    if (looks > 0) CO_RETURN_IF_ERROR(co_await Look(servers, beat.sent));
    const Writes writes = Plan(left, &round.uncovered);
    std::vector<Task<void>> tasks;
    for (const std::shared_ptr<Write>& write : writes) {
      Cell cell = BeatCell(write->row, value);
      tasks.push_back(Send(source_, table_, write, std::move(cell)));
    }
    co_await RunAllUntil(std::move(tasks), deadline);
    left.clear();
    const bool in_time = std::chrono::steady_clock::now() < deadline;
    for (const std::shared_ptr<Write>& write : writes) {
      if (write->status.ok()) {
        round.beats.emplace(write->where.server, write->row);
      } else if (absl::IsAborted(write->status) && looks < kLooks && in_time) {
        left.push_back(write->where.server);
      } else {
        round.failed.emplace(write->where.server, write->status);
      }
    }
  }
  co_return round;
}

HeartbeatWriter::Writes HeartbeatWriter::Plan(const std::vector<ServerName>& servers,
                                              std::vector<ServerName>* uncovered) const {
  Writes writes;
  for (const ServerName& server : servers) {
    std::optional<std::string> row;
    for (const RegionLocation& region : regions_) {
      if (region.server != server) continue;
      row = HeartbeatKey(region.range, {cluster_id_, server, writer_id_});
      if (!row) continue;
      writes.push_back(std::make_shared<Write>());
      writes.back()->where = region;
      writes.back()->row = *std::move(row);
      break;
    }
    if (writes.empty() || writes.back()->where.server != server) uncovered->push_back(server);
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

Task<Status> HeartbeatWriter::JudgeFailures(std::map<ServerName, Status> failed) {
  if (failed.empty()) co_return absl::OkStatus();
  CO_ASSIGN_OR_RETURN(const ClusterInfo info, co_await source_->Describe());
  const std::vector<ServerName>& live = info.live_servers;
  for (const auto& [server, status] : failed) {
    if (std::find(live.begin(), live.end(), server) == live.end()) continue;
    co_return Annotate(status,
                       fmt::format("a heartbeat for {} of {}", server.ToString(), source_->name()));
  }
  co_return absl::OkStatus();
}

}  // namespace twinwatch
