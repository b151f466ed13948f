#include "agent/cli/heartbeat_link.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "agent/core/cluster_key.h"
#include "exporters/json_values.h"
#include "exporters/text_format.h"
#include "probes/replication/heartbeat_table.h"

namespace twinwatch::cli {
namespace {

// As a shell takes it.
std::string Quoted(const std::string& word) {
  const auto plain = [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("_-.,:/=@+%").find(static_cast<char>(c)) != std::string_view::npos;
  };
  if (!word.empty() && std::all_of(word.begin(), word.end(), plain)) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

Task<StatusOr<HeartbeatSide>> LookAt(std::string role, Cluster* cluster, TableName table) {
  HeartbeatSide side;
  side.role = std::move(role);
  side.cluster = cluster;
  CO_ASSIGN_OR_RETURN(side.info, co_await cluster->Describe());
  CO_RETURN_IF_ERROR(co_await LookAgain(&side, std::move(table)));
  co_return side;
}

// A user who may not list the target's peers is none the worse for it.
Task<std::optional<Peer>> PeerBack(Cluster* target, std::string source_name) {
  const StatusOr<std::vector<Peer>> peers = co_await target->Peers();
  const StatusOr<ClusterKey> source = ClusterKey::Parse(source_name);
  if (!peers.ok() || !source.ok()) co_return std::nullopt;
  for (const Peer& peer : *peers) {
    const StatusOr<ClusterKey> key = ClusterKey::Parse(peer.cluster_key);
    if (key.ok() && *key == *source) co_return peer;
  }
  co_return std::nullopt;
}

}  // namespace

Task<StatusOr<std::unique_ptr<HeartbeatLink>>> OpenHeartbeat(Executor executor, app::LinkSpec spec,
                                                             TableName table) {
  auto heartbeat = std::make_unique<HeartbeatLink>();
  heartbeat->table = table;
  CO_ASSIGN_OR_RETURN(heartbeat->link,
                      co_await app::OpenLink(executor, std::move(spec), app::Sides::kBoth));
  Cluster* source = heartbeat->link->source.get();
  Cluster* target = heartbeat->link->target.get();
  CO_ASSIGN_OR_RETURN(heartbeat->source, co_await LookAt("source", source, table));
  CO_ASSIGN_OR_RETURN(heartbeat->target, co_await LookAt("target", target, table));
  heartbeat->back = co_await PeerBack(target, source->name());
  co_return heartbeat;
}

Task<Status> LookAgain(HeartbeatSide* side, TableName table) {
  side->table.reset();
  side->regions.clear();
  StatusOr<TableDescriptor> descriptor = co_await side->cluster->Table(table);
  if (absl::IsNotFound(descriptor.status())) co_return absl::OkStatus();
  CO_RETURN_IF_ERROR(descriptor.status());
  CO_ASSIGN_OR_RETURN(side->regions, co_await side->cluster->Regions(table));
  side->table = *std::move(descriptor);
  co_return absl::OkStatus();
}

Status CheckWay(const HeartbeatLink& heartbeat) {
  const app::Link& link = *heartbeat.link;
  if (!link.peer) {
    return Error(absl::StatusCode::kNotFound,
                 "no peer of {} leads to {}: heartbeats have no way to go", link.source->name(),
                 link.target->name());
  }
  RETURN_IF_ERROR(CheckHeartbeatPeer(*link.peer, heartbeat.table, link.source->name()));
  if (link.peer->enabled) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition,
               "peer {} of {} is disabled: in the HBase shell of that cluster, enable_peer '{}'",
               link.peer->id, link.source->name(), link.peer->id);
}

void PrintSides(const HeartbeatLink& heartbeat) {
  const auto line = [](std::string_view title, const HeartbeatSide& side, std::string_view more) {
    fmt::print(
        "{}\n",
        Wrapped(fmt::format(
            "{} {} (HBase {}, {}){}", title, side.cluster->name(), side.info.hbase_version,
            Plural(side.info.live_servers.size(), "region server", "region servers"), more)));
  };
  const std::optional<Peer>& peer = heartbeat.link->peer;
  line("Source", heartbeat.source, "");
  line("Target", heartbeat.target,
       peer ? fmt::format(", by peer {}, {}", peer->id, peer->enabled ? "ENABLED" : "DISABLED")
            : ", by no peer");
  if (heartbeat.back) {
    fmt::print("{}\n", Wrapped(fmt::format("Peer {} of the target leads back: one table serves "
                                           "both directions",
                                           heartbeat.back->id)));
  }
  fmt::print("\n");
}

nlohmann::ordered_json DocumentOf(const HeartbeatLink& heartbeat, std::string_view verb,
                                  std::string_view state) {
  using Json = nlohmann::ordered_json;
  const auto side = [](const HeartbeatSide& of) -> Json {
    return {{"cluster", of.cluster->name()},
            {"exists", of.table.has_value()},
            {"regions", of.table ? Json(of.regions.size()) : Json(nullptr)},
            {"regionservers", of.info.live_servers.size()}};
  };
  return {{"schema_version", kSchemaVersion},
          {"command", fmt::format("heartbeat {}", verb)},
          {"link", heartbeat.link->name},
          {"table", heartbeat.table.ToString()},
          {"state", state},
          {"source", side(heartbeat.source)},
          {"target", side(heartbeat.target)}};
}

std::string NextCommand(const LinkOptions& links, std::string_view verb) {
  std::string command = fmt::format("twinwatch heartbeat {}", verb);
  const std::pair<std::string_view, const std::string*> options[] = {
      {"--source", &links.source}, {"--target", &links.target},
      {"--peer", &links.peer},     {"--config", &links.config},
      {"--link", &links.link},     {"--storage.path", &links.storage_path}};
  for (const auto& [flag, value] : options)
    if (!value->empty()) command += fmt::format(" {} {}", flag, Quoted(*value));
  return command;
}

}  // namespace twinwatch::cli
