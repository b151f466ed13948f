// The little that the rest of the program knows of Asio: a coroutine type, a deadline, a value
// handed over between coroutines, and running several at once.
//
// One io_context and one thread run everything. Loops are never cancelled from outside: whatever
// waits has a deadline, or a OneShot that somebody is bound to set.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "agent/core/status.h"

namespace twinwatch {

template <typename T>
using Task = boost::asio::awaitable<T>;

using Executor = boost::asio::any_io_executor;
using Deadline = std::chrono::steady_clock::time_point;

inline Deadline After(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

Task<void> SleepUntil(Deadline when);
Task<void> SleepFor(std::chrono::milliseconds time);

// Starts a coroutine that nobody waits for. What it may throw ends the program.
void Spawn(const Executor& executor, Task<void> task);

// Runs all of them at once and returns when each has ended.
Task<void> RunAll(std::vector<Task<void>> tasks);

// The same, but returns at `deadline` at the latest. What has not ended by then goes on by itself,
// and must own what it works on.
Task<void> RunAllUntil(std::vector<Task<void>> tasks, Deadline deadline);

template <typename T>
Task<void> RunInto(Task<T> task, std::optional<T>* result) {
  result->emplace(co_await std::move(task));
}

// Runs two at once, such as the same question to both clusters, and returns what both gave.
template <typename A, typename B>
Task<std::pair<A, B>> Both(Task<A> a, Task<B> b) {
  std::optional<A> of_a;
  std::optional<B> of_b;
  std::vector<Task<void>> tasks;
  tasks.push_back(RunInto(std::move(a), &of_a));
  tasks.push_back(RunInto(std::move(b), &of_b));
  co_await RunAll(std::move(tasks));
  co_return std::pair<A, B>(*std::move(of_a), *std::move(of_b));
}

// One result, set by one coroutine and awaited by one other, in either order. The first Set wins.
// Held by shared_ptr on both sides, so that neither must outlive the other.
template <typename T>
class OneShot {
 public:
  explicit OneShot(const Executor& executor) : timer_(executor) {}

  void Set(StatusOr<T> value) {
    if (value_) return;
    value_ = std::move(value);
    set_at_ = std::chrono::steady_clock::now();
    timer_.cancel();
  }

  bool IsSet() const { return value_.has_value(); }
  // When it was set, however much later somebody asks.
  Deadline set_at() const { return set_at_; }

  // The result, or kDeadlineExceeded with no text: the caller knows what it waited for.
  Task<StatusOr<T>> Wait(Deadline deadline) {
    if (!value_) {
      timer_.expires_at(deadline);
      co_await timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
    if (!value_) co_return absl::DeadlineExceededError("");
    co_return std::move(*value_);
  }

 private:
  std::optional<StatusOr<T>> value_;
  Deadline set_at_{};
  boost::asio::steady_timer timer_;
};

// One coroutine at a time, in the order in which they asked.
class Turnstile {
 public:
  // To be followed by Leave, whatever happens in between.
  Task<void> Enter();
  void Leave();

 private:
  bool busy_ = false;
  std::deque<std::shared_ptr<OneShot<bool>>> waiting_;
};

}  // namespace twinwatch
