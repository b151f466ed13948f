// `qualifier` in namespace `default`, else `ns:qualifier`.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "agent/core/status.h"

namespace twinwatch {

struct TableName {
  std::string ns = "default";
  std::string qualifier;

  // kInvalidArgument for what HBase would not accept as a table's name.
  static StatusOr<TableName> Parse(std::string_view text);
  std::string ToString() const { return ns == "default" ? qualifier : ns + ":" + qualifier; }

  auto operator<=>(const TableName&) const = default;
};

}  // namespace twinwatch
