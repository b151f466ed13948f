// `twinwatch heartbeat init`: makes the table where it is missing, and proves that beats arrive.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "agent/cli/answer.h"
#include "agent/cli/exit_code.h"
#include "agent/cli/heartbeat_link.h"
#include "agent/cli/terminal.h"
#include "exporters/json_values.h"
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

Task<Status> Create(HeartbeatSide* side, TableName table, std::vector<std::string> borders,
                    bool tell) {
  if (side->table) co_return absl::OkStatus();
  const Status made = co_await side->cluster->CreateTable(HeartbeatDescriptor(table), borders);
  if (!absl::IsAlreadyExists(made)) CO_RETURN_IF_ERROR(made);
  CO_RETURN_IF_ERROR(co_await LookAgain(side, table));
  if (!side->table) {
    co_return Error(absl::StatusCode::kAborted, "table {} of {} was dropped at once",
                    table.ToString(), side->cluster->name());
  }
  CO_RETURN_IF_ERROR(CheckHeartbeatTable(*side->table, side->cluster->name()));
  if (tell) {
    fmt::print("Created on the {}: {}, all of them open\n", side->role,
               Plural(side->regions.size(), "region", "regions"));
  }
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

// The other direction is the matter of its own link, and is only spoken of. Empty: nothing is wrong
// with it.
std::string WayBack(const HeartbeatLink& heartbeat) {
  if (!heartbeat.back) return "";
  return std::string(
      Text(CheckHeartbeatPeer(*heartbeat.back, heartbeat.table, heartbeat.target.cluster->name())));
}

void PrintWayBack(const HeartbeatLink& heartbeat) {
  const std::string why = WayBack(heartbeat);
  if (!why.empty()) fmt::print("{}\n", Wrapped("Way back: " + why));
}

// What came of it.
struct Proven {
  BeatRound round;
  std::optional<absl::Duration> took;  // none: the target did not show the beats in time
};

int CodeOf(const Proven& proven) {
  return proven.took && proven.round.uncovered.empty() ? kFine : kRed;
}

Task<StatusOr<Proven>> CreateAndProve(HeartbeatLink* heartbeat, std::vector<std::string> borders,
                                      bool tell) {
  // The target first: what comes to a cluster without the table holds up replication.
  CO_RETURN_IF_ERROR(co_await Create(&heartbeat->target, heartbeat->table, borders, tell));
  CO_RETURN_IF_ERROR(co_await Create(&heartbeat->source, heartbeat->table, borders, tell));
  Proven proven;
  CO_ASSIGN_OR_RETURN(proven.took, co_await Prove(heartbeat, &proven.round));
  co_return proven;
}

void PrintProven(const HeartbeatLink& heartbeat, const Proven& proven) {
  const BeatRound& round = proven.round;
  const std::string count = Plural(round.beats.size(), "region server", "region servers");
  if (!proven.took) {
    Verdict(fmt::format("NOT ARRIVED: the target does not show the beats of {} after {} s; see "
                        "twinwatch queues",
                        count, kArriveWithin.count()),
            Colour::kRed);
    return;
  }
  fmt::print("Beats were written on {}; after {} the target showed {}\n", count,
             HumanDuration(*proven.took), round.beats.size() == 1 ? "it" : "all");
  PrintWayBack(heartbeat);
  if (!round.uncovered.empty()) {
    Verdict(fmt::format("NOT COVERED: no region of the table is on {}; HBase's balancer should "
                        "bring one there within minutes",
                        Names(round.uncovered)),
            Colour::kRed);
    return;
  }
  Verdict("OK: heartbeats come to the target", Colour::kGreen);
}

// `proven` is null where nothing was done.
void PrintDocument(const HeartbeatLink& heartbeat, const Proven* proven, std::string_view state) {
  using Json = nlohmann::ordered_json;
  Json json = DocumentOf(heartbeat, "init", state);
  const std::string way_back = WayBack(heartbeat);
  json["way_back"] = way_back.empty() ? Json(nullptr) : Json(way_back);
  json["arrived_after_seconds"] = proven != nullptr && proven->took
                                      ? Json(absl::ToDoubleSeconds(*proven->took))
                                      : Json(nullptr);
  json["uncovered"] = nullptr;
  if (proven != nullptr) {
    json["uncovered"] = Json::array();
    for (const ServerName& server : proven->round.uncovered)
      json["uncovered"].push_back(server.ToString());
  }
  fmt::print("{}\n", Dumped(json));
}

std::string_view StateOf(const Proven& proven) {
  if (!proven.took) return "not_arrived";
  return proven.round.uncovered.empty() ? "ok" : "not_covered";
}

}  // namespace

Task<StatusOr<int>> HeartbeatInit(Executor executor, std::shared_ptr<HeartbeatArgs> args) {
  const bool tell = !IsDocument(args->format);
  CO_ASSIGN_OR_RETURN(const std::unique_ptr<HeartbeatLink> heartbeat,
                      co_await OpenHeartbeat(executor, args->link, args->table));
  CO_RETURN_IF_ERROR(CheckWay(*heartbeat));
  CO_RETURN_IF_ERROR(CheckTables(*heartbeat));
  if (tell) PrintSides(*heartbeat);
  const HeartbeatSide& source = heartbeat->source;
  const HeartbeatSide& target = heartbeat->target;
  const std::vector<std::string> borders =
      HeartbeatBorders(std::max(source.info.live_servers.size(), target.info.live_servers.size()));
  const bool is_there = source.table && target.table;
  if (args->execute && !is_there) {
    CO_ASSIGN_OR_RETURN(const Proven proven,
                        co_await CreateAndProve(heartbeat.get(), borders, tell));
    if (tell) {
      PrintProven(*heartbeat, proven);
    } else {
      PrintDocument(*heartbeat, &proven, StateOf(proven));
    }
    co_return CodeOf(proven);
  }
  if (!tell) {
    PrintDocument(*heartbeat, nullptr, is_there ? "nothing_to_do" : "dry_run");
    co_return kFine;
  }
  for (const HeartbeatSide* side : {&source, &target}) PrintPlan(*side, args->table, borders);
  PrintWayBack(*heartbeat);
  if (is_there) {
    fmt::print("Look: {}\n", NextCommand(args->links, "status"));
    Verdict("NOTHING TO DO: both sides have the table", Colour::kGreen);
    co_return kFine;
  }
  fmt::print("Create: {} --execute\n", NextCommand(args->links, "init"));
  Verdict("DRY RUN: nothing was written", Colour::kGreen);
  co_return kFine;
}

}  // namespace twinwatch::cli
