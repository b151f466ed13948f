#include "verifier/run/compare_range.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace twinwatch {
namespace {

// Rows that are kept until they are judged.
constexpr size_t kMaxRows = 1000;
constexpr size_t kMaxBytes = size_t{1} << 20;
// Rows with no more than so many others of the window between them are read in one scan. Few:
// between two rows of a window there may be many more outside it.
constexpr uint64_t kJoinWithin = 10;
// A part of a range ends at the latest when so many bytes were read in a view: what has been done
// can be told then.
constexpr uint64_t kPartBytes = uint64_t{64} << 20;

struct Candidate {
  std::string row;
  uint64_t rows_before = 0;
  TimestampSpan differing;
  bool raw = false;  // it differs in the raw view
};

// Keeps the rows that differ in one view, up to a bound.
class Collector : public CompareObserver {
 public:
  Collector(bool raw, std::string start, CompareObserver* next)
      : raw_(raw), start_(std::move(start)), next_(next) {}

  bool OnDifference(const RowDifference& difference) override {
    rows_.push_back(
        {std::string(difference.row), difference.rows_before, difference.differing, raw_});
    bytes_ += difference.row.size();
    return rows_.size() < kMaxRows && bytes_ < kMaxBytes;
  }
  void OnProgress(std::string_view row, uint64_t rows, uint64_t bytes) override {
    bytes_read_ += bytes;
    next_->OnProgress(row, rows, bytes);
  }
  bool OnCompared(std::string_view next_row, const RangeDone&) override {
    return bytes_read_ < kPartBytes || next_row <= start_;
  }

  std::vector<Candidate> Take() { return std::move(rows_); }

 private:
  bool raw_;
  std::string start_;
  CompareObserver* next_;
  std::vector<Candidate> rows_;
  size_t bytes_ = 0;
  uint64_t bytes_read_ = 0;
};

// Hears of rows that differ as a whole, and tells of `marks` in between, all in the order of rows.
class CandidateJudge : public CompareObserver {
 public:
  // `only_candidates`: other rows are not told of, and a wish to stop waits. `before` counts the
  // rows of earlier parts.
  CandidateJudge(std::vector<Candidate> candidates, bool only_candidates, const RangeDone& before,
                 CompareObserver* next)
      : candidates_(std::move(candidates)),
        only_candidates_(only_candidates),
        before_(before),
        next_(next) {}

  bool OnDifference(const RowDifference& difference) override {
    TellMarksBefore(difference.row);
    const bool is_candidate = at_ < candidates_.size() && candidates_[at_].row == difference.row;
    if (!is_candidate && only_candidates_) return true;
    RowDifference told = difference;
    if (is_candidate && only_candidates_) told.rows_before = candidates_[at_].rows_before;
    at_ += is_candidate ? 1 : 0;
    stop_ |= !next_->OnDifference(told);
    return only_candidates_ || !stop_;
  }
  void OnProgress(std::string_view row, uint64_t rows, uint64_t bytes) override {
    next_->OnProgress(row, rows, bytes);
  }

  bool OnCompared(std::string_view next_row, const RangeDone& so_far) override {
    if (only_candidates_) return true;
    TellMarksBefore(next_row);
    RangeDone all = before_;
    all.source.Join(so_far.source);
    all.target.Join(so_far.target);
    return next_->OnCompared(next_row, all) && !stop_;
  }

  void TellTheRest() {
    while (at_ < candidates_.size()) TellMark(candidates_[at_++]);
  }
  bool stop() const { return stop_; }

 private:
  void TellMarksBefore(std::string_view row) {
    while (at_ < candidates_.size() && candidates_[at_].row < row) TellMark(candidates_[at_++]);
  }
  void TellMark(const Candidate& candidate) {
    if (!candidate.raw) return;
    const RowDifference difference{candidate.row, DriftClass::kMarks, candidate.differing,
                                   candidate.rows_before};
    stop_ |= !next_->OnDifference(difference);
  }

  std::vector<Candidate> candidates_;
  bool only_candidates_;
  RangeDone before_;
  CompareObserver* next_;
  size_t at_ = 0;
  bool stop_ = false;
};

// In order, each row once.
std::vector<Candidate> Union(std::vector<Candidate> raw, const std::vector<Candidate>& window) {
  std::vector<Candidate> all;
  const auto before = [](const Candidate& a, const Candidate& b) { return a.row < b.row; };
  std::set_union(raw.begin(), raw.end(), window.begin(), window.end(), std::back_inserter(all),
                 before);
  return all;
}

std::vector<KeyRange> SpansOf(const std::vector<Candidate>& candidates) {
  std::vector<KeyRange> spans;
  const Candidate* last = nullptr;
  for (const Candidate& candidate : candidates) {
    const bool close = last != nullptr && candidate.rows_before >= last->rows_before &&
                       candidate.rows_before - last->rows_before <= kJoinWithin;
    if (!close) spans.push_back({candidate.row, ""});
    spans.back().stop = NextKey(candidate.row);
    last = &candidate;
  }
  return spans;
}

// One range, a bounded part of it after the other.
class ChosenRows {
 public:
  ChosenRows(TablePair pair, KeyRange range, ClassOf class_of, Governor* governor,
             CompareObserver* observer)
      : pair_(std::move(pair)),
        rest_(std::move(range)),
        class_of_(class_of),
        governor_(governor),
        observer_(observer) {}

  Task<StatusOr<RangeDone>> Run() {
    while (true) {
      CO_ASSIGN_OR_RETURN(const bool go_on, co_await NextPart());
      if (!go_on || !part_stops_at_) break;
      rest_.start = *part_stops_at_;
      if (observer_->OnCompared(rest_.start, done_)) continue;
      done_.stopped_at = rest_.start;
      break;
    }
    co_return std::move(done_);
  }

 private:
  // False: the observer has had enough.
  Task<StatusOr<bool>> NextPart() {
    KeyRange part = rest_;
    part_stops_at_.reset();
    std::vector<Candidate> candidates;
    if (pair_.raw) {
      CO_ASSIGN_OR_RETURN(candidates, co_await Collect(View::kRaw, &part, nullptr));
    }
    if (!pair_.HasWindow()) co_return co_await JudgeAll(std::move(part), std::move(candidates));
    CO_ASSIGN_OR_RETURN(const std::vector<Candidate> in_window,
                        co_await Collect(View::kWindow, &part, &done_));
    std::erase_if(candidates, [&part](const Candidate& c) { return !part.Contains(c.row); });
    co_return co_await JudgeCandidates(Union(std::move(candidates), in_window));
  }

  // Walks over `*part`, and cuts it behind the last row for which there is room.
  Task<StatusOr<std::vector<Candidate>>> Collect(View view, KeyRange* part, RangeDone* count) {
    Collector collector(view == View::kRaw, part->start, observer_);
    CO_ASSIGN_OR_RETURN(
        const RangeDone done,
        co_await WalkRange(pair_, view, *part, ClassOf::kNarrowRows, governor_, &collector));
    if (count != nullptr) {
      count->source.Join(done.source);
      count->target.Join(done.target);
    }
    if (done.stopped_at) {
      part->stop = *done.stopped_at;
      part_stops_at_ = done.stopped_at;
    }
    co_return collector.Take();
  }

  Task<StatusOr<bool>> JudgeAll(KeyRange part, std::vector<Candidate> candidates) {
    CandidateJudge judge(std::move(candidates), false, done_, observer_);
    CO_ASSIGN_OR_RETURN(
        const RangeDone done,
        co_await WalkRange(pair_, View::kWhole, std::move(part), class_of_, governor_, &judge));
    done_.source.Join(done.source);
    done_.target.Join(done.target);
    if (done.stopped_at) {
      done_.stopped_at = done.stopped_at;
      co_return false;
    }
    judge.TellTheRest();
    if (judge.stop()) done_.stopped_at = part_stops_at_;
    co_return !judge.stop();
  }

  Task<StatusOr<bool>> JudgeCandidates(std::vector<Candidate> candidates) {
    const std::vector<KeyRange> spans = SpansOf(candidates);
    CandidateJudge judge(std::move(candidates), true, done_, observer_);
    for (const KeyRange& span : spans) {
      CO_ASSIGN_OR_RETURN(const RangeDone done, co_await WalkRange(pair_, View::kWhole, span,
                                                                   class_of_, governor_, &judge));
    }
    judge.TellTheRest();
    if (judge.stop()) done_.stopped_at = part_stops_at_;
    co_return !judge.stop();
  }

  TablePair pair_;
  KeyRange rest_;
  ClassOf class_of_;
  Governor* governor_;
  CompareObserver* observer_;
  RangeDone done_;
  std::optional<std::string> part_stops_at_;
};

}  // namespace

Task<StatusOr<RangeDone>> CompareRange(TablePair pair, KeyRange range, ClassOf class_of,
                                       Governor* governor, CompareObserver* observer) {
  if (!pair.raw && !pair.HasWindow()) {
    co_return co_await WalkRange(std::move(pair), View::kWhole, std::move(range), class_of,
                                 governor, observer);
  }
  ChosenRows rows(std::move(pair), std::move(range), class_of, governor, observer);
  co_return co_await rows.Run();
}

}  // namespace twinwatch
