// What a journal can put back, as cells for HBase's own Import: for whoever has no Twinwatch at
// hand.
//
// Import cannot look at what is there: it writes over what came since, and what apply deleted stays
// hidden under apply's markers until these are compacted away. `repair undo` knows better.
#pragma once

#include <string>
#include <vector>

#include "agent/core/status.h"
#include "verifier/repair/journal.h"

namespace twinwatch {

struct CellToImport {
  Cell cell;
  std::optional<uint64_t> ttl_ms;

  bool operator==(const CellToImport&) const = default;
};

// Of a row that was written: a delete marker for each cell that was not there before, and all that
// a reader saw in the columns that apply wrote to.
std::vector<CellToImport> CellsToImport(const JournaledRow& row);

struct ExportedTable {
  TableName table;
  std::string folder;
  uint64_t cells = 0;
};

struct UndoExport {
  std::string folder;   // must not be there
  std::string cluster;  // into which the cells belong
  bool replicates_onward = false;
  absl::Time now;
};

// A folder for each table below `folder`. kFailedPrecondition when it is there already, and
// while it is not known what a job of CopyTable wrote.
StatusOr<std::vector<ExportedTable>> ExportUndo(Journal* journal, const UndoExport& request);

}  // namespace twinwatch
