// What a repair or an undo did, as plain values: made by agent/app, printed by exporters.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/table_name.h"
#include "probes/api/cluster.h"
#include "verifier/repair/plan.h"

namespace twinwatch {

struct RowNote {
  TableName table;
  std::string row;
  std::string why;
};

struct ListedWrite {
  TableName table;
  GuardedWrite write;
};

struct RepairOutcome {
  bool undo = false;
  bool dry_run = false;
  std::string plan;     // its digest
  std::string journal;  // its file; empty: none was made
  // Of a dry run what it would do. The first of each list, and how many there are of all.
  uint64_t writes = 0;
  uint64_t bytes = 0;
  std::vector<ListedWrite> listed;
  std::vector<PlannedRange> copied;    // ranges that CopyTable copies; without their rows
  std::vector<RowNote> compactions;    // regions that are compacted, by a row of each
  std::vector<std::string> snapshots;  // of the target's tables
  std::vector<std::string> notes;      // what else an operator should know

  uint64_t rows_written = 0;
  uint64_t rows_left = 0;  // not written, or not all of them
  std::vector<RowNote> left;

  // The rows looked at again afterwards.
  uint64_t rows_same = 0;
  uint64_t rows_differ = 0;
  std::vector<RowNote> differ;
  uint64_t rows_unknown = 0;
  std::string why_unknown;
  std::string confirm;  // by what it was said that rows differ; empty: none did

  // Of an undo: delete markers of its own that stay.
  uint64_t markers = 0;
  std::vector<ListedWrite> markers_left;
};

inline constexpr size_t kMaxListed =
    1000;  // of each list but `listed`, which a dry run fills whole

}  // namespace twinwatch
