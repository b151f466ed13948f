// Which calls wait for an answer on one connection, and until when. Knows no socket and no clock:
// the time is passed in. `Call` is whatever the driver wants back; each call comes back once.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace twinwatch::wire {

// Gives out call ids: 0 to 2^31-1, then from 0 again.
class CallIds {
 public:
  uint32_t Next() { return next_++ & 0x7FFFFFFF; }

 private:
  uint32_t next_ = 0;
};

template <typename Call>
class CallTable {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // The id under which the answer will come. Ids of calls that still wait are never given twice.
  uint32_t Add(Call call, TimePoint deadline) {
    uint32_t id = ids_.Next();
    while (waiting_.contains(id)) id = ids_.Next();
    waiting_.emplace(id, Waiting{std::move(call), deadline});
    return id;
  }

  // The call that `id` answers; none when it has expired or never was: the answer is then dropped.
  std::optional<Call> Take(uint32_t id) {
    const auto it = waiting_.find(id);
    if (it == waiting_.end()) return std::nullopt;
    Call call = std::move(it->second.call);
    waiting_.erase(it);
    return call;
  }

  // Removes and returns the calls whose deadline is at or before `now`.
  std::vector<Call> TakeExpired(TimePoint now) {
    return TakeIf([now](const Waiting& w) { return w.deadline <= now; });
  }

  // Removes and returns all: the connection is lost.
  std::vector<Call> TakeAll() {
    return TakeIf([](const Waiting&) { return true; });
  }

  // When TakeExpired will next have something; none when nothing waits.
  std::optional<TimePoint> NextDeadline() const {
    std::optional<TimePoint> next;
    for (const auto& [id, w] : waiting_) {
      if (!next || w.deadline < *next) next = w.deadline;
    }
    return next;
  }

  size_t size() const { return waiting_.size(); }

 private:
  struct Waiting {
    Call call;
    TimePoint deadline;
  };

  template <typename Predicate>
  std::vector<Call> TakeIf(Predicate predicate) {
    std::vector<Call> taken;
    for (auto it = waiting_.begin(); it != waiting_.end();) {
      const auto current = it++;
      if (!predicate(current->second)) continue;
      taken.push_back(std::move(current->second.call));
      waiting_.erase(current);
    }
    return taken;
  }

  CallIds ids_;
  absl::flat_hash_map<uint32_t, Waiting> waiting_;
};

}  // namespace twinwatch::wire
