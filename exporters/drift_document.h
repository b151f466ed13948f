// What the agent's API tells of a link's drift, and the way back: for commands that ask an agent.
//
//   GET .../drift      rows in pages; on the first page beside them all that `drift list` and
//                      `drift show` print besides rows
//   GET .../drift/row  one row with its history
//
// Pure. Who reads trusts nothing: kDataLoss for what is no such document, kFailedPrecondition for
// one of another schema version.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/status.h"
#include "exporters/drift_view.h"
#include "verifier/ledger/records.h"

namespace twinwatch {

struct DriftPage {
  std::optional<DriftView> known;  // without rows; on the first page alone
  std::vector<ledger::DriftRecord> rows;
  std::optional<std::string> next;  // cursor of the next page; none: this is the last
};

// The order in which rows are listed: by the table's name as it is written, then by key.
bool ComesBefore(const ledger::DriftRecord& one, const ledger::DriftRecord& other);

// One row, and of which pair.
struct DriftRowView {
  ledger::Pair pair;
  ledger::DriftHistory history;
};

// The document of `drift list --format json`, with `next` and `known`.
std::string DriftPageDocument(const DriftPage& page);
// Names and ids of the pair, and all of a row's record but what only a table has in common.
std::string DriftRowDocument(const DriftRowView& row);

// `drift show` of a table: its pair, its counts and marks. Its rows are those of `drift list`.
std::string DriftTableDocument(const DriftView& view, const TableName& table);
// `drift waive`: how many rows of the table are waived now.
std::string DriftWaivedDocument(const ledger::Pair& pair, const TableName& table, uint64_t rows,
                                const ledger::Waiver& waiver);

// Rows of a page have what a list shows of them: no more than the reason of a waiver, neither run
// nor breadth. They come by table and row, each once, or it is no such document; pages that are
// not the last have some. The pair has no id and no link.
StatusOr<DriftPage> ParseDriftPage(std::string_view text);
StatusOr<DriftRowView> ParseDriftRow(std::string_view text);

}  // namespace twinwatch
