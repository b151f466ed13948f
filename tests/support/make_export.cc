// make_export FOLDER TABLE [--replicates-onward]: cells from stdin into a folder for HBase's
// Import.
//
// A JSON object a line, as the bed's helper dumps them: row, qualifier and value in base64, family,
// timestamp, type (its code); ttl_ms may be there. Prints what the folder holds.
#include <absl/strings/escaping.h>
#include <absl/time/clock.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "verifier/export/export_folder.h"

namespace twinwatch::export_form {
namespace {

std::string Bytes(const nlohmann::json& cell, const char* name) {
  std::string bytes;
  if (!absl::Base64Unescape(cell.at(name).get<std::string>(), &bytes)) {
    throw std::runtime_error(fmt::format("{} is not base64", name));
  }
  return bytes;
}

Status AppendLine(const std::string& line, ExportFolder* folder) {
  const auto json = nlohmann::json::parse(line);
  const std::string row = Bytes(json, "row"), qualifier = Bytes(json, "qualifier");
  const std::string value = Bytes(json, "value"), family = json.at("family");
  const CellView cell{row,
                      family,
                      qualifier,
                      json.at("timestamp").get<uint64_t>(),
                      static_cast<CellType>(json.at("type").get<int>()),
                      value};
  std::optional<uint64_t> ttl_ms;
  if (json.contains("ttl_ms")) ttl_ms = json.at("ttl_ms").get<uint64_t>();
  return folder->Append(cell, ttl_ms);
}

StatusOr<Totals> Make(const std::string& path, Origin origin) {
  ASSIGN_OR_RETURN(ExportFolder folder, ExportFolder::Create(path, std::move(origin)));
  for (std::string line; std::getline(std::cin, line);) {
    RETURN_IF_ERROR(AppendLine(line, &folder));
  }
  return folder.Finish(absl::Now());
}

}  // namespace
}  // namespace twinwatch::export_form

int main(int argc, char** argv) {
  using namespace twinwatch;
  CLI::App app;
  std::string folder, table;
  export_form::Origin origin{{}, "the bed", "Cells of a test."};
  app.add_option("folder", folder)->required();
  app.add_option("table", table)->required();
  app.add_flag("--replicates-onward", origin.replicates_onward);
  CLI11_PARSE(app, argc, argv);
  const auto name = TableName::Parse(table);
  if (!name.ok()) return 3;
  origin.table = *name;
  const auto totals = export_form::Make(folder, std::move(origin));
  if (!totals.ok()) {
    fmt::print(stderr, "{}\n", Text(totals.status()));
    return 2;
  }
  fmt::print("{} cells, {} delete markers, {} with a TTL, {} records\n", totals->cells,
             totals->delete_markers, totals->cells_with_ttl, totals->records);
  return 0;
}
