#include "agent/app/closed_members.h"

#include <fmt/ranges.h>

#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "agent/app/audit_log.h"
#include "agent/app/storage.h"
#include "probes/replication/lag_probe.h"

namespace twinwatch::app {
namespace {

std::optional<ServerName> ToMember(const std::string& text) {
  if (text == MemberText(kEarlierServers)) return kEarlierServers;
  StatusOr<ServerName> name = ServerName::Parse(text);
  if (!name.ok()) return std::nullopt;
  return *std::move(name);
}

// So that the ledger knows of whom the operator speaks where no agent has told it.
Task<Status> LookOnce(const Link* link, ledger::Ledger* ledger, const std::string& source_id) {
  LagProbeParts parts;
  parts.source = link->source.get();
  parts.peer_id = link->peer->id;
  CO_ASSIGN_OR_RETURN(parts.members, KeptMembers(ledger, source_id, link->peer->id));
  LagProbe probe(std::move(parts), std::nullopt);
  CO_RETURN_IF_ERROR(co_await probe.Look());
  if (!probe.is_closed()) {
    co_return Error(absl::StatusCode::kFailedPrecondition,
                    "ZooKeeper shows the queues of {}: what dead servers left is seen there, and "
                    "nothing is to be waived",
                    link->source->name());
  }
  co_return ledger->KeepClosedWatch(source_id, link->peer->id, ToLedger(probe.members().kept()));
}

std::vector<std::string> DeadOnes(const std::optional<ledger::ClosedWatch>& watch) {
  std::vector<std::string> dead;
  if (!watch) return dead;
  for (const ledger::ClosedMember& member : watch->members)
    if (!member.lives && !member.waived) dead.push_back(member.server);
  return dead;
}

}  // namespace

ledger::ClosedWatch ToLedger(const ClosedMembers& members) {
  ledger::ClosedWatch watch;
  watch.seen = members.seen;
  watch.master = members.master.ToString();
  for (const auto& [server, member] : members.members)
    watch.members.push_back(
        {MemberText(server), member.lives, member.is_shown, member.since, std::nullopt});
  return watch;
}

ClosedMembers FromLedger(const ledger::ClosedWatch& watch) {
  ClosedMembers members;
  members.seen = watch.seen;
  // A master that is not understood is another one.
  if (StatusOr<ServerName> master = ServerName::Parse(watch.master); master.ok())
    members.master = *std::move(master);
  for (const ledger::ClosedMember& kept : watch.members) {
    const std::optional<ServerName> server = ToMember(kept.server);
    if (!server) continue;
    ClosedMembers::Member& member = members.members[*server];
    member.lives = kept.lives;
    member.is_shown = kept.is_shown;
    member.is_waived = kept.waived.has_value();
    member.since = kept.since;
  }
  return members;
}

std::map<ServerName, absl::Time> WaiversIn(const ledger::ClosedWatch& watch) {
  std::map<ServerName, absl::Time> waivers;
  for (const ledger::ClosedMember& member : watch.members) {
    const std::optional<ServerName> server = ToMember(member.server);
    if (server && member.waived) waivers[*server] = member.waived->at;
  }
  return waivers;
}

StatusOr<std::optional<ClosedMembers>> KeptMembers(ledger::Ledger* ledger,
                                                   const std::string& source_id,
                                                   const std::string& peer) {
  ASSIGN_OR_RETURN(const auto kept, ledger->ClosedWatchOf(source_id, peer));
  if (!kept) return std::optional<ClosedMembers>();
  return std::optional(FromLedger(*kept));
}

StatusOr<std::optional<ClosedMembers>> KeptMembers(const std::string& ledger_path,
                                                   const std::string& source_id,
                                                   const std::string& peer) {
  const auto ledger = ledger::Ledger::Open(ledger_path, ledger::OpenMode::kExisting);
  if (absl::IsNotFound(ledger.status())) return std::optional<ClosedMembers>();
  RETURN_IF_ERROR(ledger.status());
  return KeptMembers(ledger->get(), source_id, peer);
}

Task<Status> WaiveServer(Executor executor, LinkSpec spec, std::string ledger_path,
                         std::string server, std::string reason) {
  if (!ToMember(server)) {
    co_return Error(absl::StatusCode::kInvalidArgument,
                    "--waive-server {}: it is host,port,startcode, as held_by has it, or earlier",
                    server);
  }
  CO_ASSIGN_OR_RETURN(const std::unique_ptr<Link> link,
                      co_await OpenLink(executor, spec, Sides::kSourceOnly));
  CO_ASSIGN_OR_RETURN(const ClusterInfo source, co_await link->source->Describe());
  CO_ASSIGN_OR_RETURN(const std::unique_ptr<ledger::Ledger> ledger,
                      ledger::Ledger::Open(ledger_path, ledger::OpenMode::kCreate));
  AuditLog audit(std::filesystem::path(ledger_path).replace_filename("audit.log"));
  CO_RETURN_IF_ERROR(audit.Prepare());
  const std::string& peer = link->peer->id;
  const ledger::Waiver waiver{reason, LoginName(), absl::Now()};
  CO_RETURN_IF_ERROR(co_await LookOnce(link.get(), ledger.get(), source.cluster_id));
  const Status waived = ledger->WaiveMember(source.cluster_id, peer, server, waiver);
  if (absl::IsNotFound(waived)) {
    CO_ASSIGN_OR_RETURN(const auto watch, ledger->ClosedWatchOf(source.cluster_id, peer));
    const std::vector<std::string> dead = DeadOnes(watch);
    co_return Annotate(waived,
                       fmt::format("link {} waits for {}", link->name,
                                   dead.empty() ? "none" : fmt::to_string(fmt::join(dead, ", "))));
  }
  CO_RETURN_IF_ERROR(waived);
  AuditEntry entry;
  entry.at = waiver.at;
  entry.user = waiver.by;
  entry.method = "lag";
  entry.path = fmt::format("--waive-server {} (link {})", server, link->name);
  entry.body = reason;
  co_return audit.Note(entry);
}

}  // namespace twinwatch::app
