#include "exporters/nagios.h"

#include <fmt/format.h>

#include <utility>

namespace twinwatch {
namespace {

std::string_view WordOf(NagiosState state) {
  switch (state) {
    case NagiosState::kOk:
      return "OK";
    case NagiosState::kWarning:
      return "WARNING";
    case NagiosState::kCritical:
      return "CRITICAL";
    case NagiosState::kUnknown:
      break;
  }
  return "UNKNOWN";
}

std::string Fit(std::string_view text) {
  std::string fit(text);
  for (char& c : fit) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) c = ' ';
    if (c == '|') c = '/';
  }
  return fit;
}

}  // namespace

NagiosAnswer ToNagios(NagiosState state, std::string_view text, std::string_view perfdata) {
  return ToNagios(state, WordOf(state), text, perfdata);
}

NagiosAnswer ToNagios(NagiosState state, std::string_view word, std::string_view text,
                      std::string_view perfdata) {
  std::string line = fmt::format("{} - {}", word, Fit(text));
  if (!perfdata.empty()) line += fmt::format(" | {}", perfdata);
  return {state, std::move(line)};
}

}  // namespace twinwatch
