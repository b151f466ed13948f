// What `twinwatch lag` has found of each link, as JSON, as text and for Nagios.
#pragma once

#include <absl/time/time.h>

#include <optional>
#include <string>
#include <vector>

#include "exporters/nagios.h"

namespace twinwatch {

struct LagView {
  std::string link;
  std::optional<absl::Time> watermark;  // every edit written before it is on the target
  absl::Time at;                        // when that was known
  std::optional<bool> reached;          // what was asked for; none: nothing was
  std::optional<std::string> held_by;   // the region server that holds it back
  std::optional<std::string> why;

  // None when it is not known.
  std::optional<absl::Duration> Lag() const;
};

std::string LagDocument(const std::vector<LagView>& links);
// A line or two a link, the verdict last.
std::string LagText(const std::vector<LagView>& links, bool colour);
// A link that has not reached what was asked for is `when_not_reached`.
NagiosAnswer LagNagios(const std::vector<LagView>& links, NagiosState when_not_reached);

}  // namespace twinwatch
