// How bad something is, by shape, word and colour.
#pragma once

#include <string>
#include <string_view>

#include "exporters/page/answers.h"

namespace twinwatch::page {

// ok, look or act: in the style sheet.
std::string_view ClassOf(Level level);
// A shape and a word: fine, look or act where none is given.
std::string MarkOf(Level level, std::string_view word = "");

}  // namespace twinwatch::page
