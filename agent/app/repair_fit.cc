#include "agent/app/repair_fit.h"

#include <algorithm>
#include <map>
#include <utility>

#include "agent/app/barriers.h"
#include "exporters/text_format.h"

namespace twinwatch::app {
namespace {

// Attributes that say which cells a reader sees, or what becomes of those that are written.
constexpr std::string_view kTelling[] = {
    "VERSIONS",          "MIN_VERSIONS",         "TTL",   "KEEP_DELETED_CELLS",
    "REPLICATION_SCOPE", "NEW_VERSION_BEHAVIOR", "IS_MOB"};

FamilyAttributes TellingOf(const TableDescriptor& table) {
  FamilyAttributes telling;
  for (const FamilyDescriptor& family : table.families) {
    std::map<std::string, std::string>& attributes = telling[family.name];
    for (const auto& [name, value] : family.attributes) {
      if (std::find(std::begin(kTelling), std::end(kTelling), name) != std::end(kTelling))
        attributes[name] = value;
    }
    attributes["REPLICATION_SCOPE"] = std::to_string(family.scope);
  }
  return telling;
}

std::string TablesText(const Peer::TableFamilies& tables) {
  std::string text;
  for (const auto& [table, families] : tables) {
    text +=
        fmt::format("{}{}={}", text.empty() ? "" : ";", table.ToString(), fmt::join(families, ","));
  }
  return text;
}

// All of a peer that says what it replicates, and whereto. Not whether it is enabled: that may
// change.
std::string ConfigText(const Peer& peer) {
  return fmt::format(
      "key={} endpoint={} all={} tables={} namespaces={} excluded={} excluded_namespaces={}",
      peer.cluster_key, peer.endpoint, peer.replicate_all, TablesText(peer.tables),
      fmt::join(peer.namespaces, ","), TablesText(peer.excluded_tables),
      fmt::join(peer.excluded_namespaces, ","));
}

Status Other(std::string_view what, std::string_view then, std::string_view now) {
  return Error(absl::StatusCode::kFailedPrecondition,
               "the plan does not fit any more: {} was {} and is {}. Make a new plan", what, then,
               now.empty() ? "none" : now);
}

Status CompareIds(const PlannedPair& then, const PlannedPair& now) {
  if (then.source_id != now.source_id)
    return Other("the source cluster's id", then.source_id, now.source_id);
  if (then.target_id != now.target_id)
    return Other("the target cluster's id", then.target_id, now.target_id);
  return absl::OkStatus();
}

Status ComparePairs(const PlannedPair& then, const PlannedPair& now) {
  RETURN_IF_ERROR(CompareIds(then, now));
  if (then.peer != now.peer)
    return Other("the peer", then.peer.empty() ? "none" : then.peer, now.peer);
  if (then.peer_config != now.peer_config)
    return Other("the peer's configuration", then.peer_config, now.peer_config);
  return absl::OkStatus();
}

std::string AttributesText(const FamilyAttributes& families) {
  std::string text;
  for (const auto& [family, attributes] : families) {
    text += fmt::format("{}{} {{", text.empty() ? "" : ", ", family);
    const char* separator = "";
    for (const auto& [name, value] : attributes) {
      text += fmt::format("{}{} => {}", separator, name, value);
      separator = ", ";
    }
    text += "}";
  }
  return text;
}

Status CompareTables(const PlannedTable& then, const PlannedTable& now) {
  const std::string table = now.table.ToString();
  if (then.source != now.source) {
    return Other(fmt::format("table {} of the source", table), AttributesText(then.source),
                 AttributesText(now.source));
  }
  if (then.target != now.target) {
    return Other(fmt::format("table {} of the target", table), AttributesText(then.target),
                 AttributesText(now.target));
  }
  if (then.families != now.families) {
    return Other(fmt::format("what is replicated of table {}", table),
                 fmt::format("{}", fmt::join(then.families, ", ")),
                 fmt::format("{}", fmt::join(now.families, ", ")));
  }
  return absl::OkStatus();
}

}  // namespace

Task<Status> CheckDirection(Executor executor, Link* link, bool allow_reverse) {
  if (link->peer || allow_reverse) co_return absl::OkStatus();
  CO_ASSIGN_OR_RETURN(const std::optional<Peer> back, co_await PeerBack(executor, link));
  if (!back) co_return absl::OkStatus();
  co_return Error(absl::StatusCode::kFailedPrecondition,
                  "{} replicates to {} (peer {}), and not the other way round: this repair would "
                  "write towards the source. Are --source and --target the wrong way round? "
                  "--allow-reverse does it nevertheless",
                  link->target->name(), link->source->name(), back->id);
}

Task<StatusOr<PlannedPair>> PairOf(Link* link) {
  const auto [source, target] = co_await Both(link->source->Describe(), link->target->Describe());
  CO_RETURN_IF_ERROR(source.status());
  CO_RETURN_IF_ERROR(target.status());
  PlannedPair pair;
  pair.source = link->source->name();
  pair.target = link->target->name();
  pair.source_id = source->cluster_id;
  pair.target_id = target->cluster_id;
  if (link->peer) {
    pair.peer = link->peer->id;
    pair.peer_config = ConfigText(*link->peer);
  }
  if (pair.source_id != pair.target_id) co_return pair;
  co_return Error(absl::StatusCode::kFailedPrecondition,
                  "{} and {} are the same cluster: there is nothing to repair", pair.source,
                  pair.target);
}

Task<Status> CheckSameClusters(Link* link, const PlannedPair* pair) {
  CO_ASSIGN_OR_RETURN(const PlannedPair now, co_await PairOf(link));
  co_return CompareIds(*pair, now);
}

StatusOr<PlannedTable> PlannedTableOf(const TablePlan& table) {
  RETURN_IF_ERROR(table.problem);
  PlannedTable planned;
  planned.table = table.pair.source_table;
  planned.families = table.pair.families;
  planned.source = TellingOf(table.source_descriptor);
  planned.target = TellingOf(table.target_descriptor);
  return planned;
}

Task<Status> CheckPlanFits(Link* link, const RepairPlan* plan, absl::Time now) {
  if (now - plan->made > kPlanLives) {
    co_return Error(absl::StatusCode::kFailedPrecondition,
                    "the plan is {} old, and plans live {}: make a new one",
                    HumanDuration(now - plan->made), HumanDuration(kPlanLives));
  }
  if (plan->made - now > absl::Minutes(5)) {
    co_return Error(absl::StatusCode::kFailedPrecondition,
                    "the plan was made in the future: is this machine's clock right?");
  }
  CO_ASSIGN_OR_RETURN(const PlannedPair pair, co_await PairOf(link));
  CO_RETURN_IF_ERROR(ComparePairs(plan->pair, pair));
  VerifyRequest request;
  for (const PlannedTable& table : plan->tables) request.tables.push_back(table.table);
  if (request.tables.empty()) co_return absl::OkStatus();
  CO_ASSIGN_OR_RETURN(const std::vector<TablePlan> tables,
                      co_await PlanVerify(link, std::move(request)));
  for (size_t i = 0; i < plan->tables.size(); ++i) {
    CO_ASSIGN_OR_RETURN(const PlannedTable table, PlannedTableOf(tables.at(i)));
    CO_RETURN_IF_ERROR(CompareTables(plan->tables[i], table));
  }
  co_return absl::OkStatus();
}

}  // namespace twinwatch::app
