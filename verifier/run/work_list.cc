#include "verifier/run/work_list.h"

#include <iterator>
#include <utility>

namespace twinwatch {

std::optional<WorkList::Piece> WorkList::Begin() {
  if (not_begun_.empty()) return std::nullopt;
  const int id = next_id_++;
  const auto it = begun_.emplace(id, std::move(not_begun_.front())).first;
  not_begun_.pop_front();
  return Piece{id, it->second};
}

void WorkList::Advance(int id, std::string next_row) {
  std::string& start = begun_.at(id).range.start;
  if (start < next_row) start = std::move(next_row);
}

void WorkList::Finish(int id) { done_ += begun_.erase(id); }

std::vector<KeyRange> WorkList::GiveUpTheRest() {
  std::vector<KeyRange> ranges;
  for (const Todo& todo : not_begun_) ranges.push_back(todo.range);
  given_up_.insert(given_up_.end(), std::make_move_iterator(not_begun_.begin()),
                   std::make_move_iterator(not_begun_.end()));
  not_begun_.clear();
  return ranges;
}

std::vector<Todo> WorkList::Left() const {
  std::vector<Todo> left;
  const auto add = [&left](const Todo& todo) {
    if (!IsEmpty(todo.range)) left.push_back(todo);
  };
  for (const auto& [id, todo] : begun_) add(todo);
  for (const Todo& todo : not_begun_) add(todo);
  for (const Todo& todo : given_up_) add(todo);
  return left;
}

}  // namespace twinwatch
