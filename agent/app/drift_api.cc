#include "agent/app/drift_api.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/app/web.h"
#include "agent/core/bytes.h"
#include "exporters/drift_json.h"

namespace twinwatch::app {
namespace {

using http_server::Response;
using Json = nlohmann::ordered_json;

constexpr char kJson[] = "application/json";
constexpr uint64_t kDefaultLimit = 100, kMostRows = 1000;

struct Asked {
  std::optional<TableName> table;
  uint64_t limit = kDefaultLimit;
  std::optional<ledger::DriftPlace> after;
};

// A cursor is TABLE/ROW, the row with HBase's escapes, of the last row of the page before.
StatusOr<ledger::DriftPlace> ParseCursor(const std::string& text) {
  const size_t slash = text.find('/');
  if (slash == std::string::npos) return absl::InvalidArgumentError("cursor is none");
  ledger::DriftPlace place;
  ASSIGN_OR_RETURN(place.table, TableName::Parse(text.substr(0, slash)));
  ASSIGN_OR_RETURN(place.row, FromStringBinary(text.substr(slash + 1)));
  return place;
}

StatusOr<Asked> Parse(std::string_view query) {
  ASSIGN_OR_RETURN(const auto parameters, http_server::ParseQuery(query));
  Asked asked;
  for (const auto& [name, value] : parameters) {
    if (name == "table") {
      ASSIGN_OR_RETURN(asked.table, TableName::Parse(value));
    } else if (name == "limit") {
      const auto [end, error] =
          std::from_chars(value.data(), value.data() + value.size(), asked.limit);
      const bool good = error == std::errc() && end == value.data() + value.size();
      if (!good || asked.limit == 0 || asked.limit > kMostRows)
        return absl::InvalidArgumentError("limit is 1 to 1000");
    } else if (name == "cursor") {
      ASSIGN_OR_RETURN(asked.after, ParseCursor(value));
    } else {
      return Error(absl::StatusCode::kInvalidArgument, "there is no parameter \"{}\"", name);
    }
  }
  return asked;
}

}  // namespace

Response DriftPage(ledger::Ledger* ledger, ledger::PairId pair, std::string_view query) {
  const StatusOr<Asked> asked = Parse(query);
  if (!asked.ok()) return ApiError(400, Text(asked.status()));
  // No rows would look as if nothing differed.
  const StatusOr<bool> known = ledger->KnowsOf(pair, asked->table);
  if (!known.ok()) return ApiError(503, Text(known.status()));
  if (!*known) return ApiError(404, "nothing is known yet: no comparison has ended");
  ledger::DriftFilter filter;
  filter.table = asked->table;
  filter.after = asked->after;
  filter.limit = asked->limit + 1;  // one more shows whether there is a next page
  const StatusOr<std::vector<ledger::DriftRecord>> rows = ledger->OpenDrift(pair, filter);
  if (!rows.ok()) return ApiError(503, Text(rows.status()));
  const size_t shown = std::min<size_t>(rows->size(), asked->limit);
  std::string body = DriftListHead();
  for (size_t i = 0; i < shown; ++i)
    body += (i == 0 ? "" : ",") + DriftRowJson((*rows)[i], nullptr);
  Json next = nullptr;
  if (rows->size() > shown) {
    const ledger::DriftRecord& last = (*rows)[shown - 1];
    next = last.table.ToString() + "/" + ToStringBinary(last.row);
  }
  return {200, kJson, body + "],\"next\":" + next.dump() + "}\n"};
}

}  // namespace twinwatch::app
