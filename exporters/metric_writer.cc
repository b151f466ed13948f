#include "exporters/metric_writer.h"

#include <limits>

#include "exporters/catalogue.h"

namespace twinwatch {
namespace {

prometheus::MetricType TypeOf(MetricType type) {
  switch (type) {
    case MetricType::kCounter:
      return prometheus::MetricType::Counter;
    case MetricType::kHistogram:
      return prometheus::MetricType::Histogram;
    case MetricType::kGauge:
      break;
  }
  return prometheus::MetricType::Gauge;
}

}  // namespace

prometheus::ClientMetric& MetricWriter::Sample(std::string_view name, const Labels& labels) {
  auto it = families_.find(name);
  if (it == families_.end()) {
    const MetricInfo& info = MetricNamed(name);
    prometheus::MetricFamily family;
    family.name = info.name;
    family.help = info.help;
    family.type = TypeOf(info.type);
    it = families_.emplace(name, std::move(family)).first;
  }
  prometheus::ClientMetric sample;
  for (const auto& [label, value] : labels) sample.label.push_back({label, value});
  return it->second.metric.emplace_back(std::move(sample));
}

void MetricWriter::Set(std::string_view name, Labels labels, double value) {
  prometheus::ClientMetric& sample = Sample(name, labels);
  sample.gauge.value = value;
  sample.counter.value = value;
}

void MetricWriter::Set(std::string_view name, Labels labels, const LatencyHistogram& histogram) {
  prometheus::ClientMetric::Histogram& of_sample = Sample(name, labels).histogram;
  uint64_t count = 0;
  for (size_t i = 0; i < histogram.counts.size(); ++i) {
    count += histogram.counts[i];
    const bool is_last = i == LatencyHistogram::kBounds.size();
    of_sample.bucket.push_back(
        {count, is_last ? std::numeric_limits<double>::infinity() : LatencyHistogram::kBounds[i]});
  }
  of_sample.sample_count = count;
  of_sample.sample_sum = histogram.sum_seconds;
}

std::vector<prometheus::MetricFamily> MetricWriter::Families() const {
  std::vector<prometheus::MetricFamily> families;
  for (const auto& [name, family] : families_) families.push_back(family);
  return families;
}

}  // namespace twinwatch
