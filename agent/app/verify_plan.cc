#include "agent/app/verify_plan.h"

#include <absl/strings/numbers.h>

#include <algorithm>
#include <map>
#include <regex>

#include "probes/replication/rules/peer_scope.h"

namespace twinwatch::app {
namespace {

// How far the clocks of two servers may be apart, and what reading takes, around the end of a
// cell's life.
constexpr absl::Duration kEdgeMargin = absl::Seconds(60);

bool MatchesAny(const std::string& name, const std::vector<std::string>& patterns) {
  return std::any_of(patterns.begin(), patterns.end(), [&name](const std::string& pattern) {
    return std::regex_match(name, std::regex(pattern));
  });
}

FamilyScope AllFamilies(const TableDescriptor& table) {
  FamilyScope scope;
  for (const FamilyDescriptor& family : table.families) scope.replicated.push_back(family.name);
  return scope;
}

bool HasFamily(const TableDescriptor& table, const std::string& name) {
  return std::any_of(table.families.begin(), table.families.end(),
                     [&name](const FamilyDescriptor& family) { return family.name == name; });
}

void NameOnce(const std::string& family, std::vector<std::string>* families) {
  if (std::find(families->begin(), families->end(), family) == families->end())
    families->push_back(family);
}

// Those that both have; the rest of either is left out.
FamilyScope CommonFamilies(const TableDescriptor& source, const TableDescriptor& target) {
  FamilyScope scope;
  for (const FamilyDescriptor& family : source.families) {
    (HasFamily(target, family.name) ? scope.replicated : scope.left_out).push_back(family.name);
  }
  for (const FamilyDescriptor& family : target.families) {
    if (!HasFamily(source, family.name)) NameOnce(family.name, &scope.left_out);
  }
  return scope;
}

// The families to compare; the rest of the table's are named as left out.
StatusOr<FamilyScope> ChooseFamilies(const Link& link, const TablePlan& plan,
                                     const TableDescriptor& table, const TableDescriptor& target,
                                     const std::vector<std::string>& wanted) {
  const bool renamed = plan.pair.source_table != plan.pair.target_table;
  FamilyScope scope = plan.replicates ? ScopeOf(*link.peer, table)
                      : renamed       ? CommonFamilies(table, target)
                                      : AllFamilies(table);
  const std::string name = table.table.ToString();
  if (!wanted.empty()) {
    scope.replicated = wanted;
    scope.left_out.clear();
    for (const FamilyDescriptor& family : table.families) {
      if (std::find(wanted.begin(), wanted.end(), family.name) == wanted.end()) {
        scope.left_out.push_back(family.name);
      }
    }
    for (const std::string& family : wanted) {
      if (HasFamily(table, family)) continue;
      return Error(absl::StatusCode::kNotFound, "table {} of {} has no family {}", name,
                   link.source->name(), family);
    }
  }
  if (scope.replicated.empty() && !plan.replicates) {
    return Error(absl::StatusCode::kFailedPrecondition,
                 "table {} of {} and table {} of {} have no family in common", name,
                 link.source->name(), target.table.ToString(), link.target->name());
  }
  if (scope.replicated.empty()) {
    return Error(absl::StatusCode::kFailedPrecondition,
                 "peer {} replicates no family of table {}: name those to compare with --families",
                 link.peer->id, name);
  }
  return scope;
}

void SetWhatIsCompared(const VerifyRequest& request, TablePair* pair) {
  pair->max_versions = request.max_versions;
  pair->raw = request.raw;
  pair->keys_only = request.keys_only;
  if (request.since) pair->since_ms = static_cast<uint64_t>(absl::ToUnixMillis(*request.since));
  if (request.until) pair->until_ms = static_cast<uint64_t>(absl::ToUnixMillis(*request.until));
}

// A cell's life, in milliseconds; none when it does not end.
std::optional<int64_t> TtlMs(const FamilyDescriptor& family) {
  constexpr int64_t kForever = 2147483647;  // as HBase stores it, in seconds
  const auto it = family.attributes.find("TTL");
  int64_t seconds = 0;
  if (it == family.attributes.end() || !absl::SimpleAtoi(ToAbsl(it->second), &seconds) ||
      seconds <= 0 || seconds >= kForever) {
    return std::nullopt;
  }
  return seconds * 1000;
}

// Of families whose cells live equally long on both sides.
TtlEdges EdgesOf(const TableDescriptor& source, const TableDescriptor& target) {
  std::map<std::string, int64_t, std::less<>> ttl_ms;
  for (const FamilyDescriptor& ours : source.families) {
    for (const FamilyDescriptor& theirs : target.families) {
      if (ours.name != theirs.name) continue;
      const std::optional<int64_t> ttl = TtlMs(ours);
      if (ttl && ttl == TtlMs(theirs)) ttl_ms[ours.name] = *ttl;
    }
  }
  return TtlEdges(std::move(ttl_ms), kEdgeMargin);
}

// Of a table whose descriptor we may not see: that it has the families that were asked for is all
// that is taken to be so, and reading them will tell.
TableDescriptor Unseen(const TableName& table, const std::vector<std::string>& families) {
  TableDescriptor descriptor;
  descriptor.table = table;
  for (const std::string& family : families) descriptor.families.push_back({family, 0, {}});
  return descriptor;
}

Task<TablePlan> PlanTable(Link* link, TableName table, const VerifyRequest* request) {
  TablePlan plan;
  plan.pair.source = link->source.get();
  plan.pair.target = link->target.get();
  plan.pair.source_table = table;
  plan.pair.target_table = request->target_table.value_or(table);
  const bool same_cluster = link->source->name() == link->target->name();
  const bool renamed = plan.pair.target_table != table;
  if (same_cluster && !renamed) {
    plan.problem = Error(absl::StatusCode::kInvalidArgument,
                         "source and target are both {}: a table would be compared with itself; "
                         "name the other one with --target-table",
                         link->source->name());
    co_return plan;
  }
  plan.replicates = link->peer.has_value() && !renamed;
  SetWhatIsCompared(*request, &plan.pair);
  auto [source, target] =
      co_await Both(link->source->Table(table), link->target->Table(plan.pair.target_table));
  if (!request->families.empty()) {
    for (auto* side : {&source, &target}) {
      if (!absl::IsPermissionDenied(side->status())) continue;
      plan.descriptor_unknown = std::string(Text(side->status()));
      *side = Unseen(side == &source ? table : plan.pair.target_table, request->families);
    }
  }
  if (!renamed && absl::IsNotFound(source.status()) && absl::IsNotFound(target.status())) {
    plan.problem = Error(absl::StatusCode::kNotFound, "neither {} nor {} has a table {}",
                         link->source->name(), link->target->name(), table.ToString());
    co_return plan;
  }
  for (const auto* side : {&source, &target}) {
    if (side->ok()) continue;
    plan.problem = side->status();
    if (absl::IsPermissionDenied(plan.problem)) {
      plan.problem = Error(absl::StatusCode::kPermissionDenied,
                           "{}; to see which families there are takes CREATE or ADMIN: without it "
                           "name those to compare with --families",
                           Text(side->status()));
    }
    co_return plan;
  }
  StatusOr<FamilyScope> scope = ChooseFamilies(*link, plan, *source, *target, request->families);
  if (!scope.ok()) {
    plan.problem = scope.status();
    co_return plan;
  }
  for (const std::string& family : scope->replicated) {
    if (HasFamily(*target, family)) continue;
    plan.problem =
        Error(absl::StatusCode::kNotFound, "table {} of {} has no family {}, which the source has",
              plan.pair.target_table.ToString(), link->target->name(), family);
    co_return plan;
  }
  plan.source_descriptor = *source;
  plan.target_descriptor = *target;
  plan.pair.families = std::move(scope->replicated);
  plan.pair.edges = EdgesOf(*source, *target);
  plan.families_left_out = std::move(scope->left_out);
  plan.left_out_because = !request->families.empty() ? "they are not among --families"
                          : plan.replicates          ? "the peer does not replicate them"
                                                     : "only one side has them";
  co_return plan;
}

// Every table that the peer replicates at least one family of.
Task<StatusOr<std::vector<TableName>>> TablesInScope(Link* link, const VerifyRequest* request) {
  CO_ASSIGN_OR_RETURN(const std::vector<TableDescriptor> tables, co_await link->source->Tables());
  std::vector<TableName> names;
  for (const TableDescriptor& table : tables) {
    const std::string name = table.table.ToString();
    // Twinwatch's own tables are no user's data, wherever the configuration has put the heartbeats.
    if (table.table.ns == kOwnNamespace || table.table == link->heartbeat_table) continue;
    if (link->peer && ScopeOf(*link->peer, table).replicated.empty()) continue;
    if (!request->include.empty() && !MatchesAny(name, request->include)) continue;
    if (MatchesAny(name, request->exclude)) continue;
    names.push_back(table.table);
  }
  if (names.empty()) {
    co_return Error(absl::StatusCode::kNotFound, "{} has no table in scope: name one with -t",
                    link->source->name());
  }
  std::sort(names.begin(), names.end());
  co_return names;
}

}  // namespace

Task<StatusOr<std::vector<TablePlan>>> PlanVerify(Link* link, VerifyRequest request) {
  if (request.tables.empty()) {
    CO_ASSIGN_OR_RETURN(request.tables, co_await TablesInScope(link, &request));
  }
  std::vector<TablePlan> plans;
  for (const TableName& table : request.tables) {
    plans.push_back(co_await PlanTable(link, table, &request));
  }
  co_return plans;
}

}  // namespace twinwatch::app
