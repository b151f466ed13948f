// How values lie in the ledger's columns. What was read is checked: a file may have been edited.
#pragma once

#include <absl/time/time.h>

#include <optional>
#include <string>

#include "agent/core/status.h"
#include "verifier/ledger/records.h"

namespace twinwatch::ledger {

inline int64_t ToColumn(absl::Time time) { return absl::ToUnixMillis(time); }
inline absl::Time TimeOf(int64_t column) { return absl::FromUnixMillis(column); }
std::optional<int64_t> ToColumn(const std::optional<absl::Time>& time);
std::optional<absl::Time> TimeOf(const std::optional<int64_t>& column);

int64_t ToColumn(const Breadth& breadth);
Breadth BreadthOf(int64_t column);

// `rows_source=5 rows_target=5 ...`. A name that is not known is passed over, one that is missing
// is 0: counters may come and go without a new version of the file.
std::string ToColumn(const RunCounters& counters);
StatusOr<RunCounters> CountersOf(const std::string& column);

// A line each.
std::string ToColumn(const std::vector<std::string>& families);
std::vector<std::string> FamiliesOf(const std::string& column);

// kDataLoss that names the file and the column, for what no version of ours has written.
template <typename T>
StatusOr<T> Known(std::optional<T> value, const char* column, const std::string& text,
                  const std::string& path) {
  if (value) return *value;
  return Error(absl::StatusCode::kDataLoss,
               "the ledger {} holds the {} \"{}\", which does not exist", path, column, text);
}

}  // namespace twinwatch::ledger
