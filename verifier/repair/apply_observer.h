// Who hears of what a repair or an undo does to each row.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "probes/api/async.h"
#include "probes/api/cluster.h"

namespace twinwatch {

enum class RowOutcome {
  kWritten,  // all of it is on the target
  kPartly,   // some of it
  kSkipped,  // nothing was written
  kUnknown,  // it was sent, and nothing of it is seen: it may be there, or come yet
};

class ApplyObserver {
 public:
  virtual ~ApplyObserver() = default;
  // Before it is sent; in a dry run all that happens.
  virtual void OnWrite(const TableName& table, const GuardedWrite& write) = 0;
  // The region of this row is flushed and compacted; in a dry run it would be.
  virtual void OnCompaction(const TableName& table, std::string_view row) = 0;
  virtual void OnRow(const TableName& table, std::string_view row, RowOutcome outcome,
                     std::string_view why) = 0;
  // So many bytes, at the most, are about to be sent: returns when they may be, or when it is given
  // up. What is sent is read after that.
  virtual Task<void> Pace(uint64_t bytes) = 0;
  virtual bool GivenUp() = 0;
  // A job that copies cannot wait: true ends it, and its range is copied when this goes on.
  virtual bool StopsCopies() = 0;
};

}  // namespace twinwatch
