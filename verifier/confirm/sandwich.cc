#include "verifier/confirm/sandwich.h"

#include <algorithm>

namespace twinwatch {
namespace {

// The columns of a print, visited in order together with those of others.
class Walk {
 public:
  explicit Walk(const RowPrint* print) : print_(print) {}

  bool AtEnd() const { return print_ == nullptr || at_ == print_->size(); }
  uint64_t column() const { return (*print_)[at_].column; }

  // The print of `column`, null when the row has no such column here.
  const ColumnPrint* Take(uint64_t column) {
    if (AtEnd() || this->column() != column) return nullptr;
    return &(*print_)[at_++];
  }

 private:
  const RowPrint* print_;
  size_t at_ = 0;
};

bool Same(const ColumnPrint* a, const ColumnPrint* b) {
  if (a == nullptr || b == nullptr) return a == b;
  return a->SameAs(*b);
}

DifferingColumn ToDiffering(uint64_t column, const ColumnPrint* source, const ColumnPrint* target) {
  DifferingColumn differing;
  differing.column = column;
  for (const ColumnPrint* side : {source, target}) {
    differing.content = differing.content * 0x9E3779B97F4A7C15 + (side ? side->values + 1 : 0);
    if (side == nullptr) continue;
    differing.markers = side->markers;
    differing.timestamps.Include(side->timestamps.oldest_ms);
    differing.timestamps.Include(side->timestamps.newest_ms);
  }
  differing.same_shape = source != nullptr && target != nullptr && source->shape == target->shape;
  return differing;
}

bool HasPuts(const RowPrint& print) {
  return std::any_of(print.begin(), print.end(),
                     [](const ColumnPrint& column) { return !column.markers; });
}

}  // namespace

SandwichJudgement JudgeSandwich(const SandwichLooks& looks) {
  SandwichJudgement judgement;
  Walk s1(&looks.source_before), d1(looks.target_before), d(&looks.target_after),
      s2(&looks.source_after);
  while (true) {
    std::optional<uint64_t> next;
    for (const Walk* walk : {&s1, &d1, &d, &s2}) {
      if (!walk->AtEnd()) next = std::min(next.value_or(walk->column()), walk->column());
    }
    if (!next) break;
    const ColumnPrint* was_on_source = s1.Take(*next);
    const ColumnPrint* was_on_target = d1.Take(*next);
    const ColumnPrint* target = d.Take(*next);
    const ColumnPrint* source = s2.Take(*next);
    if (Same(target, source) || Same(target, was_on_source)) continue;
    const bool two_way = looks.target_before != nullptr;
    if (two_way && Same(source, was_on_target)) continue;
    const bool stood_still =
        Same(source, was_on_source) && (!two_way || Same(target, was_on_target));
    if (stood_still) {
      judgement.differing.push_back(ToDiffering(*next, source, target));
    } else {
      judgement.open = true;
    }
  }
  return judgement;
}

std::optional<ConfirmedDrift> Confirmed(const std::vector<DifferingColumn>& first,
                                        const std::vector<DifferingColumn>& second,
                                        const SandwichLooks& last) {
  ConfirmedDrift drift;
  size_t found = 0;
  bool all_same_shape = true;
  bool all_markers = true;
  auto before = first.begin();
  for (const DifferingColumn& column : second) {
    while (before != first.end() && before->column < column.column) ++before;
    if (before == first.end()) break;
    if (before->column != column.column || before->content != column.content) continue;
    ++found;
    all_same_shape &= column.same_shape;
    all_markers &= column.markers;
    drift.differing.Include(column.timestamps.oldest_ms);
    drift.differing.Include(column.timestamps.newest_ms);
  }
  if (found == 0) return std::nullopt;
  const bool on_source = HasPuts(last.source_after);
  const bool on_target = HasPuts(last.target_after);
  drift.drift_class = all_markers               ? DriftClass::kMarks
                      : on_source && !on_target ? DriftClass::kMissing
                      : on_target && !on_source ? DriftClass::kExtra
                      : all_same_shape          ? DriftClass::kValue
                                                : DriftClass::kCells;
  return drift;
}

}  // namespace twinwatch
