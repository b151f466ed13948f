#include "agent/app/drift_api.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

namespace twinwatch::app {
namespace {

using Json = nlohmann::json;

class DriftApi : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("drift_api." + std::to_string(getpid()));
    auto ledger = ledger::Ledger::Open(folder_ / "ledger.sqlite", ledger::OpenMode::kCreate);
    ASSERT_TRUE(ledger.ok()) << ledger.status();
    ledger_ = *std::move(ledger);
    ledger::Pair pair;
    pair.source_id = "a";
    pair.target_id = "b";
    pair_ = *ledger_->NotePair(pair, absl::Now());
    for (const char* table : {"t", "u"}) {
      ledger::Sighting sighting;
      sighting.run = "r1";
      sighting.at = absl::Now();
      std::vector<ledger::DriftFinding> findings;
      for (const std::string& row :
           {std::string("a\0b", 3), std::string("c/d"), std::string("e")}) {
        ledger::DriftFinding& finding = findings.emplace_back();
        finding.table = *TableName::Parse(table);
        finding.row = row;
        finding.confirmed_by = "position";
      }
      ASSERT_TRUE(ledger_->Note(pair_, sighting, findings).ok());
    }
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  http_server::Response Get(const std::string& query) {
    return DriftPageAnswer(ledger_.get(), pair_, query);
  }
  // The rows of one page, and the query of the next.
  std::vector<std::string> Rows(const std::string& query, std::string* next = nullptr) {
    const http_server::Response response = Get(query);
    EXPECT_EQ(response.status, 200) << response.body;
    const Json json = Json::parse(response.body);
    std::vector<std::string> rows;
    for (const Json& row : json["rows"])
      rows.push_back(row["table"].get<std::string>() + " " + row["row"].get<std::string>());
    if (next != nullptr) *next = json["next"].is_null() ? "" : json["next"].get<std::string>();
    return rows;
  }

  std::filesystem::path folder_;
  std::unique_ptr<ledger::Ledger> ledger_;
  ledger::PairId pair_ = 0;
};

TEST_F(DriftApi, AllRowsOrThoseOfATable) {
  EXPECT_EQ(Rows("").size(), 6u);
  EXPECT_EQ(Rows("table=u"), (std::vector<std::string>{"u a\\x00b", "u c/d", "u e"}));
}

// No rows would look as if nothing differed.
TEST_F(DriftApi, WhatNothingIsKnownOfIsNotFound) {
  EXPECT_EQ(Get("table=none").status, 404);
  EXPECT_EQ(DriftPageAnswer(ledger_.get(), 0, "").status, 404);
}

TEST_F(DriftApi, PagesFollowOneAnother) {
  std::string next;
  std::vector<std::string> all = Rows("limit=2", &next);
  while (!next.empty()) {
    std::string cursor;
    for (const char c : next) cursor += fmt::format("%{:02x}", static_cast<unsigned char>(c));
    for (const std::string& row : Rows("limit=2&cursor=" + cursor, &next)) all.push_back(row);
    ASSERT_LE(all.size(), 6u);
  }
  EXPECT_EQ(all, Rows(""));
}

TEST_F(DriftApi, RowsOfAClass) {
  ledger::DriftFinding extra;
  extra.table = *TableName::Parse("t");
  extra.row = "d";
  extra.drift_class = DriftClass::kExtra;
  ASSERT_TRUE(ledger_->Note(pair_, {"r2", absl::Now(), {}}, {extra}).ok());
  EXPECT_EQ(Rows("class=extra"), (std::vector<std::string>{"t d"}));
  EXPECT_EQ(Rows("class=missing").size(), 6u);
  EXPECT_EQ(Rows("class=missing&table=t").size(), 3u);
  EXPECT_TRUE(Rows("class=value").empty());
  // Page by page, too.
  std::string next;
  EXPECT_EQ(Rows("class=missing&limit=2", &next).size(), 2u);
  EXPECT_FALSE(next.empty());
}

TEST_F(DriftApi, TheFirstPageTellsWhatIsKnown) {
  const auto known = [this](const std::string& query) {
    return Json::parse(Get(query).body)["known"];
  };
  const Json all = known("limit=1");
  EXPECT_EQ(all["pair"]["source_id"], "a");
  EXPECT_EQ(all["tables"].size(), 2u);
  EXPECT_EQ(all["tables"][1]["confirmed"]["missing"], 3);
  ASSERT_EQ(known("table=u")["tables"].size(), 1u);
  EXPECT_EQ(known("table=u")["tables"][0]["table"], "u");
  EXPECT_TRUE(known("limit=1&cursor=t/a").is_null());
}

TEST_F(DriftApi, ARowWithItsHistory) {
  const http_server::Response row = DriftRowAnswer(ledger_.get(), pair_, "table=u&row=a%5Cx00b");
  ASSERT_EQ(row.status, 200) << row.body;
  const Json json = Json::parse(row.body);
  EXPECT_EQ(json["row"]["row"], "a\\x00b");
  EXPECT_EQ(json["row"]["run"], "r1");
  EXPECT_FALSE(json["events"].empty());
  EXPECT_EQ(DriftRowAnswer(ledger_.get(), pair_, "table=u&row=none").status, 404);
  EXPECT_EQ(DriftRowAnswer(ledger_.get(), 0, "table=u&row=e").status, 404);
  for (const char* query : {"", "table=u", "row=e", "table=u&row=e&limit=1", "table=u&row=%5Cx"})
    EXPECT_EQ(DriftRowAnswer(ledger_.get(), pair_, query).status, 400) << query;
}

TEST_F(DriftApi, OnlyTheDriftOfThisLinkIsAnswered) {
  const auto answer = [this](const std::string& path) {
    http_server::Request request;
    request.path = path;
    return AnswerDrift(request, "a-b", ledger_.get(), pair_);
  };
  EXPECT_EQ(answer("/api/v1/links/a-b/drift")->status, 200);
  EXPECT_EQ(answer("/api/v1/links/a-b/drift/row")->status, 400);
  for (const char* path : {"/api/v1/links/a-b", "/api/v1/links/b-a/drift",
                           "/api/v1/links/a-b/drift/", "/api/v1/links/a-b/drift/rows"})
    EXPECT_FALSE(answer(path)) << path;
}

TEST_F(DriftApi, WhatIsNoParameterIsRefused) {
  for (const char* query : {"limit=0", "limit=1001", "limit=x", "tabel=t", "class=", "class=Extra",
                            "cursor=x", "row=e", "cursor=t/%5Cxzz", "table=", "a=%z"}) {
    EXPECT_EQ(Get(query).status, 400) << query;
    EXPECT_TRUE(Json::accept(Get(query).body)) << query;
  }
}

}  // namespace
}  // namespace twinwatch::app
