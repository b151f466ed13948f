#include "agent/cli/completion.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

namespace twinwatch::cli {
namespace {

using Commands = std::vector<const CLI::App*>;

Commands CommandsOf(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

std::vector<std::string> OptionsOf(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

// `path` is " verify", " drift list": the names that lead to a command, each with a blank in front.
using Visit = std::function<void(const std::string& path, const CLI::App& app)>;

void VisitAll(const CLI::App& app, const std::string& path, const Visit& visit) {
  visit(path, app);
  for (const CLI::App* command : CommandsOf(app))
    VisitAll(*command, path + " " + command->get_name(), visit);
}

std::string InQuotes(std::string text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("\\'") : std::string(1, c);
  return out + "'";
}

}  // namespace

std::string BashCompletion(const CLI::App& root) {
  std::string paths, words;
  VisitAll(root, "", [&](const std::string& path, const CLI::App& app) {
    if (!path.empty()) paths += fmt::format("{}'{}'", paths.empty() ? "" : "|", path);
    std::vector<std::string> all;
    for (const CLI::App* command : CommandsOf(app)) all.push_back(command->get_name());
    const std::vector<std::string> options = OptionsOf(app);
    all.insert(all.end(), options.begin(), options.end());
    // The global options are taken behind every command.
    if (!path.empty()) {
      const std::vector<std::string> global = OptionsOf(root);
      all.insert(all.end(), global.begin(), global.end());
    }
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    words += fmt::format("    '{}') words='{}' ;;\n", path, fmt::join(all, " "));
  });
  return fmt::format(R"(# bash completion of twinwatch
_twinwatch() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" path='' words='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path ${{COMP_WORDS[i]}}" in
      {}) path="$path ${{COMP_WORDS[i]}}" ;;
    esac
  done
  case "$path" in
{}  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -o default -F _twinwatch twinwatch
)",
                     paths, words);
}

std::string ZshCompletion(const CLI::App& root) {
  return "#compdef twinwatch\nautoload -U +X bashcompinit && bashcompinit\n" + BashCompletion(root);
}

std::string FishCompletion(const CLI::App& root) {
  std::string out = "# fish completion of twinwatch\n";
  VisitAll(root, "", [&](const std::string& path, const CLI::App& app) {
    std::string when = path.empty() ? "__fish_use_subcommand" : "";
    for (size_t at = 0; at < path.size();) {
      const size_t end = std::min(path.find(' ', at + 1), path.size());
      when += fmt::format("{}__fish_seen_subcommand_from {}", when.empty() ? "" : "; and ",
                          path.substr(at + 1, end - at - 1));
      at = end;
    }
    for (const CLI::App* command : CommandsOf(app)) {
      out += fmt::format("complete -c twinwatch -f -n '{}' -a {} -d {}\n", when,
                         command->get_name(), InQuotes(command->get_description()));
    }
    for (const CLI::Option* option : app.get_options()) {
      for (const std::string& name : option->get_lnames()) {
        const std::string only_here = path.empty() ? "" : fmt::format(" -n '{}'", when);
        out += fmt::format("complete -c twinwatch{} -l {} -d {}\n", only_here, name,
                           InQuotes(option->get_description()));
      }
    }
  });
  return out;
}

}  // namespace twinwatch::cli
