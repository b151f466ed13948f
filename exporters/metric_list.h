// The catalogue as `twinwatch metrics list` and docs/metrics.md show it.
#pragma once

#include <string>

namespace twinwatch {

std::string MetricListText();      // eighty columns
std::string MetricListMarkdown();  // the page
std::string MetricListDocument();  // JSON

}  // namespace twinwatch
