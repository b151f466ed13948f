#include "verifier/cause/of_descriptors.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "probes/replication/rules/peer_scope.h"
#include "verifier/cause/hiding.h"

namespace twinwatch {
namespace {

std::set<std::string> DifferingFamilies(const DriftCase& drift) {
  std::set<std::string> families(drift.families.begin(), drift.families.end());
  for (const auto* cells : {&drift.source_cells, &drift.target_cells}) {
    for (const TaggedCell& tagged : *cells) families.insert(tagged.cell.family);
  }
  return families;
}

const FamilyDescriptor* Find(const TableDescriptor& table, const std::string& name) {
  for (const FamilyDescriptor& family : table.families) {
    if (family.name == name) return &family;
  }
  return nullptr;
}

// HBase leaves out attributes that are as by default; TTL is FOREVER then.
std::string ValueOf(const FamilyDescriptor& family, const std::string& attribute,
                    std::string_view by_default) {
  const auto it = family.attributes.find(attribute);
  return it == family.attributes.end() ? std::string(by_default) : it->second;
}

}  // namespace

std::optional<Cause> FamilyNotInScope(const DriftCase& drift) {
  for (const std::string& name : DifferingFamilies(drift)) {
    const FamilyDescriptor* family = Find(drift.source_table, name);
    if (family == nullptr) continue;
    const std::string cause = fmt::format("family {} is not replicated", name);
    if (family->scope == 0) {
      return Cause{CauseKind::kFamilyNotInScope, cause,
                   fmt::format("REPLICATION_SCOPE of {} in {} is 0 on the source", name,
                               drift.source_table.table.ToString())};
    }
    if (!drift.peer) continue;
    const FamilyScope scope = ScopeOf(*drift.peer, drift.source_table);
    if (std::find(scope.left_out.begin(), scope.left_out.end(), name) != scope.left_out.end()) {
      return Cause{CauseKind::kFamilyNotInScope, cause,
                   fmt::format("the table and family lists of peer {} leave {}:{} out",
                               drift.peer->id, drift.source_table.table.ToString(), name)};
    }
  }
  return std::nullopt;
}

std::optional<Cause> SkipWal(const DriftCase& drift) {
  const auto it = drift.source_table.attributes.find("DURABILITY");
  // A cell that only the target has was not lost on its way there; its deletion may have been.
  if (it == drift.source_table.attributes.end() || it->second != "SKIP_WAL") return std::nullopt;
  return Cause{CauseKind::kSkipWal,
               !MayLackAtTarget(drift) ? "deleted with SKIP_WAL" : "written with SKIP_WAL",
               fmt::format("the DURABILITY of {} is SKIP_WAL on the source, and replication reads "
                           "the WAL",
                           drift.source_table.table.ToString())};
}

std::optional<Cause> AttributesDiffer(const DriftCase& drift) {
  constexpr std::pair<const char*, const char*> kAttributes[] = {{"TTL", "FOREVER"},
                                                                 {"VERSIONS", "1"},
                                                                 {"MIN_VERSIONS", "0"},
                                                                 {"KEEP_DELETED_CELLS", "FALSE"}};
  for (const std::string& name : DifferingFamilies(drift)) {
    const FamilyDescriptor* source = Find(drift.source_table, name);
    const FamilyDescriptor* target = Find(drift.target_table, name);
    if (source == nullptr || target == nullptr) continue;
    std::vector<std::string> names;
    std::vector<std::string> values;
    for (const auto& [attribute, by_default] : kAttributes) {
      const std::string ours = ValueOf(*source, attribute, by_default);
      const std::string theirs = ValueOf(*target, attribute, by_default);
      // 2147483647 s is how HBase stores FOREVER.
      const auto forever = [](const std::string& value) {
        return value == "FOREVER" || value == "2147483647";
      };
      if (ours == theirs || (forever(ours) && forever(theirs))) continue;
      names.emplace_back(attribute);
      values.push_back(
          fmt::format("{} is {} on the source and {} on the target", attribute, ours, theirs));
    }
    if (names.empty()) continue;
    return Cause{CauseKind::kAttributesDiffer,
                 fmt::format("family {} keeps cells by another rule on the target: {}", name,
                             fmt::join(names, ", ")),
                 fmt::format("{}", fmt::join(values, "; "))};
  }
  return std::nullopt;
}

}  // namespace twinwatch
