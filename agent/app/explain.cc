#include "agent/app/explain.h"

#include <algorithm>
#include <string>
#include <utility>

#include "verifier/cause/cause.h"

namespace twinwatch::app {
namespace {

constexpr size_t kMaxRead = 100;
constexpr uint32_t kRowsNearby = 50;
constexpr size_t kMaxCells = 1000;
constexpr size_t kMaxBytes = size_t{1} << 20;

// What a scan of a row, or of some, shows, with the TTL of each cell; none when it cannot be read
// or is too large.
Task<std::optional<std::vector<TaggedCell>>> StoredCells(Cluster* cluster, ScanSpec spec) {
  spec.cell_tags = true;
  const bool one_row = IsOneRow(spec.range);
  const std::unique_ptr<RowScanner> scanner = cluster->Scan(std::move(spec));
  std::vector<TaggedCell> cells;
  size_t bytes = 0;
  for (bool last = false; !last;) {
    const StatusOr<CellBatch> batch = co_await scanner->Next();
    if (!batch.ok()) co_return std::nullopt;
    for (const RowPiece& piece : batch->pieces) {
      if (piece.starts && one_row) cells.clear();
    }
    bytes += batch->bytes;
    if (cells.size() + batch->cells.size() > kMaxCells || bytes > kMaxBytes) co_return std::nullopt;
    for (size_t i = 0; i < batch->cells.size(); ++i) {
      cells.push_back({ToCell(batch->cells[i]), batch->cell_tags[i].ttl_ms});
    }
    last = batch->last;
  }
  co_return cells;
}

bool Holds(const std::vector<TaggedCell>& cells, const Cell& cell) {
  return std::any_of(cells.begin(), cells.end(),
                     [&cell](const TaggedCell& other) { return other.cell == cell; });
}

// The cells of one side that the other does not show in the same way.
std::vector<TaggedCell> OnlyIn(const std::vector<TaggedCell>& here,
                               const std::vector<TaggedCell>& there) {
  std::vector<TaggedCell> only;
  for (const TaggedCell& cell : here) {
    if (!Holds(there, cell.cell)) only.push_back(cell);
  }
  return only;
}

// What is known of a row that differs before anything of it is read.
DriftCase CaseOf(const Link& link, const TablePlan& plan, const Finding& finding) {
  DriftCase drift;
  drift.source_table = plan.source_descriptor;
  drift.target_table = plan.target_descriptor;
  drift.peer = link.peer;
  drift.peer_created = link.history.peer_created;
  drift.peer_history = link.history.peer;
  drift.lost_wals = link.history.lost_wals;
  drift.drift_class = finding.drift_class;
  drift.families = plan.pair.families;
  drift.differing = finding.differing;
  return drift;
}

// Tells `drift` the cells of the row, where they can be read.
Task<void> ReadRow(const TablePlan* plan, std::string row_key, DriftCase* drift) {
  const KeyRange row = OneRow(row_key);
  const ScanSpec source = plan->pair.SourceScan(row);
  const ScanSpec target = plan->pair.TargetScan(row);
  const auto source_cells = co_await StoredCells(plan->pair.source, source);
  if (!source_cells) co_return;
  const auto target_cells = co_await StoredCells(plan->pair.target, target);
  if (!target_cells) co_return;
  drift->families.clear();
  drift->differing = {};
  drift->source_cells = OnlyIn(*source_cells, *target_cells);
  drift->target_cells = OnlyIn(*target_cells, *source_cells);
  TablePair everything = plan->pair;
  everything.since_ms = 0;
  everything.until_ms.reset();
  const ScanSpec source_raw = everything.SourceScan(row, View::kRaw);
  const ScanSpec target_raw = everything.TargetScan(row, View::kRaw);
  drift->source_raw = co_await StoredCells(plan->pair.source, source_raw);
  drift->target_raw = co_await StoredCells(plan->pair.target, target_raw);
}

struct Nearby {
  std::vector<TaggedCell> source;
  std::vector<TaggedCell> target;
};

// Some rows of the source from this one on, and the same of the target.
Task<Nearby> ReadNearby(const TablePlan* plan, std::string row) {
  Nearby nearby;
  ScanSpec source = plan->pair.SourceScan({std::move(row), ""});
  source.limit_rows = kRowsNearby;
  auto cells = co_await StoredCells(plan->pair.source, source);
  if (!cells || cells->empty()) co_return nearby;
  nearby.source = *std::move(cells);
  const KeyRange same{nearby.source.front().cell.row, NextKey(nearby.source.back().cell.row)};
  const ScanSpec target = plan->pair.TargetScan(same);
  auto target_cells = co_await StoredCells(plan->pair.target, target);
  if (target_cells) nearby.target = *std::move(target_cells);
  co_return nearby;
}

}  // namespace

Task<void> Explain(const Link* link, const TablePlan* plan, std::vector<Finding>* findings) {
  size_t rows_read = 0;
  std::optional<Nearby> nearby;  // read once for all rows that need it
  for (Finding& finding : *findings) {
    const bool wanted = finding.table == plan->pair.source_table && plan->replicates &&
                        finding.confirmed_by && finding.drift_class != DriftClass::kMarks;
    if (!wanted) continue;
    DriftCase drift = CaseOf(*link, *plan, finding);
    if (rows_read++ < kMaxRead) co_await ReadRow(plan, finding.row, &drift);
    std::vector<Cause> causes = LikelyCauses(drift);
    if (!causes.empty() && causes.front().kind == CauseKind::kWrittenAtTarget) {
      if (!nearby) nearby = co_await ReadNearby(plan, finding.row);
      drift.source_nearby = nearby->source;
      drift.target_nearby = nearby->target;
      causes = LikelyCauses(drift);
    }
    if (causes.empty()) continue;
    finding.cause = causes.front().cause;
    finding.evidence = causes.front().evidence;
  }
}

}  // namespace twinwatch::app
