#include "verifier/repair/row_edits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace twinwatch {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A row in which every put is seen that `seen` says, by timestamp.
class Image {
 public:
  Image& Put(uint64_t timestamp_ms, const std::string& value, const std::string& qualifier = "q") {
    return Store(timestamp_ms, CellType::kPut, value, qualifier, true);
  }
  Image& Older(uint64_t timestamp_ms, const std::string& value) {
    return Store(timestamp_ms, CellType::kPut, value, "q", false);
  }
  Image& Marker(CellType type, uint64_t timestamp_ms, const std::string& qualifier = "q") {
    const bool family = type == CellType::kDeleteFamily || type == CellType::kDeleteFamilyVersion;
    return Store(timestamp_ms, type, "", family ? "" : qualifier, false);
  }
  Image& Ttl(uint64_t ttl_ms) {
    last_->tags.ttl_ms = ttl_ms;
    return *this;
  }
  Image& Secured() {
    last_->tags.secured = true;
    return *this;
  }

  RowImage Done() const {
    RowImage sorted = image_;
    std::stable_sort(sorted.begin(), sorted.end(), [](const StoredCell& a, const StoredCell& b) {
      return CompareInRow(ToView(a.cell), ToView(b.cell)) < 0;
    });
    return sorted;
  }

 private:
  Image& Store(uint64_t timestamp_ms, CellType type, const std::string& value,
               const std::string& qualifier, bool seen) {
    StoredCell stored;
    stored.cell = {"row", "f", qualifier, timestamp_ms, type, value};
    stored.seen = seen;
    image_.push_back(stored);
    last_ = &image_.back();
    return *this;
  }

  RowImage image_;
  StoredCell* last_ = nullptr;
};

constexpr uint64_t kNow = 1'000'000;

EditRules Rules() {
  EditRules rules;
  rules.now_ms = kNow;
  return rules;
}

EditRules Deleting() {
  EditRules rules = Rules();
  rules.allow_deletes = true;
  return rules;
}

std::vector<Cell> Shown(const RowImage& image) {
  std::vector<Cell> shown;
  for (const StoredCell& stored : image) {
    if (stored.seen) shown.push_back(stored.cell);
  }
  return shown;
}

std::string TextOf(const GuardedWrite& write) {
  const char* what = write.cell.type == CellType::kPut            ? "put"
                     : write.cell.type == CellType::kDelete       ? "delete"
                     : write.cell.type == CellType::kDeleteColumn ? "delete column"
                     : write.cell.type == CellType::kDeleteFamily ? "delete family"
                                                                  : "delete family version";
  std::string text = fmt::format("{} {}", what, PlaceText(ToView(write.cell)));
  if (write.cell.type == CellType::kPut) text += "=" + write.cell.value;
  if (write.ttl_ms) text += fmt::format(" ttl {}", *write.ttl_ms);
  text += fmt::format(" if {}={}", write.guard.timestamp_ms, write.guard.value.value_or("nothing"));
  return text;
}

std::vector<std::string> Writes(const RowEdits& edits) {
  std::vector<std::string> texts;
  for (const GuardedWrite& write : edits.writes) texts.push_back(TextOf(write));
  return texts;
}

TEST(EditsOf, TheSameRowNeedsNothing) {
  const RowImage row = Image().Put(5, "v").Older(4, "old").Done();
  const RowEdits edits = EditsOf(row, row, Rules());
  EXPECT_TRUE(edits.same);
  EXPECT_THAT(edits.writes, IsEmpty());
  EXPECT_FALSE(edits.refused);
}

TEST(EditsOf, AMissingRowIsPutWithItsTimestampsAndAllVersionsThatAreSeen) {
  const RowImage source = Image().Put(5, "v").Put(4, "older").Older(3, "gone").Done();
  EXPECT_THAT(Writes(EditsOf(source, {}, Rules())),
              ElementsAre("put f:q/5=v if 5=nothing", "put f:q/4=older if 4=nothing"));
}

TEST(EditsOf, AMissingColumnOfARowThatIsThere) {
  const RowImage source = Image().Put(5, "v").Put(5, "w", "r").Done();
  const RowImage target = Image().Put(5, "v").Done();
  EXPECT_THAT(Writes(EditsOf(source, target, Rules())), ElementsAre("put f:r/5=w if 5=nothing"));
}

TEST(EditsOf, AnotherValueOfTheSameTimestampIsPutOver) {
  EXPECT_THAT(
      Writes(EditsOf(Image().Put(5, "right").Done(), Image().Put(5, "wrong").Done(), Rules())),
      ElementsAre("put f:q/5=right if 5=wrong"));
}

TEST(EditsOf, ANewerCellIsPutBesideTheOldOne) {
  EXPECT_THAT(Writes(EditsOf(Image().Put(7, "new").Done(), Image().Put(5, "old").Done(), Rules())),
              ElementsAre("put f:q/7=new if 7=nothing"));
}

TEST(EditsOf, NothingIsRemovedUnlessItIsAllowed) {
  const RowEdits edits = EditsOf({}, Image().Put(5, "extra").Done(), Rules());
  EXPECT_THAT(edits.writes, IsEmpty());
  ASSERT_TRUE(edits.refused);
  EXPECT_THAT(*edits.refused, HasSubstr("f:q/5"));
  EXPECT_THAT(*edits.refused, HasSubstr("--allow-deletes"));
}

TEST(EditsOf, EveryStoredVersionOfAnExtraColumnIsRemoved) {
  const RowImage target = Image().Put(7, "c").Older(6, "b").Older(5, "a").Done();
  const RowEdits edits = EditsOf({}, target, Deleting());
  EXPECT_TRUE(edits.deletes);
  EXPECT_THAT(Writes(edits),
              ElementsAre("delete f:q/7 if 7=c", "delete f:q/6 if 6=b", "delete f:q/5 if 5=a"));
}

TEST(EditsOf, VersionsThatTheSourceHoldsAreNotRemoved) {
  const RowImage source = Image().Put(6, "b").Done();
  const RowImage target = Image().Put(7, "c").Older(6, "b").Older(5, "a").Done();
  EXPECT_THAT(Writes(EditsOf(source, target, Deleting())),
              ElementsAre("delete f:q/7 if 7=c", "delete f:q/5 if 5=a", "put f:q/6=b if 6=b"));
}

TEST(EditsOf, TheSourcesOwnColumnMarkerFollowsIfNothingIsLeftUnderIt) {
  const RowImage source = Image().Marker(CellType::kDeleteColumn, 9).Done();
  const RowImage target = Image().Put(7, "c").Older(6, "b").Done();
  const RowEdits edits = EditsOf(source, target, Deleting());
  EXPECT_THAT(Writes(edits), ElementsAre("delete f:q/7 if 7=c", "delete f:q/6 if 6=b",
                                         "delete column f:q/9 if 9=nothing"));
  EXPECT_TRUE(edits.writes.back().guard.or_older);
}

TEST(EditsOf, AFamilyMarkerIsNeverSent) {
  const RowImage source = Image().Marker(CellType::kDeleteFamily, 9).Done();
  const RowImage target = Image().Put(7, "c").Put(7, "d", "r").Done();
  EXPECT_THAT(Writes(EditsOf(source, target, Deleting())),
              ElementsAre("delete f:q/7 if 7=c", "delete f:r/7 if 7=d"));
}

TEST(EditsOf, AMarkerThatHidesWhatTheSourceShowsIsNotSent) {
  // As a family with NEW_VERSION_BEHAVIOR has it.
  const RowImage source = Image().Marker(CellType::kDeleteColumn, 9).Put(5, "shown").Done();
  const RowImage target = Image().Put(7, "c").Done();
  EXPECT_THAT(Writes(EditsOf(source, target, Deleting())),
              ElementsAre("delete f:q/7 if 7=c", "put f:q/5=shown if 5=nothing"));
}

TEST(EditsOf, AnOlderVersionThatNobodyComparedStays) {
  const RowImage source = Image().Put(7, "new").Done();
  const RowImage target = Image().Put(5, "old").Done();
  EXPECT_THAT(Writes(EditsOf(source, target, Deleting())),
              ElementsAre("put f:q/7=new if 7=nothing"));
  EditRules all = Deleting();
  all.all_versions = true;
  EXPECT_THAT(Writes(EditsOf(source, target, all)),
              ElementsAre("delete f:q/5 if 5=old", "put f:q/7=new if 7=nothing"));
}

TEST(EditsOf, ASurplusVersionBelowTheLatestIsNoDifferenceUnlessAllAreCompared) {
  const RowImage source = Image().Put(7, "new").Done();
  const RowImage target = Image().Put(7, "new").Put(5, "old").Done();
  EXPECT_THAT(EditsOf(source, target, Deleting()).writes, IsEmpty());
}

class HiddenPut : public ::testing::TestWithParam<std::pair<CellType, uint64_t>> {};

TEST_P(HiddenPut, IsRefusedOrPutAfterACompaction) {
  const auto [type, timestamp] = GetParam();
  const RowImage source = Image().Put(5, "v").Done();
  const RowImage target = Image().Marker(type, timestamp).Done();
  const RowEdits refused = EditsOf(source, target, Rules());
  EXPECT_THAT(refused.writes, IsEmpty());
  ASSERT_TRUE(refused.refused);
  EXPECT_THAT(*refused.refused, HasSubstr("--allow-compaction"));
  EditRules compacting = Rules();
  compacting.allow_compaction = true;
  const RowEdits edits = EditsOf(source, target, compacting);
  EXPECT_TRUE(edits.compaction);
  EXPECT_THAT(Writes(edits), ElementsAre("put f:q/5=v if 5=nothing"));
}

INSTANTIATE_TEST_SUITE_P(Markers, HiddenPut,
                         ::testing::Values(std::pair(CellType::kDelete, uint64_t{5}),
                                           std::pair(CellType::kDeleteColumn, uint64_t{5}),
                                           std::pair(CellType::kDeleteColumn, uint64_t{8}),
                                           std::pair(CellType::kDeleteFamily, uint64_t{8}),
                                           std::pair(CellType::kDeleteFamilyVersion, uint64_t{5})));

TEST(EditsOf, MarkersElsewhereHideNothing) {
  const RowImage source = Image().Put(5, "v").Done();
  const RowImage target = Image()
                              .Marker(CellType::kDelete, 4)
                              .Marker(CellType::kDeleteColumn, 4)
                              .Marker(CellType::kDeleteColumn, 9, "r")
                              .Done();
  EXPECT_THAT(Writes(EditsOf(source, target, Rules())), ElementsAre("put f:q/5=v if 5=nothing"));
}

TEST(EditsOf, ACellKeepsItsOwnTtl) {
  const RowEdits edits = EditsOf(Image().Put(kNow - 10, "v").Ttl(11).Done(), {}, Rules());
  EXPECT_TRUE(edits.ttls);
  EXPECT_THAT(Writes(edits), ElementsAre("put f:q/999990=v ttl 11 if 999990=nothing"));
}

TEST(EditsOf, ACellWhoseTtlIsOverIsNotPut) {
  const RowImage source = Image().Put(kNow - 10, "v").Ttl(10).Done();
  const RowEdits edits = EditsOf(source, {}, Rules());
  EXPECT_THAT(edits.writes, IsEmpty());
  EXPECT_FALSE(edits.same);
  ASSERT_TRUE(edits.refused);
  EXPECT_THAT(*edits.refused, HasSubstr("TTL"));
  // What else the row lacks is put nevertheless.
  RowImage more = source;
  more.push_back(Image().Put(5, "w", "r").Done().front());
  EXPECT_THAT(Writes(EditsOf(more, {}, Rules())), ElementsAre("put f:r/5=w if 5=nothing"));
  EXPECT_FALSE(EditsOf(more, {}, Rules()).same);
}

// Both versions are stored on both sides, and VERSIONS says that one is seen, or three.
TEST(EditsOf, WhatNoWriteCanMendIsRefusedAndNotTheSame) {
  EditRules rules = Deleting();
  rules.all_versions = true;
  const RowImage source = Image().Put(200, "b").Older(100, "a").Done();
  const RowImage target = Image().Put(200, "b").Put(100, "a").Done();
  const RowEdits edits = EditsOf(source, target, rules);
  EXPECT_THAT(edits.writes, IsEmpty());
  EXPECT_FALSE(edits.same);
  ASSERT_TRUE(edits.refused);
  EXPECT_THAT(*edits.refused, HasSubstr("f:q differs"));
}

TEST(EditsOf, SecuredCellsAreRefused) {
  const RowEdits put = EditsOf(Image().Put(5, "v").Secured().Done(), {}, Deleting());
  ASSERT_TRUE(put.refused);
  EXPECT_THAT(*put.refused, HasSubstr("visibility"));
  const RowEdits removed = EditsOf({}, Image().Put(5, "v").Secured().Done(), Deleting());
  EXPECT_TRUE(removed.refused);
}

TEST(EditsOf, OtherFamiliesAreNotTouched) {
  EditRules rules = Deleting();
  rules.families = {"other"};
  EXPECT_THAT(EditsOf(Image().Put(5, "v").Done(), {}, rules).writes, IsEmpty());
}

TEST(EditsOf, OnlyWhatMayBeRemovedIs) {
  EditRules rules = Deleting();
  const RowImage target = Image().Put(5, "ours").Done();
  rules.removable = StoredPuts(target);
  EXPECT_THAT(Writes(EditsOf({}, target, rules)), ElementsAre("delete f:q/5 if 5=ours"));
  const RowEdits of_others = EditsOf({}, Image().Put(5, "theirs").Done(), rules);
  ASSERT_TRUE(of_others.refused);
  EXPECT_THAT(*of_others.refused, HasSubstr("somebody else"));
}

TEST(EditsOf, WhatSomebodyElsePutOverIsNotPutOverAgain) {
  EditRules rules = Deleting();
  rules.removable = std::vector<uint64_t>();
  const RowEdits edits =
      EditsOf(Image().Put(5, "before").Done(), Image().Put(5, "theirs").Done(), rules);
  ASSERT_TRUE(edits.refused);
  EXPECT_THAT(*edits.refused, HasSubstr("somebody else"));
}

TEST(EditsOf, OfTwoValuesOfOneTimestampTheYoungerIsTheGuard) {
  RowImage target = Image().Put(5, "younger").Older(5, "older").Done();
  EXPECT_THAT(Writes(EditsOf(Image().Put(5, "right").Done(), target, Rules())),
              ElementsAre("put f:q/5=right if 5=younger"));
}

bool Done(const GuardedWrite& write, const RowImage& target) {
  return IsDone(write, ImageIndex(target));
}

TEST(IsDone, SaysWhatThereIs) {
  const GuardedWrite put = EditsOf(Image().Put(5, "v").Done(), {}, Rules()).writes.front();
  EXPECT_FALSE(Done(put, {}));
  EXPECT_FALSE(Done(put, Image().Put(5, "w").Done()));
  EXPECT_TRUE(Done(put, Image().Put(5, "v").Done()));
  EXPECT_FALSE(Done(put, Image().Older(5, "v").Marker(CellType::kDeleteFamily, 7).Done()));
  const GuardedWrite removal = EditsOf({}, Image().Put(5, "v").Done(), Deleting()).writes.front();
  EXPECT_FALSE(Done(removal, Image().Put(5, "v").Done()));
  EXPECT_TRUE(Done(removal, {}));
  EXPECT_TRUE(Done(removal, Image().Older(5, "v").Marker(CellType::kDelete, 5).Done()));
  const RowImage marked = Image().Marker(CellType::kDeleteColumn, 9).Done();
  const GuardedWrite marker = EditsOf(marked, Image().Put(5, "v").Done(), Deleting()).writes.back();
  EXPECT_FALSE(Done(marker, {}));
  EXPECT_TRUE(Done(marker, marked));
}

TEST(JoinViews, MarksWhatIsSeen) {
  const RowImage stored = Image().Older(5, "v").Older(4, "w").Done();
  const StatusOr<RowImage> image = JoinViews(stored, {stored.front().cell});
  ASSERT_TRUE(image.ok());
  EXPECT_TRUE(image->front().seen);
  EXPECT_FALSE(image->back().seen);
}

TEST(JoinViews, ACellThatIsNotStoredMeansThatTheRowChanged) {
  const RowImage stored = Image().Older(5, "v").Done();
  Cell newer = stored.front().cell;
  newer.timestamp_ms = 6;
  EXPECT_TRUE(absl::IsAborted(JoinViews(stored, {newer}).status()));
}

// As large as a row may be: with a walk over all cells for each column, or each cell, these take
// minutes.
TEST(LargeRow, OfManyColumns) {
  RowImage source;
  RowImage target;
  for (int i = 0; i < 25'000; ++i) {
    const std::string qualifier = fmt::format("{:06}", i);
    StoredCell put{{"row", "f", qualifier, 5, CellType::kPut, "v"}, {}, true};
    source.push_back(put);
    put.cell.value = "w";
    put.seen = i % 2 == 0;
    target.push_back({{"row", "f", qualifier, 4, CellType::kDeleteColumn, ""}, {}, false});
    target.push_back(put);
  }
  ASSERT_TRUE(JoinViews(source, Shown(source)).ok());
  const RowEdits edits = EditsOf(source, target, Deleting());
  EXPECT_EQ(edits.writes.size(), 25'000u);
  const ImageIndex there(source);
  EXPECT_TRUE(std::all_of(edits.writes.begin(), edits.writes.end(),
                          [&there](const GuardedWrite& write) { return IsDone(write, there); }));
}

TEST(LargeRow, OfManyVersions) {
  RowImage source;
  RowImage target;
  source.push_back({{"row", "f", "q", 100'000, CellType::kDeleteColumn, ""}, {}, false});
  for (uint64_t i = 50'000; i > 0; --i)
    target.push_back({{"row", "f", "q", i, CellType::kPut, "v"}, {}, true});
  ASSERT_TRUE(JoinViews(target, Shown(target)).ok());
  EditRules rules = Deleting();
  rules.all_versions = true;
  // Each version, and the source's marker once.
  EXPECT_EQ(EditsOf(source, target, rules).writes.size(), 50'001u);
}

}  // namespace
}  // namespace twinwatch
