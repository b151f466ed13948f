#include "exporters/open_metrics.h"

#include <fmt/format.h>

#include <cmath>
#include <string_view>

namespace twinwatch {
namespace {

constexpr std::string_view kTotal = "_total";

std::string Number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') out += '\\';
    out += c;
  }
  return out;
}

using LabelList = std::vector<prometheus::ClientMetric::Label>;

std::string Labels(const LabelList& labels, const std::string& last = "") {
  std::string out;
  for (const auto& label : labels)
    out += fmt::format("{}{}=\"{}\"", out.empty() ? "" : ",", label.name, Escaped(label.value));
  if (!last.empty()) out += (out.empty() ? "" : ",") + last;
  return out.empty() ? "" : "{" + out + "}";
}

void AddHistogram(const std::string& name, const prometheus::ClientMetric& metric,
                  std::string* out) {
  for (const auto& bucket : metric.histogram.bucket) {
    // "1" and "1.0" are the same number; OpenMetrics has bounds written as floats.
    std::string bound = Number(bucket.upper_bound);
    if (bound.find_first_of(".enI") == std::string::npos) bound += ".0";
    *out +=
        fmt::format("{}_bucket{} {}\n", name, Labels(metric.label, fmt::format("le=\"{}\"", bound)),
                    bucket.cumulative_count);
  }
  *out += fmt::format("{}_count{} {}\n", name, Labels(metric.label), metric.histogram.sample_count);
  *out +=
      fmt::format("{}_sum{} {}\n", name, Labels(metric.label), Number(metric.histogram.sample_sum));
}

void AddFamily(const prometheus::MetricFamily& family, std::string* out) {
  const bool is_counter = family.type == prometheus::MetricType::Counter;
  const bool is_histogram = family.type == prometheus::MetricType::Histogram;
  std::string name = family.name;
  if (is_counter && name.ends_with(kTotal)) name.resize(name.size() - kTotal.size());
  *out += fmt::format("# TYPE {} {}\n", name,
                      is_counter     ? "counter"
                      : is_histogram ? "histogram"
                                     : "gauge");
  // A unit is the last part of the name.
  for (const char* unit : {"seconds", "bytes"})
    if (name.ends_with(std::string("_") + unit)) *out += fmt::format("# UNIT {} {}\n", name, unit);
  *out += fmt::format("# HELP {} {}\n", name, Escaped(family.help));
  for (const prometheus::ClientMetric& metric : family.metric) {
    if (is_histogram) {
      AddHistogram(name, metric, out);
    } else {
      const double value = is_counter ? metric.counter.value : metric.gauge.value;
      *out += fmt::format("{}{}{} {}\n", name, is_counter ? kTotal : "", Labels(metric.label),
                          Number(value));
    }
  }
}

}  // namespace

std::string ToOpenMetrics(const std::vector<prometheus::MetricFamily>& families) {
  std::string out;
  for (const prometheus::MetricFamily& family : families) AddFamily(family, &out);
  return out + "# EOF\n";
}

}  // namespace twinwatch
