#include "exporters/page/marks.h"

#include <fmt/format.h>

#include "exporters/page/html.h"

namespace twinwatch::page {

std::string_view ClassOf(Level level) {
  return level == Level::kOk ? "ok" : level == Level::kAct ? "act" : "look";
}

std::string MarkOf(Level level, std::string_view word) {
  const bool is_ok = level == Level::kOk, is_act = level == Level::kAct;
  if (word.empty()) word = is_ok ? "fine" : ClassOf(level);
  return fmt::format("<span class=\"mark {}\"><span aria-hidden=\"true\">{}</span> {}</span>",
                     ClassOf(level),
                     is_ok    ? "&#9679;"
                     : is_act ? "&#9632;"
                              : "&#9650;",
                     Escaped(word));
}

}  // namespace twinwatch::page
