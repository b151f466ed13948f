// What the terminal is, and how errors look on it.
#pragma once

#include <string>

#include "agent/core/status.h"

namespace twinwatch::cli {

// Colour on stdout: a terminal, and NO_COLOR and TERM=dumb do not forbid it.
bool WantsColour();
bool StderrIsTerminal();

// `twinwatch: MESSAGE` on stderr, folded at eighty columns. Returns the exit code for it.
int PrintError(const Status& status);

}  // namespace twinwatch::cli
