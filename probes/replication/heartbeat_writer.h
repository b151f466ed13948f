// Rounds of heartbeats: one beat to each live region server of the source.
//
//   HeartbeatWriter writer(source, table, info.cluster_id, NewWriterId());
//   round = co_await writer.Beat(1, members, EpochOf(live, queues, 0), absl::Now());
//   ... co_await HaveArrived(target, table, *round) ...   (heartbeat_reader.h)
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "probes/api/cluster.h"
#include "probes/replication/heartbeat.h"

namespace twinwatch {

struct BeatRound {
  // The row of each server that answered: it has synced all that its WAL held before.
  std::map<ServerName, std::string> beats;
  std::vector<ServerName> uncovered;  // that have no region of the table
  // Why the others did not answer; the beat may have been written nevertheless.
  std::map<ServerName, Status> failed;
  uint64_t sequence = 0;
  absl::Time sent;
};

class HeartbeatWriter {
 public:
  // `source` must outlive it, and every beat that was sent. One call at a time.
  HeartbeatWriter(Cluster* source, TableName table, std::string cluster_id, std::string writer_id);

  // Writes one beat to each of `servers`, at the same time, and returns when all have answered, or
  // at `deadline`. `sequence` must be larger than the last one; `now` is when the round began.
  // kNotFound: there is no heartbeat table; other errors: nobody knows where its regions are.
  Task<StatusOr<BeatRound>> BeatTo(std::vector<ServerName> servers, uint64_t sequence,
                                   HeartbeatEpoch epoch, absl::Time now, Deadline deadline);

  // The same to all servers that are live now; a server that failed and is live still is an error.
  // The servers may have changed when it returns: whoever needs them not to have compares epochs.
  // Ends within some minutes at the worst, as the calls of Cluster do; 10 s a server that does not
  // answer.
  Task<StatusOr<BeatRound>> Beat(uint64_t sequence, std::vector<ServerName> members,
                                 HeartbeatEpoch epoch, absl::Time now);

 private:
  struct Write;

  Task<StatusOr<BeatRound>> SendTo(std::vector<ServerName> servers, Heartbeat beat,
                                   Deadline deadline);
  using Writes = std::vector<std::shared_ptr<Write>>;

  // The writes to those servers that have a region; the others go to `uncovered`.
  Writes Plan(const std::vector<ServerName>& servers, std::vector<ServerName>* uncovered) const;
  // Where the regions are, when what is known of it is not good enough any more.
  bool MustLook(const std::vector<ServerName>& live, absl::Time now) const;
  Task<Status> Look(std::vector<ServerName> live, absl::Time now);
  // kOk where those that failed are not live any more.
  Task<Status> JudgeFailures(std::map<ServerName, Status> failed);

  Cluster* source_;
  TableName table_;
  std::string cluster_id_;
  std::string writer_id_;
  std::vector<RegionLocation> regions_;
  std::vector<ServerName> looked_for_;  // the live servers when the regions were looked up
  absl::Time looked_at_ = absl::InfinitePast();
};

}  // namespace twinwatch
