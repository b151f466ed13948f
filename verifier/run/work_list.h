// The key ranges of a table that are to be read: which are not begun, how far those have come that
// are, which were given up. Pure.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "verifier/run/progress.h"

namespace twinwatch {

class WorkList {
 public:
  struct Piece {
    int id = 0;
    Todo todo;
  };

  void Add(Todo todo) { not_begun_.push_back(std::move(todo)); }

  // How many were added.
  size_t size() const { return not_begun_.size() + begun_.size() + done_; }
  bool HasMore() const { return !not_begun_.empty(); }

  // The next one; none when all are begun.
  std::optional<Piece> Begin();
  // Of a piece that was begun all before `next_row` is done.
  void Advance(int id, std::string next_row);
  void Finish(int id);

  // What is left of a piece that was begun.
  const KeyRange& Rest(int id) const { return begun_.at(id).range; }

  // Those that are not begun are taken out, in order: nobody will read them.
  std::vector<KeyRange> GiveUpTheRest();

  // What is left of all of them, also of those that were given up.
  std::vector<Todo> Left() const;

 private:
  std::deque<Todo> not_begun_;
  std::map<int, Todo> begun_;
  std::vector<Todo> given_up_;
  size_t done_ = 0;
  int next_id_ = 0;
};

}  // namespace twinwatch
