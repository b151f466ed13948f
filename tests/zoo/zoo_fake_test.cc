// The zoo on clusters in memory: every kind of difference that tests/zoo/zoo_kinds.py plants is
// named, and no other row, in every view and by every way to confirm, however batches are cut and
// scanners are lost.

#include <absl/strings/escaping.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "agent/core/bytes.h"
#include "tests/fakes/fake_barrier.h"
#include "tests/fakes/fake_cluster.h"
#include "tests/support/run_coro.h"
#include "verifier/run/verify_table.h"

namespace twinwatch {
namespace {

using nlohmann::json;
using twinwatch::testing::FakeBarrier;
using twinwatch::testing::FakeCluster;
using twinwatch::testing::RunCoro;

constexpr uint64_t kSinceMs = 1'699'913'600'000;  // zoo_plan.py: SINCE

std::string Decode(const json& base64) {
  std::string bytes;
  EXPECT_TRUE(absl::Base64Unescape(base64.get<std::string>(), &bytes));
  return bytes;
}

const json& Plans() {
  static const json plans = json::parse(std::ifstream(ZOO_PLAN));
  return plans;
}

CellType TypeOf(const std::string& name) {
  static const std::map<std::string, CellType> types = {
      {"put", CellType::kPut},
      {"delete", CellType::kDelete},
      {"delete_column", CellType::kDeleteColumn},
      {"delete_family", CellType::kDeleteFamily},
      {"delete_family_version", CellType::kDeleteFamilyVersion}};
  return types.at(name);
}

void Plant(const json& plan, const std::string& side, FakeCluster* cluster) {
  FakeCluster::FakeTable table;
  table.descriptor.table = *TableName::Parse(plan["table"].get<std::string>());
  for (const json& family : plan["families"]) {
    FamilyDescriptor descriptor;
    descriptor.name = family["name"];
    descriptor.scope = family["scope"];
    descriptor.attributes["VERSIONS"] = std::to_string(family["versions"].get<int>());
    table.descriptor.families.push_back(std::move(descriptor));
  }
  for (const json& split : plan["splits"][side]) table.borders.push_back(Decode(split));
  for (const json& cell : plan["cells"][side]) {
    const std::string row = Decode(cell["row"]);
    table.rows[row].push_back({row, cell["family"], Decode(cell["qualifier"]), cell["timestamp"],
                               TypeOf(cell["type"]), Decode(cell["value"])});
  }
  cluster->tables[table.descriptor.table] = std::move(table);
}

using Named = std::map<std::string, std::string>;  // row, as HBase prints it: class

class Collector : public VerifyObserver {
 public:
  Named named;

  void OnFinding(const Finding& finding) override {
    const std::string row = ToStringBinary(finding.row);
    EXPECT_FALSE(named.contains(row)) << row << " is named twice";
    named[row] = ToString(finding.drift_class);
  }
  void OnProgress(const TableName&, double, uint64_t, std::string_view) override {}
};

// A plan of the generator, on two fakes that cut batches and lose scanners as chance has it.
class Zoo {
 public:
  Zoo(const json& plan, uint32_t chance) : plan_(plan), chance_(chance) {
    Plant(plan, "source", &source_);
    Plant(plan, "target", &target_);
    for (FakeCluster* side : {&source_, &target_}) {
      side->cells_per_batch = std::vector<size_t>{1, 2, 3, 7, 50, 1000}[chance_() % 6];
      for (const auto& [row, cells] : side->tables.begin()->second.rows) {
        if (chance_() % 4 == 0) side->lost_rows.insert(row);
      }
    }
    options_.settle = absl::ZeroDuration();
    options_.streams = 1 + static_cast<int>(chance_() % 3);
    options_.barriers.forward = &barrier_;
    options_.confirming.between = absl::ZeroDuration();
  }

  TableResult Verify(const std::string& view, Confirm confirm) {
    options_.confirm = confirm;
    TablePair pair;
    pair.source = &source_;
    pair.target = &target_;
    pair.source_table = pair.target_table = source_.tables.begin()->first;
    for (const json& family : plan_["families"]) {
      if (family["scope"] == 1) pair.families.push_back(family["name"]);
    }
    if (view == "versions") pair.max_versions = kAllVersions;
    pair.raw = view == "raw";
    if (view == "since") pair.since_ms = kSinceMs;
    pair.keys_only = view == "keys";
    return RunCoro(VerifyTable(pair, options_, &collector_));
  }

  // Some rows that are the same come to the target only when the barrier passes. How many.
  size_t HoldBack() {
    auto& rows = target_.tables.begin()->second.rows;
    for (const auto& [row, cells] : source_.tables.begin()->second.rows) {
      const auto held = rows.find(row);
      const bool same = held != rows.end() && held->second == cells;
      if (same && cells.front().timestamp_ms < kSinceMs && held_back_.size() < 10) {
        held_back_.insert(rows.extract(held));
      }
    }
    const size_t count = held_back_.size();
    barrier_.on_pass = [this](int) {
      target_.tables.begin()->second.rows.merge(held_back_);
      return absl::OkStatus();
    };
    return count;
  }

  Named Expected(const std::string& view) const {
    Named expected;
    for (const json& kind : plan_["kinds"]) {
      for (const auto& [row, drift_class] : kind["expected"][view].items())
        expected[ToStringBinary(Decode(row))] = drift_class;
    }
    return expected;
  }

  const Named& named() const { return collector_.named; }
  size_t cells_per_batch() const { return source_.cells_per_batch; }
  FakeBarrier& barrier() { return barrier_; }

 private:
  const json& plan_;
  std::mt19937 chance_;
  FakeCluster source_{"a"};
  FakeCluster target_{"b"};
  FakeCluster::Rows held_back_;
  FakeBarrier barrier_;
  VerifyTableOptions options_;
  Collector collector_;
};

uint64_t MarksIn(const Named& named) {
  return static_cast<uint64_t>(std::count_if(
      named.begin(), named.end(), [](const auto& found) { return found.second == "marks"; }));
}

class ZooTest : public ::testing::TestWithParam<std::string> {
 protected:
  // Each table of each plan, with a seed for how badly the fakes serve it.
  static void ForEach(const std::function<void(const json& table, uint32_t chance)>& visit) {
    for (const json& plan : Plans()) {
      const uint32_t seed = plan["seed"].get<uint32_t>();
      for (const json& table : plan["tables"]) {
        for (uint32_t round = 0; round < 3; ++round) {
          SCOPED_TRACE(
              fmt::format("{}, seed {}, round {}", table["table"].get<std::string>(), seed, round));
          visit(table, seed * 10 + round);
        }
      }
    }
  }
};

TEST_P(ZooTest, ExactlyThePlantedRowsAreDriftOnTheUsersWord) {
  ForEach([](const json& table, uint32_t chance) {
    Zoo zoo(table, chance);
    const TableResult result = zoo.Verify(GetParam(), Confirm::kNone);
    EXPECT_EQ(zoo.named(), zoo.Expected(GetParam()));
    EXPECT_EQ(result.drift.Sum() + result.drift.marks, zoo.named().size());
    EXPECT_EQ(result.drift.marks, MarksIn(zoo.named()));
  });
}

TEST_P(ZooTest, ExactlyThePlantedRowsAreConfirmedBehindABarrier) {
  ForEach([](const json& table, uint32_t chance) {
    Zoo zoo(table, chance);
    const TableResult result = zoo.Verify(GetParam(), Confirm::kBarrier);
    EXPECT_EQ(zoo.named(), zoo.Expected(GetParam())) << zoo.cells_per_batch();
    EXPECT_EQ(result.drift.Sum(), zoo.named().size() - MarksIn(zoo.named()));
    EXPECT_EQ(result.unknown_rows, 0u);
    EXPECT_EQ(result.suspects.Sum(), 0u);
    EXPECT_EQ(result.in_flight, 0u);
  });
}

TEST_P(ZooTest, ExactlyThePlantedRowsStaySuspectsWhenReadAgain) {
  ForEach([](const json& table, uint32_t chance) {
    Zoo zoo(table, chance);
    const TableResult result = zoo.Verify(GetParam(), Confirm::kRecheck);
    EXPECT_EQ(zoo.named(), zoo.Expected(GetParam()));
    EXPECT_EQ(result.drift.Sum(), 0u);
    EXPECT_EQ(result.suspects.Sum(), zoo.named().size() - MarksIn(zoo.named()));
  });
}

INSTANTIATE_TEST_SUITE_P(Views, ZooTest,
                         ::testing::Values("default", "versions", "raw", "since", "keys"),
                         [](const auto& view) { return view.param; });

using ZooBarrierTest = ZooTest;

TEST_F(ZooBarrierTest, RowsThatWereUnderWayAreNotAmongThem) {
  ForEach([](const json& table, uint32_t chance) {
    Zoo zoo(table, chance);
    const size_t held_back = zoo.HoldBack();
    const TableResult result = zoo.Verify("default", Confirm::kBarrier);
    EXPECT_EQ(zoo.named(), zoo.Expected("default"));
    EXPECT_EQ(result.in_flight, held_back);
  });
}

TEST_F(ZooBarrierTest, NoneIsDriftWhenTheBarrierDoesNotPass) {
  ForEach([](const json& table, uint32_t chance) {
    Zoo zoo(table, chance);
    zoo.barrier().on_pass = [](int) { return absl::FailedPreconditionError("the peer is off"); };
    const TableResult result = zoo.Verify("default", Confirm::kBarrier);
    EXPECT_EQ(zoo.named(), Named());
    EXPECT_EQ(result.unknown_rows, zoo.Expected("default").size());
    EXPECT_EQ(result.verdict(), Verdict::kUnknown);
  });
}

// A row on the source alone, close to the end of its TTL.
class TtlEdgeTest : public ::testing::Test {
 protected:
  static constexpr int64_t kTtlMs = 3'600'000;

  TtlEdgeTest() {
    pair_.source = &source_;
    pair_.target = &target_;
    pair_.source_table = pair_.target_table = *TableName::Parse("t");
    pair_.families = {"f"};
    options_.confirm = Confirm::kBarrier;
    options_.barriers.forward = &barrier_;
    options_.confirming.between = absl::ZeroDuration();
    source_.AddTable("t");
    target_.AddTable("t");
  }

  void PutOnSource(absl::Duration left_to_live) {
    const int64_t written = absl::ToUnixMillis(absl::Now() + left_to_live) - kTtlMs;
    source_.Put("t", "row", "q", static_cast<uint64_t>(written), "v");
  }

  FakeCluster source_{"a"};
  FakeCluster target_{"b"};
  FakeBarrier barrier_;
  TablePair pair_;
  VerifyTableOptions options_;
  Collector collector_;
};

TEST_F(TtlEdgeTest, WhatExpiresBetweenTwoLooksIsNoDrift) {
  PutOnSource(absl::Seconds(1));
  barrier_.on_pass = [this](int pass) {
    if (pass == 2) source_.tables.begin()->second.rows.clear();
    return absl::OkStatus();
  };
  const TableResult result = RunCoro(VerifyTable(pair_, options_, &collector_));
  EXPECT_EQ(result.verdict(), Verdict::kSame);
  EXPECT_EQ(result.in_flight, 1u);
}

TEST_F(TtlEdgeTest, WhatTheSlowerClockStillShowsIsNoDrift) {
  PutOnSource(absl::Milliseconds(-500));
  pair_.edges = TtlEdges({{"f", kTtlMs}}, absl::Seconds(5));
  const TableResult result = RunCoro(VerifyTable(pair_, options_, &collector_));
  EXPECT_EQ(result.verdict(), Verdict::kSame);
  EXPECT_EQ(result.in_flight, 1u);
}

TEST_F(TtlEdgeTest, WhatIsFarFromItIsDrift) {
  PutOnSource(absl::Minutes(10));
  pair_.edges = TtlEdges({{"f", kTtlMs}}, absl::Seconds(5));
  EXPECT_EQ(RunCoro(VerifyTable(pair_, options_, &collector_)).drift.missing, 1u);
}

}  // namespace
}  // namespace twinwatch
