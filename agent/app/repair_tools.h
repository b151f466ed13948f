// What a repair works with, whether it is applied or taken back.
#pragma once

#include <cstdint>
#include <string_view>

#include "agent/app/link.h"
#include "probes/api/table_copy.h"
#include "verifier/ledger/ledger.h"

namespace twinwatch::app {

// How the user, or the agent, hears of it and ends it.
class RepairObserver {
 public:
  virtual ~RepairObserver() = default;
  // Rows that were written or passed over, of all; `doing` says what is done now.
  virtual void OnProgress(uint64_t rows_done, uint64_t rows, std::string_view doing) = 0;
  // Asked between two batches.
  virtual bool GivenUp() { return false; }
  // The same while a job copies a range, which cannot wait as Pace does.
  virtual bool StopsCopies() { return GivenUp(); }
  // Before so many bytes are sent, and before each range with none: returns when they may be, or
  // when it is given up.
  virtual Task<void> Pace(uint64_t /*bytes*/) { co_return; }
};

struct RepairTools {
  Executor executor;
  Link* link = nullptr;
  ledger::Ledger* ledger = nullptr;  // null: nothing is remembered
  TableCopier* copier = nullptr;     // null: no range can be copied
  RepairObserver* observer = nullptr;
};

}  // namespace twinwatch::app
