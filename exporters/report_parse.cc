#include "exporters/report_parse.h"

#include <string>
#include <utility>

#include "exporters/json_rows.h"
#include "exporters/json_values.h"

namespace twinwatch {
namespace {

using Json = nlohmann::json;
using json_fields::Refuse;

void ReadHeader(const Json& json, Report* report) {
  if (json_fields::Count(json, "schema_version") != kSchemaVersion)
    Refuse("it has another schema version");
  report->run = json.at("run").get<std::string>();
  report->source = json.at("source").at("cluster").get<std::string>();
  report->target = json.at("target").at("cluster").get<std::string>();
  const Json& options = json.at("options");
  if (options.contains("target_table"))
    Refuse("it is of a copy under another name, to which nothing is repaired");
  const auto versions = options.find("versions");
  report->all_versions = versions != options.end() && *versions != "1";
}

void ReadRow(const Json& json, Report* report) {
  if (json.value("waived", false)) return;
  ReportedRow& row = report->rows.emplace_back();
  row.table = json_fields::TableAt(json);
  row.row = json_fields::Base64At(json, "row_base64");
  row.drift_class = json_fields::ClassAt(json);
  row.confirmed_by = json_fields::Optional<std::string>(json, "confirmed_by");
}

class Reader {
 public:
  // What kind of line it was.
  void Take(std::string_view line) {
    const Json json = Json::parse(line);
    const auto type = json.at("type").get<std::string>();
    if (ended_) Refuse("something follows the summary");
    if (begun_ == (type == "header")) Refuse("a report begins with one header");
    begun_ = true;
    if (type == "header") {
      ReadHeader(json, &report_);
    } else if (type == "row") {
      ReadRow(json, &report_);
    } else if (type == "summary") {
      ended_ = true;
    } else {
      Refuse("a line is of an unknown type");
    }
  }

  bool ended() const { return ended_; }
  Report Finish() { return std::move(report_); }

 private:
  Report report_;
  bool begun_ = false;
  bool ended_ = false;
};

}  // namespace

StatusOr<Report> ParseReport(std::string_view text) {
  Reader reader;
  size_t number = 0;
  while (!text.empty()) {
    ++number;
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    try {
      if (!line.empty()) reader.Take(line);
    } catch (const nlohmann::json::exception& e) {
      return Error(absl::StatusCode::kInvalidArgument, "line {} is no line of a report: {}", number,
                   e.what());
    }
  }
  if (!reader.ended()) {
    return absl::FailedPreconditionError(
        "the report has no summary: the verification did not end (or the file was cut off). "
        "Resume it, or verify again");
  }
  return reader.Finish();
}

}  // namespace twinwatch
