// How a table is to be verified, and who hears of it.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "verifier/confirm/confirm.h"
#include "verifier/run/progress.h"
#include "verifier/run/result.h"
#include "verifier/run/sample.h"
#include "verifier/scan/governor.h"

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
  // Of suspects that wait until they are judged; those of one range may take half of it.
  size_t max_suspect_bytes = size_t{8} << 20;
  absl::Duration checkpoint = absl::Seconds(5);  // how often OnCheckpoint is called, about
  // What an earlier process did and what it left, in place of `range`. Not of a sample.
  std::shared_ptr<const TableProgress> resume;
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
  // All findings outside of `progress.todo` were told before. Not called of a sample, which is
  // begun anew.
  virtual void OnCheckpoint(const TableProgress& /*progress*/) {}
};

}  // namespace twinwatch
