#include "exporters/metric_list.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "exporters/catalogue.h"
#include "exporters/text_format.h"

namespace twinwatch {
namespace {

std::string_view ToString(MetricType type) {
  switch (type) {
    case MetricType::kCounter:
      return "counter";
    case MetricType::kHistogram:
      return "histogram";
    case MetricType::kGauge:
      break;
  }
  return "gauge";
}

std::string LabelsOf(const MetricInfo& info) {
  return info.labels.empty() ? "" : fmt::format("{{{}}}", info.labels);
}

}  // namespace

std::string MetricListText() {
  std::string out;
  for (const MetricInfo& info : Catalogue()) {
    out += fmt::format("{}{}\n", info.name, LabelsOf(info));
    out +=
        "    " + Wrapped(fmt::format("{}: {}", ToString(info.type), info.help), "    ", 76) + "\n";
  }
  return out;
}

std::string MetricListMarkdown() {
  std::string out =
      "# Metrics\n\nMade by `twinwatch metrics list --format md`. Times are Unix timestamps; what "
      "is "
      "not known, or never was, is an\nabsent series. `regionserver` is host:port.\n\n"
      "| name | type | labels | |\n| --- | --- | --- | --- |\n";
  for (const MetricInfo& info : Catalogue()) {
    out += fmt::format("| `{}` | {} | {} | {} |\n", info.name, ToString(info.type), info.labels,
                       info.help);
  }
  return out;
}

std::string MetricListDocument() {
  nlohmann::ordered_json metrics = nlohmann::ordered_json::array();
  for (const MetricInfo& info : Catalogue()) {
    metrics.push_back({{"name", info.name},
                       {"type", ToString(info.type)},
                       {"labels", info.labels},
                       {"help", info.help}});
  }
  const nlohmann::ordered_json json = {
      {"schema_version", 1}, {"command", "metrics list"}, {"metrics", std::move(metrics)}};
  return json.dump();
}

}  // namespace twinwatch
