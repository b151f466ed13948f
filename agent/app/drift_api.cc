#include "agent/app/drift_api.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/app/ledger_values.h"
#include "agent/app/web.h"
#include "agent/core/bytes.h"
#include "exporters/drift_document.h"

namespace twinwatch::app {
namespace {

using http_server::Response;

constexpr char kJson[] = "application/json";
constexpr uint64_t kDefaultLimit = 100, kMostRows = 1000;

struct Asked {
  std::optional<TableName> table;
  std::optional<DriftClass> drift_class;
  uint64_t limit = kDefaultLimit;
  std::optional<std::string> row;
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

enum class What { kPage, kRow };

StatusOr<Asked> Parse(What what, std::string_view query) {
  ASSIGN_OR_RETURN(const auto parameters, http_server::ParseQuery(query));
  Asked asked;
  for (const auto& [name, value] : parameters) {
    if (name == "table") {
      ASSIGN_OR_RETURN(asked.table, TableName::Parse(value));
    } else if (name == "row" && what == What::kRow) {
      ASSIGN_OR_RETURN(asked.row, FromStringBinary(value));
    } else if (name == "class" && what == What::kPage) {
      asked.drift_class = ledger::ParseDriftClass(value);
      if (!asked.drift_class) {
        return Error(absl::StatusCode::kInvalidArgument,
                     "\"{}\" is no class: missing, extra, value, cells or marks", value);
      }
    } else if (name == "limit" && what == What::kPage) {
      const auto [end, error] =
          std::from_chars(value.data(), value.data() + value.size(), asked.limit);
      const bool good = error == std::errc() && end == value.data() + value.size();
      if (!good || asked.limit == 0 || asked.limit > kMostRows)
        return absl::InvalidArgumentError("limit is 1 to 1000");
    } else if (name == "cursor" && what == What::kPage) {
      ASSIGN_OR_RETURN(asked.after, ParseCursor(value));
    } else {
      return Error(absl::StatusCode::kInvalidArgument, "there is no parameter \"{}\"", name);
    }
  }
  if (what == What::kRow && (!asked.table || !asked.row))
    return absl::InvalidArgumentError("which row? Give table=NAME and row=KEY");
  return asked;
}

StatusOr<ledger::Pair> PairNumbered(ledger::Ledger* ledger, ledger::PairId id) {
  ASSIGN_OR_RETURN(const std::vector<ledger::Pair> pairs, ledger->Pairs());
  for (const ledger::Pair& pair : pairs)
    if (pair.id == id) return pair;
  return Error(absl::StatusCode::kInternal, "{} has no pair {}", ledger->path(), id);
}

StatusOr<DriftView> LoadKnown(ledger::Ledger* ledger, ledger::PairId id,
                              const std::optional<TableName>& table) {
  ASSIGN_OR_RETURN(ledger::Pair pair, PairNumbered(ledger, id));
  ASSIGN_OR_RETURN(DriftView view, DriftWithoutRows(ledger, std::move(pair)));
  if (table) {
    const auto other = [&table](const auto& entry) { return entry.first != *table; };
    std::erase_if(view.counts, other);
    std::erase_if(view.marks, other);
  }
  return view;
}

StatusOr<DriftPage> LoadPage(ledger::Ledger* ledger, ledger::PairId pair, const Asked& asked) {
  ledger::DriftFilter filter;
  filter.table = asked.table;
  filter.drift_class = asked.drift_class;
  filter.after = asked.after;
  filter.limit = asked.limit + 1;  // one more shows whether there is a next page
  DriftPage page;
  ASSIGN_OR_RETURN(page.rows, ledger->OpenDrift(pair, filter));
  if (page.rows.size() > asked.limit) {
    page.rows.pop_back();
    page.next = page.rows.back().table.ToString() + "/" + ToStringBinary(page.rows.back().row);
  }
  // Counting reads every row: a reader of a million pages has it done once.
  if (!asked.after) {
    ASSIGN_OR_RETURN(page.known, LoadKnown(ledger, pair, asked.table));
  }
  return page;
}

StatusOr<std::optional<DriftRowView>> LoadRow(ledger::Ledger* ledger, ledger::PairId pair,
                                              const Asked& asked) {
  ASSIGN_OR_RETURN(std::optional<ledger::DriftHistory> history,
                   ledger->Row(pair, *asked.table, *asked.row));
  if (!history) return std::nullopt;
  DriftRowView view;
  ASSIGN_OR_RETURN(view.pair, PairNumbered(ledger, pair));
  view.history = *std::move(history);
  return std::optional(std::move(view));
}

}  // namespace

std::optional<Response> AnswerDrift(const http_server::Request& request, std::string_view link,
                                    ledger::Ledger* ledger, ledger::PairId pair) {
  const std::string path = fmt::format("/api/v1/links/{}/drift", link);
  if (request.path == path) return DriftPageAnswer(ledger, pair, request.query);
  if (request.path == path + "/row") return DriftRowAnswer(ledger, pair, request.query);
  return std::nullopt;
}

Response DriftPageAnswer(ledger::Ledger* ledger, ledger::PairId pair, std::string_view query) {
  const StatusOr<Asked> asked = Parse(What::kPage, query);
  if (!asked.ok()) return ApiError(400, Text(asked.status()));
  // No rows would look as if nothing differed.
  const StatusOr<bool> known = ledger->KnowsOf(pair, asked->table);
  if (!known.ok()) return ApiError(503, Text(known.status()));
  if (!*known) return ApiError(404, "nothing is known yet: no comparison has ended");
  const StatusOr<DriftPage> page = LoadPage(ledger, pair, *asked);
  if (!page.ok()) return ApiError(503, Text(page.status()));
  return {200, kJson, DriftPageDocument(*page) + "\n"};
}

Response DriftRowAnswer(ledger::Ledger* ledger, ledger::PairId pair, std::string_view query) {
  const StatusOr<Asked> asked = Parse(What::kRow, query);
  if (!asked.ok()) return ApiError(400, Text(asked.status()));
  const StatusOr<std::optional<DriftRowView>> row = LoadRow(ledger, pair, *asked);
  if (!row.ok()) return ApiError(503, Text(row.status()));
  if (!*row) return ApiError(404, "nothing is known of this row");
  return {200, kJson, DriftRowDocument(**row) + "\n"};
}

}  // namespace twinwatch::app
