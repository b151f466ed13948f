// A table with a heading. It scrolls by itself where it is wider than the window, by keyboard too.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace twinwatch::page {

class HtmlTable {
 public:
  enum class Kind { kText, kNumber };

  explicit HtmlTable(std::string_view title) : title_(title) {}

  // `metric` is what the numbers are in /metrics.
  void AddColumn(std::string_view name, Kind kind, std::string_view metric = "");
  // Cells, and what is said in a line of its own below them, are HTML. The first cell names the
  // row.
  void AddRow(const std::vector<std::string>& cells, const std::string& note = "");

  // With `none` in place of the table when it has no rows.
  std::string ToString(std::string_view none) const;

 private:
  struct Column {
    std::string name;
    Kind kind;
    std::string metric;
  };

  static std::string_view ClassOf(const Column& column);

  std::string title_;
  std::vector<Column> columns_;
  std::string rows_;
};

}  // namespace twinwatch::page
