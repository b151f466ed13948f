// Fields of a JSON document that somebody else has written. They throw nlohmann's exceptions: the
// parser of the whole document catches them.
#pragma once

#include <absl/time/time.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace twinwatch::json_fields {

[[noreturn]] inline void Refuse(const std::string& why) {
  throw nlohmann::json::other_error::create(501, why, nullptr);
}

// null is none; a field that is not there is refused.
template <typename T>
std::optional<T> Optional(const nlohmann::json& object, const char* name) {
  const nlohmann::json& value = object.at(name);
  if (value.is_null()) return std::nullopt;
  return value.get<T>();
}

inline std::optional<absl::Time> OptionalTime(const nlohmann::json& object, const char* name) {
  const std::optional<std::string> text = Optional<std::string>(object, name);
  if (!text) return std::nullopt;
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, *text, &time, &error))
    Refuse(std::string(name) + " is no time");
  return time;
}

}  // namespace twinwatch::json_fields
