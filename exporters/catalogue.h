// Every metric family that can be exported: the one source of names, types, labels and help.
#pragma once

#include <span>
#include <string_view>

namespace twinwatch {

enum class MetricType { kGauge, kCounter, kHistogram };

struct MetricInfo {
  std::string_view name;
  MetricType type;
  std::string_view labels;  // comma separated
  std::string_view help;
};

std::span<const MetricInfo> Catalogue();

// The entry of that name, which must be there.
const MetricInfo& MetricNamed(std::string_view name);

}  // namespace twinwatch
