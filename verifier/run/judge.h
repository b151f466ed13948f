// Makes verdicts of the suspects of a table: by sandwiches around barriers, or by a second look.
#pragma once

#include <absl/time/time.h>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "verifier/confirm/suspects.h"
#include "verifier/run/compare_range.h"
#include "verifier/run/verify_options.h"

namespace twinwatch {

// What was found of some rows. None of it is in a TableResult before it is added.
struct Tally {
  DriftCounts drift;
  DriftCounts suspects;
  uint64_t in_flight = 0;
  uint64_t unknown_rows = 0;
  uint64_t waived = 0;

  void AddTo(TableResult* result) const;
};

// Tells the observer of rows that differ, and counts them.
class FindingTeller {
 public:
  // `on_drift` hears of rows that are drift and not waived.
  FindingTeller(TableName table, bool ignore_extra, VerifyObserver* observer,
                std::function<void(std::string_view row)> on_drift)
      : table_(std::move(table)),
        ignore_extra_(ignore_extra),
        observer_(observer),
        on_drift_(std::move(on_drift)) {}

  // `counts` is one of `tally`'s two.
  void Tell(const RowDifference& difference, std::optional<std::string> confirmed_by,
            absl::Time first_seen, DriftCounts Tally::*counts, Tally* tally);

 private:
  TableName table_;
  bool ignore_extra_;
  VerifyObserver* observer_;
  std::function<void(std::string_view row)> on_drift_;
};

// The suspects of one range, and when it was compared.
struct SuspectsSeen {
  Suspects suspects;
  absl::Time seen;
};

struct Judgement {
  Tally tally;
  std::optional<BarrierKind> barrier;       // the weakest that confirmed something
  std::vector<UnverifiedRange> unverified;  // where rows lie of which nothing is known
  Status read_error;                        // of the second look
};

class Judge {
 public:
  // All of them must outlive it. `wait` hears for what it waits, every now and then.
  Judge(const TablePair* pair, const VerifyTableOptions* options, Governor* governor,
        FindingTeller* teller, std::function<void(std::string_view)> wait)
      : pair_(pair),
        options_(options),
        governor_(governor),
        teller_(teller),
        wait_(std::move(wait)) {}

  // All that are no drift, suspect or unknown were in flight. One call at a time.
  Task<Judgement> Run(const SuspectSet* suspects, absl::Time first_seen, absl::Time last_seen);

 private:
  class SecondLook;
  class Confirming;

  Task<Judgement> LookAgain(const SuspectSet* suspects, absl::Time seen);
  Task<Judgement> Sandwich(const SuspectSet* suspects, absl::Time seen);

  const TablePair* pair_;
  const VerifyTableOptions* options_;
  Governor* governor_;
  FindingTeller* teller_;
  std::function<void(std::string_view)> wait_;
  Status confirm_error_;  // no other barrier is waited for after it
};

}  // namespace twinwatch
