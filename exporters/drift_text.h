// What is known to differ, as a terminal shows it. The last line is the verdict, and before it the
// next command to type.
#pragma once

#include <string>
#include <vector>

#include "exporters/drift_view.h"

namespace twinwatch {

struct DriftTextOptions {
  std::string hint;  // " --source ..." for the commands to type next, as they were given
  bool colour = false;
};

// Rows of all pairs, then a paragraph for each table.
std::string DriftListText(const std::vector<DriftView>& views, const DriftTextOptions& options);

// All that is known of one table: counts, what its marks rest on, the first rows.
std::string DriftTableText(const DriftView& view, const TableName& table,
                           const DriftTextOptions& options);

// All that is known of one row, with its history.
std::string DriftRowText(const ledger::Pair& pair, const ledger::DriftHistory& history,
                         const DriftTextOptions& options);

}  // namespace twinwatch
