// Where `twinwatch drift` has its knowledge from: the ledger, or an agent that has one. Both give
// the same values, so both print the same.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/cli/link_options.h"
#include "exporters/drift_document.h"
#include "exporters/drift_view.h"

namespace twinwatch::cli {

constexpr size_t kRowsShown = 100;  // of a pair, with --format table

class DriftSource {
 public:
  using Visit = std::function<void(const ledger::DriftRecord&)>;

  struct Views {
    std::vector<DriftView> views;  // at least one
    Status unknown;                // why something that was asked for is in none of them
  };

  virtual ~DriftSource() = default;

  // Counts, marks and first rows of each pair that is meant, of these tables alone (sorted; none:
  // of all). kNotFound where no pair knows of one of them: what is not known is not fine.
  virtual StatusOr<Views> Load(const std::vector<TableName>& tables) = 0;
  // The same of the one pair that knows of this table. kInvalidArgument when there are several.
  virtual StatusOr<DriftView> LoadOne(const TableName& table) = 0;
  // A row at a time, by table and row: there may be millions. `pair` is of a view.
  virtual Status VisitRows(const ledger::Pair& pair, const std::optional<TableName>& table,
                           const Visit& visit) = 0;
  // Open or not; none when nothing is known of it.
  virtual StatusOr<std::optional<DriftRowView>> LoadRow(const TableName& table,
                                                        const std::string& row) = 0;
};

// As DriftSource: the ledger that `links` mean. kNotFound where there is none.
StatusOr<std::unique_ptr<DriftSource>> DriftOfLedger(const LinkOptions& links);

// Asks the agent at `links.agent`. kNotFound when it has no such link, kCancelled on SIGINT and
// SIGTERM; else the errors of agent_client.h.
StatusOr<std::unique_ptr<DriftSource>> DriftOfAgent(const LinkOptions& links);

}  // namespace twinwatch::cli
