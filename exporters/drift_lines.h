// A line of a paragraph of drift_text.cc and drift_row_text.cc.
#pragma once

#include <string>
#include <string_view>

#include "exporters/text_format.h"

namespace twinwatch {

inline std::string IndentedLine(std::string_view text) {
  return "  " + Wrapped(text, "    ", 78) + "\n";
}

}  // namespace twinwatch
