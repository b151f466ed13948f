// `twinwatch heartbeat drop`: removes the table from both sides, unless that would hold up
// replication.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "agent/cli/answer.h"
#include "agent/cli/exit_code.h"
#include "agent/cli/heartbeat_link.h"
#include "exporters/json_values.h"
#include "exporters/text_format.h"
#include "probes/replication/heartbeat_reader.h"
#include "probes/replication/heartbeat_table.h"

namespace twinwatch::cli {
namespace {

constexpr std::chrono::seconds kArriveWithin{60};
// Longer than any writer's interval.
constexpr std::chrono::seconds kQuietFor{3};

// A beat that comes to a cluster without the table stops the queue that it is in, so none may be
// on its way from `from` to `to`, and nobody may write any more.
Task<Status> WaitForRest(const HeartbeatSide* from, const HeartbeatSide* to, TableName table) {
  const std::string& id = from->info.cluster_id;
  const Deadline deadline = After(kArriveWithin);
  while (true) {
    CO_ASSIGN_OR_RETURN(const SeenBeats before, co_await ReadBeats(from->cluster, table, id));
    co_await SleepFor(kQuietFor);
    CO_ASSIGN_OR_RETURN(const SeenBeats after, co_await ReadBeats(from->cluster, table, id));
    const size_t written = OnTheirWay(after, before).size();
    if (written > 0) {
      co_return Error(absl::StatusCode::kFailedPrecondition,
                      "somebody writes heartbeats on {}: stop that first (twinwatch agent?)",
                      from->cluster->name());
    }
    CO_ASSIGN_OR_RETURN(const SeenBeats there, co_await ReadBeats(to->cluster, table, id));
    const size_t waiting = OnTheirWay(after, there).size();
    if (waiting == 0) co_return absl::OkStatus();
    if (std::chrono::steady_clock::now() >= deadline) {
      co_return Error(
          absl::StatusCode::kFailedPrecondition,
          "{} of {} did not come to {} within {} s: without the table there, they would "
          "stop replication when they come. See twinwatch queues; HBase's own shell "
          "drops it in spite of that",
          Plural(waiting, "heartbeat", "heartbeats"), from->cluster->name(), to->cluster->name(),
          kArriveWithin.count());
    }
  }
}

bool LetsThrough(const std::optional<Peer>& peer, const TableName& table) {
  return peer && CheckHeartbeatPeer(*peer, table, "").ok();
}

Task<Status> DropBoth(HeartbeatLink* heartbeat, bool tell) {
  HeartbeatSide* source = &heartbeat->source;
  HeartbeatSide* target = &heartbeat->target;
  const TableName& table = heartbeat->table;
  if (source->table && target->table) {
    if (LetsThrough(heartbeat->link->peer, table))
      CO_RETURN_IF_ERROR(co_await WaitForRest(source, target, table));
    if (LetsThrough(heartbeat->back, table))
      CO_RETURN_IF_ERROR(co_await WaitForRest(target, source, table));
  }
  // The source first: then nobody can write what the target does not take.
  const std::vector<HeartbeatSide*> sides{source, target};
  for (HeartbeatSide* side : sides) {
    if (!side->table) continue;
    CO_RETURN_IF_ERROR(co_await side->cluster->DropTable(table));
    side->table.reset();
    if (tell) {
      fmt::print("{}\n",
                 Wrapped(fmt::format("Dropped on the {}, {}", side->role, side->cluster->name())));
    }
  }
  co_return absl::OkStatus();
}

}  // namespace

Task<StatusOr<int>> HeartbeatDrop(Executor executor, std::shared_ptr<HeartbeatArgs> args) {
  CO_ASSIGN_OR_RETURN(const std::unique_ptr<HeartbeatLink> heartbeat,
                      co_await OpenHeartbeat(executor, args->link, args->table));
  const bool is_there = heartbeat->source.table || heartbeat->target.table;
  if (IsDocument(args->format)) {
    if (is_there && args->execute) CO_RETURN_IF_ERROR(co_await DropBoth(heartbeat.get(), false));
    const std::string_view state = !is_there ? "nothing_to_do" : args->execute ? "ok" : "dry_run";
    fmt::print("{}\n", Dumped(DocumentOf(*heartbeat, "drop", state)));
    co_return kFine;
  }
  PrintSides(*heartbeat);
  if (!is_there) {
    fmt::print("NOTHING TO DO: neither side has table {}\n", args->table.ToString());
    co_return kFine;
  }
  if (args->execute) {
    CO_RETURN_IF_ERROR(co_await DropBoth(heartbeat.get(), true));
    fmt::print("OK: neither side has table {}\n", args->table.ToString());
    co_return kFine;
  }
  for (const HeartbeatSide* side : {&heartbeat->source, &heartbeat->target}) {
    if (!side->table) continue;
    fmt::print("{}\n", Wrapped(fmt::format("To be dropped on the {}, {}: table {}, {}", side->role,
                                           side->cluster->name(), args->table.ToString(),
                                           Plural(side->regions.size(), "region", "regions"))));
  }
  fmt::print("Drop: {} --execute\nDRY RUN: nothing was dropped\n",
             NextCommand(args->links, "drop"));
  co_return kFine;
}

}  // namespace twinwatch::cli
