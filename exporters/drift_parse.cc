#include <nlohmann/json.hpp>
#include <utility>

#include "agent/core/bytes.h"
#include "exporters/drift_document.h"
#include "exporters/json_rows.h"
#include "exporters/json_values.h"

namespace twinwatch {
namespace {

using json_fields::ClassAt;
using json_fields::Count;
using json_fields::Known;
using json_fields::Optional;
using json_fields::OptionalTime;
using json_fields::Refuse;
using json_fields::TableAt;
using json_fields::TimeAt;
using Json = nlohmann::json;

std::string TextAt(const Json& object, const char* name) {
  return object.at(name).get<std::string>();
}

// Sums of them are numbers still.
uint64_t NumberAt(const Json& object, const char* name) {
  constexpr uint64_t kMost = uint64_t{1} << 53;
  const uint64_t number = Count(object, name);
  if (number > kMost) Refuse(std::string(name) + " is no number of things");
  return number;
}

ledger::DriftState StateAt(const Json& object) {
  const std::string word = TextAt(object, "state");
  return Known(ledger::ParseDriftState(word), word);
}

ledger::Pair ParsePair(const Json& object) {
  ledger::Pair pair;
  pair.source_name = TextAt(object, "source");
  pair.source_id = TextAt(object, "source_id");
  pair.target_name = TextAt(object, "target");
  pair.target_id = TextAt(object, "target_id");
  return pair;
}

ledger::DriftRecord ParseRecord(const Json& object) {
  ledger::DriftRecord record;
  record.table = TableAt(object);
  StatusOr<std::string> row = FromStringBinary(TextAt(object, "row"));
  if (!row.ok()) Refuse("row is none");
  record.row = *std::move(row);
  record.drift_class = ClassAt(object);
  record.state = StateAt(object);
  record.first_seen = TimeAt(object, "first_seen");
  record.last_seen = TimeAt(object, "last_seen");
  record.confirmed_by = Optional<std::string>(object, "confirmed_by");
  record.cause = Optional<std::string>(object, "cause");
  record.evidence = Optional<std::string>(object, "evidence");
  if (std::optional<std::string> reason = Optional<std::string>(object, "waived"))
    record.waiver = ledger::Waiver{*std::move(reason), "", absl::UnixEpoch()};
  return record;
}

// With what only the document of one row has.
ledger::DriftRecord ParseWholeRecord(const Json& object) {
  ledger::DriftRecord record = ParseRecord(object);
  record.resolved = OptionalTime(object, "resolved");
  record.run = TextAt(object, "run");
  record.confirmed_at = OptionalTime(object, "confirmed_at");
  if (record.waiver) {
    record.waiver->by = TextAt(object, "waived_by");
    record.waiver->at = TimeAt(object, "waived_at");
  }
  const auto oldest = Optional<uint64_t>(object, "oldest_cell_ms");
  const auto newest = Optional<uint64_t>(object, "newest_cell_ms");
  if (oldest && newest) record.differing = {*oldest, *newest};
  const Json& compared = object.at("compared");
  record.breadth.all_families = compared.at("all_families").get<bool>();
  record.breadth.values = compared.at("values").get<bool>();
  record.breadth.all_versions = compared.at("all_versions").get<bool>();
  record.breadth.markers = compared.at("markers").get<bool>();
  record.breadth.extra = compared.at("extra").get<bool>();
  return record;
}

DriftCounts ParseCounts(const Json& object) {
  DriftCounts counts;
  counts.missing = NumberAt(object, "missing");
  counts.extra = NumberAt(object, "extra");
  counts.value = NumberAt(object, "value");
  counts.cells = NumberAt(object, "cells");
  counts.marks = NumberAt(object, "marks");
  return counts;
}

std::optional<ledger::Mark> ParseMark(const Json& object) {
  if (object.is_null()) return std::nullopt;
  ledger::Mark mark;
  mark.at = TimeAt(object, "at");
  mark.run = TextAt(object, "run");
  mark.confirm = TextAt(object, "confirm");
  mark.families_left_out = object.at("families_left_out").get<std::vector<std::string>>();
  mark.keys_only = object.at("keys_only").get<bool>();
  return mark;
}

std::optional<ledger::SampleMark> ParseSample(const Json& object) {
  if (object.is_null()) return std::nullopt;
  ledger::SampleMark sample;
  sample.at = TimeAt(object, "at");
  sample.run = TextAt(object, "run");
  sample.rows = NumberAt(object, "rows");
  sample.confidence = object.at("confidence").get<double>();
  sample.max_rate_ppm = object.at("max_rate_ppm").get<double>();
  return sample;
}

void ParseTable(const Json& object, DriftView* view) {
  const TableName table = TableAt(object);
  ledger::OpenCounts counts;
  counts.confirmed = ParseCounts(object.at("confirmed"));
  counts.suspected = ParseCounts(object.at("suspected"));
  counts.waived = NumberAt(object, "waived");
  if (counts.confirmed != DriftCounts() || counts.suspected != DriftCounts() || counts.waived > 0)
    view->counts[table] = counts;
  ledger::TableMarks marks;
  marks.writes_verified_until = ParseMark(object.at("writes_verified_until"));
  marks.full_pass_at = ParseMark(object.at("full_pass"));
  marks.sample = ParseSample(object.at("sample"));
  if (marks.writes_verified_until || marks.full_pass_at || marks.sample)
    view->marks[table] = std::move(marks);
}

DriftPage ParsePage(const Json& document) {
  DriftPage page;
  for (const Json& row : document.at("rows")) {
    page.rows.push_back(ParseRecord(row));
    const size_t rows = page.rows.size();
    if (rows > 1 && !ComesBefore(page.rows[rows - 2], page.rows[rows - 1]))
      Refuse("its rows are not in order");
  }
  page.next = Optional<std::string>(document, "next");
  if (page.next && page.rows.empty()) Refuse("a page without rows has another behind it");
  const Json& known = document.at("known");
  if (known.is_null()) return page;
  DriftView& view = page.known.emplace();
  view.pair = ParsePair(known.at("pair"));
  view.last_run_ended = OptionalTime(known, "last_run_ended");
  for (const Json& table : known.at("tables")) ParseTable(table, &view);
  return page;
}

DriftRowView ParseRow(const Json& document) {
  DriftRowView row;
  row.pair = ParsePair(document.at("pair"));
  row.history.record = ParseWholeRecord(document.at("row"));
  for (const Json& event : document.at("events")) {
    row.history.events.push_back(
        {TimeAt(event, "at"), TextAt(event, "run"), StateAt(event), TextAt(event, "note")});
  }
  return row;
}

template <typename T>
StatusOr<T> Parse(std::string_view text, T (*parse)(const Json&)) {
  try {
    const Json document = Json::parse(text);
    const uint64_t version = NumberAt(document, "schema_version");
    if (version == kSchemaVersion) return parse(document);
    return Error(absl::StatusCode::kFailedPrecondition,
                 "the answer has schema version {}, and this twinwatch knows {}", version,
                 kSchemaVersion);
  } catch (const Json::exception& error) {
    return Error(absl::StatusCode::kDataLoss, "the answer tells of no drift as it should: {}",
                 error.what());
  }
}

}  // namespace

StatusOr<DriftPage> ParseDriftPage(std::string_view text) { return Parse(text, ParsePage); }
StatusOr<DriftRowView> ParseDriftRow(std::string_view text) { return Parse(text, ParseRow); }

}  // namespace twinwatch
