// The text that lies in an exported folder, for whoever has to put the cells back, perhaps years
// later, perhaps without Twinwatch: what it is, the exact command, what the command does not do.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <string>

#include "agent/core/table_name.h"

namespace twinwatch::export_form {

struct Origin {
  TableName table;
  std::string
      cluster;       // as the operator names it: the cluster that the cells are to be put back into
  std::string what;  // one sentence: what cells these are
  // That cluster replicates to another: what is put back must not travel there.
  bool replicates_onward = false;
};

struct Totals {
  uint64_t cells = 0;
  uint64_t delete_markers = 0;
  uint64_t cells_with_ttl = 0;
  uint64_t records = 0;
  uint64_t largest_cell_bytes = 0;  // as a KeyValue
};

// `folder` is absolute.
std::string Readme(const Origin& origin, const Totals& totals, const std::string& folder,
                   absl::Time written);

}  // namespace twinwatch::export_form
