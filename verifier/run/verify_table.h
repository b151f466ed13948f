// One table compared as a whole: the first look at every range, the second look at what differed.
#pragma once

#include <absl/time/time.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "probes/api/cluster.h"
#include "verifier/confirm/confirm.h"
#include "verifier/run/compare_range.h"
#include "verifier/run/result.h"
#include "verifier/run/sample.h"

namespace twinwatch {

struct VerifyTableOptions {
  KeyRange range;  // of row keys; unbounded by default
  Confirm confirm = Confirm::kRecheck;
  absl::Duration settle = absl::Seconds(30);  // between the two looks of kRecheck
  ConfirmBarriers barriers;                   // of kBarrier
  ConfirmOptions confirming;
  int streams = 2;                      // ranges compared at the same time
  uint64_t bytes_per_second = 0;        // of both sides together; 0 is unlimited
  Governor* governor = nullptr;         // null: one of its own, which keeps `bytes_per_second`
  bool ignore_extra = false;            // rows that only the target has are no finding
  bool fail_fast = false;               // the first drift ends it; ranges not begun are left out
  std::optional<SampleRequest> sample;  // only these places, not all of `range`
};

// Hears of what is found as it is found. Row keys are valid during the call only.
class VerifyObserver {
 public:
  virtual ~VerifyObserver() = default;
  // A row that differs in this way is known and was waived: it is found, and counted apart.
  virtual bool IsWaived(const TableName&, std::string_view /*row*/, DriftClass) { return false; }
  virtual void OnFinding(const Finding& finding) = 0;
  // `fraction` of the first look is done; `rows` compared so far. `waiting` says for what it waits.
  virtual void OnProgress(const TableName& table, double fraction, uint64_t rows,
                          std::string_view waiting) = 0;
};

// Never fails as a whole: what could not be compared is in the result, with the reason. After a
// range could not be read the ranges that had not been begun are left out, and named too.
//
// Memory: for each stream two batches a side, and the suspects (some 10 MB at the most, whatever
// the number of rows that differ).
Task<TableResult> VerifyTable(TablePair pair, VerifyTableOptions options, VerifyObserver* observer);

}  // namespace twinwatch
