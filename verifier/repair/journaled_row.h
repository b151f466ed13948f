// A row as the journal of a repair holds it, and how it is kept in SQLite's tables.
//
// Statements run on the caller's database, within the caller's transaction.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/status.h"
#include "verifier/ledger/sqlite.h"
#include "verifier/repair/plan.h"
#include "verifier/repair/row_image.h"

namespace twinwatch {

// `kIntended` is all that is known of a row whose writes were sent when the process ended, or were
// never answered. Of one that is kSkipped nothing was written, and nothing is on its way.
enum class RowState { kIntended, kWritten, kPartly, kSkipped, kUndone };

std::string_view ToString(RowState state);

struct JournaledRow {
  int64_t id = 0;  // of this journal
  TableName table;
  std::string row;
  RepairEngine engine = RepairEngine::kDirect;
  RowImage before;
  std::vector<GuardedWrite> writes;  // of apply
  std::vector<GuardedWrite> undo;    // of undo
  RowState state = RowState::kIntended;
  std::string why;  // of kPartly and kSkipped
};

// Some rows of one table and one engine.
struct JournaledRows {
  TableName table;
  RepairEngine engine = RepairEngine::kDirect;
  std::vector<std::string> rows;
};

struct UndoWrites {
  int64_t id = 0;  // of the row
  std::vector<GuardedWrite> writes;
};

// SQL that makes the tables.
extern const char kJournaledRowTables[];

// A row that is there already, of the same engine, is left as it is.
Status AddRow(ledger::Database* database, const JournaledRow& row);
Status ReplaceWrites(ledger::Database* database, int64_t id, bool undo,
                     const std::vector<GuardedWrite>& writes);

// `where`: SQL from WHERE on, about the columns of `rows`.
StatusOr<ledger::Statement> SelectRows(ledger::Database* database, std::string_view where);
// The row at which the statement, one of SelectRows, stands. kDataLoss: the file holds what no
// journal has.
StatusOr<RowState> ReadState(const ledger::Statement& select);
StatusOr<JournaledRow> ReadRow(ledger::Database* database, const ledger::Statement& select);

}  // namespace twinwatch
