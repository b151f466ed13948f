#include "probes/api/helper_thread.h"

#include <boost/asio/post.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace twinwatch {

// The executor and the results belong to the program's thread, and may not outlive the
// HelperThread: the detached one touches them under the mutex only, while there is an executor.
struct HelperThread::Shared {
  struct Job {
    Work work;
    std::shared_ptr<OneShot<bool>> result;
  };

  explicit Shared(const Executor& on) : executor(on) {}

  std::mutex mutex;
  std::condition_variable changed;
  std::optional<Executor> executor;  // none: it is over
  std::deque<Job> waiting;
  std::shared_ptr<OneShot<bool>> under_way;

  static void Loop(std::shared_ptr<Shared> shared) {
    std::unique_lock lock(shared->mutex);
    while (true) {
      shared->changed.wait(lock, [&] { return !shared->executor || !shared->waiting.empty(); });
      if (!shared->executor) return;
      const Work work = std::move(shared->waiting.front().work);
      shared->under_way = std::move(shared->waiting.front().result);
      shared->waiting.pop_front();
      lock.unlock();
      const bool done = work();
      lock.lock();
      if (!shared->executor) return;
      boost::asio::post(*shared->executor,
                        [result = std::move(shared->under_way), done] { result->Set(done); });
    }
  }
};

HelperThread::HelperThread(const Executor& executor, size_t max_waiting)
    : shared_(std::make_shared<Shared>(executor)), max_waiting_(max_waiting) {}

HelperThread::~HelperThread() {
  const std::lock_guard lock(shared_->mutex);
  shared_->executor.reset();
  shared_->waiting.clear();
  shared_->under_way.reset();
  shared_->changed.notify_all();
}

bool HelperThread::Run(Work work, std::shared_ptr<OneShot<bool>> result) {
  const std::lock_guard lock(shared_->mutex);
  if (shared_->waiting.size() >= max_waiting_) return false;
  if (!std::exchange(started_, true)) std::thread(Shared::Loop, shared_).detach();
  shared_->waiting.push_back({std::move(work), std::move(result)});
  shared_->changed.notify_all();
  return true;
}

}  // namespace twinwatch
