#include "probes/replication/hfile_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/fakes/fake_folders.h"
#include "tests/support/run_coro.h"

namespace twinwatch {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;
using twinwatch::testing::FakeFolders;
using twinwatch::testing::RunCoro;

class HFileSearchTest : public ::testing::Test {
 protected:
  HFilesFound Find(std::set<std::string> names) {
    quest_.names = std::move(names);
    return RunCoro(SearchHFiles(&folders_, quest_));
  }

  bool Listed(const std::string& path) const {
    return std::find(folders_.listed.begin(), folders_.listed.end(), path) != folders_.listed.end();
  }

  HFileSearchTest() { quest_.deadline = After(std::chrono::minutes(1)); }

  FakeFolders folders_;
  HFileQuest quest_;
};

TEST_F(HFileSearchTest, InPlaceAndInTheArchive) {
  folders_.files = {"data/default/t/r1/cf/one",        "archive/data/ns/u/r2/cf/two",
                    ".tmp/data/default/v/r3/cf/three", "data/default/t/r1/cf/other",
                    "data/default/t/.tabledesc/four",  "data/hbase/meta/r/info/five"};
  const HFilesFound found = Find({"one", "two", "three", "four", "five"});
  EXPECT_THAT(found.folders, UnorderedElementsAre(Pair("one", "data/default/t/r1/cf"),
                                                  Pair("two", "archive/data/ns/u/r2/cf"),
                                                  Pair("three", ".tmp/data/default/v/r3/cf")));
  EXPECT_TRUE(found.everywhere);
  EXPECT_TRUE(found.ended.ok());
}

TEST_F(HFileSearchTest, WhatHasBeenFoundEndsIt) {
  folders_.files = {"data/default/t/r1/cf/one", "data/default/t/r2/cf/two"};
  EXPECT_EQ(Find({"one"}).folders.size(), 1u);
  EXPECT_FALSE(Listed("data/default/t/r2"));
  EXPECT_FALSE(Listed("archive/data"));
}

// Each move is made in the worst moment: just before the folder that it goes into is looked at, or
// right behind that which it leaves.
TEST_F(HFileSearchTest, AFileThatIsMovedMeanwhileIsMet) {
  folders_.files = {"data/default/t/r1/cf/one"};
  folders_.before_list = [this](const std::string& path) {
    if (path == "data/default/t/r1/cf") {
      folders_.files = {".tmp/data/default/t/r1/cf/one"};
    } else if (path == ".tmp/data") {
      folders_.files = {"archive/data/default/t/r1/cf/one"};
    }
  };
  EXPECT_THAT(Find({"one"}).folders, ElementsAre(Pair("one", "archive/data/default/t/r1/cf")));
}

TEST_F(HFileSearchTest, TablesOfThePeerAreLookedAtFirst) {
  quest_.peer.replicate_all = false;
  quest_.peer.tables[*TableName::Parse("b")] = {};
  quest_.peer.namespaces = {"ns"};
  folders_.files = {"data/default/a/r/cf/x", "data/default/b/r/cf/y", "archive/data/ns/c/r/cf/one"};
  EXPECT_EQ(Find({"one"}).folders.size(), 1u);
  EXPECT_TRUE(Listed("data/default/b/r/cf"));
  EXPECT_FALSE(Listed("data/default/a/r/cf"));
  // Refs are leaked for tables out of scope, too: nowhere means in no table at all.
  folders_.listed.clear();
  EXPECT_EQ(Find({"x"}).folders.size(), 1u);
  folders_.listed.clear();
  EXPECT_TRUE(Find({"z"}).everywhere);
  EXPECT_TRUE(Listed("data/default/a/r/cf"));
}

TEST_F(HFileSearchTest, TablesThatAreLeftOutAreLookedAtLast) {
  quest_.peer.excluded_tables[*TableName::Parse("a")] = {};
  quest_.peer.excluded_tables[*TableName::Parse("b")] = {"some_family"};
  quest_.peer.excluded_namespaces = {"ns"};
  folders_.files = {"data/default/a/r/cf/x", "data/default/b/r/cf/one", "data/ns/c/r/cf/x"};
  Find({"one"});
  EXPECT_FALSE(Listed("data/default/a/r"));
  EXPECT_FALSE(Listed("data/ns/c/r"));
}

TEST_F(HFileSearchTest, TooManyFolders) {
  for (int i = 0; i < 100; ++i)
    folders_.files.insert(fmt::format("data/default/t/r{}/cf/f{}", i, i));
  quest_.folders = 20;
  const HFilesFound found = Find({"f0", "nowhere"});
  EXPECT_EQ(folders_.listed.size(), 20u);
  EXPECT_FALSE(found.everywhere);
  EXPECT_EQ(found.ended.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(found.ended.message()), HasSubstr("20 folders were searched"));
  EXPECT_EQ(found.folders.size(), 1u);  // what was found was found
}

TEST_F(HFileSearchTest, NoMoreTime) {
  quest_.deadline = After(std::chrono::milliseconds(-1));
  const HFilesFound found = Find({"one"});
  EXPECT_FALSE(found.everywhere);
  EXPECT_EQ(found.ended.code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(HFileSearchTest, AFolderThatCannotBeListedMayHaveIt) {
  folders_.files = {"data/default/t/r1/cf/one"};
  folders_.fails["data/default/t/r1"] = absl::PermissionDeniedError("nn:1: no");
  const HFilesFound found = Find({"one"});
  EXPECT_FALSE(found.everywhere);
  EXPECT_EQ(found.ended.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(found.folders, IsEmpty());
}

TEST_F(HFileSearchTest, WhereTheyWereBefore) {
  folders_.files = {"data/default/t/r1/cf/one", "data/default/t/r1/cf/two"};
  quest_.known = {{"one", "data/default/t/r1/cf"}, {"two", "data/default/t/r1/cf"}};
  EXPECT_EQ(Find({"one", "two"}).folders.size(), 2u);
  EXPECT_THAT(folders_.listed, ElementsAre("data/default/t/r1/cf"));
  // Compacted away since.
  folders_.files = {"data/default/t/r1/cf/new", "archive/data/default/t/r1/cf/one",
                    "archive/data/default/t/r1/cf/two"};
  EXPECT_THAT(Find({"one"}).folders, ElementsAre(Pair("one", "archive/data/default/t/r1/cf")));
}

TEST_F(HFileSearchTest, ForRareOnesAloneNothingIsSearched) {
  quest_.rare = {"gone"};
  EXPECT_FALSE(Find({"gone"}).everywhere);
  EXPECT_THAT(folders_.listed, IsEmpty());
  EXPECT_TRUE(Find({"gone", "new"}).everywhere);
  quest_.everywhere = false;
  EXPECT_FALSE(Find({"gone", "new"}).everywhere);
}

}  // namespace
}  // namespace twinwatch
