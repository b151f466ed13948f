#include "verifier/run/verify_table.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "verifier/confirm/suspects.h"
#include "verifier/run/judge.h"
#include "verifier/run/plan_ranges.h"
#include "verifier/run/sample_places.h"
#include "verifier/run/work_list.h"

namespace twinwatch {
namespace {

constexpr size_t kMaxSuspectSpans = 5'000;  // of a range
// Rows that could not be judged are named one by one up to so many, and kept for a later process up
// to so many.
constexpr size_t kMaxUnknownNamed = 100;
constexpr size_t kMaxUnknownKept = 20'000;

constexpr char kFailedFast[] =
    "left out: drift was found before, and --fail-fast asks to stop then";

class TableRun {
 public:
  TableRun(TablePair pair, VerifyTableOptions options, VerifyObserver* observer)
      : pair_(std::move(pair)),
        options_(std::move(options)),
        observer_(observer),
        own_governor_(GovernorLimits{options_.bytes_per_second, 0, 0}),
        governor_(options_.governor != nullptr ? options_.governor : &own_governor_),
        teller_(pair_.source_table, options_.ignore_extra, observer,
                [this](std::string_view row) { MarkDrifted(row); }),
        judge_(&pair_, &options_, governor_, &teller_,
               [this](std::string_view what) { Wait(what); }) {
    result_.table = pair_.source_table;
    pair_.batch_bytes = governor_->BatchBytes();
  }

  Task<TableResult> Run() {
    started_ = absl::Now();
    last_checkpoint_ = started_;
    if (const Status status = co_await Plan(); !status.ok()) {
      result_.error = std::string(Text(status));
    } else {
      co_await InStreams(&TableRun::FirstLooks);
      co_await JudgeWaiting();
      LeaveOutTheRest();
      Checkpoint();
    }
    if (options_.sample) result_.sample = Statement();
    result_.took = Took();
    co_return std::move(result_);
  }

 private:
  class FirstLook;

  Task<Status> Plan() {
    std::vector<Todo> all = {{options_.range, false}};
    if (options_.resume) {
      result_ = options_.resume->so_far;
      result_.table = pair_.source_table;
      result_.unnamed = result_.unknown_rows;
      took_before_ = result_.took;
      all = options_.resume->todo;
    }
    const auto [source, target] = co_await Both(pair_.source->Regions(pair_.source_table),
                                                pair_.target->Regions(pair_.target_table));
    CO_RETURN_IF_ERROR(source.status());
    CO_RETURN_IF_ERROR(target.status());
    if (IsEmpty(options_.range)) co_return absl::OkStatus();
    if (options_.sample) co_return co_await PlanSample();
    for (Todo& todo : all) {
      if (todo.counted) {
        AddRange(std::move(todo));
        continue;
      }
      for (KeyRange& range : PlanRanges(todo.range, *source, *target))
        AddRange({std::move(range), false});
    }
    std::sort(ranges_.begin(), ranges_.end(),
              [](const KeyRange& a, const KeyRange& b) { return a.start < b.start; });
    co_return absl::OkStatus();
  }

  void AddRange(Todo todo) {
    ranges_.push_back(todo.range);
    work_.Add(std::move(todo));
  }

  void MarkDrifted(std::string_view row) {
    const auto next = std::upper_bound(
        ranges_.begin(), ranges_.end(), row,
        [](std::string_view key, const KeyRange& range) { return key < range.start; });
    if (next == ranges_.begin() || !std::prev(next)->Contains(row)) return;
    if (drifted_.insert(next - ranges_.begin()).second) ++result_.ranges_drifted;
  }

  Task<Status> PlanSample() {
    observer_->OnProgress(pair_.source_table, 0, 0, "places for the sample are drawn");
    CO_ASSIGN_OR_RETURN(sample_, co_await ChoosePlaces(pair_, options_.range, *options_.sample));
    for (const Place& place : sample_.places) work_.Add({place.range, false});
    co_return absl::OkStatus();
  }

  // Says nothing of a rate unless every place was read and no row differs.
  SampleStatement Statement() const {
    SampleStatement statement;
    statement.rows = std::max(result_.rows_source, result_.rows_target);
    statement.places = sample_.places.size();
    statement.seed = options_.sample->seed;
    if (result_.verdict() == Verdict::kSame)
      statement.max_rate_ppm = MaxRatePpm(EffectivePlaces(sample_.places));
    return statement;
  }

  Task<void> InStreams(Task<void> (TableRun::*stream)()) {
    std::vector<Task<void>> streams;
    for (int i = 0; i < std::max(options_.streams, 1); ++i) streams.push_back((this->*stream)());
    co_await RunAll(std::move(streams));
  }

  // One stream: takes range after range until none is left, or one could not be read.
  Task<void> FirstLooks();
  // kPart: there was no room for more suspects.
  enum class Looked { kWhole, kPart, kFailed };
  Task<Looked> LookAt(WorkList::Piece piece);
  // Makes verdicts of all suspects that wait; one stream at a time, to bound the memory.
  Task<void> JudgeWaiting();
  void Take(Judgement judgement);

  bool HasFailedFast() const { return options_.fail_fast && result_.drift.Sum() > 0; }

  size_t BytesWaiting() const {
    size_t bytes = 0;
    for (const SuspectsSeen& waiting : waiting_) bytes += waiting.suspects.bytes();
    return bytes;
  }

  void Unverified(KeyRange range, const Status& why) {
    result_.unverified.push_back({std::move(range), std::string(Text(why))});
    if (first_error_.ok()) first_error_ = why;
  }

  void LeaveOutTheRest() {
    for (KeyRange& range : work_.GiveUpTheRest()) {
      result_.unverified.push_back(
          {std::move(range),
           first_error_.ok()
               ? std::string(kFailedFast)
               : fmt::format("not begun, after another range failed: {}", Text(first_error_))});
    }
  }

  // All of the piece before `next_row` was compared. Of what is counted `from` was committed
  // before; `found` is new.
  void Commit(const WorkList::Piece& piece, std::string next_row, const RangeDone& from,
              const RangeDone& to, const Tally& found) {
    if (!piece.todo.counted) {
      result_.rows_source += to.source.rows - from.source.rows;
      result_.rows_target += to.target.rows - from.target.rows;
      result_.cells_source += to.source.cells - from.source.cells;
    }
    result_.bytes_read += to.source.bytes + to.target.bytes - from.source.bytes - from.target.bytes;
    found.AddTo(&result_);
    work_.Advance(piece.id, std::move(next_row));
  }

  TableProgress Progress() const;
  void Checkpoint() {
    if (options_.sample) return;
    last_checkpoint_ = absl::Now();
    observer_->OnCheckpoint(Progress());
  }
  void CheckpointWhenDue() {
    if (absl::Now() - last_checkpoint_ >= options_.checkpoint) Checkpoint();
  }

  absl::Duration Took() const { return took_before_ + (absl::Now() - started_); }

  void Wait(std::string_view what) {
    observer_->OnProgress(pair_.source_table, Fraction(0), rows_told_ / 2, what);
  }

  double Fraction(double of_open_range) const {
    if (work_.size() == 0) return 1;
    return std::min(1.0, (static_cast<double>(pieces_done_) + of_open_range) /
                             static_cast<double>(work_.size()));
  }

  TablePair pair_;
  VerifyTableOptions options_;
  VerifyObserver* observer_;
  Governor own_governor_;
  Governor* governor_;
  FindingTeller teller_;
  Judge judge_;
  absl::Time started_;
  absl::Time last_checkpoint_;
  absl::Duration took_before_;  // by the process that is resumed
  TableResult result_;
  WorkList work_;
  std::vector<KeyRange> ranges_;  // all in it, in order; of a sample none
  std::set<std::ptrdiff_t> drifted_;
  size_t pieces_done_ = 0;
  SamplePlan sample_;
  uint64_t rows_told_ = 0;
  std::map<int, const FirstLook*> looking_;  // by piece
  std::vector<SuspectsSeen> waiting_;
  std::vector<KeyRange> judging_;
  Turnstile turnstile_;
  size_t unknown_named_ = 0;
  std::vector<KeyRange> unknown_;  // where rows lie that could not be judged, up to a bound
  uint64_t unknown_kept_ = 0;      // so many rows
  Status first_error_;
};

// With `none` a difference is drift at once; else it is remembered. Markers are no verdict's: they
// are told at once.
class TableRun::FirstLook : public CompareObserver {
 public:
  FirstLook(TableRun* run, const WorkList::Piece* piece)
      : run_(run), piece_(piece), suspects_(run->options_.max_suspect_bytes / 2, kMaxSuspectSpans) {
    run_->looking_[piece_->id] = this;
  }
  ~FirstLook() override { run_->looking_.erase(piece_->id); }
  FirstLook(const FirstLook&) = delete;

  bool OnDifference(const RowDifference& difference) override {
    last_told_ = difference.row;
    if (piece_->todo.counted && difference.drift_class == DriftClass::kMarks) return true;
    const bool none = run_->options_.confirm == Confirm::kNone;
    if (none || difference.drift_class == DriftClass::kMarks) {
      run_->teller_.Tell(difference, none ? std::optional<std::string>("none") : std::nullopt,
                         absl::Now(), &Tally::drift, &found_);
      return !(run_->options_.fail_fast && found_.drift.Sum() > 0);
    }
    suspects_.Add(difference.row, difference.rows_before);
    return !suspects_.Full();
  }

  bool OnCompared(std::string_view next_row, const RangeDone& so_far) override {
    Commit(std::string(next_row), so_far);
    run_->CheckpointWhenDue();
    return true;
  }

  void OnProgress(std::string_view row, uint64_t rows, uint64_t) override {
    run_->rows_told_ += rows;
    run_->observer_->OnProgress(run_->pair_.source_table,
                                run_->Fraction(FractionOf(piece_->todo.range, row)),
                                run_->rows_told_ / 2, "");
  }

  void Commit(std::string next_row, const RangeDone& so_far) {
    run_->Commit(*piece_, std::move(next_row), committed_, so_far, found_);
    committed_ = so_far;
    found_ = Tally();
  }

  // After an error: what was told is done, and all before it.
  void CommitWhatWasTold() {
    if (!last_told_.empty()) Commit(NextKey(last_told_), committed_);
  }

  const Suspects& suspects() const { return suspects_; }
  Suspects TakeSuspects() { return std::move(suspects_); }

 private:
  TableRun* run_;
  const WorkList::Piece* piece_;
  Suspects suspects_;
  RangeDone committed_;
  Tally found_;
  std::string last_told_;
};

Task<void> TableRun::FirstLooks() {
  while (work_.HasMore() && first_error_.ok() && !HasFailedFast()) {
    const WorkList::Piece piece = *work_.Begin();
    Looked looked = Looked::kPart;
    while (looked == Looked::kPart && !HasFailedFast()) {
      looked = co_await LookAt(piece);
      CheckpointWhenDue();
      if (BytesWaiting() >= options_.max_suspect_bytes || options_.fail_fast)
        co_await JudgeWaiting();
    }
    if (looked == Looked::kFailed) co_return;
    if (looked == Looked::kPart) result_.unverified.push_back({work_.Rest(piece.id), kFailedFast});
  }
}

Task<TableRun::Looked> TableRun::LookAt(WorkList::Piece piece) {
  const ClassOf class_of =
      options_.confirm == Confirm::kNone ? ClassOf::kAllRows : ClassOf::kNarrowRows;
  FirstLook look(this, &piece);
  const StatusOr<RangeDone> done =
      co_await CompareRange(pair_, work_.Rest(piece.id), class_of, governor_, &look);
  // What differed before an error is not forgotten: it is looked at again all the same.
  if (!look.suspects().empty()) waiting_.push_back({look.TakeSuspects(), absl::Now()});
  if (!done.ok()) {
    look.CommitWhatWasTold();
    Unverified(work_.Rest(piece.id), done.status());
    co_return Looked::kFailed;
  }
  look.Commit(done->stopped_at.value_or(std::string()), *done);
  if (done->stopped_at) co_return Looked::kPart;
  work_.Finish(piece.id);
  ++pieces_done_;
  if (!piece.todo.counted) ++result_.ranges;
  co_return Looked::kWhole;
}

Task<void> TableRun::JudgeWaiting() {
  co_await turnstile_.Enter();
  std::vector<Suspects> of_ranges;
  absl::Time first_seen = absl::InfiniteFuture();
  absl::Time last_seen = absl::InfinitePast();
  for (SuspectsSeen& of_range : std::exchange(waiting_, std::vector<SuspectsSeen>())) {
    first_seen = std::min(first_seen, of_range.seen);
    last_seen = std::max(last_seen, of_range.seen);
    of_ranges.push_back(std::move(of_range.suspects));
  }
  if (!of_ranges.empty()) {
    const SuspectSet suspects(std::move(of_ranges));
    judging_ = suspects.spans();
    Judgement judgement = co_await judge_.Run(&suspects, first_seen, last_seen);
    judging_.clear();
    Take(std::move(judgement));
    CheckpointWhenDue();
  }
  turnstile_.Leave();
}

void TableRun::Take(Judgement judgement) {
  judgement.tally.AddTo(&result_);
  if (judgement.barrier)
    result_.barrier = std::max(result_.barrier.value_or(*judgement.barrier), *judgement.barrier);
  if (first_error_.ok()) first_error_ = judgement.read_error;
  const bool kept = unknown_.size() + judgement.unverified.size() <= kMaxUnknownKept;
  if (kept) unknown_kept_ += judgement.tally.unknown_rows;
  for (UnverifiedRange& range : judgement.unverified) {
    if (kept) unknown_.push_back(range.range);
    if (unknown_named_++ < kMaxUnknownNamed) {
      result_.unverified.push_back(std::move(range));
    } else {
      ++result_.unnamed;
    }
  }
}

TableProgress TableRun::Progress() const {
  TableProgress progress;
  progress.so_far = result_;
  progress.so_far.unverified.clear();
  progress.so_far.unknown_rows -= unknown_kept_;
  progress.so_far.took = Took();
  progress.todo = work_.Left();
  const auto again = [&progress](const std::vector<KeyRange>& ranges) {
    for (const KeyRange& range : ranges) progress.todo.push_back({range, true});
  };
  // Suspects that lie in what is left are found again there.
  for (const auto& [piece, look] : looking_) {
    const KeyRange compared = {"", work_.Rest(piece).start};
    if (compared.stop.empty()) continue;
    for (const KeyRange& span : look->suspects().spans()) {
      KeyRange before = Intersect(span, compared);
      if (!IsEmpty(before)) progress.todo.push_back({std::move(before), true});
    }
  }
  for (const SuspectsSeen& waiting : waiting_) again(waiting.suspects.spans());
  again(judging_);
  again(unknown_);
  return progress;
}

}  // namespace

Task<TableResult> VerifyTable(TablePair pair, VerifyTableOptions options,
                              VerifyObserver* observer) {
  TableRun run(std::move(pair), std::move(options), observer);
  co_return co_await run.Run();
}

}  // namespace twinwatch
