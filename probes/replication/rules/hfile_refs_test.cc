#include "probes/replication/rules/hfile_refs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace twinwatch {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const absl::Time kMade = absl::FromUnixSeconds(1'700'000'000);
constexpr absl::Duration kSettle = absl::Minutes(5);

TEST(JudgeRef, ByTheWatermark) {
  struct Case {
    const char* what;
    absl::Duration now;                       // after it was made
    std::optional<absl::Duration> watermark;  // the same
    RefState state;
  };
  const Case cases[] = {
      {"all that was written then is on the target", absl::Hours(1),
       kSettle + absl::Milliseconds(1), RefState::kLeaked},
      {"just not long enough ago", absl::Hours(1), kSettle, RefState::kWaiting},
      {"the event may have been written after the ref", absl::Hours(1), absl::Minutes(4),
       RefState::kWaiting},
      {"the peer was disabled before", absl::Hours(100), -absl::Hours(1), RefState::kWaiting},
      {"no watermark", absl::Hours(1), std::nullopt, RefState::kUnknown},
      {"too young, whatever the watermark is", absl::Minutes(5), std::nullopt, RefState::kWaiting},
      {"old enough to be either", absl::Minutes(5) + absl::Milliseconds(1), std::nullopt,
       RefState::kUnknown},
      {"made in our future", -absl::Hours(1), absl::ZeroDuration(), RefState::kWaiting},
      {"a watermark of the future proves nothing yet", absl::Minutes(1), absl::Hours(2),
       RefState::kWaiting},
  };
  for (const Case& c : cases) {
    std::optional<absl::Time> watermark;
    if (c.watermark) watermark = kMade + *c.watermark;
    EXPECT_EQ(JudgeRef(absl::ToUnixMillis(kMade), watermark, kMade + c.now, kSettle), c.state)
        << c.what;
  }
  EXPECT_EQ(JudgeRef(std::nullopt, kMade, kMade, kSettle), RefState::kUnknown);
}

TEST(MissingHFiles, GoneWhenMissedTwice) {
  MissingHFiles missing(absl::Minutes(1));
  missing.Missed("f", kMade);
  EXPECT_TRUE(missing.WasMissed("f"));
  EXPECT_FALSE(missing.IsGone("f"));
  missing.Missed("f", kMade + absl::Seconds(59));
  EXPECT_FALSE(missing.IsGone("f"));
  missing.Missed("f", kMade + absl::Seconds(60));
  EXPECT_TRUE(missing.IsGone("f"));
}

TEST(MissingHFiles, FoundInBetweenBeginsAnew) {
  MissingHFiles missing(absl::Minutes(1));
  missing.Missed("f", kMade);
  missing.Found("f");
  missing.Missed("f", kMade + absl::Minutes(2));
  EXPECT_FALSE(missing.IsGone("f"));
  missing.Missed("f", kMade + absl::Minutes(3));
  EXPECT_TRUE(missing.IsGone("f"));
  missing.Found("f");  // somebody put it back
  EXPECT_FALSE(missing.IsGone("f"));
}

TEST(MissingHFiles, RefsThatAreShippedAreForgotten) {
  MissingHFiles missing(absl::ZeroDuration());
  missing.Missed("f", kMade);
  missing.Missed("g", kMade);
  missing.Keep({"g"});
  EXPECT_FALSE(missing.WasMissed("f"));
  EXPECT_TRUE(missing.WasMissed("g"));
}

RefView View(RefState state, bool looked_for, bool gone = false) {
  RefView view;
  view.state = state;
  view.gone = gone;
  view.dated = true;
  view.looked_for = looked_for || gone;
  return view;
}

HFileFindings Summary(const std::map<std::string, RefView>& views, uint64_t more = 0) {
  HFileRefs refs;
  for (const auto& [name, view] : views) refs.refs.push_back({name, std::nullopt});
  refs.count = refs.refs.size() + more;
  return SummarizeRefs(refs, views, "no file system", "no watermark");
}

TEST(SummarizeRefs, AllIsKnown) {
  const HFileFindings findings =
      Summary({{"a", View(RefState::kLeaked, false)}, {"b", View(RefState::kWaiting, true)}});
  EXPECT_EQ(findings.leaked, 1u);
  EXPECT_EQ(findings.gone, 0u);
  EXPECT_THAT(findings.some_leaked, ElementsAre("a"));
  EXPECT_EQ(findings.unknown, std::nullopt);
  EXPECT_EQ(Summary({}), NoHFiles());
}

TEST(SummarizeRefs, WithoutAWatermarkLeaksAreNotKnownAndGoneFilesAre) {
  const HFileFindings findings =
      Summary({{"a", View(RefState::kUnknown, true)}, {"b", View(RefState::kUnknown, true, true)}});
  EXPECT_EQ(findings.leaked, std::nullopt);
  EXPECT_EQ(findings.gone, 1u);
  EXPECT_THAT(findings.some_gone, ElementsAre("b"));
  EXPECT_EQ(findings.unknown, "no watermark");
}

TEST(SummarizeRefs, FilesThatNobodyLookedForAreNotFine) {
  HFileFindings findings =
      Summary({{"a", View(RefState::kWaiting, false)}, {"b", View(RefState::kWaiting, true)}});
  EXPECT_EQ(findings.leaked, 0u);
  EXPECT_EQ(findings.gone, std::nullopt);
  EXPECT_EQ(findings.unknown, "1 not found: no file system");
  // What was found to be gone is told all the same.
  findings = Summary(
      {{"a", View(RefState::kWaiting, false)}, {"b", View(RefState::kWaiting, true, true)}});
  EXPECT_EQ(findings.gone, 1u);
}

TEST(SummarizeRefs, MoreThanWereLookedAt) {
  HFileFindings findings = Summary({{"a", View(RefState::kWaiting, true)}}, 7);
  EXPECT_EQ(findings.leaked, std::nullopt);
  EXPECT_EQ(findings.gone, std::nullopt);
  EXPECT_THAT(*findings.unknown, HasSubstr("only the first 1 of 8"));
  findings = Summary({{"a", View(RefState::kLeaked, false)}}, 7);
  EXPECT_EQ(findings.leaked, 1u);  // at least
}

TEST(SummarizeRefs, WithoutItsTimeNothingIsKnownOfARef) {
  const HFileFindings findings = Summary({{"a", RefView()}});
  EXPECT_EQ(findings.leaked, std::nullopt);
  EXPECT_EQ(findings.gone, std::nullopt);
  EXPECT_THAT(*findings.unknown, HasSubstr("not read in time"));
}

TEST(SummarizeRefs, AFewNamesAreEnough) {
  std::map<std::string, RefView> views;
  for (const char* name : {"a", "b", "c", "d", "e"}) views[name] = View(RefState::kLeaked, false);
  EXPECT_EQ(Summary(views).some_leaked.size(), 3u);
  EXPECT_EQ(Summary(views).leaked, 5u);
}

TEST(AddHFiles, OfNoRefsAllIsKnown) {
  LinkStatus link;
  link.hfiles = NoHFiles();
  HFileFindings old;
  old.gone = 3;
  AddHFiles(old, &link);  // shipped since
  EXPECT_EQ(link.hfiles, NoHFiles());
  EXPECT_EQ(link.why, std::nullopt);
  link.hfile_refs = 3;
  AddHFiles(old, &link);
  EXPECT_EQ(link.hfiles.gone, 3u);
  EXPECT_EQ(link.why, "3 bulk-loaded files that wait for the peer are nowhere");
  EXPECT_TRUE(IsRed(link));
  link.hfiles.gone.reset();
  link.hfiles.leaked = 4;
  EXPECT_FALSE(IsRed(link));
}

}  // namespace
}  // namespace twinwatch
