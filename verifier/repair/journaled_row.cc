#include "verifier/repair/journaled_row.h"

#include <array>
#include <optional>
#include <utility>

namespace twinwatch {
namespace {

using ledger::Database;
using ledger::Statement;

constexpr std::array<std::string_view, 5> kRowStates = {"intended", "written", "partly", "skipped",
                                                        "undone"};

// Timestamps are unsigned in HBase's cells only in name; SQLite's numbers are signed too.
int64_t Column(uint64_t number) { return static_cast<int64_t>(number); }
uint64_t Number(int64_t column) { return static_cast<uint64_t>(column); }

std::optional<int64_t> MaybeColumn(const std::optional<uint64_t>& number) {
  if (!number) return std::nullopt;
  return Column(*number);
}

std::optional<uint64_t> MaybeNumber(const std::optional<int64_t>& column) {
  if (!column) return std::nullopt;
  return Number(*column);
}

StatusOr<CellType> TypeOf(int64_t column, const std::string& path) {
  for (const CellType type : {CellType::kPut, CellType::kDelete, CellType::kDeleteFamilyVersion,
                              CellType::kDeleteColumn, CellType::kDeleteFamily}) {
    if (static_cast<int64_t>(type) == column) return type;
  }
  return Error(absl::StatusCode::kDataLoss, "the journal {} holds a cell of type {}", path, column);
}

StatusOr<Cell> CellAt(const Statement& select, const std::string& row, int first) {
  Cell cell;
  cell.row = row;
  cell.family = select.BytesAt(first);
  cell.qualifier = select.BytesAt(first + 1);
  cell.timestamp_ms = Number(select.IntAt(first + 2));
  ASSIGN_OR_RETURN(cell.type, TypeOf(select.IntAt(first + 3), select.path()));
  cell.value = select.BytesAt(first + 4);
  return cell;
}

Status AddCells(Database* database, int64_t id, const RowImage& before) {
  ASSIGN_OR_RETURN(Statement insert,
                   database->Prepare("INSERT INTO cells VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  for (size_t i = 0; i < before.size(); ++i) {
    const StoredCell& stored = before[i];
    RETURN_IF_ERROR(insert.Int(id)
                        .Int(static_cast<int64_t>(i))
                        .Blob(stored.cell.family)
                        .Blob(stored.cell.qualifier)
                        .Int(Column(stored.cell.timestamp_ms))
                        .Int(static_cast<int64_t>(stored.cell.type))
                        .Blob(stored.cell.value)
                        .MaybeInt(MaybeColumn(stored.tags.ttl_ms))
                        .Int(stored.tags.secured ? 1 : 0)
                        .Int(stored.seen ? 1 : 0)
                        .Run());
  }
  return absl::OkStatus();
}

Status AddWrites(Database* database, int64_t id, bool undo,
                 const std::vector<GuardedWrite>& writes) {
  ASSIGN_OR_RETURN(
      Statement insert,
      database->Prepare("INSERT INTO writes VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  for (size_t i = 0; i < writes.size(); ++i) {
    const GuardedWrite& write = writes[i];
    insert.Int(id)
        .Int(undo ? 1 : 0)
        .Int(static_cast<int64_t>(i))
        .Blob(write.cell.family)
        .Blob(write.cell.qualifier)
        .Int(Column(write.cell.timestamp_ms))
        .Int(static_cast<int64_t>(write.cell.type))
        .Blob(write.cell.value)
        .MaybeInt(MaybeColumn(write.ttl_ms))
        .Blob(write.guard.family)
        .Blob(write.guard.qualifier)
        .Int(Column(write.guard.timestamp_ms));
    if (write.guard.value) {
      insert.Blob(*write.guard.value);
    } else {
      insert.Null();
    }
    RETURN_IF_ERROR(insert.Int(write.guard.or_older ? 1 : 0).Run());
  }
  return absl::OkStatus();
}

Status ReadCells(Database* database, JournaledRow* row) {
  ASSIGN_OR_RETURN(Statement cells,
                   database->Prepare("SELECT family, qualifier, timestamp, type, value, ttl_ms, "
                                     "secured, seen FROM cells WHERE row = ? ORDER BY place"));
  cells.Int(row->id);
  while (true) {
    ASSIGN_OR_RETURN(const bool more, cells.Step());
    if (!more) return absl::OkStatus();
    StoredCell& stored = row->before.emplace_back();
    ASSIGN_OR_RETURN(stored.cell, CellAt(cells, row->row, 0));
    stored.tags = {MaybeNumber(cells.MaybeIntAt(5)), cells.IntAt(6) != 0};
    stored.seen = cells.IntAt(7) != 0;
  }
}

Status ReadWrites(Database* database, JournaledRow* row) {
  ASSIGN_OR_RETURN(
      Statement writes,
      database->Prepare("SELECT family, qualifier, timestamp, type, value, ttl_ms, guard_family, "
                        "guard_qualifier, guard_timestamp, guard_value, undo, guard_or_older "
                        "FROM writes WHERE row = ? ORDER BY undo, place"));
  writes.Int(row->id);
  while (true) {
    ASSIGN_OR_RETURN(const bool more, writes.Step());
    if (!more) return absl::OkStatus();
    GuardedWrite& write = (writes.IntAt(10) != 0 ? row->undo : row->writes).emplace_back();
    ASSIGN_OR_RETURN(write.cell, CellAt(writes, row->row, 0));
    write.ttl_ms = MaybeNumber(writes.MaybeIntAt(5));
    write.guard = {writes.BytesAt(6), writes.BytesAt(7), Number(writes.IntAt(8)),
                   writes.MaybeTextAt(9), writes.IntAt(11) != 0};
  }
}

}  // namespace

const char kJournaledRowTables[] = R"(
CREATE TABLE rows(
  id INTEGER PRIMARY KEY, table_name TEXT NOT NULL, row BLOB NOT NULL, engine TEXT NOT NULL,
  state INTEGER NOT NULL, why TEXT NOT NULL,
  UNIQUE(table_name, row, engine)) STRICT;
CREATE TABLE cells(
  row INTEGER NOT NULL REFERENCES rows(id), place INTEGER NOT NULL,
  family BLOB NOT NULL, qualifier BLOB NOT NULL, timestamp INTEGER NOT NULL, type INTEGER NOT NULL,
  value BLOB NOT NULL, ttl_ms INTEGER, secured INTEGER NOT NULL, seen INTEGER NOT NULL,
  PRIMARY KEY(row, place)) STRICT, WITHOUT ROWID;
CREATE TABLE writes(
  row INTEGER NOT NULL REFERENCES rows(id), undo INTEGER NOT NULL, place INTEGER NOT NULL,
  family BLOB NOT NULL, qualifier BLOB NOT NULL, timestamp INTEGER NOT NULL, type INTEGER NOT NULL,
  value BLOB NOT NULL, ttl_ms INTEGER,
  guard_family BLOB NOT NULL, guard_qualifier BLOB NOT NULL, guard_timestamp INTEGER NOT NULL,
  guard_value BLOB, guard_or_older INTEGER NOT NULL,
  PRIMARY KEY(row, undo, place)) STRICT, WITHOUT ROWID;
)";

std::string_view ToString(RowState state) { return kRowStates.at(static_cast<size_t>(state)); }

Status AddRow(Database* database, const JournaledRow& row) {
  ASSIGN_OR_RETURN(Statement insert,
                   database->Prepare("INSERT INTO rows(table_name, row, engine, state, why) "
                                     "VALUES(?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id"));
  insert.Text(row.table.ToString())
      .Blob(row.row)
      .Text(ToString(row.engine))
      .Int(static_cast<int64_t>(row.state))
      .Text(row.why);
  ASSIGN_OR_RETURN(const bool added, insert.Step());
  if (!added) return absl::OkStatus();
  const int64_t id = insert.IntAt(0);
  RETURN_IF_ERROR(insert.Step().status());  // ends it
  RETURN_IF_ERROR(AddCells(database, id, row.before));
  return AddWrites(database, id, false, row.writes);
}

Status ReplaceWrites(Database* database, int64_t id, bool undo,
                     const std::vector<GuardedWrite>& writes) {
  ASSIGN_OR_RETURN(Statement clear,
                   database->Prepare("DELETE FROM writes WHERE row = ? AND undo = ?"));
  RETURN_IF_ERROR(clear.Int(id).Int(undo ? 1 : 0).Run());
  return AddWrites(database, id, undo, writes);
}

StatusOr<Statement> SelectRows(Database* database, std::string_view where) {
  return database->Prepare("SELECT id, table_name, row, engine, state, why FROM rows " +
                           std::string(where));
}

StatusOr<RowState> ReadState(const Statement& select) {
  const int64_t state = select.IntAt(4);
  if (state < 0 || state >= static_cast<int64_t>(kRowStates.size())) {
    return Error(absl::StatusCode::kDataLoss, "the journal {} holds a row in state {}",
                 select.path(), state);
  }
  return static_cast<RowState>(state);
}

StatusOr<JournaledRow> ReadRow(Database* database, const Statement& select) {
  JournaledRow row;
  row.id = select.IntAt(0);
  const std::string table = select.BytesAt(1);
  ASSIGN_OR_RETURN(row.table, TableName::Parse(table));
  row.row = select.BytesAt(2);
  row.engine = select.BytesAt(3) == ToString(RepairEngine::kCopyTable) ? RepairEngine::kCopyTable
                                                                       : RepairEngine::kDirect;
  ASSIGN_OR_RETURN(row.state, ReadState(select));
  row.why = select.BytesAt(5);
  RETURN_IF_ERROR(ReadCells(database, &row));
  RETURN_IF_ERROR(ReadWrites(database, &row));
  return row;
}

}  // namespace twinwatch
