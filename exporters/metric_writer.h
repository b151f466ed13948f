// Collects samples of the catalogue's families, as prometheus-cpp holds them.
//
// Made anew for each snapshot, so that the series of a peer or region server that is gone are gone.
#pragma once

#include <absl/time/time.h>
#include <prometheus/metric_family.h>

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "probes/replication/heartbeat_view.h"

namespace twinwatch {

// Times are exported so.
inline double UnixSeconds(absl::Time time) {
  return absl::ToDoubleSeconds(time - absl::UnixEpoch());
}

class MetricWriter {
 public:
  using Labels = std::vector<std::pair<std::string, std::string>>;

  // Of a family that the catalogue knows. The same labels only once.
  void Set(std::string_view name, Labels labels, double value);
  void Set(std::string_view name, Labels labels, const LatencyHistogram& histogram);

  // By name; families without a sample are left out.
  std::vector<prometheus::MetricFamily> Families() const;

 private:
  prometheus::ClientMetric& Sample(std::string_view name, const Labels& labels);

  std::map<std::string, prometheus::MetricFamily, std::less<>> families_;
};

}  // namespace twinwatch
