// Runs one coroutine to its end on an io_context of its own, and ends the program with 130 on
// SIGINT and SIGTERM: nothing that these commands do needs to be wound up.
#pragma once

#include <functional>

#include "probes/api/async.h"

namespace twinwatch::cli {

// The coroutine's result is the exit code.
int RunAsync(std::function<Task<int>(Executor)> main);

}  // namespace twinwatch::cli
