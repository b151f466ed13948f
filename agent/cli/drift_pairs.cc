#include "agent/cli/drift_pairs.h"

#include <algorithm>
#include <string>
#include <utility>

namespace twinwatch::cli {
namespace {

using ledger::Ledger;
using ledger::Pair;

// Whatever the order in which the quorum is written.
bool SameCluster(const ClusterKey& wanted, const std::string& name) {
  StatusOr<ClusterKey> known = ClusterKey::Parse(name);
  if (!known.ok() || known->base_znode != wanted.base_znode) return false;
  std::vector<std::string> quorum = wanted.quorum;
  std::sort(quorum.begin(), quorum.end());
  std::sort(known->quorum.begin(), known->quorum.end());
  return quorum == known->quorum;
}

bool IsMeant(const Pair& pair, const std::vector<app::LinkSpec>& specs) {
  return std::any_of(specs.begin(), specs.end(), [&pair](const app::LinkSpec& spec) {
    return SameCluster(spec.source, pair.source_name) &&
           (!spec.target || SameCluster(*spec.target, pair.target_name));
  });
}

std::string Names(const std::vector<Pair>& pairs) {
  std::vector<std::string> names;
  for (const Pair& pair : pairs) names.push_back(pair.source_name + " to " + pair.target_name);
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

StatusOr<std::unique_ptr<Ledger>> OpenLedgerMeant(const LinkOptions& links) {
  ASSIGN_OR_RETURN(const std::string path, links.LedgerPath());
  StatusOr<std::unique_ptr<Ledger>> opened = Ledger::Open(path, ledger::OpenMode::kExisting);
  if (opened.status().code() == absl::StatusCode::kNotFound) {
    return Error(absl::StatusCode::kNotFound,
                 "nothing is known yet: {}; `twinwatch verify` makes it (is --storage.path right?)",
                 Text(opened.status()));
  }
  return opened;
}

StatusOr<std::vector<Pair>> PairsMeant(const LinkOptions& links, Ledger* ledger) {
  ASSIGN_OR_RETURN(const std::vector<Pair> all, ledger->Pairs());
  const bool narrowed = !links.source.empty() || !links.target.empty() || !links.peer.empty() ||
                        !links.config.empty() || !links.link.empty();
  std::vector<Pair> meant = all;
  if (narrowed) {
    ASSIGN_OR_RETURN(const std::vector<app::LinkSpec> specs, links.Links());
    meant.erase(std::remove_if(meant.begin(), meant.end(),
                               [&specs](const Pair& pair) { return !IsMeant(pair, specs); }),
                meant.end());
  }
  if (!meant.empty()) return meant;
  return Error(absl::StatusCode::kNotFound,
               "nothing is known yet of {}: the ledger {} has of pairs: {}",
               narrowed ? "this pair" : "any pair", ledger->path(), Names(all));
}

StatusOr<Pair> OnePair(const LinkOptions& links, Ledger* ledger, const TableName& table) {
  ASSIGN_OR_RETURN(const std::vector<Pair> meant, PairsMeant(links, ledger));
  std::vector<Pair> knowing;
  for (const Pair& pair : meant) {
    ASSIGN_OR_RETURN(const bool known, ledger->KnowsOf(pair.id, table));
    if (known) knowing.push_back(pair);
  }
  if (knowing.size() == 1) return std::move(knowing.front());
  if (knowing.empty()) {
    return Error(absl::StatusCode::kNotFound,
                 "nothing is known yet of table {}: no run over it has ended (the ledger is {})",
                 table.ToString(), ledger->path());
  }
  return Error(absl::StatusCode::kInvalidArgument,
               "several pairs have a table {} ({}): choose one with --source and --target",
               table.ToString(), Names(knowing));
}

}  // namespace twinwatch::cli
