// Shell completion, made of the tree of commands itself: a new option needs no line here.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace twinwatch::cli {

std::string BashCompletion(const CLI::App& root);
std::string ZshCompletion(const CLI::App& root);
std::string FishCompletion(const CLI::App& root);

}  // namespace twinwatch::cli
