#include "verifier/repair/export_undo.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <utility>

#include "verifier/export/export_folder.h"
#include "verifier/repair/row_edits.h"

namespace twinwatch {
namespace {

bool IsWritten(const JournaledRow& row) {
  return row.state != RowState::kSkipped && row.state != RowState::kUndone && !row.writes.empty();
}

// The folders that are being written, by table.
class Folders {
 public:
  explicit Folders(const UndoExport* request) : request_(*request) {}

  Status Add(const JournaledRow& row) {
    auto folder = folders_.find(row.table);
    if (folder == folders_.end()) {
      export_form::Origin origin;
      origin.table = row.table;
      origin.cluster = request_.cluster;
      origin.what = "What a reader saw before a repair by Twinwatch, in the columns that it wrote.";
      origin.replicates_onward = request_.replicates_onward;
      ASSIGN_OR_RETURN(export_form::ExportFolder made,
                       export_form::ExportFolder::Create(PathOf(row.table), std::move(origin)));
      folder = folders_.emplace(row.table, std::move(made)).first;
    }
    for (const CellToImport& cell : CellsToImport(row))
      RETURN_IF_ERROR(folder->second.Append(ToView(cell.cell), cell.ttl_ms));
    return absl::OkStatus();
  }

  StatusOr<std::vector<ExportedTable>> Finish() {
    std::vector<ExportedTable> exported;
    for (auto& [table, folder] : folders_) {
      ASSIGN_OR_RETURN(const export_form::Totals totals, folder.Finish(request_.now));
      exported.push_back({table, PathOf(table), totals.cells});
    }
    return exported;
  }

 private:
  std::string PathOf(const TableName& table) const {
    return request_.folder + "/" + export_form::FolderName(table);
  }

  const UndoExport& request_;
  std::map<TableName, export_form::ExportFolder> folders_;
};

}  // namespace

std::vector<CellToImport> CellsToImport(const JournaledRow& row) {
  const ImageIndex before(row.before);
  const std::set<ColumnName> columns = WrittenColumns(row.writes);
  std::vector<CellToImport> cells;
  for (const GuardedWrite& write : row.writes) {
    if (write.cell.type != CellType::kPut) continue;
    if (before.LivePut(ToView(write.cell)) != nullptr) continue;
    Cell marker = write.cell;
    marker.type = CellType::kDelete;
    marker.value.clear();
    cells.push_back({std::move(marker), std::nullopt});
  }
  for (const StoredCell& stored : row.before) {
    if (stored.seen && columns.contains(ColumnOf(ToView(stored.cell))))
      cells.push_back({stored.cell, stored.tags.ttl_ms});
  }
  return cells;
}

StatusOr<std::vector<ExportedTable>> ExportUndo(Journal* journal, const UndoExport& request) {
  ASSIGN_OR_RETURN(const bool unfinished, journal->HasUnfinishedCopy());
  if (unfinished) {
    return Error(absl::StatusCode::kFailedPrecondition,
                 "a CopyTable job of this repair was broken off, and what it wrote is not in the "
                 "journal {}: undo it with --execute, or apply its plan again first",
                 journal->path());
  }
  if (mkdir(request.folder.c_str(), 0700) != 0) {
    return Error(absl::StatusCode::kFailedPrecondition, "{} cannot be made: {}", request.folder,
                 std::strerror(errno));
  }
  Folders folders(&request);
  int64_t last = INT64_MAX;
  while (true) {
    ASSIGN_OR_RETURN(const std::optional<JournaledRow> row, journal->Before(last));
    if (!row) break;
    last = row->id;
    if (IsWritten(*row)) RETURN_IF_ERROR(folders.Add(*row));
  }
  return folders.Finish();
}

}  // namespace twinwatch
