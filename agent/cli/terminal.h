// What the terminal is, and how errors look on it.
#pragma once

#include <string>
#include <string_view>

#include "agent/core/status.h"

namespace twinwatch::cli {

// Colour on stdout: a terminal, and NO_COLOR and TERM=dumb do not forbid it.
bool WantsColour();
bool StderrIsTerminal();
// Stdout is a terminal whose cursor can be moved.
bool StdoutIsScreen();

// What draws `text`, which ends with its last line, over what the screen shows. Nothing flickers:
// no line is cleared before it is written.
std::string Redrawn(std::string_view text);

// `twinwatch: MESSAGE` on stderr, folded at eighty columns. Returns the exit code for it.
int PrintError(const Status& status);

}  // namespace twinwatch::cli
