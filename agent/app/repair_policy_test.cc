#include "agent/app/repair_policy.h"

#include <gtest/gtest.h>

#include <functional>

#include "verifier/repair/plan.h"

namespace twinwatch::app {
namespace {

using Kind = RepairStep::Kind;

const absl::Time kNow = absl::FromUnixSeconds(1'764'000'000);  // 16:00 UTC

RepairConfig Config(RepairMode mode, std::optional<std::string> window = std::nullopt) {
  RepairConfig config;
  config.mode = mode;
  config.limits.rows = 10;
  config.limits.bytes = 1000;
  config.limits.window = std::move(window);
  return config;
}

RepairFacts WithPlan(const std::function<void(RepairFacts*)>& change = [](RepairFacts*) {}) {
  RepairFacts facts;
  facts.plan = KnownPlan();
  facts.plan->made = kNow - absl::Hours(1);
  facts.plan->drift = "d1";
  facts.plan->rows = 10;
  facts.plan->bytes = 1000;
  facts.drift = DriftView{"d1", kNow - absl::Hours(1)};
  change(&facts);
  return facts;
}

RepairFacts WithoutPlan(const std::function<void(RepairFacts*)>& change = [](RepairFacts*) {}) {
  return WithPlan([&change](RepairFacts* facts) {
    facts->plan.reset();
    change(facts);
  });
}

struct Case {
  const char* name;
  RepairConfig config;
  RepairFacts facts;
  Kind kind;
  const char* why;  // that it contains
};

TEST(RepairPolicy, WhatIsDoneNext) {
  const RepairConfig plan = Config(RepairMode::kPlan);
  const RepairConfig approve = Config(RepairMode::kApprove);
  const RepairConfig automatic = Config(RepairMode::kAuto);
  const Case cases[] = {
      {"no pass has ended", automatic, WithoutPlan([](RepairFacts* f) { f->drift.reset(); }),
       Kind::kNothing, ""},
      {"nothing differs", automatic, WithoutPlan([](RepairFacts* f) { f->drift->known.clear(); }),
       Kind::kNothing, ""},
      {"something does", plan, WithoutPlan(), Kind::kMakePlan, ""},
      {"what failed is not tried again by itself", automatic,
       WithoutPlan([](RepairFacts* f) { f->broke_off = kNow - absl::Hours(1); }), Kind::kNothing,
       "no pass has confirmed"},
      {"but once a pass has found it again", automatic,
       WithoutPlan([](RepairFacts* f) { f->broke_off = kNow - absl::Minutes(61); }),
       Kind::kMakePlan, ""},
      {"what was cancelled is not planned again", automatic, WithoutPlan([](RepairFacts* f) {
         f->broke_off = kNow - absl::Hours(23);
         f->rejected = "d1";
         f->cancelled = "cancelled by alice";
       }),
       Kind::kNothing, "cancelled by alice"},
      {"for a day", automatic, WithoutPlan([](RepairFacts* f) {
         f->broke_off = kNow - absl::Hours(24);
         f->rejected = "d1";
       }),
       Kind::kMakePlan, ""},
      {"or until others differ", automatic, WithoutPlan([](RepairFacts* f) {
         f->broke_off = kNow - absl::Hours(2);
         f->rejected = "d0";
       }),
       Kind::kMakePlan, ""},

      {"plan: shown", plan, WithPlan(), Kind::kShow, ""},
      {"plan: an approval of another mode counts for nothing", plan,
       WithPlan([](RepairFacts* f) { f->plan->approved = true; }), Kind::kShow, ""},
      {"plan: what was broken off stays so", plan,
       WithPlan([](RepairFacts* f) { f->plan->begun = true; }), Kind::kShow, "broken off"},
      {"nothing in it can be written", approve, WithPlan([](RepairFacts* f) { f->plan->rows = 0; }),
       Kind::kShow, ""},

      {"approve", approve, WithPlan(), Kind::kAwaitApproval, "repair.mode is approve"},
      {"approve: approved", approve, WithPlan([](RepairFacts* f) { f->plan->approved = true; }),
       Kind::kApply, ""},
      {"approve: above the limits says so", approve,
       WithPlan([](RepairFacts* f) { f->plan->rows = 11; }), Kind::kAwaitApproval,
       "11 rows, of 10"},
      {"approve: who approved it saw how large it is", approve, WithPlan([](RepairFacts* f) {
         f->plan->rows = 11;
         f->plan->approved = true;
       }),
       Kind::kApply, ""},
      {"approve: broken off, approved before", approve,
       WithPlan([](RepairFacts* f) { f->plan->approved = f->plan->begun = true; }), Kind::kApply,
       ""},
      {"approve: begun by itself, in another mode", approve,
       WithPlan([](RepairFacts* f) { f->plan->begun = true; }), Kind::kAwaitApproval,
       "it was broken off; repair.mode is approve"},

      {"auto", automatic, WithPlan(), Kind::kApply, ""},
      {"auto: too many rows", automatic, WithPlan([](RepairFacts* f) { f->plan->rows = 11; }),
       Kind::kAwaitApproval, "11 rows, of 10 that repair.limits.rows allows a run"},
      {"auto: too many bytes", automatic, WithPlan([](RepairFacts* f) { f->plan->bytes = 1001; }),
       Kind::kAwaitApproval, "repair.limits.bytes"},
      {"auto: never deletes", automatic, WithPlan([](RepairFacts* f) { f->plan->removes = true; }),
       Kind::kAwaitApproval, "removes"},
      {"auto: never compacts", automatic,
       WithPlan([](RepairFacts* f) { f->plan->compacts = true; }), Kind::kAwaitApproval,
       "compacts"},
      {"auto: two failed", automatic, WithPlan([](RepairFacts* f) { f->failures = 2; }),
       Kind::kApply, ""},
      {"auto: three failed", automatic, WithPlan([](RepairFacts* f) { f->failures = 3; }),
       Kind::kAwaitApproval, "the 3 repairs before it failed"},
      {"auto: three failed, and approved", automatic, WithPlan([](RepairFacts* f) {
         f->failures = 3;
         f->plan->approved = true;
       }),
       Kind::kApply, ""},
      {"auto: after a cancel", automatic,
       WithPlan([](RepairFacts* f) { f->cancelled = "cancelled by bob"; }), Kind::kAwaitApproval,
       "cancelled by bob"},
      {"auto: broken off", automatic, WithPlan([](RepairFacts* f) { f->plan->begun = true; }),
       Kind::kApply, ""},

      {"paused", automatic, WithPlan([](RepairFacts* f) { f->paused = "paused by bob"; }),
       Kind::kWait, "paused by bob"},
      {"the link is not well", automatic,
       WithPlan([](RepairFacts* f) { f->unfit = "the peer is disabled"; }), Kind::kWait,
       "the peer is disabled"},
      {"within the window", Config(RepairMode::kAuto, "15:00-17:00"), WithPlan(), Kind::kApply, ""},
      {"outside of it", Config(RepairMode::kAuto, "22:00-06:00"), WithPlan(), Kind::kWait,
       "its window 22:00-06:00 begins at 2025-11-24T22:00:00Z"},
      {"an approved one waits for it, too", Config(RepairMode::kApprove, "22:00-06:00"),
       WithPlan([](RepairFacts* f) { f->plan->approved = true; }), Kind::kWait, "its window"},

      {"too old", automatic,
       WithPlan([](RepairFacts* f) { f->plan->made = kNow - kPlanLives - absl::Seconds(1); }),
       Kind::kThrowAway, "older than"},
      {"not yet too old", automatic,
       WithPlan([](RepairFacts* f) { f->plan->made = kNow - kPlanLives; }), Kind::kApply, ""},
      {"too old, and begun", automatic, WithPlan([](RepairFacts* f) {
         f->plan->made = kNow - kPlanLives - absl::Seconds(1);
         f->plan->begun = true;
       }),
       Kind::kThrowAway, "it was begun"},
      {"nothing differs any more", approve, WithPlan([](RepairFacts* f) {
         f->plan->approved = true;
         f->drift->known.clear();
       }),
       Kind::kThrowAway, "nothing is known to differ"},
      {"others differ", approve, WithPlan([](RepairFacts* f) { f->drift->known = "d2"; }),
       Kind::kThrowAway, "other rows"},
      {"others differ, but it was approved", approve, WithPlan([](RepairFacts* f) {
         f->drift->known = "d2";
         f->plan->approved = true;
       }),
       Kind::kApply, ""},
      {"a pass over what is half repaired changes nothing", automatic, WithPlan([](RepairFacts* f) {
         f->drift->known = "d2";
         f->plan->begun = true;
       }),
       Kind::kApply, ""},
      {"before the first pass of this agent the plan stands", approve,
       WithPlan([](RepairFacts* f) { f->drift.reset(); }), Kind::kAwaitApproval, ""},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const RepairPolicy policy(c.config, absl::UTCTimeZone());
    const RepairStep step = policy.Next(c.facts, kNow);
    EXPECT_EQ(step.kind, c.kind) << step.why;
    EXPECT_NE(step.why.find(c.why), std::string::npos) << step.why;
  }
}

TEST(RepairPolicy, OfALinkThatIsNotWellNothingIsRepaired) {
  EXPECT_NE(WhyUnfit(std::nullopt)->find("not known"), std::string::npos);
  LinkStatus link;
  link.state = QueueState::kOk;
  EXPECT_NE(WhyUnfit(link)->find("not known"), std::string::npos);
  link.peer_enabled = false;
  EXPECT_EQ(WhyUnfit(link), "the peer is disabled");
  link.peer_enabled = true;
  EXPECT_EQ(WhyUnfit(link), std::nullopt);
  for (const QueueState fine : {QueueState::kLagging, QueueState::kIdle}) {
    link.state = fine;
    EXPECT_EQ(WhyUnfit(link), std::nullopt);
  }
  for (const QueueState bad :
       {QueueState::kStalled, QueueState::kRewound, QueueState::kDisabled, QueueState::kUnknown}) {
    link.state = bad;
    EXPECT_TRUE(WhyUnfit(link));
  }
  link.state = QueueState::kOk;
  link.queues.emplace_back();
  link.queues[0].state = QueueState::kRewound;
  link.why = "it went back";
  EXPECT_EQ(WhyUnfit(link), "the link is rewound: it went back");
}

}  // namespace
}  // namespace twinwatch::app
