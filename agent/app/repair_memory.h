// What an agent has to know of a link's repairs after it was started again: the plan that stands,
// who has approved it, whether something of it is written, and how the last ones ended. A small
// file in the storage folder, beside the plans.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/core/status.h"
#include "verifier/repair/plan.h"

namespace twinwatch::app {

struct StandingPlan {
  std::string digest;
  std::string file;
  std::string drift;  // which rows it was made for (repair_policy.h)
  absl::Time made;
  uint64_t tables = 0;
  uint64_t rows = 0;
  uint64_t bytes = 0;
  bool removes = false;
  bool compacts = false;
  uint64_t refused = 0;
  std::string first_refusal;  // of one of these rows, and why
  std::string approved_by;    // by whom and when; empty: nobody has
  std::string paused;         // likewise
  bool begun = false;

  bool operator==(const StandingPlan&) const = default;
};

struct FailedRepair {
  std::string digest;
  absl::Time made;
  absl::Time ended;
  std::string why;

  bool operator==(const FailedRepair&) const = default;
};

struct RepairMemory {
  std::optional<StandingPlan> plan;
  int failures = 0;                    // in a row
  std::optional<FailedRepair> failed;  // the last one of these
  // When a repair ended last that failed or was cancelled.
  std::optional<absl::Time> broke_off;
  std::string cancelled;  // by whom and when, if the last one was
  std::string rejected;   // StandingPlan::drift of that one

  bool operator==(const RepairMemory&) const = default;
};

// Jobs and journals are called by it, and so are its files: "repair-" and twelve digits.
std::string RepairName(std::string_view digest);

StandingPlan StandingPlanOf(const RepairPlan& plan, std::string digest, std::string file,
                            std::string drift);

// The folder of plans, and a link's memory in it: a name may hold any character.
std::string PlansFolder(const std::string& storage_folder);
std::string MemoryFile(const std::string& storage_folder, std::string_view link);

// A file that is not there is an empty memory. kDataLoss for what cannot be read: it is not known
// what was approved, or begun.
StatusOr<RepairMemory> LoadRepairMemory(const std::string& path);
// On disk when it returns OK.
Status SaveRepairMemory(const std::string& path, const RepairMemory& memory);

// Removes plans in that folder that are too old to be applied. What cannot be removed stays.
void RemoveOldPlans(const std::string& folder, absl::Time now);

}  // namespace twinwatch::app
