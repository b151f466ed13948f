#include "verifier/repair/journal.h"

#include <absl/strings/numbers.h>
#include <unistd.h>

#include <algorithm>
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
CREATE TABLE copies(
  range INTEGER PRIMARY KEY, state INTEGER NOT NULL, job TEXT NOT NULL, log TEXT NOT NULL) STRICT;
)";

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

// It stands at the row; none: the journal does not have it.
StatusOr<std::optional<Statement>> SelectRow(Database* database, const TableName& table,
                                             std::string_view row, RepairEngine engine) {
  ASSIGN_OR_RETURN(Statement select,
                   SelectRows(database, "WHERE table_name = ? AND row = ? AND engine = ?"));
  ASSIGN_OR_RETURN(const bool found,
                   select.Text(table.ToString()).Blob(row).Text(ToString(engine)).Step());
  if (!found) return std::nullopt;
  return select;
}

}  // namespace

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
    RETURN_IF_ERROR(database->Execute(kJournaledRowTables));
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
  for (const JournaledRow& row : rows) RETURN_IF_ERROR(AddRow(database_.get(), row));
  return transaction.Commit();
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

Status Journal::SetWrites(int64_t id, const std::vector<GuardedWrite>& writes, RowState state) {
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_.get()));
  RETURN_IF_ERROR(ReplaceWrites(database_.get(), id, false, writes));
  ASSIGN_OR_RETURN(Statement update, database_->Prepare("UPDATE rows SET state = ? WHERE id = ?"));
  RETURN_IF_ERROR(update.Int(static_cast<int64_t>(state)).Int(id).Run());
  return transaction.Commit();
}

Status Journal::SetUndo(const std::vector<UndoWrites>& rows) {
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_.get()));
  for (const UndoWrites& row : rows)
    RETURN_IF_ERROR(ReplaceWrites(database_.get(), row.id, true, row.writes));
  return transaction.Commit();
}

StatusOr<std::optional<JournaledRow>> Journal::Find(const TableName& table, std::string_view row,
                                                    RepairEngine engine) {
  ASSIGN_OR_RETURN(const std::optional<Statement> select,
                   SelectRow(database_.get(), table, row, engine));
  if (!select) return std::nullopt;
  ASSIGN_OR_RETURN(JournaledRow known, ReadRow(database_.get(), *select));
  return known;
}

StatusOr<std::optional<RowState>> Journal::StateOf(const TableName& table, std::string_view row,
                                                   RepairEngine engine) {
  ASSIGN_OR_RETURN(const std::optional<Statement> select,
                   SelectRow(database_.get(), table, row, engine));
  if (!select) return std::nullopt;
  ASSIGN_OR_RETURN(const RowState state, ReadState(*select));
  return state;
}

StatusOr<std::optional<JournaledRow>> Journal::Before(int64_t id) {
  ASSIGN_OR_RETURN(Statement select,
                   SelectRows(database_.get(), "WHERE id < ? ORDER BY id DESC LIMIT 1"));
  ASSIGN_OR_RETURN(const bool found, select.Int(id).Step());
  if (!found) return std::nullopt;
  ASSIGN_OR_RETURN(JournaledRow row, ReadRow(database_.get(), select));
  return row;
}

StatusOr<uint64_t> Journal::CountRows() {
  ASSIGN_OR_RETURN(const int64_t rows, database_->Number("SELECT count(*) FROM rows"));
  return static_cast<uint64_t>(rows);
}

StatusOr<JournaledCopy> Journal::Copy(size_t range) {
  ASSIGN_OR_RETURN(Statement select,
                   database_->Prepare("SELECT state, job, log FROM copies WHERE range = ?"));
  ASSIGN_OR_RETURN(const bool found, select.Int(static_cast<int64_t>(range)).Step());
  if (!found) return JournaledCopy();
  const int64_t state = select.IntAt(0);
  if (state < 0 || state > static_cast<int64_t>(CopyState::kUndone)) {
    return Error(absl::StatusCode::kDataLoss, "the journal {} holds a copied range in state {}",
                 path(), state);
  }
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

StatusOr<bool> Journal::HasUnfinishedCopy() {
  ASSIGN_OR_RETURN(const int64_t copies,
                   database_->Number(fmt::format("SELECT count(*) FROM copies WHERE state = {}",
                                                 static_cast<int>(CopyState::kBeforeKept))));
  return copies > 0;
}

StatusOr<std::vector<WrittenRow>> Journal::WrittenByCopy(const TableName& table,
                                                         const KeyRange& range) {
  ASSIGN_OR_RETURN(Statement select,
                   SelectRows(database_.get(),
                              "WHERE table_name = ? AND engine = ? AND row >= ? "
                              "AND (row < ? OR ?) AND state IN (?, ?) ORDER BY row"));
  select.Text(table.ToString())
      .Text(ToString(RepairEngine::kCopyTable))
      .Blob(range.start)
      .Blob(range.stop)
      .Int(range.stop.empty() ? 1 : 0)
      .Int(static_cast<int64_t>(RowState::kWritten))
      .Int(static_cast<int64_t>(RowState::kPartly));
  std::vector<WrittenRow> rows;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, select.Step());
    if (!more) return rows;
    rows.push_back({select.BytesAt(2), select.BytesAt(5)});
  }
}

Status Journal::Note(std::string_view key, std::string_view value) {
  return WriteNote(database_.get(), key, value);
}

StatusOr<std::string> Journal::Noted(std::string_view key) {
  return ReadNote(database_.get(), key);
}

}  // namespace twinwatch
