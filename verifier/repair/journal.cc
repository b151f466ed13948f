#include "verifier/repair/journal.h"

#include <absl/strings/numbers.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "verifier/ledger/private_file.h"

namespace twinwatch {
namespace {

using ledger::Database;
using ledger::Statement;
using ledger::Transaction;

constexpr int64_t kApplicationId = 0x54574a31;  // "TWJ1"
constexpr int64_t kVersion = 1;
constexpr uint64_t kPageBytes = 4096;
constexpr absl::Duration kPatience = absl::Seconds(2);

constexpr char kTables[] = R"(
CREATE TABLE header(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
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
CREATE TABLE copies(
  range INTEGER PRIMARY KEY, state INTEGER NOT NULL, job TEXT NOT NULL, log TEXT NOT NULL) STRICT;
)";

constexpr std::array<std::string_view, 5> kRowStates = {"intended", "written", "partly", "skipped",
                                                        "undone"};

// Timestamps are unsigned in HBase's cells only in name; SQLite's numbers are signed too.
int64_t Column(uint64_t number) { return static_cast<int64_t>(number); }
uint64_t Number(int64_t column) { return static_cast<uint64_t>(column); }

std::optional<int64_t> MaybeColumn(const std::optional<uint64_t>& number) {
  if (!number) return std::nullopt;
  return Column(*number);
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

std::optional<uint64_t> MaybeNumber(const std::optional<int64_t>& column) {
  if (!column) return std::nullopt;
  return Number(*column);
}

// What a process leaves that was killed before it had written its header.
bool IsEmpty(Database* database) {
  const StatusOr<int64_t> tables = database->Number("SELECT count(*) FROM sqlite_schema");
  return tables.ok() && *tables == 0;
}

Status NoJournal(const std::string& path) {
  return Error(absl::StatusCode::kNotFound, "there is no journal {}", path);
}

Status CheckIsJournal(Database* database) {
  const StatusOr<int64_t> application = database->Number("PRAGMA application_id");
  if (absl::IsUnavailable(application.status())) return application.status();
  if (IsEmpty(database)) return NoJournal(database->path());
  if (!application.ok() || *application != kApplicationId) {
    return Error(absl::StatusCode::kInvalidArgument, "{} is no journal of a repair",
                 database->path());
  }
  ASSIGN_OR_RETURN(const int64_t version, database->Number("PRAGMA user_version"));
  if (version == kVersion) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition,
               "the journal {} has version {}, and this twinwatch knows version {}: use the one "
               "that wrote it",
               database->path(), version, kVersion);
}

StatusOr<std::string> ReadNote(Database* database, std::string_view key) {
  ASSIGN_OR_RETURN(Statement select, database->Prepare("SELECT value FROM header WHERE key = ?"));
  ASSIGN_OR_RETURN(const bool found, select.Text(key).Step());
  return found ? select.BytesAt(0) : std::string();
}

Status WriteNote(Database* database, std::string_view key, std::string_view value) {
  ASSIGN_OR_RETURN(Statement write,
                   database->Prepare("INSERT OR REPLACE INTO header VALUES(?, ?)"));
  return write.Text(key).Text(value).Run();
}

// What is written is on disk, and nobody else writes.
Status SetUp(Database* database) {
  RETURN_IF_ERROR(database->Execute(
      "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA locking_mode = EXCLUSIVE"));
  // The lock is taken by the first write.
  return database->Execute("BEGIN EXCLUSIVE; COMMIT");
}

// Of this connection: SQLite does not keep it in the file.
Status Bound(Database* database, uint64_t max_bytes) {
  constexpr uint64_t kMostPages = 0xfffffffe;
  const uint64_t pages = std::min(max_bytes / kPageBytes + 16, kMostPages);
  return database->Execute(
      fmt::format("PRAGMA page_size = {}; PRAGMA max_page_count = {}", kPageBytes, pages));
}

}  // namespace

std::string_view ToString(RowState state) { return kRowStates.at(static_cast<size_t>(state)); }

StatusOr<std::unique_ptr<Journal>> Journal::Create(const std::string& path,
                                                   const JournalHeader& header,
                                                   uint64_t max_bytes) {
  RETURN_IF_ERROR(ledger::MakePrivateFile(path));
  ASSIGN_OR_RETURN(std::unique_ptr<Database> database, Database::Open(path, kPatience, "journal"));
  RETURN_IF_ERROR(SetUp(database.get()));
  if (!IsEmpty(database.get())) {
    return Error(absl::StatusCode::kAlreadyExists, "there is a journal {}", path);
  }
  RETURN_IF_ERROR(Bound(database.get(), max_bytes));
  {
    ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database.get()));
    RETURN_IF_ERROR(database->Execute(kTables));
    RETURN_IF_ERROR(WriteNote(database.get(), "plan", header.plan));
    RETURN_IF_ERROR(WriteNote(database.get(), "plan_digest", header.plan_digest));
    RETURN_IF_ERROR(
        WriteNote(database.get(), "begun_ms", std::to_string(absl::ToUnixMillis(header.begun))));
    RETURN_IF_ERROR(database->Execute(fmt::format(
        "PRAGMA application_id = {}; PRAGMA user_version = {}", kApplicationId, kVersion)));
    RETURN_IF_ERROR(transaction.Commit());
  }
  return std::unique_ptr<Journal>(new Journal(std::move(database), header));
}

StatusOr<std::unique_ptr<Journal>> Journal::Open(const std::string& path, uint64_t max_bytes) {
  if (access(path.c_str(), F_OK) != 0) return NoJournal(path);
  ASSIGN_OR_RETURN(std::unique_ptr<Database> database, Database::Open(path, kPatience, "journal"));
  RETURN_IF_ERROR(CheckIsJournal(database.get()));
  RETURN_IF_ERROR(SetUp(database.get()));
  RETURN_IF_ERROR(Bound(database.get(), max_bytes));
  JournalHeader header;
  ASSIGN_OR_RETURN(header.plan, ReadNote(database.get(), "plan"));
  ASSIGN_OR_RETURN(header.plan_digest, ReadNote(database.get(), "plan_digest"));
  ASSIGN_OR_RETURN(const std::string begun, ReadNote(database.get(), "begun_ms"));
  int64_t begun_ms = 0;
  if (!absl::SimpleAtoi(ToAbsl(begun), &begun_ms)) {
    return Error(absl::StatusCode::kDataLoss, "the journal {} does not say when it was begun",
                 path);
  }
  header.begun = absl::FromUnixMillis(begun_ms);
  return std::unique_ptr<Journal>(new Journal(std::move(database), std::move(header)));
}

Status Journal::Add(const std::vector<JournaledRow>& rows) {
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_.get()));
  for (const JournaledRow& row : rows) RETURN_IF_ERROR(AddRow(row));
  return transaction.Commit();
}

Status Journal::AddRow(const JournaledRow& row) {
  ASSIGN_OR_RETURN(Statement insert,
                   database_->Prepare("INSERT INTO rows(table_name, row, engine, state, why) "
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
  RETURN_IF_ERROR(AddCells(id, row.before));
  return AddWrites(id, false, row.writes);
}

Status Journal::AddCells(int64_t id, const RowImage& before) {
  ASSIGN_OR_RETURN(Statement insert,
                   database_->Prepare("INSERT INTO cells VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
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

Status Journal::AddWrites(int64_t id, bool undo, const std::vector<GuardedWrite>& writes) {
  ASSIGN_OR_RETURN(
      Statement insert,
      database_->Prepare("INSERT INTO writes VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
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

Status Journal::SetState(const JournaledRows& rows, RowState state, std::string_view why) {
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_.get()));
  ASSIGN_OR_RETURN(Statement update,
                   database_->Prepare("UPDATE rows SET state = ?, why = ? "
                                      "WHERE table_name = ? AND row = ? AND engine = ?"));
  for (const std::string& row : rows.rows) {
    RETURN_IF_ERROR(update.Int(static_cast<int64_t>(state))
                        .Text(why)
                        .Text(rows.table.ToString())
                        .Blob(row)
                        .Text(ToString(rows.engine))
                        .Run());
  }
  return transaction.Commit();
}

Status Journal::ReplaceWrites(int64_t id, bool undo, const std::vector<GuardedWrite>& writes) {
  ASSIGN_OR_RETURN(Statement clear,
                   database_->Prepare("DELETE FROM writes WHERE row = ? AND undo = ?"));
  RETURN_IF_ERROR(clear.Int(id).Int(undo ? 1 : 0).Run());
  return AddWrites(id, undo, writes);
}

Status Journal::SetWrites(int64_t id, const std::vector<GuardedWrite>& writes, RowState state) {
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_.get()));
  RETURN_IF_ERROR(ReplaceWrites(id, false, writes));
  ASSIGN_OR_RETURN(Statement update, database_->Prepare("UPDATE rows SET state = ? WHERE id = ?"));
  RETURN_IF_ERROR(update.Int(static_cast<int64_t>(state)).Int(id).Run());
  return transaction.Commit();
}

Status Journal::SetUndo(const std::vector<UndoWrites>& rows) {
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_.get()));
  for (const UndoWrites& row : rows) RETURN_IF_ERROR(ReplaceWrites(row.id, true, row.writes));
  return transaction.Commit();
}

StatusOr<JournaledRow> Journal::ReadRow(const Statement& select) {
  JournaledRow row;
  row.id = select.IntAt(0);
  const std::string table = select.BytesAt(1);
  ASSIGN_OR_RETURN(row.table, TableName::Parse(table));
  row.row = select.BytesAt(2);
  row.engine = select.BytesAt(3) == ToString(RepairEngine::kCopyTable) ? RepairEngine::kCopyTable
                                                                       : RepairEngine::kDirect;
  const int64_t state = select.IntAt(4);
  if (state < 0 || state >= static_cast<int64_t>(kRowStates.size())) {
    return Error(absl::StatusCode::kDataLoss, "the journal {} holds a row in state {}", path(),
                 state);
  }
  row.state = static_cast<RowState>(state);
  row.why = select.BytesAt(5);
  RETURN_IF_ERROR(ReadCells(&row));
  RETURN_IF_ERROR(ReadWrites(&row));
  return row;
}

Status Journal::ReadCells(JournaledRow* row) {
  ASSIGN_OR_RETURN(Statement cells,
                   database_->Prepare("SELECT family, qualifier, timestamp, type, value, ttl_ms, "
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

Status Journal::ReadWrites(JournaledRow* row) {
  ASSIGN_OR_RETURN(
      Statement writes,
      database_->Prepare("SELECT family, qualifier, timestamp, type, value, ttl_ms, guard_family, "
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

StatusOr<std::optional<JournaledRow>> Journal::Find(const TableName& table, std::string_view row,
                                                    RepairEngine engine) {
  ASSIGN_OR_RETURN(Statement select,
                   database_->Prepare("SELECT id, table_name, row, engine, state, why FROM rows "
                                      "WHERE table_name = ? AND row = ? AND engine = ?"));
  ASSIGN_OR_RETURN(const bool found,
                   select.Text(table.ToString()).Blob(row).Text(ToString(engine)).Step());
  if (!found) return std::nullopt;
  ASSIGN_OR_RETURN(JournaledRow known, ReadRow(select));
  return known;
}

StatusOr<std::optional<JournaledRow>> Journal::Before(int64_t id) {
  ASSIGN_OR_RETURN(Statement select,
                   database_->Prepare("SELECT id, table_name, row, engine, state, why FROM rows "
                                      "WHERE id < ? ORDER BY id DESC LIMIT 1"));
  ASSIGN_OR_RETURN(const bool found, select.Int(id).Step());
  if (!found) return std::nullopt;
  ASSIGN_OR_RETURN(JournaledRow row, ReadRow(select));
  return row;
}

StatusOr<uint64_t> Journal::CountRows() {
  ASSIGN_OR_RETURN(const int64_t rows, database_->Number("SELECT count(*) FROM rows"));
  return Number(rows);
}

StatusOr<JournaledCopy> Journal::Copy(size_t range) {
  ASSIGN_OR_RETURN(Statement select,
                   database_->Prepare("SELECT state, job, log FROM copies WHERE range = ?"));
  ASSIGN_OR_RETURN(const bool found, select.Int(static_cast<int64_t>(range)).Step());
  if (!found) return JournaledCopy();
  const int64_t state = std::clamp<int64_t>(select.IntAt(0), 0, 2);
  return JournaledCopy{static_cast<CopyState>(state), select.BytesAt(1), select.BytesAt(2)};
}

Status Journal::SetCopy(size_t range, const JournaledCopy& copy) {
  ASSIGN_OR_RETURN(Statement write,
                   database_->Prepare("INSERT OR REPLACE INTO copies VALUES(?, ?, ?, ?)"));
  return write.Int(static_cast<int64_t>(range))
      .Int(static_cast<int64_t>(copy.state))
      .Text(copy.job)
      .Text(copy.log)
      .Run();
}

Status Journal::Note(std::string_view key, std::string_view value) {
  return WriteNote(database_.get(), key, value);
}

StatusOr<std::string> Journal::Noted(std::string_view key) {
  return ReadNote(database_.get(), key);
}

}  // namespace twinwatch
