// What an agent does next about the rows of a link that differ: makes a plan, shows it, waits for
// an operator's word or for a better time, or applies it. No I/O, no clock.
//
// An agent never deletes and never compacts by itself: what has to be removed is for people.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <optional>
#include <string>

#include "agent/app/config.h"
#include "probes/replication/link_status.h"

namespace twinwatch::app {

// So many repairs in a row that failed, and the next is not begun without approval.
inline constexpr int kMostFailures = 3;

struct KnownPlan {
  absl::Time made;
  std::string drift;   // DriftView::known, when it was made
  uint64_t rows = 0;   // that it writes
  uint64_t bytes = 0;  // likewise
  bool removes = false;
  bool compacts = false;
  bool approved = false;
  bool begun = false;  // something may be written: it was broken off, or is under way
};

// What the ledger said when a pass over the link ended last.
struct DriftView {
  std::string known;  // names all rows that are confirmed to differ; empty: there is none
  absl::Time seen = absl::InfinitePast();  // when a pass confirmed one of them last
};

struct RepairFacts {
  std::optional<KnownPlan> plan;
  std::optional<DriftView> drift;    // none: no pass has ended since the agent began
  std::optional<std::string> unfit;  // WhyUnfit
  std::string paused;                // by whom and when; empty: it is not
  int failures = 0;                  // in a row
  // When a repair ended last that failed or was cancelled.
  absl::Time broke_off = absl::InfinitePast();
  std::string cancelled;  // by whom and when the last one was; empty: it was not
  std::string rejected;   // DriftView::known of the plan that was cancelled
};

struct RepairStep {
  enum class Kind {
    kNothing,
    kMakePlan,
    kThrowAway,      // the plan
    kShow,           // the plan; nobody is waited for
    kAwaitApproval,  // of the plan
    kWait,           // for a window, or for the link; then it is applied
    kApply,
  };
  Kind kind = Kind::kNothing;
  std::string why;  // for people; of kApply and kMakePlan empty

  bool operator==(const RepairStep&) const = default;
};

class RepairPolicy {
 public:
  RepairPolicy(const RepairConfig& config, absl::TimeZone zone);

  RepairStep Next(const RepairFacts& facts, absl::Time now) const;
  // Why a plan that may be applied is not written on just now, also in the midst of it. None:
  // nothing stands in the way.
  std::optional<std::string> WhyNotNow(const std::optional<std::string>& unfit,
                                       absl::Time now) const;

 private:
  std::optional<RepairStep> BeforeAnyPlan(const RepairFacts& facts, absl::Time now) const;
  // Why it is not begun without a word of somebody; empty: it is.
  std::string WhyApproval(const RepairFacts& facts) const;
  // The limits of a run that it is above; empty: none.
  std::string AboveLimits(const KnownPlan& plan) const;

  RepairConfig config_;
  absl::TimeZone zone_;
};

// Why nothing may be repaired over this link now: it is not known, its peer is disabled, a queue
// stands still. None: nothing speaks against it. `link` is none before the first reading.
std::optional<std::string> WhyUnfit(const std::optional<LinkStatus>& link);

}  // namespace twinwatch::app
