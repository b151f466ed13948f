// Sends the writes of some rows, and finds out what became of each. Used by apply and by undo:
// whoever calls it has them in the journal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "verifier/repair/apply_observer.h"
#include "verifier/repair/read_image.h"
#include "verifier/repair/row_edits.h"

namespace twinwatch {

// So many rows, or so many bytes of them, are journaled and sent together.
inline constexpr size_t kBatchRows = 200;
inline constexpr uint64_t kBatchBytes = uint64_t{8} << 20;

struct RowWrites {
  std::string row;
  std::vector<GuardedWrite> writes;
};

struct RowWritten {
  size_t done = 0;  // of its writes, whoever did them
  size_t writes = 0;
  std::string why;  // the first that is not done was not
  // One that is not done was sent and never answered, and may be done a moment later; or the row
  // could not be read.
  bool in_doubt = false;

  bool complete() const { return done == writes; }
};

inline RowOutcome OutcomeOf(const RowWritten& written) {
  if (written.complete()) return RowOutcome::kWritten;
  if (written.done > 0) return RowOutcome::kPartly;
  return written.in_doubt ? RowOutcome::kUnknown : RowOutcome::kSkipped;
}

// One for each row, in their order. What an answer did not tell is read. An error says that nothing
// more is known than that they were sent.
Task<StatusOr<std::vector<RowWritten>>> WriteRows(ImageSource target, std::vector<RowWrites> rows,
                                                  std::string origin);

}  // namespace twinwatch
