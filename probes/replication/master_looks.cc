#include "probes/replication/master_looks.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace twinwatch {
namespace {

// Of each look little is asked for, of reports, which name every region, much.
constexpr int kPausesOfLooks = 5;
constexpr int kPausesOfReports = 20;

}  // namespace

Task<Status> MasterLooks::Look(absl::Time now) {
  const Deadline asked = std::chrono::steady_clock::now();
  ClosedLook look;
  look.at = now;
  CO_ASSIGN_OR_RETURN(look.cluster, co_await source_->Describe());
  CO_ASSIGN_OR_RETURN(const std::vector<Peer> peers, co_await source_->Peers());
  const auto peer = std::find_if(peers.begin(), peers.end(),
                                 [this](const Peer& one) { return one.id == peer_id_; });
  if (peer == peers.end()) {
    co_return Error(absl::StatusCode::kNotFound, "{} has no peer {} any more", source_->name(),
                    peer_id_);
  }
  look.peer = *peer;
  CO_ASSIGN_OR_RETURN(look.procedures, co_await source_->ReplicationProcedures());
  const Deadline answered = std::chrono::steady_clock::now();
  ask_at_ = answered + kPausesOfLooks * (answered - asked);
  if (watch_.WantsReports() && answered >= ask_for_reports_at_) {
    CO_ASSIGN_OR_RETURN(look.reports, co_await AskForReports());
  }
  watch_.Learn(look);
  live_ = std::move(look.cluster.live_servers);
  peer_enabled_ = look.peer.enabled;
  co_return absl::OkStatus();
}

Task<StatusOr<ClosedLook::Reports>> MasterLooks::AskForReports() {
  const Deadline asked = std::chrono::steady_clock::now();
  ClosedLook::Reports reports;
  CO_ASSIGN_OR_RETURN(reports.servers, co_await source_->ServerReports());
  CO_ASSIGN_OR_RETURN(reports.loads, co_await source_->ReportedReplication());
  std::erase_if(reports.loads,
                [this](const ReportedLoad& load) { return load.peer_id != peer_id_; });
  const Deadline answered = std::chrono::steady_clock::now();
  ask_for_reports_at_ = answered + kPausesOfReports * (answered - asked);
  co_return reports;
}

}  // namespace twinwatch
