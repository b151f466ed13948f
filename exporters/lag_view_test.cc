#include "exporters/lag_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace twinwatch {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixMillis(1795451944000);

LagView Link(std::optional<double> lag_seconds, std::optional<bool> reached = std::nullopt) {
  LagView link;
  link.link = "a-b";
  link.at = kNow;
  if (lag_seconds) link.watermark = kNow - absl::Seconds(*lag_seconds);
  link.reached = reached;
  return link;
}

TEST(LagView, Document) {
  EXPECT_EQ(LagDocument({Link(0.8, true)}),
            R"({"schema_version":1,"command":"lag","links":[{"link":"a-b","lag_seconds":0.8,)"
            R"("watermark":"2026-11-23T16:39:03Z","reached":true,"held_by":null,"why":null}]})");
}

TEST(LagView, WhatIsNotKnownIsNull) {
  LagView link = Link(std::nullopt, false);
  link.held_by = "rs1,16020,1";
  link.why = "its peer is disabled";
  EXPECT_THAT(LagDocument({link}),
              HasSubstr(R"("lag_seconds":null,"watermark":null,"reached":false)"));
  EXPECT_THAT(LagText({link}, false),
              EndsWith("a-b: held by rs1:16020: its peer is disabled\nUNKNOWN: a-b\n"));
  const NagiosAnswer answer = LagNagios({link}, NagiosState::kCritical);
  EXPECT_EQ(answer.line,
            "UNKNOWN - a-b: the lag is not known: held by rs1:16020: its peer is disabled");
  EXPECT_EQ(answer.state, NagiosState::kUnknown);
}

TEST(LagView, AWatermarkOfTheFutureIsNotKnown) {
  EXPECT_EQ(Link(-0.5).Lag(), absl::ZeroDuration());
  EXPECT_EQ(Link(-3).Lag(), std::nullopt);
}

TEST(LagView, TheVerdictIsThatOfTheWorst) {
  EXPECT_THAT(LagText({Link(2), Link(80)}, false), EndsWith("LAG: 1m 20s\n"));
  EXPECT_THAT(LagText({Link(2, true), Link(3, true)}, false), EndsWith("REACHED: lag 3.0 s\n"));
  EXPECT_THAT(LagText({Link(2, true), Link(1, false)}, false),
              EndsWith("NOT REACHED: lag 1.0 s\n"));
}

TEST(LagView, NagiosHasTheCodeOfItsWord) {
  const std::vector<LagView> links = {Link(2, true), Link(1.5, false)};
  const NagiosAnswer late = LagNagios(links, NagiosState::kCritical);
  EXPECT_EQ(late.line, "CRITICAL - a-b is 1.5 s behind | lag_seconds=1.500");
  EXPECT_EQ(late.state, NagiosState::kCritical);
  const NagiosAnswer lagging = LagNagios(links, NagiosState::kWarning);
  EXPECT_EQ(lagging.line, "WARNING - a-b is 1.5 s behind | lag_seconds=1.500");
  EXPECT_EQ(lagging.state, NagiosState::kWarning);
  EXPECT_EQ(LagNagios({Link(2)}, NagiosState::kWarning).state, NagiosState::kOk);
  EXPECT_EQ(LagNagios({Link(2), Link(std::nullopt)}, NagiosState::kWarning).state,
            NagiosState::kUnknown);
  EXPECT_EQ(LagNagios({}, NagiosState::kWarning).state, NagiosState::kUnknown);
}

}  // namespace
}  // namespace twinwatch
