// HTML in small pieces. Whatever comes from a cluster goes through Escaped.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace twinwatch::page {

std::string Escaped(std::string_view text);
// For a path: all but letters, digits and - . _ ~ as %XX.
std::string UrlEscaped(std::string_view text);

// Escaped, and durations (20h 5m) do not break.
std::string EscapedSentence(std::string_view text);

// One value a step, oldest first, as a line in an SVG of 120 x 24, whose top is the largest of them
// and no less than `least_top`; `label` is read aloud. Empty for less than two values.
std::string Sparkline(const std::vector<double>& values, std::string_view label, double least_top);

// The whole page. `body` is HTML already.
std::string Page(std::string_view title, std::string_view body);

extern const char kStyle[];   // /style.css
extern const char kScript[];  // /page.js

}  // namespace twinwatch::page
