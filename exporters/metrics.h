// A snapshot as metrics: Prometheus' text format 0.0.4, serialized by prometheus-cpp, and
// OpenMetrics 1.0 over the same values.
#pragma once

#include <prometheus/metric_family.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporters/process_stats.h"
#include "exporters/snapshot.h"

namespace twinwatch {

inline constexpr char kMetricsContentType[] = "text/plain; version=0.0.4; charset=utf-8";
inline constexpr char kOpenMetricsContentType[] =
    "application/openmetrics-text; version=1.0.0; charset=utf-8";

std::vector<prometheus::MetricFamily> MetricFamilies(const Snapshot& snapshot,
                                                     const std::optional<ProcessStats>& process);

std::string MetricsText(const Snapshot& snapshot, const std::optional<ProcessStats>& process);
std::string OpenMetricsText(const Snapshot& snapshot, const std::optional<ProcessStats>& process);

// Whether an Accept header asks for OpenMetrics.
bool WantsOpenMetrics(std::string_view accept);

}  // namespace twinwatch
