// One thread beside the one that runs everything, for work that would hold that one up.
//
// The work sees nothing of the program but what it brought along; its result comes back on the
// executor. Whoever goes away waits for nothing: work under way ends by itself, unheard.
#pragma once

#include <functional>
#include <memory>

#include "probes/api/async.h"

namespace twinwatch {

class HelperThread {
 public:
  using Work = std::function<bool()>;

  // At most `max_waiting` wait for the one that is worked on. The thread begins with the first.
  HelperThread(const Executor& executor, size_t max_waiting);
  ~HelperThread();
  HelperThread(const HelperThread&) = delete;
  HelperThread& operator=(const HelperThread&) = delete;

  // What `work` returns is set as `result`. False, and nothing will happen, when too many wait.
  bool Run(Work work, std::shared_ptr<OneShot<bool>> result);

 private:
  struct Shared;

  std::shared_ptr<Shared> shared_;
  size_t max_waiting_;
  bool started_ = false;
};

}  // namespace twinwatch
