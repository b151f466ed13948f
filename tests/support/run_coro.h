// Runs one coroutine to its end, for tests.
#pragma once

#include <boost/asio/io_context.hpp>
#include <optional>
#include <utility>

#include "probes/api/async.h"

namespace twinwatch::testing {

template <typename T>
Task<void> StoreResult(Task<T> task, std::optional<T>* out) {
  *out = co_await std::move(task);
}

template <typename T>
T RunCoro(Task<T> task) {
  boost::asio::io_context io;
  std::optional<T> out;
  Spawn(io.get_executor(), StoreResult(std::move(task), &out));
  io.run();
  return *std::move(out);
}

}  // namespace twinwatch::testing
