// Values as our JSON documents write them: what is not known is null, times are RFC 3339, and text
// that is no UTF-8 (it may come from a cluster) becomes U+FFFD rather than an exception.
#pragma once

#include <absl/time/time.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "agent/core/utc.h"
#include "verifier/diff/drift_counts.h"

namespace twinwatch {

inline constexpr int kSchemaVersion = 1;  // of every document

template <typename T>
nlohmann::ordered_json OrNull(const std::optional<T>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}

inline nlohmann::ordered_json TimeOrNull(const std::optional<absl::Time>& time) {
  return time ? nlohmann::ordered_json(ToRfc3339(*time)) : nlohmann::ordered_json(nullptr);
}

inline nlohmann::ordered_json CountsJson(const DriftCounts& counts) {
  return {{"missing", counts.missing},
          {"extra", counts.extra},
          {"value", counts.value},
          {"cells", counts.cells},
          {"marks", counts.marks}};
}

inline std::string Dumped(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace twinwatch
