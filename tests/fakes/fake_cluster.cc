#include "tests/fakes/fake_cluster.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "tests/fakes/stored_row.h"

namespace twinwatch::testing {
namespace {

// Serves a copy of the rows as they were when the scan began.
class FakeScanner : public RowScanner {
 public:
  FakeScanner(FakeCluster* cluster, std::vector<Cell> cells, std::vector<RegionLocation> regions,
              bool cell_tags)
      : cluster_(cluster), regions_(std::move(regions)), cell_tags_(cell_tags) {
    cells_ = std::make_shared<std::vector<Cell>>(std::move(cells));
  }

  Task<StatusOr<CellBatch>> Next() override {
    if (cluster_->yields) co_await SleepFor(std::chrono::milliseconds(0));
    CellBatch batch;
    batch.owner = cells_;
    batch.answered_in = cluster_->answers_in;
    batch.server = ServerAt(at_ < cells_->size() ? (*cells_)[at_].row : std::string());
    gave_empty_ = cluster_->empty_batches && !gave_empty_;
    if (gave_empty_) co_return batch;
    while (at_ < cells_->size() && batch.cells.size() < cluster_->cells_per_batch) {
      const Cell& cell = (*cells_)[at_];
      if (!batch.cells.empty() && ServerAt(cell.row) != batch.server) break;
      if (cluster_->fails_at_row && cell.row >= *cluster_->fails_at_row) {
        co_return absl::UnavailableError("the fake was told to fail");
      }
      AddCell(cell, &batch);
      ++at_;
      if (InMiddleOfRow() && batch.cells.size() == cluster_->cells_per_batch &&
          cluster_->lost_rows.erase(cell.row) > 0) {
        while (at_ > 0 && (*cells_)[at_ - 1].row == cell.row) --at_;
        break;
      }
    }
    batch.last = at_ == cells_->size();
    co_return batch;
  }

 private:
  ServerName ServerAt(const std::string& row) const {
    for (const RegionLocation& region : regions_) {
      if (region.range.Contains(row)) return region.server;
    }
    return {};
  }

  bool InMiddleOfRow() const {
    return at_ < cells_->size() && (*cells_)[at_].row == (*cells_)[at_ - 1].row;
  }

  void AddCell(const Cell& cell, CellBatch* batch) {
    const bool starts = at_ == 0 || (*cells_)[at_ - 1].row != cell.row;
    const bool ends = at_ + 1 == cells_->size() || (*cells_)[at_ + 1].row != cell.row;
    if (starts || batch->pieces.empty()) {
      batch->pieces.push_back({cell.row, batch->cells.size(), batch->cells.size(), starts, false});
    }
    batch->cells.push_back(
        {cell.row, cell.family, cell.qualifier, cell.timestamp_ms, cell.type, cell.value});
    if (cell_tags_) {
      CellTags& tags = batch->cell_tags.emplace_back();
      const auto ttl = cluster_->cell_ttls_ms.find({cell.row, cell.qualifier});
      if (ttl != cluster_->cell_ttls_ms.end()) tags.ttl_ms = ttl->second;
      tags.secured = cluster_->cell_secured.contains({cell.row, cell.qualifier});
    }
    batch->bytes += batch->cells.back().WireSize();
    batch->pieces.back().end_cell = batch->cells.size();
    batch->pieces.back().ends = ends;
  }

  FakeCluster* cluster_;
  std::vector<RegionLocation> regions_;
  bool cell_tags_;
  std::shared_ptr<std::vector<Cell>> cells_;
  size_t at_ = 0;
  bool gave_empty_ = false;
};

}  // namespace

FakeCluster::FakeTable& FakeCluster::AddTable(const std::string& name,
                                              std::vector<std::string> borders) {
  const TableName table = *TableName::Parse(name);
  FakeTable& fake = tables[table];
  fake.descriptor.table = table;
  FamilyDescriptor family;
  family.name = "f";
  family.scope = 1;
  fake.descriptor.families.push_back(std::move(family));
  fake.borders = std::move(borders);
  return fake;
}

void FakeCluster::Put(const std::string& table, const std::string& row,
                      const std::string& qualifier, uint64_t timestamp_ms,
                      const std::string& value) {
  std::vector<Cell>& cells = tables.at(*TableName::Parse(table)).rows[row];
  std::erase_if(cells, [&](const Cell& c) { return c.qualifier == qualifier; });
  cells.push_back({row, "f", qualifier, timestamp_ms, CellType::kPut, value});
  std::sort(cells.begin(), cells.end(),
            [](const Cell& a, const Cell& b) { return a.qualifier < b.qualifier; });
}

void FakeCluster::Store(const std::string& table, const std::string& row,
                        const std::string& qualifier, uint64_t timestamp_ms, CellType type,
                        const std::string& value) {
  tables.at(*TableName::Parse(table))
      .rows[row]
      .push_back({row, "f", qualifier, timestamp_ms, type, value});
}

Status FakeCluster::NoTable(const TableName& table) const {
  return Error(absl::StatusCode::kNotFound, "{} has no table {}", name_, table.ToString());
}

Task<StatusOr<TableDescriptor>> FakeCluster::Table(TableName table) {
  if (!tables.contains(table)) co_return NoTable(table);
  if (hides_descriptors) co_return absl::PermissionDeniedError(name_ + ": AccessDeniedException");
  co_return tables.at(table).descriptor;
}

Task<StatusOr<std::vector<TableDescriptor>>> FakeCluster::Tables() {
  std::vector<TableDescriptor> all;
  for (const auto& [name, table] : tables) all.push_back(table.descriptor);
  co_return all;
}

Task<StatusOr<std::vector<RegionLocation>>> FakeCluster::Regions(TableName table) {
  if (!tables.contains(table)) co_return NoTable(table);
  co_return RegionsOf(tables.at(table));
}

std::vector<RegionLocation> FakeCluster::RegionsOf(const FakeTable& table) const {
  std::vector<RegionLocation> regions;
  for (const KeyRange& range : CutAt({"", ""}, table.borders)) {
    const size_t i = regions.size();
    RegionLocation& region = regions.emplace_back();
    region.range = range;
    region.server = i < table.hosts.size() ? table.hosts[i] : ServerName{"fake", 1, 1};
    region.region_name = table.descriptor.table.ToString() + "," + range.start;
  }
  return regions;
}

Task<StatusOr<std::map<std::string, uint64_t>>> FakeCluster::RegionSizes(TableName table) {
  if (!tables.contains(table)) co_return NoTable(table);
  std::map<std::string, uint64_t> sizes;
  for (const auto& [start, bytes] : tables.at(table).bytes_of_region)
    sizes[table.ToString() + "," + start] = bytes;
  co_return sizes;
}

std::unique_ptr<RowScanner> FakeCluster::Scan(ScanSpec spec) {
  ++scans;
  if (before_scan) before_scan();
  std::vector<Cell> cells;
  const FakeTable& table = tables.at(spec.table);
  uint32_t rows = 0;
  for (auto row = table.rows.lower_bound(spec.range.start);
       row != table.rows.end() && spec.range.Contains(row->first); ++row) {
    std::vector<Cell> shown = ShownOf(row->second, spec, table.descriptor);
    if (shown.empty()) continue;
    std::move(shown.begin(), shown.end(), std::back_inserter(cells));
    if (++rows == spec.limit_rows) break;
  }
  return std::make_unique<FakeScanner>(this, std::move(cells), RegionsOf(table), spec.cell_tags);
}

Task<StatusOr<std::vector<Cell>>> FakeCluster::Get(TableName table, std::string row) {
  if (!tables.contains(table)) co_return NoTable(table);
  const Rows& rows = tables.at(table).rows;
  const auto it = rows.find(row);
  if (it == rows.end()) co_return std::vector<Cell>();
  co_return ShownOf(it->second, {}, tables.at(table).descriptor);
}

Task<Status> FakeCluster::Write(TableName table, std::vector<Cell> cells) {
  if (!tables.contains(table)) co_return NoTable(table);
  for (const Cell& cell : cells)
    Put(table.ToString(), cell.row, cell.qualifier, cell.timestamp_ms, cell.value);
  co_return absl::OkStatus();
}

bool FakeCluster::GuardHolds(const FakeTable& table, const std::string& row,
                             const CellGuard& guard) const {
  const auto stored = table.rows.find(row);
  if (stored == table.rows.end()) return guard.value.value_or("").empty();
  ScanSpec spec;
  spec.families = {guard.family};
  spec.since_ms = guard.or_older ? 0 : guard.timestamp_ms;
  spec.until_ms = guard.timestamp_ms + 1;
  std::string seen;
  for (const Cell& cell : ShownOf(stored->second, spec, table.descriptor)) {
    if (cell.qualifier == guard.qualifier) seen = cell.value;
  }
  return seen == guard.value.value_or("");
}

GuardedOutcome FakeCluster::WriteIfGuardHolds(FakeTable* table, const GuardedWrite& write) {
  const Cell& cell = write.cell;
  if (!GuardHolds(*table, cell.row, write.guard)) return GuardedOutcome::kGuardFailed;
  std::vector<Cell>& row = table->rows[cell.row];
  std::erase_if(
      row, [&cell](const Cell& other) { return CompareInRow(ToView(other), ToView(cell)) == 0; });
  row.push_back(cell);
  if (write.ttl_ms) cell_ttls_ms[{cell.row, cell.qualifier}] = *write.ttl_ms;
  return GuardedOutcome::kWritten;
}

Task<std::vector<StatusOr<GuardedOutcome>>> FakeCluster::WriteGuarded(
    TableName table, std::vector<GuardedWrite> writes, std::string origin) {
  std::vector<StatusOr<GuardedOutcome>> outcomes;
  for (const GuardedWrite& write : writes) {
    Status fate = before_guarded_write ? before_guarded_write(write) : absl::OkStatus();
    if (fate.ok() && !tables.contains(table)) fate = NoTable(table);
    if (!fate.ok()) {
      outcomes.push_back(std::move(fate));
      continue;
    }
    FakeTable& fake = tables.at(table);
    guarded_writes.emplace_back(write, origin);
    if (loses_answers_of.erase(write.cell.row) > 0) WriteIfGuardHolds(&fake, write);
    outcomes.push_back(WriteIfGuardHolds(&fake, write));
    if (after_guarded_write) {
      fate = after_guarded_write(write);
      if (!fate.ok()) outcomes.back() = std::move(fate);
    }
  }
  co_return outcomes;
}

Task<Status> FakeCluster::FlushAndCompact(TableName table, std::string row, Deadline) {
  if (before_compaction) CO_RETURN_IF_ERROR(before_compaction(row));
  if (!tables.contains(table)) co_return NoTable(table);
  compacted_rows.push_back(row);
  if (keeps_markers) co_return absl::OkStatus();
  FakeTable& fake = tables.at(table);
  ScanSpec kept;
  kept.max_versions = kAllVersions;
  for (const RegionLocation& region : RegionsOf(fake)) {
    if (!region.range.Contains(row)) continue;
    for (auto& [key, cells] : fake.rows) {
      if (region.range.Contains(key)) cells = ShownOf(std::move(cells), kept, fake.descriptor);
    }
  }
  std::erase_if(fake.rows, [](const auto& entry) { return entry.second.empty(); });
  co_return absl::OkStatus();
}

Task<Status> FakeCluster::TakeSnapshot(TableName table, std::string name, Deadline) {
  CO_RETURN_IF_ERROR(snapshot_status);
  if (!tables.contains(table)) co_return NoTable(table);
  if (!snapshots.emplace(name, std::move(table)).second) {
    co_return Error(absl::StatusCode::kAlreadyExists, "{} has a snapshot {}", name_, name);
  }
  co_return absl::OkStatus();
}

Task<Status> FakeCluster::WriteAt(TableName table, RegionLocation where, Cell cell) {
  if (before_write_at) CO_RETURN_IF_ERROR(before_write_at(where));
  if (!tables.contains(table)) co_return NoTable(table);
  FakeTable& fake = tables.at(table);
  const std::vector<RegionLocation> regions = RegionsOf(fake);
  const bool there = std::any_of(regions.begin(), regions.end(), [&](const RegionLocation& region) {
    return region.range == where.range && region.server == where.server &&
           region.range.Contains(cell.row);
  });
  const std::vector<ServerName>& live = info.live_servers;
  const bool alive =
      live.empty() || std::find(live.begin(), live.end(), where.server) != live.end();
  if (!there || !alive) {
    co_return Error(absl::StatusCode::kAborted, "{}: this region is not here",
                    where.server.ToString());
  }
  std::vector<Cell>& row = fake.rows[cell.row];
  row = {std::move(cell)};
  co_return absl::OkStatus();
}

Task<Status> FakeCluster::CreateTable(TableDescriptor table, std::vector<std::string> splits) {
  if (tables.contains(table.table)) {
    co_return Error(absl::StatusCode::kAlreadyExists, "{} has a table {}", name_,
                    table.table.ToString());
  }
  FakeTable& fake = tables[table.table];
  fake.descriptor = std::move(table);
  fake.borders = std::move(splits);
  for (size_t i = 0; !info.live_servers.empty() && i <= fake.borders.size(); ++i) {
    fake.hosts.push_back(info.live_servers[i % info.live_servers.size()]);
  }
  co_return absl::OkStatus();
}

Task<Status> FakeCluster::DropTable(TableName table) {
  if (tables.erase(table) == 0) co_return NoTable(table);
  co_return absl::OkStatus();
}

}  // namespace twinwatch::testing
