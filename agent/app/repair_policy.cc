#include "agent/app/repair_policy.h"

#include <fmt/format.h>

#include "agent/app/daily_window.h"
#include "agent/core/utc.h"
#include "exporters/text_format.h"
#include "verifier/repair/plan.h"

namespace twinwatch::app {
namespace {

using Kind = RepairStep::Kind;

std::string_view NameOf(QueueState state) {
  return state == QueueState::kUnknown ? "not known" : ToString(state);
}

}  // namespace

RepairPolicy::RepairPolicy(const RepairConfig& config, absl::TimeZone zone)
    : config_(config), zone_(zone) {}

std::string RepairPolicy::AboveLimits(const KnownPlan& plan) const {
  std::string above;
  if (plan.rows > config_.limits.rows) {
    above = fmt::format("{}, of {} that repair.limits.rows allows a run",
                        Plural(plan.rows, "row", "rows"), WithThousands(config_.limits.rows));
  }
  if (plan.bytes > config_.limits.bytes) {
    above +=
        fmt::format("{}{}, of {} that repair.limits.bytes allows a run", above.empty() ? "" : "; ",
                    HumanBytes(plan.bytes), HumanBytes(config_.limits.bytes));
  }
  return above;
}

std::string RepairPolicy::WhyApproval(const RepairFacts& facts) const {
  const KnownPlan& plan = *facts.plan;
  if (plan.approved) return "";
  const std::string above = AboveLimits(plan);
  if (config_.mode != RepairMode::kAuto)
    return above.empty() ? "repair.mode is approve" : "it is above the limits: " + above;
  if (plan.removes || plan.compacts) return "it removes cells or compacts regions";
  if (!above.empty()) return "it is above the limits: " + above;
  if (!facts.cancelled.empty()) return "the repair before it was " + facts.cancelled;
  if (facts.failures >= kMostFailures)
    return fmt::format("the {} repairs before it failed", facts.failures);
  return "";
}

std::optional<std::string> RepairPolicy::WhyNotNow(const std::optional<std::string>& unfit,
                                                   absl::Time now) const {
  if (unfit) return unfit;
  if (!config_.limits.window) return std::nullopt;
  const DailyWindow window = *ParseDailyWindow(*config_.limits.window);
  if (InWindow(window, now, zone_)) return std::nullopt;
  return fmt::format("its window {} begins at {}", *config_.limits.window,
                     ToRfc3339(NextInWindow(window, now, zone_)));
}

std::optional<RepairStep> RepairPolicy::BeforeAnyPlan(const RepairFacts& facts,
                                                      absl::Time now) const {
  if (facts.plan) return std::nullopt;
  if (!facts.drift || facts.drift->known.empty()) return RepairStep();
  if (facts.drift->known == facts.rejected && now - facts.broke_off < kPlanLives) {
    return RepairStep{Kind::kNothing, fmt::format("the same rows' plan was {}", facts.cancelled)};
  }
  // A repair's own look afterwards is no pass: the drift has to be found by another one.
  if (facts.drift->seen <= facts.broke_off) {
    return RepairStep{Kind::kNothing, "no pass has confirmed the drift since the last repair"};
  }
  return RepairStep{Kind::kMakePlan, ""};
}

RepairStep RepairPolicy::Next(const RepairFacts& facts, absl::Time now) const {
  if (auto step = BeforeAnyPlan(facts, now)) return *std::move(step);
  const KnownPlan& plan = *facts.plan;
  if (now - plan.made > kPlanLives) {
    return {Kind::kThrowAway,
            fmt::format("the plan is older than {}{}", HumanDuration(kPlanLives),
                        plan.begun ? "; it was begun, and is not gone on with" : "")};
  }
  if (!plan.begun && facts.drift && facts.drift->known.empty())
    return {Kind::kThrowAway, "nothing is known to differ any more"};
  // What was approved is what is done, whatever else has come to differ since.
  if (!plan.begun && !plan.approved && facts.drift && facts.drift->known != plan.drift)
    return {Kind::kThrowAway, "other rows differ by now"};
  if (plan.rows == 0) return {Kind::kShow, ""};
  if (config_.mode == RepairMode::kPlan)
    return {Kind::kShow, plan.begun ? "it was broken off, and repair.mode is plan" : ""};
  if (std::string why = WhyApproval(facts); !why.empty()) {
    if (plan.begun) why = "it was broken off; " + why;
    return {Kind::kAwaitApproval, std::move(why)};
  }
  if (!facts.paused.empty()) return {Kind::kWait, facts.paused};
  if (std::optional<std::string> why = WhyNotNow(facts.unfit, now))
    return {Kind::kWait, *std::move(why)};
  return {Kind::kApply, ""};
}

std::optional<std::string> WhyUnfit(const std::optional<LinkStatus>& link) {
  if (!link) return "the state of the link is not known yet";
  if (!link->peer_enabled) return "whether the peer is enabled is not known";
  if (!*link->peer_enabled) return "the peer is disabled";
  // Where an edit that would mend the row may still be on its way.
  QueueState worst = link->state;
  for (const QueueStatus& queue : link->queues)
    if (queue.state == QueueState::kStalled || queue.state == QueueState::kRewound)
      worst = queue.state;
  if (worst != QueueState::kStalled && worst != QueueState::kRewound &&
      worst != QueueState::kDisabled && worst != QueueState::kUnknown)
    return std::nullopt;
  return fmt::format("the link is {}{}", NameOf(worst), link->why ? ": " + *link->why : "");
}

}  // namespace twinwatch::app
