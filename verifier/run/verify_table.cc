#include "verifier/run/verify_table.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <utility>

#include "verifier/confirm/suspects.h"
#include "verifier/run/plan_ranges.h"
#include "verifier/run/sample_places.h"

namespace twinwatch {
namespace {

// What one range, and all ranges whose suspects wait, may remember of them.
constexpr size_t kSuspectBytesOfARange = size_t{4} << 20;
constexpr size_t kSuspectBytesWaiting = size_t{8} << 20;
constexpr size_t kMaxSuspectSpans = 5'000;
// Rows that could not be judged are named one by one up to so many.
constexpr size_t kMaxUnknownNamed = 100;

// The suspects of one range, and when it was compared.
struct Waiting {
  Suspects suspects{kSuspectBytesOfARange, kMaxSuspectSpans};
  absl::Time seen;
};

class TableRun {
 public:
  TableRun(TablePair pair, VerifyTableOptions options, VerifyObserver* observer)
      : pair_(std::move(pair)),
        options_(std::move(options)),
        observer_(observer),
        own_governor_(GovernorLimits{options_.bytes_per_second, 0, 0}),
        governor_(options_.governor != nullptr ? options_.governor : &own_governor_) {
    result_.table = pair_.source_table;
  }

  Task<TableResult> Run() {
    const absl::Time started = absl::Now();
    if (const Status status = co_await Plan(); !status.ok()) {
      result_.error = std::string(Text(status));
    } else {
      co_await InStreams(&TableRun::FirstLooks);
      co_await JudgeWaiting();
      LeaveOutTheRest();
    }
    if (options_.sample) result_.sample = Statement();
    result_.took = absl::Now() - started;
    co_return std::move(result_);
  }

 private:
  class FirstLook;
  class SecondLook;
  class Confirming;

  Task<Status> Plan() {
    CO_ASSIGN_OR_RETURN(const std::vector<RegionLocation> source,
                        co_await pair_.source->Regions(pair_.source_table));
    CO_ASSIGN_OR_RETURN(const std::vector<RegionLocation> target,
                        co_await pair_.target->Regions(pair_.target_table));
    if (IsEmpty(options_.range)) co_return absl::OkStatus();
    if (options_.sample) co_return co_await PlanSample();
    for (KeyRange& range : PlanRanges(options_.range, source, target))
      ranges_.push_back(std::move(range));
    total_ranges_ = ranges_.size();
    co_return absl::OkStatus();
  }

  Task<Status> PlanSample() {
    observer_->OnProgress(pair_.source_table, 0, 0, "places for the sample are drawn");
    CO_ASSIGN_OR_RETURN(sample_, co_await ChoosePlaces(pair_, options_.range, *options_.sample));
    for (const Place& place : sample_.places) ranges_.push_back(place.range);
    total_ranges_ = ranges_.size();
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
  // Makes verdicts of all suspects that wait; one stream at a time, to bound the memory.
  Task<void> JudgeWaiting();
  Task<void> Judge(std::vector<Waiting> waiting);
  Task<void> LookAgain(const SuspectSet* suspects, absl::Time seen);
  Task<void> Sandwich(const SuspectSet* suspects, absl::Time seen);

  bool HasFailedFast() const { return options_.fail_fast && result_.drift.Sum() > 0; }

  size_t BytesWaiting() const {
    size_t bytes = 0;
    for (const Waiting& waiting : waiting_) bytes += waiting.suspects.bytes();
    return bytes;
  }

  // Nothing is known of some suspects: they are counted, and where they lie is named.
  void Unknown(uint64_t rows, std::vector<KeyRange> where, std::string_view why) {
    result_.unknown_rows += rows;
    for (KeyRange& range : where) {
      if (unknown_named_++ >= kMaxUnknownNamed) return;
      result_.unverified.push_back({std::move(range), std::string(why)});
    }
  }

  void Unverified(KeyRange range, const Status& why) {
    result_.unverified.push_back({std::move(range), std::string(Text(why))});
    if (first_error_.ok()) first_error_ = why;
  }

  void LeaveOutTheRest() {
    for (KeyRange& range : ranges_) {
      result_.unverified.push_back(
          {std::move(range),
           first_error_.ok()
               ? "not begun: drift was found before, and --fail-fast asks to stop then"
               : fmt::format("not begun, after another range failed: {}", Text(first_error_))});
    }
  }

  void Add(const RangeDone& done) {
    result_.rows_source += done.source.rows;
    result_.rows_target += done.target.rows;
    result_.cells_source += done.source.cells;
    result_.bytes_read += done.source.bytes + done.target.bytes;
  }

  void Find(const RowDifference& difference, DriftCounts* counts,
            std::optional<std::string> confirmed_by, absl::Time first_seen) {
    if (options_.ignore_extra && *difference.drift_class == DriftClass::kExtra) return;
    Finding finding;
    finding.waived =
        observer_->IsWaived(pair_.source_table, difference.row, *difference.drift_class);
    if (finding.waived) {
      ++result_.waived;
    } else {
      ++counts->Of(*difference.drift_class);
    }
    finding.table = pair_.source_table;
    finding.row = difference.row;
    finding.drift_class = *difference.drift_class;
    finding.confirmed_by = std::move(confirmed_by);
    finding.first_seen = first_seen;
    finding.differing = difference.differing;
    observer_->OnFinding(finding);
  }

  void Wait(std::string_view what) {
    observer_->OnProgress(pair_.source_table, Fraction(0), rows_told_ / 2, what);
  }

  // Never a suspect: no verdict hangs on them, so they are looked at once.
  void FindMarks(const RowDifference& difference) {
    std::optional<std::string> confirmed_by;
    if (options_.confirm == Confirm::kNone) confirmed_by = "none";
    Find(difference, &result_.drift, std::move(confirmed_by), absl::Now());
  }

  double Fraction(double of_open_range) const {
    if (total_ranges_ == 0) return 1;
    return std::min(1.0, (static_cast<double>(result_.ranges) + of_open_range) /
                             static_cast<double>(total_ranges_));
  }

  TablePair pair_;
  VerifyTableOptions options_;
  VerifyObserver* observer_;
  Governor own_governor_;
  Governor* governor_;
  TableResult result_;
  std::deque<KeyRange> ranges_;  // not begun
  size_t total_ranges_ = 0;
  SamplePlan sample_;
  uint64_t rows_told_ = 0;
  std::vector<Waiting> waiting_;
  Turnstile judging_;
  size_t unknown_named_ = 0;
  Status first_error_;
  Status confirm_error_;  // no other barrier is waited for after it
};

// With `none` a difference is drift at once; with `recheck` it is remembered.
class TableRun::FirstLook : public CompareObserver {
 public:
  FirstLook(TableRun* run, KeyRange range, Suspects* suspects)
      : run_(run), range_(std::move(range)), suspects_(suspects) {}

  bool OnDifference(const RowDifference& difference) override {
    if (difference.drift_class == DriftClass::kMarks) {
      run_->FindMarks(difference);
      return true;
    }
    if (run_->options_.confirm == Confirm::kNone) {
      run_->Find(difference, &run_->result_.drift, "none", absl::Now());
      return true;
    }
    suspects_->Add(difference.row, difference.rows_before);
    return !suspects_->Full();
  }

  void OnProgress(std::string_view row, uint64_t rows, uint64_t) override {
    run_->rows_told_ += rows;
    run_->observer_->OnProgress(run_->pair_.source_table, run_->Fraction(FractionOf(range_, row)),
                                run_->rows_told_ / 2, "");
  }

 private:
  TableRun* run_;
  KeyRange range_;
  Suspects* suspects_;
};

// Judges the rows that were suspects, and no others: a row that differs only now was written since.
class TableRun::SecondLook : public CompareObserver {
 public:
  SecondLook(TableRun* run, const SuspectSet* suspects, absl::Time seen)
      : run_(run), suspects_(suspects), seen_(seen) {}

  bool OnDifference(const RowDifference& difference) override {
    if (difference.drift_class == DriftClass::kMarks) return true;
    if (!suspects_->Contains(difference.row)) return true;
    ++still_differ_;
    run_->Find(difference, &run_->result_.suspects, std::nullopt, seen_);
    return true;
  }

  void OnProgress(std::string_view, uint64_t, uint64_t) override {
    run_->Wait("rows that differed are read again");
  }

  uint64_t still_differ() const { return still_differ_; }

 private:
  TableRun* run_;
  const SuspectSet* suspects_;
  absl::Time seen_;
  uint64_t still_differ_ = 0;
};

class TableRun::Confirming : public ConfirmObserver {
 public:
  Confirming(TableRun* run, absl::Time seen) : run_(run), seen_(seen) {}

  void OnDrift(const ConfirmedRow& row) override {
    ++judged_;
    std::optional<BarrierKind>& weakest = run_->result_.barrier;
    weakest = std::max(weakest.value_or(row.confirmed_by), row.confirmed_by);
    RowDifference difference{row.row, row.drift.drift_class, row.drift.differing, 0};
    run_->Find(difference, &run_->result_.drift, std::string(ToString(row.confirmed_by)), seen_);
  }

  void OnUnknown(std::string_view row, std::string_view why) override {
    ++judged_;
    run_->Unknown(1, {OneRow(row)}, why);
  }

  void OnWait(std::string_view what) override { run_->Wait(what); }

  // Rows that were drift or unknown.
  uint64_t judged() const { return judged_; }

 private:
  TableRun* run_;
  absl::Time seen_;
  uint64_t judged_ = 0;
};

Task<void> TableRun::FirstLooks() {
  const ClassOf class_of =
      options_.confirm == Confirm::kNone ? ClassOf::kAllRows : ClassOf::kNarrowRows;
  while (!ranges_.empty() && first_error_.ok() && !HasFailedFast()) {
    KeyRange range = std::move(ranges_.front());
    ranges_.pop_front();
    bool whole = false;
    while (!whole) {
      Waiting waiting;
      FirstLook observer(this, range, &waiting.suspects);
      const StatusOr<RangeDone> done =
          co_await CompareRange(pair_, range, class_of, governor_, &observer);
      waiting.seen = absl::Now();
      // What differed before an error is not forgotten: it is looked at again all the same.
      if (!waiting.suspects.empty()) waiting_.push_back(std::move(waiting));
      if (!done.ok()) {
        Unverified(range, done.status());
        co_return;
      }
      Add(*done);
      whole = !done->stopped_at;
      if (!whole) range.start = *done->stopped_at;
      if (BytesWaiting() >= kSuspectBytesWaiting || options_.fail_fast) co_await JudgeWaiting();
    }
    ++result_.ranges;
  }
}

Task<void> TableRun::JudgeWaiting() {
  co_await judging_.Enter();
  std::vector<Waiting> waiting;
  waiting.swap(waiting_);
  co_await Judge(std::move(waiting));
  judging_.Leave();
}

Task<void> TableRun::Judge(std::vector<Waiting> waiting) {
  if (waiting.empty()) co_return;
  absl::Time first_seen = absl::InfiniteFuture();
  absl::Time last_seen = absl::InfinitePast();
  std::vector<Suspects> of_ranges;
  for (Waiting& of_range : waiting) {
    first_seen = std::min(first_seen, of_range.seen);
    last_seen = std::max(last_seen, of_range.seen);
    of_ranges.push_back(std::move(of_range.suspects));
  }
  const SuspectSet suspects(std::move(of_ranges));
  if (options_.confirm == Confirm::kBarrier) {
    co_await Sandwich(&suspects, first_seen);
    co_return;
  }
  const absl::Duration left = last_seen + options_.settle - absl::Now();
  if (left > absl::ZeroDuration() && governor_->status().ok()) {
    Wait(fmt::format("{} rows differ, to be read again in {} s", suspects.size(),
                     absl::ToInt64Seconds(left) + 1));
    co_await SleepFor(std::chrono::milliseconds(absl::ToInt64Milliseconds(left) + 1));
  }
  co_await LookAgain(&suspects, first_seen);
}

Task<void> TableRun::LookAgain(const SuspectSet* suspects, absl::Time seen) {
  SecondLook observer(this, suspects, seen);
  for (const KeyRange& span : suspects->spans()) {
    const StatusOr<RangeDone> done =
        co_await CompareRange(pair_, span, ClassOf::kAllRows, governor_, &observer);
    if (done.ok()) continue;
    // How many of the suspects lie in what was not read is not known: all that were not seen to
    // differ are unknown, none is called the same.
    Unverified(span, done.status());
    result_.unknown_rows += suspects->size() - observer.still_differ();
    co_return;
  }
  result_.in_flight += suspects->size() - observer.still_differ();
}

Task<void> TableRun::Sandwich(const SuspectSet* suspects, absl::Time seen) {
  ConfirmSides sides;
  sides.source = pair_.source;
  sides.source_scan = pair_.SourceScan({});
  sides.target = pair_.target;
  sides.target_scan = pair_.TargetScan({});
  sides.edges = pair_.edges;
  sides.governor = governor_;
  Confirming observer(this, seen);
  ConfirmBatch batch;
  batch.contains = [suspects](std::string_view row) { return suspects->Contains(row); };
  batch.spans = suspects->spans();
  while (!batch.spans.empty() && confirm_error_.ok()) {
    StatusOr<std::vector<KeyRange>> put_off =
        co_await ConfirmSuspects(sides, options_.barriers, batch, options_.confirming, &observer);
    if (put_off.ok()) {
      batch.spans = *std::move(put_off);
    } else {
      confirm_error_ = put_off.status();
    }
  }
  const uint64_t rest = suspects->size() - std::min<uint64_t>(observer.judged(), suspects->size());
  if (confirm_error_.ok()) {
    result_.in_flight += rest;
  } else {
    Unknown(rest, std::move(batch.spans), Text(confirm_error_));
  }
}

}  // namespace

Task<TableResult> VerifyTable(TablePair pair, VerifyTableOptions options,
                              VerifyObserver* observer) {
  TableRun run(std::move(pair), std::move(options), observer);
  co_return co_await run.Run();
}

}  // namespace twinwatch
