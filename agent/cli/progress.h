// Progress on stderr: a bar on a terminal, otherwise a line every thirty seconds.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/cli/progress_pace.h"

namespace twinwatch::cli {

class Progress {
 public:
  explicit Progress(bool on_terminal);
  ~Progress() { Clear(); }

  // `rows` of `what` are done since it was begun; `waiting` says for what it waits, if it does.
  void Show(const std::string& what, double fraction, uint64_t rows, std::string_view waiting);
  // Takes the bar away, so that something else can be printed.
  void Clear();

 private:
  using Clock = ProgressPace::Clock;

  bool on_terminal_;
  bool bar_shown_ = false;
  ProgressPace pace_;
};

// `orders       [==========>      ]  61 %  812,400 rows/s   41 s left`
std::string ProgressBar(const std::string& what, double fraction, double rows_per_second,
                        double seconds_left);
// `orders 61 % 812,400 rows/s 41 s left`
std::string ProgressLine(const std::string& what, double fraction, double rows_per_second,
                         double seconds_left);

}  // namespace twinwatch::cli
