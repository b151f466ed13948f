#include "probes/replication/replication_barrier.h"

#include <algorithm>
#include <set>
#include <utility>

#include "probes/replication/heartbeat_table.h"
#include "probes/replication/heartbeats_barrier.h"
#include "probes/replication/position_barrier.h"
#include "probes/replication/rules/barrier_goal.h"
#include "probes/replication/source_epochs.h"

namespace twinwatch {
namespace {

// OK when the heartbeat table is there on both sides and travels.
Task<Status> HeartbeatsWork(const BarrierParts* parts) {
  CO_RETURN_IF_ERROR(
      CheckHeartbeatPeer(parts->peer, parts->heartbeat_table, parts->source->name()));
  CO_ASSIGN_OR_RETURN(const TableDescriptor source,
                      co_await parts->source->Table(parts->heartbeat_table));
  CO_RETURN_IF_ERROR(CheckHeartbeatTable(source, parts->source->name()));
  CO_ASSIGN_OR_RETURN(const TableDescriptor target,
                      co_await parts->target->Table(parts->heartbeat_table));
  co_return absl::OkStatus();
}

// OK when the length of some queued WAL can be had; which WAL does not matter.
Task<Status> LengthsWork(const BarrierParts* parts, const QueueReading* reading) {
  if (parts->wals == nullptr) co_return absl::NotFoundError(ToAbsl(parts->no_wals));
  Status error = absl::OkStatus();
  for (const WalQueue& queue : reading->queues) {
    for (const QueuedWal& wal : queue.wals) {
      const StatusOr<WalFile> file = co_await parts->wals->Measure(wal.name);
      if (file.ok()) co_return absl::OkStatus();
      error = file.status();
    }
  }
  co_return error;
}

Task<StatusOr<std::shared_ptr<HeartbeatWriter>>> MakeWriter(const BarrierParts* parts) {
  CO_ASSIGN_OR_RETURN(const ClusterInfo info, co_await parts->source->Describe());
  co_return std::make_shared<HeartbeatWriter>(parts->source, parts->heartbeat_table,
                                              info.cluster_id, parts->writer_id);
}

// `closed` says that ZooKeeper does not show the queues.
Task<StatusOr<std::unique_ptr<Barrier>>> OpenClosed(BarrierParts parts, Status closed) {
  const Status heartbeats = co_await HeartbeatsWork(&parts);
  if (!heartbeats.ok()) {
    co_return Error(absl::StatusCode::kNotFound,
                    "nothing can prove that replication has passed: {}, and there are no "
                    "heartbeats ({}; see twinwatch heartbeat init)",
                    Text(closed), Text(heartbeats));
  }
  if (parts.has_wal_groups) {
    co_return Error(absl::StatusCode::kNotFound,
                    "region servers write to several WAL groups, of which heartbeats prove "
                    "nothing, and {}",
                    Text(closed));
  }
  std::unique_ptr<SourceEpochs> epochs =
      NewMasterEpochs(parts.source, parts.peer.id, parts.members);
  // What else is wrong may pass; and the time in which servers must report has begun.
  const StatusOr<SourceLook> look = co_await epochs->Look();
  if (absl::IsPermissionDenied(look.status())) {
    co_return Error(absl::StatusCode::kPermissionDenied,
                    "{}; and the master does not tell us instead: {}", Text(closed),
                    Text(look.status()));
  }
  CO_ASSIGN_OR_RETURN(std::shared_ptr<HeartbeatWriter> writer, co_await MakeWriter(&parts));
  co_return NewHeartbeatsBarrier(std::move(parts), std::move(epochs), std::move(writer));
}

}  // namespace

Status BarrierParts::CheckWanted() const {
  if (!given_up || !given_up()) return absl::OkStatus();
  return absl::CancelledError("the verification was stopped before replication had passed");
}

Task<StatusOr<std::unique_ptr<Barrier>>> OpenBarrier(BarrierParts parts) {
  const StatusOr<QueueReading> read = co_await parts.source->ReadQueues(parts.peer.id);
  if (absl::IsPermissionDenied(read.status()))
    co_return co_await OpenClosed(std::move(parts), read.status());
  CO_RETURN_IF_ERROR(read.status());
  const QueueReading& reading = *read;
  const Status heartbeats = co_await HeartbeatsWork(&parts);
  const Status lengths = co_await LengthsWork(&parts, &reading);
  std::shared_ptr<HeartbeatWriter> writer;
  if (heartbeats.ok()) {
    CO_ASSIGN_OR_RETURN(writer, co_await MakeWriter(&parts));
  }
  if (lengths.ok()) co_return NewPositionBarrier(parts, std::move(writer));
  if (!heartbeats.ok()) {
    co_return Error(absl::StatusCode::kNotFound,
                    "nothing can prove that replication has passed: the lengths of WALs cannot be "
                    "read ({}), and there are no heartbeats ({}; see twinwatch heartbeat init)",
                    Text(lengths), Text(heartbeats));
  }
  if (HasSeveralGroups(reading)) {
    co_return Error(absl::StatusCode::kNotFound,
                    "region servers write to several WAL groups, of which heartbeats prove "
                    "nothing, and the lengths of WALs cannot be read ({})",
                    Text(lengths));
  }
  std::unique_ptr<SourceEpochs> epochs = NewQueueEpochs(parts.source, parts.peer.id);
  co_return NewHeartbeatsBarrier(std::move(parts), std::move(epochs), std::move(writer));
}

}  // namespace twinwatch
