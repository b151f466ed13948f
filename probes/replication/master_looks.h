// Asks the master for what ZooKeeper does not show us, and tells it to a ClosedWatch.
//
// A master that takes long to answer is left alone for some times as long.
#pragma once

#include <absl/time/time.h>

#include <optional>
#include <string>

#include "probes/api/cluster.h"
#include "probes/replication/rules/closed_watch.h"

namespace twinwatch {

class MasterLooks {
 public:
  // `source` must outlive it. `members`: as remembered.
  MasterLooks(Cluster* source, std::string peer_id, std::optional<ClosedMembers> members)
      : source_(source), peer_id_(std::move(peer_id)), watch_(std::move(members)) {}

  // Before this the master is to be left alone.
  Deadline ask_at() const { return ask_at_; }
  void AskAtOnce() { ask_at_ = {}; }

  // `now` is later than at the look before. kNotFound: the peer is gone; kPermissionDenied: the
  // master does not tell us.
  Task<Status> Look(absl::Time now);

  const ClosedWatch& watch() const { return watch_; }
  void Waive(const ServerName& member, absl::Time at) { watch_.Waive(member, at); }

  // At the last look.
  const std::vector<ServerName>& live() const { return live_; }
  bool peer_enabled() const { return peer_enabled_; }

 private:
  Task<StatusOr<ClosedLook::Reports>> AskForReports();

  Cluster* source_;
  std::string peer_id_;
  ClosedWatch watch_;
  std::vector<ServerName> live_;
  bool peer_enabled_ = false;
  Deadline ask_at_{};
  Deadline ask_for_reports_at_{};
};

}  // namespace twinwatch
