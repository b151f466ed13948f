#include "agent/cli/progress.h"

#include <absl/time/time.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdio>

#include "exporters/text_format.h"

namespace twinwatch::cli {
namespace {

constexpr std::chrono::milliseconds kBarInterval{200};
constexpr std::chrono::seconds kLineInterval{30};
constexpr int kBarWidth = 24;

std::string TimeLeft(double seconds) {
  return seconds < 0 ? ""
                     : HumanDuration(absl::Seconds(static_cast<int64_t>(seconds + 1))) + " left";
}

}  // namespace

std::string ProgressBar(const std::string& what, double fraction, double rows_per_second,
                        double seconds_left) {
  const int filled = static_cast<int>(fraction * kBarWidth);
  std::string bar(static_cast<size_t>(filled), '=');
  if (filled < kBarWidth) bar += '>';
  return fmt::format("{:<12} [{:<{}}] {:3.0f} %  {} rows/s  {}", what, bar, kBarWidth,
                     fraction * 100, WithThousands(static_cast<uint64_t>(rows_per_second)),
                     TimeLeft(seconds_left));
}

std::string ProgressLine(const std::string& what, double fraction, double rows_per_second,
                         double seconds_left) {
  return fmt::format("{} {:.0f} % {} rows/s {}", what, fraction * 100,
                     WithThousands(static_cast<uint64_t>(rows_per_second)), TimeLeft(seconds_left));
}

Progress::Progress(bool on_terminal)
    : on_terminal_(on_terminal),
      pace_(on_terminal ? Clock::duration(kBarInterval) : Clock::duration(kLineInterval),
            Clock::now()) {}

void Progress::Show(const std::string& what, double fraction, uint64_t rows,
                    std::string_view waiting) {
  const Clock::time_point now = Clock::now();
  if (!pace_.IsDue(what, waiting, now)) return;
  const double seconds = std::chrono::duration<double>(now - pace_.begun()).count();
  const double rate = seconds > 0 ? static_cast<double>(rows) / seconds : 0;
  const double left = fraction > 0.01 ? seconds * (1 - fraction) / fraction : -1;
  if (!on_terminal_) {
    const std::string line = waiting.empty() ? ProgressLine(what, fraction, rate, left)
                                             : fmt::format("{}: {}", what, waiting);
    fmt::print(stderr, "{}\n", line);
    return;
  }
  const std::string bar = waiting.empty() ? ProgressBar(what, fraction, rate, left)
                                          : fmt::format("{}: {}", what, waiting);
  fmt::print(stderr, "\r\x1b[K{}", bar.substr(0, 79));
  std::fflush(stderr);
  bar_shown_ = true;
}

void Progress::Clear() {
  if (!bar_shown_) return;
  fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
  bar_shown_ = false;
}

}  // namespace twinwatch::cli
