#include "verifier/confirm/confirm.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "verifier/confirm/read_prints.h"
#include "verifier/scan/governed_sleep.h"

namespace twinwatch {
namespace {

// Up to so many rows are read one by one; more by the ranges that they came in.
constexpr size_t kRowsReadAlone = 200;

std::chrono::milliseconds ToChrono(absl::Duration time) {
  return std::chrono::milliseconds(std::max<int64_t>(absl::ToInt64Milliseconds(time), 0));
}

class Confirmation {
 public:
  Confirmation(ConfirmSides sides, ConfirmBarriers barriers, ConfirmBatch batch,
               ConfirmOptions options, ConfirmObserver* observer)
      : sides_(std::move(sides)),
        barriers_(barriers),
        spans_(std::move(batch.spans)),
        contains_(std::move(batch.contains)),
        options_(options),
        observer_(observer) {}

  Task<StatusOr<std::vector<KeyRange>>> Run() {
    CO_RETURN_IF_ERROR(co_await ReadFirst());
    for (int turn = 1; turn <= options_.max_turns; ++turn) {
      const Status status = co_await Turn();
      if (!status.ok()) {
        if (turn == 1) co_return status;
        GiveUp(Text(status));
        break;
      }
      if (open_.empty()) break;
      if (turn == options_.max_turns) {
        GiveUp("it kept changing while it was looked at");
        break;
      }
      co_await Pause(turn);
    }
    co_return std::move(put_off_);
  }

 private:
  // A row that differed in the last sandwich, or that changed during it.
  struct Open {
    std::vector<DifferingColumn> differing;
  };

  Task<Status> ReadFirst() {
    CO_ASSIGN_OR_RETURN(source_before_, co_await Read(sides_.source, sides_.source_scan));
    if (barriers_.backward != nullptr) {
      CO_ASSIGN_OR_RETURN(target_before_, co_await Read(sides_.target, sides_.target_scan));
    }
    co_return absl::OkStatus();
  }

  Task<Status> Turn() {
    CO_ASSIGN_OR_RETURN(const BarrierPass forward, co_await Pass(barriers_.forward));
    BarrierKind kind = forward.kind;
    if (barriers_.backward != nullptr) {
      CO_ASSIGN_OR_RETURN(const BarrierPass backward, co_await Pass(barriers_.backward));
      kind = std::max(kind, backward.kind);
    }
    const absl::Time looked = absl::Now();
    CO_ASSIGN_OR_RETURN(RowPrints target, co_await Read(sides_.target, sides_.target_scan));
    CO_ASSIGN_OR_RETURN(RowPrints source, co_await Read(sides_.source, sides_.source_scan));
    if (put_off_from_) target.erase(target.lower_bound(*put_off_from_), target.end());
    Judge(target, source, kind);
    source_before_ = std::move(source);
    target_before_ = std::move(target);
    last_kind_ = kind;
    last_look_ = looked;
    co_return absl::OkStatus();
  }

  Task<StatusOr<BarrierPass>> Pass(Barrier* barrier) {
    observer_->OnWait("replication has to pass before rows that differ can be judged");
    co_return co_await barrier->Pass(std::chrono::steady_clock::now() +
                                     ToChrono(options_.barrier_timeout));
  }

  void Judge(const RowPrints& target, const RowPrints& source, BarrierKind kind) {
    std::set<std::string_view> rows;
    const RowPrints* const all[] = {&source_before_, &target_before_, &target, &source};
    for (const RowPrints* prints : all) {
      for (const auto& [row, print] : *prints) rows.insert(row);
    }
    std::map<std::string, Open, std::less<>> still_open;
    for (const std::string_view row : rows) {
      if (judged_before_ && !open_.contains(row)) continue;
      SandwichLooks looks{PrintOf(source_before_, row),
                          barriers_.backward ? &PrintOf(target_before_, row) : nullptr,
                          PrintOf(target, row), PrintOf(source, row)};
      SandwichJudgement judgement = JudgeSandwich(looks);
      if (judgement.Settled()) continue;
      if (const auto before = open_.find(row); before != open_.end()) {
        if (const auto drift = Confirmed(before->second.differing, judgement.differing, looks)) {
          ConfirmedRow confirmed{row, *drift, std::max(kind, last_kind_), absl::Now()};
          observer_->OnDrift(confirmed);
          continue;
        }
      }
      still_open[std::string(row)].differing = std::move(judgement.differing);
    }
    open_ = std::move(still_open);
    judged_before_ = true;
  }

  static const RowPrint& PrintOf(const RowPrints& prints, std::string_view row) {
    static const RowPrint kNoRow;
    const auto it = prints.find(row);
    return it == prints.end() ? kNoRow : it->second;
  }

  // Before the first judgement all suspects; later those that are still open.
  Task<StatusOr<RowPrints>> Read(Cluster* cluster, ScanSpec scan) {
    PrintsRequest request;
    request.cluster = cluster;
    request.scan = std::move(scan);
    request.edges = sides_.edges;
    request.governor = sides_.governor;
    request.spans = SpansToRead();
    if (judged_before_) {
      // Fewer rows than fitted before: nothing is put off any more, so that nothing is judged
      // twice.
      request.wanted = [this](std::string_view row) { return open_.contains(row); };
      request.max_bytes = SIZE_MAX;
    } else {
      request.wanted = contains_;
      request.max_bytes = options_.max_bytes;
    }
    CO_ASSIGN_OR_RETURN(PrintsRead read, co_await ReadPrints(std::move(request)));
    if (read.stopped_before) PutOff(*read.stopped_before);
    co_return std::move(read.rows);
  }

  std::vector<KeyRange> SpansToRead() const {
    if (!judged_before_ || open_.size() > kRowsReadAlone) return spans_;
    std::vector<KeyRange> rows;
    for (const auto& [row, open] : open_) rows.push_back(OneRow(row));
    return rows;
  }

  // What lies at `row` and behind it is left to another batch.
  void PutOff(const std::string& row) {
    std::vector<KeyRange> kept, rest;
    for (KeyRange& span : spans_) {
      const bool before = span.start < row;
      const bool behind = span.stop.empty() || span.stop > row;
      if (behind) rest.push_back({std::max(span.start, row), span.stop});
      if (before) kept.push_back({std::move(span.start), behind ? row : std::move(span.stop)});
    }
    spans_ = std::move(kept);
    put_off_.insert(put_off_.begin(), rest.begin(), rest.end());
    put_off_from_ = row;
    source_before_.erase(source_before_.lower_bound(row), source_before_.end());
    target_before_.erase(target_before_.lower_bound(row), target_before_.end());
  }

  Task<void> Pause(int turn) {
    const absl::Duration wait = options_.between * (1 << std::clamp(turn - 2, 0, 4));
    const absl::Duration left = last_look_ + wait - absl::Now();
    if (left <= absl::ZeroDuration()) co_return;
    observer_->OnWait(fmt::format("{} rows that differ are looked at once more", open_.size()));
    co_await SleepUnlessStopped(sides_.governor, left);
  }

  void GiveUp(std::string_view why) {
    for (const auto& [row, open] : open_) observer_->OnUnknown(row, why);
    open_.clear();
  }

  ConfirmSides sides_;
  ConfirmBarriers barriers_;
  std::vector<KeyRange> spans_;
  std::function<bool(std::string_view)> contains_;
  ConfirmOptions options_;
  ConfirmObserver* observer_;
  std::vector<KeyRange> put_off_;
  std::optional<std::string> put_off_from_;
  RowPrints source_before_;
  RowPrints target_before_;
  std::map<std::string, Open, std::less<>> open_;
  bool judged_before_ = false;
  BarrierKind last_kind_ = BarrierKind::kPositionAndHeartbeat;
  absl::Time last_look_;
};

}  // namespace

Task<StatusOr<std::vector<KeyRange>>> ConfirmSuspects(ConfirmSides sides, ConfirmBarriers barriers,
                                                      ConfirmBatch batch, ConfirmOptions options,
                                                      ConfirmObserver* observer) {
  Confirmation confirmation(std::move(sides), barriers, std::move(batch), options, observer);
  co_return co_await confirmation.Run();
}

}  // namespace twinwatch
