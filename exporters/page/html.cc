#include "exporters/page/html.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace twinwatch::page {

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string EscapedSentence(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789", kUnits = "dhm";
  std::string out = Escaped(text);
  for (size_t at = 2; (at = out.find(' ', at)) != std::string::npos && at + 1 < out.size(); ++at) {
    if (kDigits.find(out[at - 2]) != kDigits.npos && kUnits.find(out[at - 1]) != kUnits.npos &&
        kDigits.find(out[at + 1]) != kDigits.npos)
      out.replace(at, 1, "&nbsp;");
  }
  return out;
}

std::string UrlEscaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      out += fmt::format("%{:02X}", byte);
    }
  }
  return out;
}

std::string Sparkline(const std::vector<double>& values, std::string_view label, double least_top) {
  if (values.size() < 2) return "";
  constexpr double kWidth = 120, kHeight = 24;
  const double top = std::max(*std::max_element(values.begin(), values.end()), least_top);
  const auto y = [top](double value) { return kHeight - 1 - (kHeight - 2) * value / top; };
  std::string points;
  for (size_t i = 0; i < values.size(); ++i) {
    const double x = kWidth * static_cast<double>(i) / static_cast<double>(values.size() - 1);
    points += fmt::format("{:.1f},{:.1f} ", x, y(values[i]));
  }
  // Down to the ground on both sides, outside of the picture: what is below the line can be filled.
  return fmt::format(
      "<svg class=\"spark\" viewBox=\"0 0 120 24\" preserveAspectRatio=\"none\" role=\"img\" "
      "aria-label=\"{}\">"
      "<polyline points=\"-2,26 -2,{:.1f} {}122,{:.1f} 122,26\"/></svg>",
      Escaped(label), y(values.front()), points, y(values.back()));
}

std::string Page(std::string_view title, std::string_view body) {
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<noscript><meta http-equiv=\"refresh\" content=\"10\"></noscript>\n"
      "<title>{}</title>\n<link rel=\"stylesheet\" href=\"/style.css\">\n"
      "<link rel=\"icon\" href=\"data:,\">\n"
      "<script src=\"/page.js\" defer></script>\n</head>\n<body>\n{}</body>\n</html>\n",
      Escaped(title), body);
}

}  // namespace twinwatch::page
