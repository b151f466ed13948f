#include "agent/cli/link_looker.h"

#include <absl/time/clock.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "agent/app/ledger_values.h"
#include "agent/app/measure_lag.h"
#include "agent/app/run_recorder.h"
#include "probes/replication/collector.h"
#include "probes/replication/rules/hfile_refs.h"

namespace twinwatch::cli {
namespace {

// Of one look, at bulk-loaded files that wait: what was not learnt is not known.
constexpr std::chrono::seconds kPatienceForRefs{5};
constexpr std::chrono::seconds kPatienceForFolders{15};

// What the ledger knows of the link's tables; nothing where there is none, or nothing of this pair.
StatusOr<std::vector<TableMarks>> Remembered(const std::string& path, const std::string& source_id,
                                             const std::string& target_name) {
  std::vector<TableMarks> tables;
  const auto ledger = ledger::Ledger::Open(path, ledger::OpenMode::kExisting);
  if (absl::IsNotFound(ledger.status())) return tables;
  if (!ledger.ok()) return ledger.status();
  ASSIGN_OR_RETURN(const std::vector<ledger::Pair> pairs, (*ledger)->Pairs());
  for (const ledger::Pair& pair : pairs) {
    if (pair.source_id != source_id || pair.target_name != target_name) continue;
    ASSIGN_OR_RETURN(const auto marks, app::MarksOf(ledger->get(), pair.id));
    for (const auto& [table, of_table] : marks) tables.push_back(of_table);
  }
  return tables;
}

}  // namespace

// As the ledger has it, if it is that of this peer.
std::optional<absl::Time> LinkLooker::Watermark(const QueueReading& queues) const {
  const auto kept = app::KeptWatermark(ledger_path_, source_id_, link_->peer->id);
  if (!kept.ok() || !*kept || !queues.peer_stamp) return std::nullopt;
  if ((*kept)->peer_created != queues.peer_stamp->created) return std::nullopt;
  return (*kept)->at;
}

Task<Status> LinkLooker::Begin() {
  CO_ASSIGN_OR_RETURN(link_, co_await app::OpenLink(executor_, spec_, app::Sides::kSourceOnly));
  CO_ASSIGN_OR_RETURN(
      LinkReading first,
      co_await ReadLink(link_->source.get(), link_->source_wals.get(), link_->peer->id));
  CO_ASSIGN_OR_RETURN(const ClusterInfo info, co_await link_->source->Describe());
  source_id_ = info.cluster_id;
  HFileAuditParts parts = app::HFileAuditPartsOf(*link_);
  parts.apart = std::min(parts.apart, apart_);
  parts.for_refs = kPatienceForRefs;
  parts.for_folders = kPatienceForFolders;
  hfiles_ = std::make_unique<HFileAudit>(std::move(parts));
  if (first.queues.hfile_refs > 0) {
    const std::optional<absl::Time> watermark = Watermark(first.queues);
    co_await hfiles_->Turn(watermark, absl::Now());
  }
  last_ = std::move(first);
  co_await SleepFor(absl::ToChronoMilliseconds(apart_));
  co_return absl::OkStatus();
}

Task<StatusOr<LinkSnapshot>> LinkLooker::LookOn() {
  if (!last_) CO_RETURN_IF_ERROR(co_await Begin());
  CO_ASSIGN_OR_RETURN(
      LinkReading now,
      co_await ReadLink(link_->source.get(), link_->source_wals.get(), link_->peer->id));
  const std::optional<absl::Time> watermark = Watermark(now.queues);
  if (now.queues.hfile_refs > 0) co_await hfiles_->Turn(watermark, absl::Now());
  LinkSnapshot snapshot;
  snapshot.status = JudgeReadings(*last_, now, link_->peer->id, link_->sleep_for_retries);
  AddHFiles(hfiles_->findings(), &snapshot.status);
  if (!link_->source_wals) snapshot.status.lengths_unknown = link_->why_no_source_wals;
  snapshot.status.link = link_->name;
  snapshot.status.source = link_->source->name();
  snapshot.status.target = link_->target_name;
  snapshot.status.watermark = watermark;
  StatusOr<std::vector<TableMarks>> tables =
      Remembered(ledger_path_, source_id_, link_->target_name);
  // A ledger that cannot be read hides no queue.
  forgotten_ = tables.status();
  if (tables.ok()) snapshot.tables = *std::move(tables);
  last_ = std::move(now);
  co_return snapshot;
}

Task<StatusOr<LinkSnapshot>> LinkLooker::Look() {
  StatusOr<LinkSnapshot> snapshot = co_await LookOn();
  if (snapshot.ok()) co_return snapshot;
  last_.reset();
  hfiles_.reset();
  link_.reset();
  co_return spec_.name.empty() ? snapshot.status() : Annotate(snapshot.status(), spec_.name);
}

}  // namespace twinwatch::cli
