#include "verifier/run/verify_table.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <utility>

#include "verifier/run/plan_ranges.h"
#include "verifier/run/sample_places.h"
#include "verifier/run/suspects.h"

namespace twinwatch {
namespace {

// What one range, and all ranges that wait for their second look, may remember of suspects.
constexpr size_t kSuspectBytesOfARange = size_t{4} << 20;
constexpr size_t kSuspectBytesWaiting = size_t{8} << 20;
constexpr size_t kMaxSuspectSpans = 5'000;

// The suspects of one range, and when they may be looked at again.
struct SecondLook {
  Suspects suspects{kSuspectBytesOfARange, kMaxSuspectSpans};
  absl::Time not_before;
};

class TableRun {
 public:
  TableRun(TablePair pair, VerifyTableOptions options, VerifyObserver* observer)
      : pair_(std::move(pair)),
        options_(std::move(options)),
        observer_(observer),
        pacer_(options_.bytes_per_second) {
    result_.table = pair_.source_table;
  }

  Task<TableResult> Run() {
    const absl::Time started = absl::Now();
    if (const Status status = co_await Plan(); !status.ok()) {
      result_.error = std::string(Text(status));
    } else {
      co_await InStreams(&TableRun::FirstLooks);
      co_await InStreams(&TableRun::SecondLooks);
      LeaveOutTheRest();
    }
    if (options_.sample) result_.sample = Statement();
    result_.took = absl::Now() - started;
    co_return std::move(result_);
  }

 private:
  class FirstLook;
  class SecondLookObserver;

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
  Task<void> SecondLooks();
  Task<void> LookAgain(std::unique_ptr<SecondLook> look);

  void Postpone(std::unique_ptr<SecondLook> look) {
    suspect_bytes_waiting_ += look->suspects.bytes();
    second_looks_.push_back(std::move(look));
  }

  void Unverified(KeyRange range, const Status& why) {
    result_.unverified.push_back({std::move(range), std::string(Text(why))});
    if (first_error_.ok()) first_error_ = why;
  }

  void LeaveOutTheRest() {
    for (KeyRange& range : ranges_) {
      result_.unverified.push_back(
          {std::move(range),
           fmt::format("not begun, after another range failed: {}", Text(first_error_))});
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
    counts->Count(*difference.drift_class);
    Finding finding;
    finding.table = pair_.source_table;
    finding.row = difference.row;
    finding.drift_class = *difference.drift_class;
    finding.confirmed_by = std::move(confirmed_by);
    finding.first_seen = first_seen;
    finding.differing = difference.differing;
    observer_->OnFinding(finding);
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
  Pacer pacer_;
  TableResult result_;
  std::deque<KeyRange> ranges_;  // not begun
  size_t total_ranges_ = 0;
  SamplePlan sample_;
  uint64_t rows_told_ = 0;
  std::deque<std::unique_ptr<SecondLook>> second_looks_;
  size_t suspect_bytes_waiting_ = 0;
  Status first_error_;
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
class TableRun::SecondLookObserver : public CompareObserver {
 public:
  SecondLookObserver(TableRun* run, SecondLook* look) : run_(run), look_(look) {}

  bool OnDifference(const RowDifference& difference) override {
    if (difference.drift_class == DriftClass::kMarks) return true;
    if (!look_->suspects.Contains(difference.row)) return true;
    ++still_differ_;
    run_->Find(difference, &run_->result_.suspects, std::nullopt,
               look_->not_before - run_->options_.settle);
    return true;
  }

  void OnProgress(std::string_view, uint64_t, uint64_t) override {
    run_->observer_->OnProgress(run_->pair_.source_table, 1, run_->rows_told_ / 2,
                                "rows that differed are read again");
  }

  uint64_t still_differ() const { return still_differ_; }

 private:
  TableRun* run_;
  SecondLook* look_;
  uint64_t still_differ_ = 0;
};

Task<void> TableRun::FirstLooks() {
  const ClassOf class_of =
      options_.confirm == Confirm::kNone ? ClassOf::kAllRows : ClassOf::kNarrowRows;
  while (!ranges_.empty() && first_error_.ok()) {
    KeyRange range = std::move(ranges_.front());
    ranges_.pop_front();
    bool whole = false;
    while (!whole) {
      auto look = std::make_unique<SecondLook>();
      FirstLook observer(this, range, &look->suspects);
      const StatusOr<RangeDone> done =
          co_await CompareRange(pair_, range, class_of, &pacer_, &observer);
      look->not_before = absl::Now() + options_.settle;
      const bool now = look->suspects.bytes() + suspect_bytes_waiting_ >= kSuspectBytesWaiting;
      if (!done.ok()) {
        Unverified(range, done.status());
        // What differed before the error is not forgotten: it is looked at again all the same.
        if (!look->suspects.empty()) Postpone(std::move(look));
        co_return;
      }
      Add(*done);
      whole = !done->stopped_at;
      if (!whole) range.start = *done->stopped_at;
      if (look->suspects.empty()) continue;
      if (now || !whole) {
        co_await LookAgain(std::move(look));
      } else {
        Postpone(std::move(look));
      }
    }
    ++result_.ranges;
  }
}

Task<void> TableRun::SecondLooks() {
  while (!second_looks_.empty()) {
    std::unique_ptr<SecondLook> look = std::move(second_looks_.front());
    second_looks_.pop_front();
    suspect_bytes_waiting_ -= look->suspects.bytes();
    co_await LookAgain(std::move(look));
  }
}

Task<void> TableRun::LookAgain(std::unique_ptr<SecondLook> look) {
  if (const absl::Duration left = look->not_before - absl::Now(); left > absl::ZeroDuration()) {
    observer_->OnProgress(pair_.source_table, Fraction(0), rows_told_ / 2,
                          fmt::format("{} rows differ, to be read again in {} s",
                                      look->suspects.size(), absl::ToInt64Seconds(left) + 1));
    co_await SleepFor(std::chrono::milliseconds(absl::ToInt64Milliseconds(left) + 1));
  }
  SecondLookObserver observer(this, look.get());
  const std::vector<KeyRange> spans = look->suspects.spans();
  for (const KeyRange& span : spans) {
    const StatusOr<RangeDone> done =
        co_await CompareRange(pair_, span, ClassOf::kAllRows, &pacer_, &observer);
    if (!done.ok()) {
      // How many of the suspects lie in what was not read is not known: all that were not seen to
      // differ are unknown, none is called the same.
      Unverified(span, done.status());
      result_.unknown_rows += look->suspects.size() - observer.still_differ();
      co_return;
    }
  }
  result_.in_flight += look->suspects.size() - observer.still_differ();
}

}  // namespace

Task<TableResult> VerifyTable(TablePair pair, VerifyTableOptions options,
                              VerifyObserver* observer) {
  TableRun run(std::move(pair), std::move(options), observer);
  co_return co_await run.Run();
}

}  // namespace twinwatch
