// `twinwatch heartbeat init`: makes the table where it is missing, and proves that beats arrive.
#include <fmt/format.h>

#include <algorithm>

#include "agent/cli/exit_code.h"
#include "agent/cli/heartbeat_link.h"
#include "agent/cli/terminal.h"
#include "exporters/text_format.h"
#include "probes/replication/heartbeat_reader.h"
#include "probes/replication/heartbeat_table.h"

namespace twinwatch::cli {
namespace {

constexpr std::chrono::seconds kArriveWithin{60};
constexpr std::chrono::milliseconds kLookEvery{200};

void Verdict(std::string_view text, Colour colour) {
  fmt::print("{}\n", Coloured(Wrapped(text), colour, WantsColour()));
}

std::string Names(const std::vector<ServerName>& servers) {
  std::vector<std::string> names;
  for (const ServerName& server : servers) names.push_back(server.ToString());
  return fmt::format("{}", fmt::join(names, ", "));
}

Status CheckTables(const HeartbeatLink& heartbeat) {
  for (const HeartbeatSide* side : {&heartbeat.source, &heartbeat.target}) {
    if (side->table) RETURN_IF_ERROR(CheckHeartbeatTable(*side->table, side->cluster->name()));
  }
  return absl::OkStatus();
}

void PrintPlan(const HeartbeatSide& side, const TableName& table,
               const std::vector<std::string>& borders) {
  if (side.table) {
    fmt::print("The {} has table {}, in {}\n", side.role, table.ToString(),
               Plural(side.regions.size(), "region", "regions"));
    return;
  }
  fmt::print("{}\n",
             Wrapped(fmt::format("To be created on the {}, {}:", side.role, side.cluster->name())));
  if (table.ns != "default") fmt::print("  namespace {}, unless it is there\n", table.ns);
  const FamilyDescriptor family = HeartbeatDescriptor(table).families.front();
  std::string attributes = fmt::format("REPLICATION_SCOPE => {}", family.scope);
  for (const auto& [name, value] : family.attributes)
    attributes += fmt::format(", {} => {}", name, value);
  fmt::print("  table {}\n    family {} ({})\n    {}, split at {}, {} ... {}\n", table.ToString(),
             family.name, attributes, Plural(borders.size() + 1, "region", "regions"),
             borders.front(), borders.at(1), borders.back());
}

Task<Status> Create(HeartbeatSide* side, TableName table, std::vector<std::string> borders) {
  if (side->table) co_return absl::OkStatus();
  const Status made = co_await side->cluster->CreateTable(HeartbeatDescriptor(table), borders);
  if (!absl::IsAlreadyExists(made)) CO_RETURN_IF_ERROR(made);
  CO_RETURN_IF_ERROR(co_await LookAgain(side, table));
  if (!side->table) {
    co_return Error(absl::StatusCode::kAborted, "table {} of {} was dropped at once",
                    table.ToString(), side->cluster->name());
  }
  CO_RETURN_IF_ERROR(CheckHeartbeatTable(*side->table, side->cluster->name()));
  fmt::print("Created on the {}: {}, all of them open\n", side->role,
             Plural(side->regions.size(), "region", "regions"));
  co_return absl::OkStatus();
}

// One round of beats; how long until the target showed them, none when it did not in time.
Task<StatusOr<std::optional<absl::Duration>>> Prove(HeartbeatLink* heartbeat, BeatRound* round) {
  const HeartbeatSide& source = heartbeat->source;
  std::optional<QueueReading> queues;
  StatusOr<QueueReading> reading = co_await source.cluster->ReadQueues(heartbeat->link->peer->id);
  if (reading.ok()) queues = *std::move(reading);
  HeartbeatWriter writer(source.cluster, heartbeat->table, source.info.cluster_id, NewWriterId());
  HeartbeatEpoch epoch = EpochOf(source.info.live_servers, queues, 0);
  const Deadline deadline = After(kArriveWithin);
  CO_ASSIGN_OR_RETURN(
      *round, co_await writer.Beat(1, source.info.live_servers, std::move(epoch), absl::Now()));
  while (true) {
    CO_ASSIGN_OR_RETURN(const bool arrived,
                        co_await HaveArrived(heartbeat->target.cluster, heartbeat->table, *round));
    if (arrived) co_return absl::Now() - round->sent;
    if (std::chrono::steady_clock::now() >= deadline) co_return std::nullopt;
    co_await SleepFor(kLookEvery);
  }
}

// The other direction is the matter of its own link, and is only spoken of.
void PrintWayBack(const HeartbeatLink& heartbeat) {
  if (!heartbeat.back) return;
  const Status status =
      CheckHeartbeatPeer(*heartbeat.back, heartbeat.table, heartbeat.target.cluster->name());
  if (!status.ok()) fmt::print("{}\n", Wrapped(fmt::format("Way back: {}", Text(status))));
}

Task<StatusOr<int>> CreateAndProve(HeartbeatLink* heartbeat, std::vector<std::string> borders) {
  // The target first: what comes to a cluster without the table holds up replication.
  CO_RETURN_IF_ERROR(co_await Create(&heartbeat->target, heartbeat->table, borders));
  CO_RETURN_IF_ERROR(co_await Create(&heartbeat->source, heartbeat->table, borders));
  BeatRound round;
  CO_ASSIGN_OR_RETURN(const std::optional<absl::Duration> took, co_await Prove(heartbeat, &round));
  const std::string count = Plural(round.beats.size(), "region server", "region servers");
  if (!took) {
    Verdict(fmt::format("NOT ARRIVED: the target does not show the beats of {} after {} s; see "
                        "twinwatch queues",
                        count, kArriveWithin.count()),
            Colour::kRed);
    co_return kRed;
  }
  fmt::print("Beats were written on {}; after {} the target showed {}\n", count,
             HumanDuration(*took), round.beats.size() == 1 ? "it" : "all");
  PrintWayBack(*heartbeat);
  if (!round.uncovered.empty()) {
    Verdict(fmt::format("NOT COVERED: no region of the table is on {}; HBase's balancer should "
                        "bring one there within minutes",
                        Names(round.uncovered)),
            Colour::kRed);
    co_return kRed;
  }
  Verdict("OK: heartbeats come to the target", Colour::kGreen);
  co_return kFine;
}

}  // namespace

Task<StatusOr<int>> HeartbeatInit(Executor executor, std::shared_ptr<HeartbeatArgs> args) {
  CO_ASSIGN_OR_RETURN(const std::unique_ptr<HeartbeatLink> heartbeat,
                      co_await OpenHeartbeat(executor, args->link, args->table));
  CO_RETURN_IF_ERROR(CheckWay(*heartbeat));
  CO_RETURN_IF_ERROR(CheckTables(*heartbeat));
  PrintSides(*heartbeat);
  const HeartbeatSide& source = heartbeat->source;
  const HeartbeatSide& target = heartbeat->target;
  const std::vector<std::string> borders =
      HeartbeatBorders(std::max(source.info.live_servers.size(), target.info.live_servers.size()));
  if (source.table && target.table) {
    for (const HeartbeatSide* side : {&source, &target}) PrintPlan(*side, args->table, borders);
    PrintWayBack(*heartbeat);
    fmt::print("Look: {}\n", NextCommand(args->links, "status"));
    Verdict("NOTHING TO DO: both sides have the table", Colour::kGreen);
    co_return kFine;
  }
  if (args->execute) co_return co_await CreateAndProve(heartbeat.get(), borders);
  for (const HeartbeatSide* side : {&source, &target}) PrintPlan(*side, args->table, borders);
  PrintWayBack(*heartbeat);
  fmt::print("Create: {} --execute\n", NextCommand(args->links, "init"));
  Verdict("DRY RUN: nothing was written", Colour::kGreen);
  co_return kFine;
}

}  // namespace twinwatch::cli
