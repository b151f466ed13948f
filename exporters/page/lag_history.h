// The last hour of each link, for sparklines: in memory only. Pure.
#pragma once

#include <absl/time/time.h>

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "exporters/snapshot.h"

namespace twinwatch::page {

class LagHistory {
 public:
  // Of what comes within half a minute the worst is kept. Links that are gone are forgotten.
  void Add(const std::vector<LinkSnapshot>& links, absl::Time now);

  // Seconds, oldest first; times at which nothing was known are left out.
  std::vector<double> LagOf(const std::string& link) const;
  // Bytes behind, of one region server (host:port).
  std::vector<double> BytesOf(const std::string& link, const std::string& regionserver) const;

 private:
  struct Point {
    absl::Time begun;
    double value;
  };
  using Series = std::deque<Point>;

  static void AddTo(Series* series, double value, absl::Time now);
  static std::vector<double> ValuesOf(const Series* series);

  struct OfLink {
    Series lag;
    std::map<std::string, Series> bytes;
  };
  std::map<std::string, OfLink> links_;
};

}  // namespace twinwatch::page
