#include <algorithm>
#include <utility>

#include "agent/app/ledger_values.h"
#include "agent/cli/drift_pairs.h"
#include "agent/cli/drift_source.h"

namespace twinwatch::cli {
namespace {

using ledger::DriftRecord;
using ledger::Ledger;
using ledger::Pair;

class LedgerDrift : public DriftSource {
 public:
  LedgerDrift(LinkOptions links, std::unique_ptr<Ledger> ledger)
      : links_(std::move(links)), ledger_(std::move(ledger)) {}

  StatusOr<Views> Load(const std::vector<TableName>& tables) override {
    ASSIGN_OR_RETURN(const std::vector<Pair> pairs, PairsMeant(links_, ledger_.get()));
    RETURN_IF_ERROR(CheckKnown(pairs, tables));
    Views loaded;
    for (const Pair& pair : pairs) {
      ASSIGN_OR_RETURN(DriftView view, LoadView(pair, tables));
      loaded.views.push_back(std::move(view));
    }
    return loaded;
  }

  StatusOr<DriftView> LoadOne(const TableName& table) override {
    ASSIGN_OR_RETURN(const Pair pair, OnePair(links_, ledger_.get(), table));
    return LoadView(pair, {table});
  }

  Status VisitRows(const Pair& pair, const std::optional<TableName>& table,
                   const Visit& visit) override {
    ledger::DriftFilter filter;
    filter.table = table;
    return ledger_->VisitOpen(pair.id, filter, visit);
  }

  StatusOr<std::optional<DriftRowView>> LoadRow(const TableName& table,
                                                const std::string& row) override {
    DriftRowView view;
    ASSIGN_OR_RETURN(view.pair, OnePair(links_, ledger_.get(), table));
    ASSIGN_OR_RETURN(std::optional<ledger::DriftHistory> history,
                     ledger_->Row(view.pair.id, table, row));
    if (!history) return std::nullopt;
    view.history = *std::move(history);
    return std::optional(std::move(view));
  }

 private:
  Status CheckKnown(const std::vector<Pair>& pairs, const std::vector<TableName>& tables) {
    std::vector<std::optional<TableName>> asked(tables.begin(), tables.end());
    if (asked.empty()) asked.emplace_back();
    for (const std::optional<TableName>& table : asked) {
      bool known = false;
      for (const Pair& pair : pairs) {
        ASSIGN_OR_RETURN(const bool by_pair, ledger_->KnowsOf(pair.id, table));
        known = known || by_pair;
      }
      if (known) continue;
      return Error(absl::StatusCode::kNotFound,
                   "nothing is known yet of {}: no run over it has ended (the ledger is {})",
                   table ? "table " + table->ToString() : "these clusters", ledger_->path());
    }
    return absl::OkStatus();
  }

  StatusOr<DriftView> LoadView(const Pair& pair, const std::vector<TableName>& tables) {
    ASSIGN_OR_RETURN(DriftView view, app::DriftWithoutRows(ledger_.get(), pair));
    ledger::DriftFilter filter;
    filter.limit = kRowsShown;
    if (tables.empty()) {
      ASSIGN_OR_RETURN(view.rows, ledger_->OpenDrift(pair.id, filter));
      return view;
    }
    KeepTables(tables, &view);
    for (const TableName& table : tables) {
      if (view.rows.size() >= kRowsShown) break;
      filter.table = table;
      filter.limit = kRowsShown - view.rows.size();
      ASSIGN_OR_RETURN(const std::vector<DriftRecord> rows, ledger_->OpenDrift(pair.id, filter));
      view.rows.insert(view.rows.end(), rows.begin(), rows.end());
    }
    return view;
  }

  LinkOptions links_;
  std::unique_ptr<Ledger> ledger_;
};

}  // namespace

StatusOr<std::unique_ptr<DriftSource>> DriftOfLedger(const LinkOptions& links) {
  ASSIGN_OR_RETURN(std::unique_ptr<Ledger> ledger, OpenLedgerMeant(links));
  return std::make_unique<LedgerDrift>(links, std::move(ledger));
}

}  // namespace twinwatch::cli
