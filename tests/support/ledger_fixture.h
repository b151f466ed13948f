// A ledger in a folder of its own, for tests.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "verifier/ledger/ledger.h"

namespace twinwatch::ledger {

class LedgerTest : public ::testing::Test {
 protected:
  LedgerTest() {
    char name[] = "/tmp/twinwatch-ledger-XXXXXX";
    folder_ = mkdtemp(name);
    path_ = folder_ + "/ledger.sqlite";
  }
  ~LedgerTest() override { std::filesystem::remove_all(folder_); }

  void OpenAll() {
    StatusOr<std::unique_ptr<Ledger>> opened = Ledger::Open(path_, OpenMode::kCreate);
    ASSERT_TRUE(opened.ok()) << opened.status();
    ledger_ = *std::move(opened);
    const StatusOr<PairId> pair = ledger_->NotePair(TwoClusters(), At(0));
    ASSERT_TRUE(pair.ok()) << pair.status();
    pair_ = *pair;
  }

  static Pair TwoClusters() {
    return {0, "id-a", "id-b", "zk1:2181:/hbase", "zk2:2181:/hbase", "a-b"};
  }
  static absl::Time At(int seconds) { return absl::FromUnixSeconds(1795451884 + seconds); }
  static TableName Table(std::string_view name) { return *TableName::Parse(name); }
  static Sighting By(const std::string& run, int seconds, Breadth breadth = {}) {
    return {run, At(seconds), breadth};
  }
  static DriftFinding Suspect(std::string row, DriftClass drift_class = DriftClass::kMissing) {
    DriftFinding finding;
    finding.table = Table("t");
    finding.row = std::move(row);
    finding.drift_class = drift_class;
    return finding;
  }
  static DriftFinding Confirmed(std::string row, DriftClass drift_class = DriftClass::kMissing) {
    DriftFinding finding = Suspect(std::move(row), drift_class);
    finding.confirmed_by = "position";
    finding.confirmed_at = At(1);
    return finding;
  }

  // "row state" of every open row.
  std::vector<std::string> Open() {
    std::vector<std::string> rows;
    EXPECT_TRUE(ledger_
                    ->VisitOpen(pair_, {},
                                [&rows](const DriftRecord& record) {
                                  rows.push_back(record.row + " " +
                                                 std::string(ToString(record.state)));
                                })
                    .ok());
    return rows;
  }

  std::string folder_;
  std::string path_;
  std::unique_ptr<Ledger> ledger_;
  PairId pair_ = 0;
};

}  // namespace twinwatch::ledger
