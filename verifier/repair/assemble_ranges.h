// From rows that are to be mended to the ranges of a plan. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "verifier/repair/plan.h"

namespace twinwatch {

struct RowToMend {
  PlannedRow planned;
  std::set<std::string> families;  // that are written
  TimestampSpan written;           // of the cells that are written
  // Why CopyTable cannot do it; none: it can.
  std::optional<std::string> only_direct;
};

// Which of `rows` may be copied, as places in them.
std::vector<size_t> CopyableRows(const std::vector<RowToMend>& rows);

// Makes the ways between copyable rows too long to be bridged by a copied range wherever one of
// `apart` lies on them: rows that CopyTable must not write. `rows_before` is of the copyable rows,
// as ChooseEngines wants it.
void KeepApart(const std::vector<RowToMend>& rows, const std::set<std::string>& apart,
               std::vector<uint64_t>* rows_before);

// `copied` are the spans over the copyable rows, as ChooseEngines gives them. A range of rows that
// are written one by one ends where a region of the source does (`borders`), and where rows lie
// that are copied. Sizes of copied ranges are not known yet, and 0.
std::vector<PlannedRange> AssembleRanges(const TableName& table, const std::vector<RowToMend>& rows,
                                         const std::vector<EngineSpan>& copied,
                                         const std::vector<std::string>& borders);

}  // namespace twinwatch
