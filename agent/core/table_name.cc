#include "agent/core/table_name.h"

#include <algorithm>
#include <cctype>

namespace twinwatch {
namespace {

bool IsWordChar(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool IsQualifierChar(char c) { return IsWordChar(c) || c == '-' || c == '.'; }

}  // namespace

StatusOr<TableName> TableName::Parse(std::string_view text) {
  TableName name;
  std::string_view qualifier = text;
  if (const size_t colon = text.find(':'); colon != std::string_view::npos) {
    name.ns = text.substr(0, colon);
    qualifier = text.substr(colon + 1);
  }
  const bool ns_good = !name.ns.empty() && std::all_of(name.ns.begin(), name.ns.end(), IsWordChar);
  const bool qualifier_good = !qualifier.empty() && qualifier[0] != '-' && qualifier[0] != '.' &&
                              std::all_of(qualifier.begin(), qualifier.end(), IsQualifierChar);
  if (!ns_good || !qualifier_good) {
    return Error(
        absl::StatusCode::kInvalidArgument,
        "\"{}\" is no table name: write table or namespace:table, of letters, digits, _ - .", text);
  }
  name.qualifier = qualifier;
  return name;
}

}  // namespace twinwatch
