// Fields of a JSON document that somebody else has written. They throw nlohmann's exceptions: the
// parser of the whole document catches them.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <type_traits>

namespace twinwatch::json_fields {

[[noreturn]] inline void Refuse(const std::string& why) {
  throw nlohmann::json::other_error::create(501, why, nullptr);
}

// A whole number of something: what is none, or has a point or a sign, is refused. Of itself the
// library casts whatever number there is, however large.
template <typename Json>
uint64_t CountOf(const Json& value) {
  if (!value.is_number_unsigned()) Refuse("a count is no whole number");
  return value.template get<uint64_t>();
}
template <typename Json>
uint64_t Count(const Json& object, const char* name) {
  return CountOf(object.at(name));
}

// null is none; a field that is not there is refused.
template <typename T, typename Json>
std::optional<T> Optional(const Json& object, const char* name) {
  const Json& value = object.at(name);
  if (value.is_null()) return std::nullopt;
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    return T{CountOf(value)};
  } else {
    return value.template get<T>();
  }
}

// Of numbers that need not be whole: what is less than 0, or more than `most`, is refused.
template <typename Json>
std::optional<double> OptionalUpTo(double most, const Json& object, const char* name) {
  const std::optional<double> value = Optional<double>(object, name);
  if (value && !(*value >= 0 && *value <= most)) Refuse(std::string(name) + " is out of range");
  return value;
}

template <typename Json>
std::optional<absl::Time> OptionalTime(const Json& object, const char* name) {
  const std::optional<std::string> text = Optional<std::string>(object, name);
  if (!text) return std::nullopt;
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, *text, &time, &error))
    Refuse(std::string(name) + " is no time");
  return time;
}

template <typename Json>
absl::Time TimeAt(const Json& object, const char* name) {
  const std::optional<absl::Time> time = OptionalTime(object, name);
  if (!time) Refuse(std::string(name) + " is no time");
  return *time;
}

}  // namespace twinwatch::json_fields
