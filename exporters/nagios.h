// What a check of Nagios says: one line on stdout, and the exit code that goes with it.
#pragma once

#include <string>
#include <string_view>

namespace twinwatch {

// The values are that world's exit codes.
enum class NagiosState { kOk = 0, kWarning = 1, kCritical = 2, kUnknown = 3 };

struct NagiosAnswer {
  NagiosState state = NagiosState::kUnknown;
  std::string line;
};

// `WARNING - TEXT`, with ` | PERFDATA` where there is some. The text is made fit: it stays on its
// line, and no bar in it begins performance data.
NagiosAnswer ToNagios(NagiosState state, std::string_view text, std::string_view perfdata = "");

// The same with a word of our own, such as DRIFT, for the state's.
NagiosAnswer ToNagios(NagiosState state, std::string_view word, std::string_view text,
                      std::string_view perfdata);

}  // namespace twinwatch
