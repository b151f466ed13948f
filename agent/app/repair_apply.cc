#include "agent/app/repair_apply.h"

#include <absl/time/clock.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "agent/app/barriers.h"
#include "agent/app/repair_check.h"
#include "agent/app/repair_memory.h"
#include "agent/app/repair_recorder.h"
#include "agent/core/bytes.h"
#include "verifier/repair/apply_copy.h"
#include "verifier/repair/apply_direct.h"
#include "verifier/repair/journal.h"

namespace twinwatch::app {
namespace {

constexpr std::chrono::minutes kSnapshotTime{5};
constexpr size_t kJobsAtOnce = 2;  // each is a JVM of its own, at least

uint64_t RowsOf(const RepairPlan& plan) {
  uint64_t rows = 0;
  for (const PlannedRange& range : plan.ranges) rows += range.drifted.size();
  return rows;
}

bool Deletes(const RepairPlan& plan) {
  for (const PlannedRange& range : plan.ranges) {
    for (const PlannedRow& row : range.drifted) {
      if (row.deletes) return true;
    }
  }
  return false;
}

const PlannedTable& TableOf(const RepairPlan& plan, const TableName& table) {
  return *std::find_if(plan.tables.begin(), plan.tables.end(),
                       [&table](const PlannedTable& planned) { return planned.table == table; });
}

// What a row and its writes take beside their bytes, about.
constexpr uint64_t kJournaledRow = 500;

Status CheckJournalSize(const ApplyRequest& request) {
  uint64_t bytes = request.plan_text.size();
  for (const PlannedRange& range : request.plan->ranges)
    bytes += range.journal_bytes + range.bytes + kJournaledRow * range.rows;
  if (bytes <= request.max_journal_bytes) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition,
               "the undo journal of this plan takes about {} bytes, and --max-journal allows {}: "
               "allow more, or plan fewer rows at a time",
               bytes, request.max_journal_bytes);
}

StatusOr<std::unique_ptr<Journal>> OpenJournal(const ApplyRequest& request) {
  StatusOr<std::unique_ptr<Journal>> journal =
      Journal::Open(request.journal_path, request.max_journal_bytes);
  if (!absl::IsNotFound(journal.status())) return journal;
  return Journal::Create(request.journal_path,
                         {request.plan_text, request.plan_digest, absl::Now()},
                         request.max_journal_bytes);
}

class Applying {
 public:
  Applying(RepairTools tools, ApplyRequest request)
      : tools_(tools),
        request_(std::move(request)),
        plan_(*request_.plan),
        recorder_(&outcome_, tools.observer, RowsOf(plan_), request_.bytes_per_second) {
    outcome_.dry_run = !request_.execute;
    outcome_.plan = request_.plan_digest;
  }

  Task<StatusOr<RepairOutcome>> Run() {
    CO_RETURN_IF_ERROR(CheckJournalSize(request_));
    if (request_.execute) {
      CO_RETURN_IF_ERROR(co_await OpenTheBarriers());
      CO_ASSIGN_OR_RETURN(journal_, OpenJournal(request_));
      outcome_.journal = journal_->path();
      CO_RETURN_IF_ERROR(co_await TakeSnapshots());
      CO_RETURN_IF_ERROR(co_await PassForDeletes());
    }
    CO_RETURN_IF_ERROR(co_await ApplyRanges());
    if (request_.execute) {
      tools_.observer->OnProgress(RowsOf(plan_), RowsOf(plan_), "looking at all rows again");
      const CheckParts check{tools_.link,
                             &plan_,
                             barriers_ ? &*barriers_ : nullptr,
                             tools_.ledger,
                             &recorder_.left(),
                             &recorder_.also_written()};
      CO_RETURN_IF_ERROR(co_await CheckRepaired(check, &outcome_));
    }
    co_return std::move(outcome_);
  }

 private:
  Task<Status> OpenTheBarriers() {
    RepairObserver* observer = tools_.observer;
    std::function<bool()> given_up = [observer] { return observer->GivenUp(); };
    StatusOr<Barriers> barriers =
        co_await OpenBarriers(tools_.executor, tools_.link, tools_.ledger, std::move(given_up));
    if (barriers.ok()) {
      barriers_ = *std::move(barriers);
    } else {
      no_barrier_ = std::string(Text(barriers.status()));
    }
    co_return absl::OkStatus();
  }

  // What the source had removed when this run began is removed on the target too by now, if
  // replication does it: whatever is there still is really left over.
  Task<Status> PassForDeletes() {
    if (!Deletes(plan_)) co_return absl::OkStatus();
    no_deletes_ = "cells are removed only behind a barrier, and there is none: " + no_barrier_;
    if (!barriers_) co_return absl::OkStatus();
    tools_.observer->OnProgress(0, RowsOf(plan_), "waiting for the barrier");
    const Deadline deadline = After(absl::ToChronoMilliseconds(request_.barrier_timeout));
    for (Barrier* barrier : {barriers_->forward.get(), barriers_->backward.get()}) {
      if (barrier == nullptr) continue;
      const StatusOr<BarrierPass> passed = co_await barrier->Pass(deadline);
      if (passed.ok()) continue;
      no_deletes_ = fmt::format("cells are removed only behind a barrier, and it did not come: {}",
                                Text(passed.status()));
      co_return absl::OkStatus();
    }
    co_return co_await RefuseWithRecoveredQueues();
  }

  Task<Status> RefuseWithRecoveredQueues() {
    no_deletes_.reset();
    const StatusOr<QueueReading> queues =
        co_await tools_.link->source->ReadQueues(tools_.link->peer->id);
    // Then the barrier was of heartbeats, which passes behind what dead servers left.
    if (absl::IsPermissionDenied(queues.status())) co_return absl::OkStatus();
    if (!queues.ok()) {
      no_deletes_ = fmt::format("whether a recovered queue is left cannot be told: {}",
                                Text(queues.status()));
      co_return absl::OkStatus();
    }
    for (const WalQueue& queue : queues->queues) {
      if (queue.IsOfLiveServer()) continue;
      no_deletes_ = fmt::format("the recovered queue {} is left: nothing is removed before it ends",
                                queue.queue_id);
    }
    co_return absl::OkStatus();
  }

  // The way out of a disaster, not the undo: restoring one loses what came later.
  Task<Status> TakeSnapshots() {
    std::set<TableName> written;
    for (const PlannedRange& range : plan_.ranges) written.insert(range.table);
    for (const TableName& table : written) {
      const std::string key = "snapshot of " + table.ToString();
      CO_ASSIGN_OR_RETURN(const std::string known, journal_->Noted(key));
      if (!known.empty()) {
        outcome_.snapshots.push_back(known);
        continue;
      }
      const std::string name = SnapshotName(table);
      tools_.observer->OnProgress(0, RowsOf(plan_), "taking a snapshot of " + table.ToString());
      const Status taken =
          co_await tools_.link->target->TakeSnapshot(table, name, After(kSnapshotTime));
      if (taken.ok() || absl::IsAlreadyExists(taken)) {
        CO_RETURN_IF_ERROR(journal_->Note(key, name));
        outcome_.snapshots.push_back(name);
        continue;
      }
      outcome_.notes.push_back(
          fmt::format("no snapshot of {} was taken: {}", table.ToString(), Text(taken)));
    }
    co_return absl::OkStatus();
  }

  std::string SnapshotName(const TableName& table) const {
    return fmt::format("twinwatch-{}-{}-{}", table.ns, table.qualifier,
                       DigestDigits(request_.plan_digest, 12));
  }

  ApplySides Sides() const {
    return {tools_.link->source.get(), tools_.link->target.get(), plan_.pair.source_id};
  }

  // Rows one by one first; then jobs, two at a time.
  Task<Status> ApplyRanges() {
    std::vector<size_t> copies;
    for (size_t i = 0; i < plan_.ranges.size(); ++i) {
      if (plan_.ranges[i].engine == RepairEngine::kCopyTable) {
        copies.push_back(i);
      } else {
        CO_RETURN_IF_ERROR(co_await WriteRange(plan_.ranges[i]));
      }
    }
    size_t next = 0;
    Status error;
    std::vector<Task<void>> workers;
    for (size_t i = 0; i < std::min(kJobsAtOnce, copies.size()); ++i)
      workers.push_back(CopyRanges(&copies, &next, &error));
    co_await RunAll(std::move(workers));
    co_return error;
  }

  Task<void> CopyRanges(const std::vector<size_t>* places, size_t* next, Status* error) {
    while (*next < places->size() && error->ok()) {
      const Status copied = co_await CopyRange((*places)[(*next)++]);
      if (error->ok()) *error = copied;
    }
  }

  Task<Status> WriteRange(PlannedRange range) {
    if (request_.execute) co_await tools_.observer->Pace(0);
    DirectParts parts;
    parts.sides = Sides();
    parts.table = TableOf(plan_, range.table);
    parts.options = plan_.options;
    parts.no_deletes = no_deletes_;
    parts.journal = journal_.get();
    parts.observer = &recorder_;
    co_return co_await ApplyDirect(std::move(parts), range);
  }

  Task<Status> CopyRange(size_t place) {
    const PlannedRange& range = plan_.ranges[place];
    if (!request_.execute) {
      PlannedRange listed = range;
      listed.drifted.clear();
      outcome_.copied.push_back(std::move(listed));
      outcome_.bytes += range.bytes;
      co_return absl::OkStatus();
    }
    if (tools_.copier == nullptr) {
      co_return Error(absl::StatusCode::kFailedPrecondition,
                      "the plan copies a range of {}, and no hbase command is configured",
                      range.table.ToString());
    }
    co_await tools_.observer->Pace(0);
    CopyParts parts;
    parts.sides = Sides();
    parts.copier = tools_.copier;
    parts.journal = journal_.get();
    parts.observer = &recorder_;
    parts.deadline = After(absl::ToChronoMilliseconds(request_.job_time));
    co_return co_await ApplyCopy(std::move(parts), place, range, &recorder_);
  }

  RepairTools tools_;
  ApplyRequest request_;
  const RepairPlan& plan_;
  RepairOutcome outcome_;
  RepairRecorder recorder_;
  std::unique_ptr<Journal> journal_;
  std::optional<Barriers> barriers_;
  std::string no_barrier_;
  std::optional<std::string> no_deletes_;
};

}  // namespace

std::string JournalPath(const std::string& storage_folder, const std::string& plan_digest) {
  return fmt::format("{}/journals/{}.journal", storage_folder, RepairName(plan_digest));
}

Task<StatusOr<RepairOutcome>> ApplyPlan(RepairTools tools, ApplyRequest request) {
  Applying applying(tools, std::move(request));
  co_return co_await applying.Run();
}

}  // namespace twinwatch::app
