#include "verifier/run/judge.h"

#include <algorithm>
#include <utility>

#include "verifier/scan/governed_sleep.h"

namespace twinwatch {

void Tally::AddTo(TableResult* result) const {
  result->drift.Add(drift);
  result->suspects.Add(suspects);
  result->in_flight += in_flight;
  result->unknown_rows += unknown_rows;
  result->waived += waived;
}

void FindingTeller::Tell(const RowDifference& difference, std::optional<std::string> confirmed_by,
                         absl::Time first_seen, DriftCounts Tally::*counts, Tally* tally) {
  if (ignore_extra_ && *difference.drift_class == DriftClass::kExtra) return;
  Finding finding;
  finding.waived = observer_->IsWaived(table_, difference.row, *difference.drift_class);
  if (finding.waived) {
    ++tally->waived;
  } else {
    ++(tally->*counts).Of(*difference.drift_class);
    if (counts == &Tally::drift && *difference.drift_class != DriftClass::kMarks)
      on_drift_(difference.row);
  }
  finding.table = table_;
  finding.row = difference.row;
  finding.drift_class = *difference.drift_class;
  finding.confirmed_by = std::move(confirmed_by);
  finding.first_seen = first_seen;
  finding.differing = difference.differing;
  observer_->OnFinding(finding);
}

// Judges the rows that were suspects, and no others: a row that differs only now was written since.
class Judge::SecondLook : public CompareObserver {
 public:
  SecondLook(Judge* judge, const SuspectSet* suspects, absl::Time seen, Tally* tally)
      : judge_(judge), suspects_(suspects), seen_(seen), tally_(tally) {}

  bool OnDifference(const RowDifference& difference) override {
    if (difference.drift_class == DriftClass::kMarks) return true;
    if (!suspects_->Contains(difference.row)) return true;
    last_told_ = difference.row;
    ++still_differ_;
    judge_->teller_->Tell(difference, std::nullopt, seen_, &Tally::suspects, tally_);
    return true;
  }

  void OnProgress(std::string_view, uint64_t, uint64_t) override {
    judge_->wait_("rows that differed are read again");
  }

  uint64_t still_differ() const { return still_differ_; }
  // Of `span`, in which an error came, what was not told of.
  KeyRange RestOf(KeyRange span) const {
    if (span.Contains(last_told_)) span.start = NextKey(last_told_);
    return span;
  }

 private:
  Judge* judge_;
  const SuspectSet* suspects_;
  absl::Time seen_;
  Tally* tally_;
  uint64_t still_differ_ = 0;
  std::string last_told_;
};

class Judge::Confirming : public ConfirmObserver {
 public:
  Confirming(Judge* judge, absl::Time seen, Judgement* judgement)
      : judge_(judge), seen_(seen), judgement_(judgement) {}

  void OnDrift(const ConfirmedRow& row) override {
    ++judged_;
    std::optional<BarrierKind>& weakest = judgement_->barrier;
    weakest = std::max(weakest.value_or(row.confirmed_by), row.confirmed_by);
    const RowDifference difference{row.row, row.drift.drift_class, row.drift.differing, 0};
    judge_->teller_->Tell(difference, std::string(ToString(row.confirmed_by)), seen_, &Tally::drift,
                          &judgement_->tally);
  }

  void OnUnknown(std::string_view row, std::string_view why) override {
    ++judged_;
    ++judgement_->tally.unknown_rows;
    judgement_->unverified.push_back({OneRow(row), std::string(why)});
  }

  void OnWait(std::string_view what) override { judge_->wait_(what); }

  // Rows that were drift or unknown.
  uint64_t judged() const { return judged_; }

 private:
  Judge* judge_;
  absl::Time seen_;
  Judgement* judgement_;
  uint64_t judged_ = 0;
};

Task<Judgement> Judge::Run(const SuspectSet* suspects, absl::Time first_seen,
                           absl::Time last_seen) {
  if (options_->confirm == Confirm::kBarrier) co_return co_await Sandwich(suspects, first_seen);
  const absl::Duration left = last_seen + options_->settle - absl::Now();
  if (left > absl::ZeroDuration()) {
    wait_(fmt::format("{} rows differ, to be read again in {} s", suspects->size(),
                      absl::ToInt64Seconds(left) + 1));
    co_await SleepUnlessStopped(governor_, left);
  }
  co_return co_await LookAgain(suspects, first_seen);
}

Task<Judgement> Judge::LookAgain(const SuspectSet* suspects, absl::Time seen) {
  Judgement judgement;
  SecondLook observer(this, suspects, seen, &judgement.tally);
  const std::vector<KeyRange>& spans = suspects->spans();
  for (size_t i = 0; i < spans.size(); ++i) {
    const StatusOr<RangeDone> done =
        co_await CompareRange(*pair_, spans[i], ClassOf::kAllRows, governor_, &observer);
    if (done.ok()) continue;
    // How many of the suspects lie in what was not read is not known: all that were not seen to
    // differ are unknown, none is called the same.
    judgement.read_error = done.status();
    for (size_t rest = i; rest < spans.size(); ++rest)
      judgement.unverified.push_back(
          {observer.RestOf(spans[rest]), std::string(Text(done.status()))});
    judgement.tally.unknown_rows = suspects->size() - observer.still_differ();
    co_return judgement;
  }
  judgement.tally.in_flight = suspects->size() - observer.still_differ();
  co_return judgement;
}

Task<Judgement> Judge::Sandwich(const SuspectSet* suspects, absl::Time seen) {
  Judgement judgement;
  ConfirmSides sides;
  sides.source = pair_->source;
  sides.source_scan = pair_->SourceScan({});
  sides.target = pair_->target;
  sides.target_scan = pair_->TargetScan({});
  sides.edges = pair_->edges;
  sides.governor = governor_;
  Confirming observer(this, seen, &judgement);
  ConfirmBatch batch;
  batch.contains = [suspects](std::string_view row) { return suspects->Contains(row); };
  batch.spans = suspects->spans();
  while (!batch.spans.empty() && confirm_error_.ok()) {
    StatusOr<std::vector<KeyRange>> put_off =
        co_await ConfirmSuspects(sides, options_->barriers, batch, options_->confirming, &observer);
    if (put_off.ok()) {
      batch.spans = *std::move(put_off);
    } else {
      confirm_error_ = put_off.status();
    }
  }
  const uint64_t rest = suspects->size() - std::min<uint64_t>(observer.judged(), suspects->size());
  if (confirm_error_.ok()) {
    judgement.tally.in_flight = rest;
    co_return judgement;
  }
  judgement.tally.unknown_rows += rest;
  for (KeyRange& span : batch.spans)
    judgement.unverified.push_back({std::move(span), std::string(Text(confirm_error_))});
  co_return judgement;
}

}  // namespace twinwatch
