#include "probes/api/async.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <exception>

namespace twinwatch {
namespace {

// A cancelled coroutine must see a status, not an exception, at its next await.
Task<void> Root(Task<void> task) {
  co_await boost::asio::this_coro::throw_if_cancelled(false);
  co_await std::move(task);
}

void Rethrow(std::exception_ptr error) {
  if (error) std::rethrow_exception(error);
}

struct Latch {
  explicit Latch(const Executor& executor, size_t count) : done(executor), left(count) {}
  OneShot<bool> done;
  size_t left;
};

Task<void> CountDown(Task<void> task, std::shared_ptr<Latch> latch) {
  co_await std::move(task);
  if (--latch->left == 0) latch->done.Set(true);
}

}  // namespace

Task<void> SleepUntil(Deadline when) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, when);
  co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
}

Task<void> SleepFor(std::chrono::milliseconds time) { co_await SleepUntil(After(time)); }

void Spawn(const Executor& executor, Task<void> task) {
  boost::asio::co_spawn(executor, Root(std::move(task)), Rethrow);
}

Task<void> RunAll(std::vector<Task<void>> tasks) {
  co_await RunAllUntil(std::move(tasks), Deadline::max());
}

Task<void> RunAllUntil(std::vector<Task<void>> tasks, Deadline deadline) {
  if (tasks.empty()) co_return;
  const Executor executor = co_await boost::asio::this_coro::executor;
  auto latch = std::make_shared<Latch>(executor, tasks.size());
  for (Task<void>& task : tasks) Spawn(executor, CountDown(std::move(task), latch));
  (void)co_await latch->done.Wait(deadline);
}

Task<void> Turnstile::Enter() {
  if (!std::exchange(busy_, true)) co_return;
  auto turn = std::make_shared<OneShot<bool>>(co_await boost::asio::this_coro::executor);
  waiting_.push_back(turn);
  (void)co_await turn->Wait(Deadline::max());
}

void Turnstile::Leave() {
  if (waiting_.empty()) {
    busy_ = false;
    return;
  }
  waiting_.front()->Set(true);
  waiting_.pop_front();
}

}  // namespace twinwatch
