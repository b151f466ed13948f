#include "exporters/page/html_table.h"

#include <fmt/format.h>

#include "exporters/page/html.h"

namespace twinwatch::page {

std::string_view HtmlTable::ClassOf(const Column& column) {
  return column.kind == Kind::kNumber ? " class=\"number\"" : "";
}

void HtmlTable::AddColumn(std::string_view name, Kind kind, std::string_view metric) {
  columns_.push_back({std::string(name), kind, std::string(metric)});
}

void HtmlTable::AddRow(const std::vector<std::string>& cells, const std::string& note) {
  rows_ += note.empty() ? "<tr>" : "<tr class=\"noted\">";
  for (size_t i = 0; i < cells.size(); ++i) {
    const std::string_view kind = ClassOf(columns_[i]);
    rows_ += i == 0 ? fmt::format("<th scope=\"row\"{}>{}</th>", kind, cells[i])
                    : fmt::format("<td{}>{}</td>", kind, cells[i]);
  }
  rows_ += "</tr>\n";
  if (note.empty()) return;
  rows_ += fmt::format("<tr class=\"note\"><td colspan=\"{}\"><div>{}</div></td></tr>\n",
                       columns_.size(), note);
}

std::string HtmlTable::ToString(std::string_view none) const {
  const std::string id = UrlEscaped(title_);
  std::string out = fmt::format("<h3 id=\"title-{}\">{}</h3>", id, Escaped(title_));
  if (rows_.empty()) return out + fmt::format("<p>{}</p>\n", Escaped(none));
  out += fmt::format(
      "<div class=\"scroll\" id=\"{0}\" tabindex=\"0\" role=\"region\" "
      "aria-labelledby=\"title-{0}\">"
      "<table><thead><tr>",
      id);
  for (const Column& column : columns_) {
    const std::string title =
        column.metric.empty() ? "" : fmt::format(" title=\"{}\"", column.metric);
    out +=
        fmt::format("<th scope=\"col\"{}{}>{}</th>", ClassOf(column), title, Escaped(column.name));
  }
  return out + "</tr></thead><tbody>\n" + rows_ + "</tbody></table></div>\n";
}

}  // namespace twinwatch::page
