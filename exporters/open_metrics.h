// Metric families in OpenMetrics 1.0: the exposition that prometheus-cpp does not know.
#pragma once

#include <prometheus/metric_family.h>

#include <string>
#include <vector>

namespace twinwatch {

// Gauges, counters (their names end in _total) and histograms.
std::string ToOpenMetrics(const std::vector<prometheus::MetricFamily>& families);

}  // namespace twinwatch
