#include "exporters/drift_document.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "exporters/drift_text.h"

namespace twinwatch {
namespace {

using Json = nlohmann::json;

const absl::Time kThen = absl::FromUnixSeconds(1795451884);

TableName Named(std::string_view name) { return *TableName::Parse(name); }

ledger::DriftRecord Record(std::string_view table, std::string row) {
  ledger::DriftRecord record;
  record.table = Named(table);
  record.row = std::move(row);
  record.drift_class = DriftClass::kExtra;
  record.state = ledger::DriftState::kConfirmed;
  record.first_seen = kThen;
  record.last_seen = kThen + absl::Seconds(5);
  record.confirmed_by = "position";
  record.confirmed_at = kThen + absl::Seconds(4);
  record.cause = "a cause";
  record.evidence = "evidence";
  record.differing.Include(1795451880000);
  record.differing.Include(1795451883000);
  record.run = "r2";
  record.breadth.markers = true;
  return record;
}

DriftView Known() {
  DriftView view;
  view.pair = {0, "id-a", "id-b", "zk1:2181:/hbase", "zk2:2181:/hbase", ""};
  view.last_run_ended = kThen;
  view.counts[Named("t")].confirmed = {1, 2, 3, 4, 5};
  view.counts[Named("t")].suspected.value = 6;
  view.counts[Named("t")].waived = 7;
  view.marks[Named("t")].full_pass_at = ledger::Mark{kThen, "r1", "heartbeats", {"g"}, true};
  view.marks[Named("u")].writes_verified_until = ledger::Mark{kThen, "r1", "position", {}, false};
  view.marks[Named("u")].sample = ledger::SampleMark{kThen, "r0", 10'000, 0.95, 300};
  return view;
}

DriftPage Page() {
  DriftPage page;
  page.known = Known();
  ledger::DriftRecord waived = Record("t", std::string("\0\xff\\", 3));
  waived.state = ledger::DriftState::kWaived;
  waived.confirmed_by.reset();
  waived.cause.reset();
  waived.waiver = ledger::Waiver{"reason", "ann", kThen};
  page.rows = {waived, Record("t", "a"), Record("u", "a")};
  page.next = "u/a";
  return page;
}

DriftRowView Row() {
  DriftRowView row;
  row.pair = Known().pair;
  row.history.record = Record("ns:t", std::string("\0\xff", 2));
  row.history.record.resolved = kThen + absl::Hours(1);
  row.history.record.waiver = ledger::Waiver{"reason", "ann", kThen};
  row.history.events = {{kThen, "r1", ledger::DriftState::kSuspected, "first seen"},
                        {kThen, "", ledger::DriftState::kRechecked, "the same"}};
  return row;
}

// As DriftListText needs it: with the rows.
DriftView WithRows(const DriftPage& page) {
  DriftView view = *page.known;
  view.rows = page.rows;
  return view;
}

TEST(DriftDocument, APageThatIsReadBackSaysTheSame) {
  const std::string text = DriftPageDocument(Page());
  const StatusOr<DriftPage> page = ParseDriftPage(text);
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(DriftPageDocument(*page), text);
  EXPECT_EQ(DriftListText({WithRows(*page)}, {}), DriftListText({WithRows(Page())}, {}));
  for (const char* table : {"t", "u", "none"}) {
    EXPECT_EQ(DriftTableText(WithRows(*page), Named(table), {}),
              DriftTableText(WithRows(Page()), Named(table), {}));
  }
  EXPECT_EQ(page->known->pair.target_id, "id-b");
}

TEST(DriftDocument, OnlyTheFirstPageHasWhatIsKnown) {
  DriftPage last = Page();
  last.known.reset();
  last.next.reset();
  const StatusOr<DriftPage> page = ParseDriftPage(DriftPageDocument(last));
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_FALSE(page->known);
  EXPECT_FALSE(page->next);
  EXPECT_EQ(page->rows.size(), 3u);
}

TEST(DriftDocument, ATableAlone) {
  EXPECT_EQ(Json::parse(DriftTableDocument(Known(), Named("t"))), Json::parse(R"({
    "schema_version":1,"command":"drift show",
    "pair":{"source":"zk1:2181:/hbase","source_id":"id-a","target":"zk2:2181:/hbase","target_id":"id-b"},
    "last_run_ended":"2026-11-23T16:38:04Z",
    "table":{"table":"t","confirmed":{"missing":1,"extra":2,"value":3,"cells":4,"marks":5},
      "suspected":{"missing":0,"extra":0,"value":6,"cells":0,"marks":0},"waived":7,
      "writes_verified_until":null,"full_pass":{"at":"2026-11-23T16:38:04Z","run":"r1",
        "confirm":"heartbeats","families_left_out":["g"],"keys_only":true},"sample":null}})"));
}

TEST(DriftDocument, AWaiver) {
  EXPECT_EQ(Json::parse(DriftWaivedDocument(Known().pair, Named("ns:t"), 3, {"why", "ann", kThen})),
            Json::parse(R"({"schema_version":1,"command":"drift waive",
    "pair":{"source":"zk1:2181:/hbase","source_id":"id-a","target":"zk2:2181:/hbase","target_id":"id-b"},
    "table":"ns:t","rows":3,"reason":"why","by":"ann","at":"2026-11-23T16:38:04Z"})"));
}

TEST(DriftDocument, ARowThatIsReadBackSaysTheSame) {
  DriftRowView suspect = Row();
  suspect.history.record.state = ledger::DriftState::kSuspected;
  suspect.history.record.confirmed_by.reset();
  suspect.history.record.confirmed_at.reset();
  suspect.history.record.waiver.reset();
  suspect.history.record.resolved.reset();
  suspect.history.record.differing = {};
  suspect.history.events.clear();
  for (const DriftRowView& row : {Row(), suspect}) {
    const std::string text = DriftRowDocument(row);
    const StatusOr<DriftRowView> read = ParseDriftRow(text);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(DriftRowDocument(*read), text);
    EXPECT_EQ(DriftRowText(read->pair, read->history, {}), DriftRowText(row.pair, row.history, {}));
    EXPECT_EQ(read->history.record.row, row.history.record.row);
  }
}

// Of an agent that is older, or of whoever listens there.
TEST(DriftDocument, WhatIsNoneIsAnError) {
  const std::string page = DriftPageDocument(Page()), row = DriftRowDocument(Row());
  for (const std::string& bad : {std::string(), std::string("{}"), std::string("[1]"),
                                 page.substr(0, page.size() - 1), row.substr(0, row.size() - 1),
                                 std::string(R"({"schema_version":1,"rows":[],"next":null})")}) {
    EXPECT_EQ(ParseDriftPage(bad).status().code(), absl::StatusCode::kDataLoss) << bad;
    EXPECT_EQ(ParseDriftRow(bad).status().code(), absl::StatusCode::kDataLoss) << bad;
  }
  EXPECT_EQ(ParseDriftPage(R"({"schema_version":2})").status().code(),
            absl::StatusCode::kFailedPrecondition);
}

// Every field, of every object, is needed, and of its type.
void ExpectEachFieldIsNeeded(const std::string& text, bool (*reads)(const std::string&)) {
  const Json good = Json::parse(text);
  const Json flat = good.flatten();
  for (const auto& [pointer, value] : flat.items()) {
    if (pointer.ends_with("/command") || pointer.ends_with("/row_base64")) continue;  // told only
    const Json::json_pointer at(pointer);
    for (const Json& wrong : {Json::array({nullptr}), Json(-1), Json(1e300)}) {
      if (wrong.is_number() && value.is_number_float()) continue;
      Json spoiled = good;
      spoiled.at(at) = wrong;
      EXPECT_FALSE(reads(spoiled.dump())) << pointer << " " << wrong;
    }
    if (good.at(at.parent_pointer()).is_array()) continue;
    Json shorter = good;
    shorter.at(at.parent_pointer()).erase(at.back());
    EXPECT_FALSE(reads(shorter.dump())) << pointer;
  }
}

TEST(DriftDocument, EachFieldIsNeeded) {
  ExpectEachFieldIsNeeded(DriftPageDocument(Page()),
                          [](const std::string& text) { return ParseDriftPage(text).ok(); });
  ExpectEachFieldIsNeeded(DriftRowDocument(Row()),
                          [](const std::string& text) { return ParseDriftRow(text).ok(); });
}

// A reader that follows `next` comes to an end.
TEST(DriftDocument, PagesGoForward) {
  DriftPage page = Page();
  page.rows.clear();
  EXPECT_FALSE(ParseDriftPage(DriftPageDocument(page)).ok());
  page.next.reset();
  EXPECT_TRUE(ParseDriftPage(DriftPageDocument(page)).ok());
  page.rows = {Record("t", "b"), Record("t", "a")};
  EXPECT_FALSE(ParseDriftPage(DriftPageDocument(page)).ok());
  page.rows = {Record("ns:t", "b"), Record("t", "a")};
  EXPECT_TRUE(ParseDriftPage(DriftPageDocument(page)).ok()) << "the order of names as text";
  page.rows = {Record("t", "a"), Record("t", "a")};
  EXPECT_FALSE(ParseDriftPage(DriftPageDocument(page)).ok());
}

}  // namespace
}  // namespace twinwatch
