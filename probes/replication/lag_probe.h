// Measures how far the target of a peer is behind: writes heartbeats on the source, reads queues
// and lengths, looks for the beats on the target, and tells the watermark.
//
//   LagProbe probe(parts, kept);
//   each interval:  reading = co_await probe.Round();
//   in between:     co_await probe.Look();  co_await probe.LookAtTarget(target);
//   ... probe.watermark().at() ...
//
// Where ZooKeeper's replication znodes are closed to us, the master is asked instead
// (rules/closed_watch.h), at each round and look, and less often where its answers take long.
//
// Without a heartbeat table it goes by positions alone, without lengths by beats alone; what is
// missing is in `heartbeat_error` and in the watermark's Behind.
#pragma once

#include <absl/time/time.h>

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "probes/api/cluster.h"
#include "probes/api/wal_files.h"
#include "probes/replication/heartbeat_writer.h"
#include "probes/replication/lag_stats.h"
#include "probes/replication/link_reading.h"
#include "probes/replication/master_looks.h"
#include "probes/replication/rules/watermark.h"
#include "probes/replication/wal_meter.h"

namespace twinwatch {

// All must outlive the probe, and it the beats that it has sent: both stay while the io_context
// runs.
struct LagProbeParts {
  Cluster* source = nullptr;
  WalFiles* wals = nullptr;  // null: the lengths of the source's WALs cannot be had
  std::string peer_id;
  std::string source_id;  // the source cluster's
  TableName heartbeat_table;
  std::string writer_id;
  size_t rounds_kept = Watermark::kRounds;
  bool has_wal_groups = false;  // of a server; a beat speaks of one, and closed znodes tell of none
  std::optional<ClosedMembers> members;  // as remembered
};

class LagProbe {
 public:
  LagProbe(LagProbeParts parts, std::optional<Watermark::Kept> kept)
      : parts_(std::move(parts)),
        writer_(parts_.source, parts_.heartbeat_table, parts_.source_id, parts_.writer_id),
        watermark_(kept, parts_.rounds_kept),
        master_(parts_.source, parts_.peer_id, parts_.members) {
    if (parts_.wals != nullptr) meter_.emplace(parts_.wals);
  }

  // One beat to each live server, then the queues and the lengths of their WALs. Takes about an
  // interval at most where servers do not answer. Errors: the queues could not be read;
  // kPermissionDenied: and the master must not tell us instead; kNotFound: the peer is gone.
  Task<StatusOr<LinkReading>> Round();
  // The queues once more, for the positions alone.
  Task<Status> Look();
  // The beats of the latest round as the target has them.
  Task<Status> LookAtTarget(Cluster* target);

  const Watermark& watermark() const { return watermark_; }
  // ZooKeeper did not show the queues when they were last asked for.
  bool is_closed() const { return why_closed_.has_value(); }
  // Beats on the target are what the watermark goes by.
  bool GoesByBeats() const { return is_closed() || !meter_; }
  const ClosedWatch& members() const { return master_.watch(); }
  void Waive(const ServerName& member, absl::Time at) { master_.Waive(member, at); }
  const HeartbeatView& heartbeats() const { return stats_.view(); }
  // Why the latest round lacks beats of some servers, or all; OK: it does not.
  const Status& heartbeat_error() const { return heartbeat_error_; }

 private:
  // A round of beats that nobody may be waiting for any more.
  struct Beating {
    bool done = false;
    StatusOr<BeatRound> round = absl::DeadlineExceededError("heartbeats are still being sent");
  };

  // Never the same twice, and never back by less than a step that is noticed elsewhere: what comes
  // later has a later time.
  absl::Time Now();
  Task<StatusOr<QueueReading>> ReadQueues();
  // Where they are closed. What it returns has no queues.
  Task<StatusOr<QueueReading>> AskMaster();
  // Why live servers have no beat in the latest round.
  std::map<ServerName, std::string> Beatless(const std::vector<ServerName>& live) const;
  Task<void> Beat(absl::Time now, Pulse* pulse);
  Task<void> BeatInto(absl::Time now, std::shared_ptr<Beating> beating);

  LagProbeParts parts_;
  HeartbeatWriter writer_;
  std::optional<WalMeter> meter_;
  Watermark watermark_;
  MasterLooks master_;
  std::optional<std::string> why_closed_;
  LagStats stats_;
  Status heartbeat_error_ = absl::UnavailableError("no heartbeat was sent yet");
  std::optional<QueueReading> queues_;  // as last read
  BeatRound round_;                     // the latest
  std::shared_ptr<Beating> beating_;    // the latest; null before the first
  absl::Time last_now_ = absl::InfinitePast();
  absl::Time no_beat_before_ = absl::InfinitePast();
  uint64_t sequence_ = static_cast<uint64_t>(absl::ToUnixMillis(absl::Now()));
};

}  // namespace twinwatch
