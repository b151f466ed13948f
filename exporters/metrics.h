// A snapshot in Prometheus' text format 0.0.4, held and serialized by prometheus-cpp.
//
// The registry is made anew for each snapshot, so that the series of a peer or region server that
// is gone are gone too.
#pragma once

#include <optional>
#include <string>

#include "exporters/process_stats.h"
#include "exporters/snapshot.h"

namespace twinwatch {

inline constexpr char kMetricsContentType[] = "text/plain; version=0.0.4; charset=utf-8";

std::string MetricsText(const Snapshot& snapshot, const std::optional<ProcessStats>& process);

}  // namespace twinwatch
