// A repair plan as a file: `repair plan --format json` and -o PLAN are the same document.
//
// "plan" is the SHA-256 of the document without it, as it is written here without blanks: whoever
// lays it out anew changes nothing, whoever edits it does.
#pragma once

#include <string>
#include <string_view>

#include "agent/core/status.h"
#include "verifier/repair/plan.h"

namespace twinwatch {

struct PlanDocument {
  std::string text;
  std::string digest;  // sha256:…
};

PlanDocument ToDocument(const RepairPlan& plan);

struct ParsedPlan {
  RepairPlan plan;
  std::string digest;
};

// kInvalidArgument for what is no plan, kFailedPrecondition for one that was edited or is of
// another schema version.
StatusOr<ParsedPlan> ParsePlan(std::string_view text);

}  // namespace twinwatch
