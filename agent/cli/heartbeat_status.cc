// `twinwatch heartbeat status`: the table on both sides, and how old the beats on the target are.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "agent/cli/answer.h"
#include "agent/cli/exit_code.h"
#include "agent/cli/heartbeat_link.h"
#include "agent/cli/terminal.h"
#include "agent/core/utc.h"
#include "exporters/text_format.h"
#include "probes/replication/heartbeat_reader.h"
#include "probes/replication/heartbeat_table.h"

namespace twinwatch::cli {
namespace {

using Json = nlohmann::ordered_json;

// A beat that has not come by then is a red matter.
constexpr absl::Duration kArriveWithin = absl::Seconds(60);

struct BeatAge {
  ServerName server;
  std::optional<absl::Time> sent;  // of the newest on the target; none: none is there
};

struct Found {
  std::string state;  // ok, not_covered, not_replicated, unknown, absent
  std::string why;    // empty with ok
  std::vector<ServerName> source_uncovered, target_uncovered;
  std::vector<BeatAge> beats;  // of the source's live servers
  size_t waiting = 0;          // rows of which the target has an older beat or none
  absl::Time now;
};

// What the beats of both sides say, without I/O.
void JudgeBeats(const SeenBeats& on_source, const SeenBeats& on_target, Found* found) {
  const std::vector<std::string> waiting = OnTheirWay(on_source, on_target);
  found->waiting = waiting.size();
  std::optional<absl::Time> oldest;
  for (const std::string& row : waiting) {
    const absl::Time sent = on_source.at(row).sent;
    oldest = oldest ? std::min(*oldest, sent) : sent;
  }
  if (oldest && found->now - *oldest >= kArriveWithin) {
    found->state = "not_replicated";
    found->why = fmt::format(
        "{} not come to the target, the oldest was sent {} ago",
        waiting.size() == 1 ? "1 beat has" : fmt::format("{} beats have", waiting.size()),
        HumanDuration(found->now - *oldest));
  } else if (on_target.empty()) {
    found->state = "unknown";
    found->why = on_source.empty() ? "nobody has written a beat within the last seven days"
                                   : "the first beats were sent just now; look again in a minute";
  }
}

Task<StatusOr<Found>> Look(const HeartbeatLink* heartbeat) {
  Found found;
  found.state = "ok";
  found.now = absl::Now();
  const HeartbeatSide& source = heartbeat->source;
  const HeartbeatSide& target = heartbeat->target;
  if (!source.table || !target.table) {
    found.state = "absent";
    found.why = fmt::format("{} table {}",
                            source.table   ? "the target has no"
                            : target.table ? "the source has no"
                                           : "neither side has",
                            heartbeat->table.ToString());
    co_return found;
  }
  found.source_uncovered = Uncovered(source.info.live_servers, source.regions);
  if (heartbeat->back) found.target_uncovered = Uncovered(target.info.live_servers, target.regions);
  const std::string& id = source.info.cluster_id;
  CO_ASSIGN_OR_RETURN(const SeenBeats on_source,
                      co_await ReadBeats(source.cluster, heartbeat->table, id));
  CO_ASSIGN_OR_RETURN(const SeenBeats on_target,
                      co_await ReadBeats(target.cluster, heartbeat->table, id));
  found.now = absl::Now();
  const std::map<ServerName, absl::Time> newest = NewestByServer(on_target);
  for (const ServerName& server : source.info.live_servers) {
    BeatAge& age = found.beats.emplace_back();
    age.server = server;
    if (const auto it = newest.find(server); it != newest.end()) age.sent = it->second;
  }
  JudgeBeats(on_source, on_target, &found);
  const size_t uncovered = found.source_uncovered.size() + found.target_uncovered.size();
  Status usable = CheckWay(*heartbeat);
  for (const HeartbeatSide* side : {&source, &target})
    if (usable.ok()) usable = CheckHeartbeatTable(*side->table, side->cluster->name());
  if (!usable.ok()) {
    found.state = "not_replicated";
    found.why = Text(usable);
  } else if (uncovered > 0 && found.state != "not_replicated") {
    found.state = "not_covered";
    found.why = fmt::format("{} no region of the table",
                            uncovered == 1 ? "1 live region server has"
                                           : fmt::format("{} live region servers have", uncovered));
  }
  co_return found;
}

double AgeSeconds(const Found& found, absl::Time sent) {
  return static_cast<double>(absl::ToInt64Milliseconds(found.now - sent)) / 1000;
}

Json SideJson(const HeartbeatSide& side, const std::vector<ServerName>& uncovered) {
  Json names = Json::array();
  for (const ServerName& server : uncovered) names.push_back(server.ToString());
  return {{"cluster", side.cluster->name()},
          {"exists", side.table.has_value()},
          {"regions", side.table ? Json(side.regions.size()) : Json(nullptr)},
          {"regionservers", side.info.live_servers.size()},
          {"uncovered", side.table ? std::move(names) : Json(nullptr)}};
}

void PrintJson(const HeartbeatLink& heartbeat, const Found& found) {
  Json beats = Json::array();
  for (const BeatAge& beat : found.beats) {
    beats.push_back(
        {{"regionserver", beat.server.ToString()},
         {"sent", beat.sent ? Json(ToRfc3339(*beat.sent)) : Json(nullptr)},
         {"age_seconds", beat.sent ? Json(AgeSeconds(found, *beat.sent)) : Json(nullptr)}});
  }
  const bool there = found.state != "absent";
  const Json json = {
      {"schema_version", 1},
      {"command", "heartbeat status"},
      {"link", heartbeat.link->name},
      {"table", heartbeat.table.ToString()},
      {"state", found.state},
      {"why", found.why.empty() ? Json(nullptr) : Json(found.why)},
      {"two_way", heartbeat.back.has_value()},
      {"source", SideJson(heartbeat.source, found.source_uncovered)},
      {"target", SideJson(heartbeat.target,
                          Uncovered(heartbeat.target.info.live_servers, heartbeat.target.regions))},
      {"waiting_beats", there ? Json(found.waiting) : Json(nullptr)},
      {"beats", std::move(beats)}};
  fmt::print("{}\n", json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

void PrintTables(const HeartbeatLink& heartbeat, const Found& found) {
  TextTable sides;
  sides.AddColumn("SIDE", TextTable::Align::kLeft);
  sides.AddColumn("TABLE", TextTable::Align::kLeft);
  sides.AddColumn("REGIONS", TextTable::Align::kRight);
  sides.AddColumn("REGION SERVERS", TextTable::Align::kRight);
  for (const HeartbeatSide* side : {&heartbeat.source, &heartbeat.target}) {
    sides.AddRow({side->role, side->table ? heartbeat.table.ToString() : "not there",
                  side->table ? WithThousands(side->regions.size()) : "-",
                  WithThousands(side->info.live_servers.size())});
  }
  fmt::print("{}", sides.ToString());
  if (found.beats.empty()) return;
  TextTable beats;
  beats.AddColumn("REGION SERVER", TextTable::Align::kLeft);
  beats.AddColumn("NEWEST BEAT ON THE TARGET", TextTable::Align::kRight);
  for (const BeatAge& beat : found.beats) {
    beats.AddRow(
        {beat.server.ToString(),
         beat.sent ? HumanDuration(std::max(found.now - *beat.sent, absl::ZeroDuration())) + " old"
                   : "none"});
  }
  fmt::print("\n{}", beats.ToString());
}

std::string Sentence(const Found& found) {
  return found.why.empty() ? "every live region server is covered, beats come to the target"
                           : found.why;
}

void PrintText(const HeartbeatArgs& args, const HeartbeatLink& heartbeat, const Found& found) {
  PrintSides(heartbeat);
  PrintTables(heartbeat, found);
  fmt::print("\n");
  for (const std::vector<ServerName>* uncovered :
       {&found.source_uncovered, &found.target_uncovered})
    for (const ServerName& server : *uncovered)
      fmt::print("Without a region of the table: {}\n", server.ToString());
  if (found.state == "absent") fmt::print("Create: {}\n", NextCommand(args.links, "init"));
  std::string word = found.state == "absent" ? "NOT THERE" : found.state;
  std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) {
    return c == '_' ? ' ' : static_cast<char>(std::toupper(c));
  });
  const Colour colour = found.state == "ok"                                   ? Colour::kGreen
                        : found.state == "unknown" || found.state == "absent" ? Colour::kYellow
                                                                              : Colour::kRed;
  fmt::print("{}\n", Coloured(Wrapped(fmt::format("{}: {}", word, Sentence(found))), colour,
                              WantsColour()));
}

int CodeOf(const Found& found) {
  if (found.state == "ok") return kFine;
  return found.state == "unknown" || found.state == "absent" ? kCouldNotTell : kRed;
}

NagiosAnswer Nagios(const Found& found) {
  const int code = CodeOf(found);
  return ToNagios(code == kFine  ? NagiosState::kOk
                  : code == kRed ? NagiosState::kCritical
                                 : NagiosState::kUnknown,
                  Sentence(found),
                  found.state == "absent" ? "" : fmt::format("waiting_beats={}", found.waiting));
}

}  // namespace

Task<StatusOr<int>> HeartbeatStatus(Executor executor, std::shared_ptr<HeartbeatArgs> args) {
  CO_ASSIGN_OR_RETURN(const std::unique_ptr<HeartbeatLink> heartbeat,
                      co_await OpenHeartbeat(executor, args->link, args->table));
  CO_ASSIGN_OR_RETURN(const Found found, co_await Look(heartbeat.get()));
  if (args->format == kNagios) {
    Tell(Nagios(found));
  } else if (IsDocument(args->format)) {
    PrintJson(*heartbeat, found);
  } else {
    PrintText(*args, *heartbeat, found);
  }
  co_return CodeOf(found);
}

}  // namespace twinwatch::cli
