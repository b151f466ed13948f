#include "agent/cli/terminal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "agent/cli/exit_code.h"
#include "exporters/text_format.h"

namespace twinwatch::cli {

bool WantsColour() {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return isatty(STDOUT_FILENO) == 1 && (no_colour == nullptr || *no_colour == '\0') &&
         (term == nullptr || std::string_view(term) != "dumb");
}

bool StdoutIsScreen() {
  const char* term = std::getenv("TERM");
  return isatty(STDOUT_FILENO) == 1 && term != nullptr && std::string_view(term) != "dumb";
}

std::string Redrawn(std::string_view text) {
  std::string frame = "\x1b[H";
  for (const char c : text) {
    if (c == '\n') frame += "\x1b[K";
    frame += c;
  }
  return frame + "\x1b[J";
}

bool StderrIsTerminal() { return isatty(STDERR_FILENO) == 1; }

int PrintError(const Status& status) {
  fmt::print(stderr, "{}\n", Wrapped(fmt::format("twinwatch: {}", Text(status))));
  return ExitCodeOf(status);
}

}  // namespace twinwatch::cli
