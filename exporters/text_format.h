// Numbers, durations and tables as a terminal shows them: eighty columns, thousands separators,
// units.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace twinwatch {

std::string WithThousands(uint64_t number);          // 104,857,600
std::string HumanBytes(uint64_t bytes);              // 311.0 MB
std::string HumanDuration(absl::Duration duration);  // 0.8 s, 2m 11s, 3h 2m, 4d 1h
// host:port of a region server; a start code tells people little, and makes a new series of each
// life. What is no such name is left as it is.
std::string HostPort(const std::string& regionserver);
std::string Plural(uint64_t count, std::string_view one, std::string_view many);  // 1 row, 42 rows

// A number, or that it is not known.
std::string CountText(std::optional<uint64_t> count, std::string_view unknown = "unknown");

// No longer than `width`: the middle of long names is the least telling part, and makes room for
// the ends.
std::string Shortened(std::string_view text, size_t width);

// Breaks at spaces so that no line is longer than `width`; lines after the first begin with
// `indent`.
std::string Wrapped(std::string_view text, std::string_view indent = "  ", size_t width = 80);

// Columns as wide as their widest entry, two spaces between them.
class TextTable {
 public:
  enum class Align { kLeft, kRight };

  void AddColumn(std::string title, Align align);
  void AddRow(std::vector<std::string> entries);
  std::string ToString() const;

 private:
  struct Column {
    std::string title;
    Align align;
  };

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// Red, yellow and green mark verdicts, and only on a terminal that wants them.
enum class Colour { kGreen, kYellow, kRed };
std::string Coloured(std::string_view text, Colour colour, bool use_colour);

}  // namespace twinwatch
