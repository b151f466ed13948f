#include "tests/fakes/fake_copier.h"

namespace twinwatch::testing {
namespace {

using Rows = std::map<std::string, std::vector<Cell>>;

Task<StatusOr<Rows>> Read(FakeCluster* cluster, CopyRequest request) {
  ScanSpec spec;
  spec.table = request.table;
  spec.range = request.range;
  spec.families = request.families;
  spec.max_versions = request.versions;
  spec.since_ms = request.since_ms.value_or(0);
  spec.until_ms = request.until_ms;
  Rows rows;
  const std::unique_ptr<RowScanner> scanner = cluster->Scan(spec);
  while (true) {
    CO_ASSIGN_OR_RETURN(const CellBatch batch, co_await scanner->Next());
    for (const RowPiece& piece : batch.pieces) {
      std::vector<Cell>& row = rows[std::string(piece.row)];
      if (piece.starts) row.clear();
      for (size_t i = piece.first_cell; i < piece.end_cell; ++i) {
        row.push_back(ToCell(batch.cells[i]));
      }
    }
    if (batch.last) co_return rows;
  }
}

}  // namespace

Task<StatusOr<CopyOutcome>> FakeCopier::Copy(CopyRequest request, Deadline deadline,
                                             CopyObserver* observer) {
  const auto begun = std::chrono::steady_clock::now();
  copies.push_back(request);
  if (before_copy) before_copy();
  const auto tell = [&](double share) {
    const CopyProgress progress{share, application_id};
    if (observer != nullptr) observer->Progressed(progress);
  };
  const auto source = clusters.find(request.source_key);
  const auto target = clusters.find(request.target_key);
  if (source == clusters.end() || target == clusters.end()) {
    co_return Error(absl::StatusCode::kFailedPrecondition, "fake: no such cluster");
  }
  const Fate mine = fate_of ? fate_of(request) : fate;
  if (mine == Fate::kFails) {
    co_return Error(absl::StatusCode::kFailedPrecondition, "fake: the job failed");
  }
  tell(0);
  CO_ASSIGN_OR_RETURN(const Rows rows, co_await Read(source->second, request));
  const size_t wanted = mine == Fate::kDone ? rows.size() : rows.size() / 2;
  size_t written = 0;
  for (const auto& [row, cells] : rows) {
    if (written == wanted) break;
    CO_RETURN_IF_ERROR(co_await target->second->Write(request.target_table, cells));
    ++written;
    tell(static_cast<double>(written) / static_cast<double>(rows.size()));
  }
  switch (mine) {
    case Fate::kDone: {
      CopyOutcome outcome;
      outcome.rows_read = rows.size();
      outcome.log_path = "/fake/copytable-" + request.tag + ".log";
      outcome.took = std::chrono::duration_cast<std::chrono::milliseconds>(
          std::chrono::steady_clock::now() - begun);
      co_return outcome;
    }
    case Fate::kHangs:
      while (std::chrono::steady_clock::now() < deadline) {
        if (observer != nullptr && observer->GivenUp()) {
          co_return Error(absl::StatusCode::kCancelled, "fake: given up");
        }
        co_await SleepFor(std::chrono::milliseconds(1));
      }
      co_return Error(absl::StatusCode::kDeadlineExceeded, "fake: not done in time");
    case Fate::kMayStillRun:
      running_tags.insert(request.tag);
      co_return Error(absl::StatusCode::kUnknown, "fake: it may still run");
    case Fate::kFails:
    case Fate::kDiesHalfWay:
      break;
  }
  co_return Error(absl::StatusCode::kFailedPrecondition, "fake: the job died half way");
}

Task<Status> FakeCopier::EndLeftOver(std::string tag, Deadline) {
  ended_tags.push_back(tag);
  if (left_over.ok()) running_tags.erase(tag);
  co_return left_over;
}

}  // namespace twinwatch::testing
