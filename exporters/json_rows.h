// What names a row in our JSON documents: its table, its key, its class. As json_fields.h, whose
// exceptions they throw.
#pragma once

#include <absl/strings/escaping.h>

#include <optional>
#include <string>
#include <utility>

#include "agent/core/table_name.h"
#include "exporters/json_fields.h"
#include "verifier/ledger/records.h"

namespace twinwatch::json_fields {

// What a word means, or why it means nothing.
template <typename T>
T Known(const std::optional<T>& meant, const std::string& word) {
  if (!meant) Refuse("\"" + word + "\" is not known to this twinwatch");
  return *meant;
}

template <typename Json>
TableName TableAt(const Json& object) {
  StatusOr<TableName> table = TableName::Parse(object.at("table").template get<std::string>());
  if (!table.ok()) Refuse("table has no name");
  return *std::move(table);
}

template <typename Json>
DriftClass ClassAt(const Json& object) {
  const auto word = object.at("class").template get<std::string>();
  return Known(ledger::ParseDriftClass(word), word);
}

template <typename Json>
std::string Base64At(const Json& object, const char* name) {
  std::string bytes;
  if (!absl::Base64Unescape(object.at(name).template get<std::string>(), &bytes))
    Refuse(std::string(name) + " is no base64");
  return bytes;
}

}  // namespace twinwatch::json_fields
