// Cells of the future in words, for terminal, log and page alike.
#pragma once

#include <string>

#include "exporters/snapshot.h"

namespace twinwatch {

// "at least 3 cells and 1 delete marker"; of what has some.
std::string FutureCounts(const FutureCells& found);
// What it means, without the table's name in front.
std::string FutureSentence(const FutureCells& found);

// A sentence for each table where some hide at `now` what is written; a line or more each.
std::string FutureNotes(const LinkSnapshot& link, absl::Time now);
// Tables of which some hide at `now` what is written to the target.
size_t TablesOfTheFuture(const LinkSnapshot& link, absl::Time now);

}  // namespace twinwatch
