#include "exporters/drift_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace twinwatch {
namespace {

using Json = nlohmann::json;

ledger::DriftRecord Record() {
  ledger::DriftRecord record;
  record.table = *TableName::Parse("ns:t");
  record.row = std::string("0\x00\xff", 3);
  record.drift_class = DriftClass::kExtra;
  record.state = ledger::DriftState::kConfirmed;
  record.first_seen = absl::FromUnixMillis(1795451884999);
  record.last_seen = record.first_seen + absl::Seconds(2);
  record.confirmed_by = "position";
  record.cause = "cause \xff";
  record.evidence = "evidence";
  return record;
}

DriftView View(uint64_t confirmed, uint64_t suspected) {
  DriftView view;
  ledger::OpenCounts& counts = view.counts[*TableName::Parse("orders")];
  counts.confirmed.missing = confirmed;
  counts.confirmed.marks = 7;
  counts.suspected.extra = suspected;
  counts.waived = 1;
  return view;
}

// To the letter, the document that users' scripts read.
TEST(DriftJson, Document) {
  ledger::DriftRecord waived = Record();
  waived.state = ledger::DriftState::kWaived;
  waived.confirmed_by.reset();
  waived.cause.reset();
  waived.evidence.reset();
  waived.waiver = ledger::Waiver{"reason", "ann", absl::FromUnixMillis(0)};
  const Json json = Json::parse(DriftListHead() + DriftRowJson(Record(), nullptr) + "," +
                                DriftRowJson(waived, nullptr) + DriftListTail());
  const Json expected = Json::parse(R"({"schema_version":1,"command":"drift list","rows":[
    {"table":"ns:t","row":"0\\x00\\xFF","row_base64":"MAD/","class":"extra","state":"confirmed",
     "first_seen":"2026-11-23T16:38:04Z","last_seen":"2026-11-23T16:38:06Z","confirmed_by":"position",
     "cause":"cause \ufffd","evidence":"evidence","waived":null},
    {"table":"ns:t","row":"0\\x00\\xFF","row_base64":"MAD/","class":"extra","state":"waived",
     "first_seen":"2026-11-23T16:38:04Z","last_seen":"2026-11-23T16:38:06Z","confirmed_by":null,
     "cause":null,"evidence":null,"waived":"reason"}]})");
  EXPECT_EQ(json, expected);
}

TEST(DriftJson, NoRows) {
  EXPECT_TRUE(Json::parse(DriftListHead() + DriftListTail())["rows"].empty());
}

TEST(DriftJson, RowsOfSeveralPairsSayWhose) {
  const ledger::Pair pair{1, "id-a", "id-b", "a:2181:/hbase", "b:2181:/hbase", ""};
  const Json json = Json::parse(DriftRowJson(Record(), &pair));
  EXPECT_EQ(json["source"], "a:2181:/hbase");
  EXPECT_EQ(json["target"], "b:2181:/hbase");
}

TEST(DriftJson, NagiosIsOneLine) {
  EXPECT_EQ(DriftNagios({View(2, 1), View(1, 0)}).line,
            "DRIFT - 3 rows of orders, orders | drift_rows=3;0;0 suspect_rows=1 waived_rows=2");
  EXPECT_EQ(DriftNagios({View(0, 2)}).line,
            "UNKNOWN - 2 rows are suspected to differ, none confirmed | drift_rows=0;0;0 "
            "suspect_rows=2 waived_rows=1");
  EXPECT_EQ(DriftNagios({View(0, 0)}).line,
            "NO DRIFT - none is known | drift_rows=0;0;0 suspect_rows=0 waived_rows=1");
}

}  // namespace
}  // namespace twinwatch
