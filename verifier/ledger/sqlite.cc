#include "verifier/ledger/sqlite.h"

#include <cerrno>
#include <climits>
#include <cstring>
#include <utility>

namespace twinwatch::ledger {
namespace {

constexpr size_t kMaxIdle = 64;

// SQLite knows only "I/O error" for what a limit or a quota refuses.
bool IsNoSpace(int code, int system_error) {
  return (code & 0xff) == SQLITE_FULL ||
         ((code & 0xff) == SQLITE_IOERR &&
          (system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG));
}

Status Damaged(std::string_view what, const std::string& path, std::string_view why) {
  return Error(absl::StatusCode::kDataLoss,
               "the {} {} is damaged ({}); it was left as it is. To save what can be read: "
               "sqlite3 {} .recover; to begin anew, move it away",
               what, path, why, path);
}

}  // namespace

Statement& Statement::Int(int64_t value) {
  Bound(sqlite3_bind_int64(statement_.get(), ++bound_, value));
  return *this;
}

Statement& Statement::Real(double value) {
  Bound(sqlite3_bind_double(statement_.get(), ++bound_, value));
  return *this;
}

Statement& Statement::Text(std::string_view value) {
  Bound(sqlite3_bind_text64(statement_.get(), ++bound_, value.empty() ? "" : value.data(),
                            value.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
  return *this;
}

Statement& Statement::Blob(std::string_view value) {
  // A null pointer would be NULL, and an empty blob is none.
  Bound(sqlite3_bind_blob64(statement_.get(), ++bound_, value.empty() ? "" : value.data(),
                            value.size(), SQLITE_TRANSIENT));
  return *this;
}

Statement& Statement::Null() {
  Bound(sqlite3_bind_null(statement_.get(), ++bound_));
  return *this;
}

Statement& Statement::MaybeInt(std::optional<int64_t> value) {
  return value ? Int(*value) : Null();
}

Statement& Statement::MaybeText(const std::optional<std::string>& value) {
  return value ? Text(*value) : Null();
}

void Statement::Bound(int code) {
  if (bind_error_ == SQLITE_OK) bind_error_ = code;
}

void Statement::Reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
  bound_ = 0;
  bind_error_ = SQLITE_OK;
}

StatusOr<bool> Statement::Step() {
  const int code = bind_error_ != SQLITE_OK ? bind_error_ : sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  Status status;
  if (code != SQLITE_DONE) status = database_->ErrorOf(code);
  Reset();
  if (!status.ok()) return status;
  return false;
}

Status Statement::Run() {
  const StatusOr<bool> row = Step();
  if (!row.ok()) return row.status();
  if (*row) Reset();
  return absl::OkStatus();
}

const std::string& Statement::path() const { return database_->path(); }

int64_t Statement::IntAt(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

double Statement::RealAt(int column) const {
  return sqlite3_column_double(statement_.get(), column);
}

std::string Statement::BytesAt(int column) const {
  const void* bytes = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  if (bytes == nullptr) return "";
  return {static_cast<const char*>(bytes), static_cast<size_t>(size)};
}

std::optional<int64_t> Statement::MaybeIntAt(int column) const {
  if (sqlite3_column_type(statement_.get(), column) == SQLITE_NULL) return std::nullopt;
  return IntAt(column);
}

std::optional<std::string> Statement::MaybeTextAt(int column) const {
  if (sqlite3_column_type(statement_.get(), column) == SQLITE_NULL) return std::nullopt;
  return BytesAt(column);
}

StatusOr<std::unique_ptr<Database>> Database::Open(const std::string& path, absl::Duration patience,
                                                   std::string_view what) {
  sqlite3* connection = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &connection,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<Database> database(new Database(path, what, connection));
  if (code != SQLITE_OK) return database->ErrorOf(code);
  sqlite3_extended_result_codes(connection, 1);
  sqlite3_busy_timeout(connection, static_cast<int>(absl::ToInt64Milliseconds(patience)));
  return database;
}

void Statement::GiveBack::operator()(sqlite3_stmt* statement) const {
  database->Keep(Database::Idle(statement));
}

void Database::Keep(Idle statement) {
  sqlite3_reset(statement.get());
  sqlite3_clear_bindings(statement.get());
  if (idle_.size() >= kMaxIdle) return;
  std::string sql = sqlite3_sql(statement.get());
  idle_.emplace(std::move(sql), std::move(statement));
}

StatusOr<Statement> Database::Prepare(std::string_view sql) {
  if (const auto kept = idle_.find(sql); kept != idle_.end()) {
    sqlite3_stmt* const statement = kept->second.release();
    idle_.erase(kept);
    return Statement(this, statement);
  }
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(connection_.get(), sql.data(), static_cast<int>(sql.size()),
                                      &statement, nullptr);
  if (code != SQLITE_OK) return ErrorOf(code);
  return Statement(this, statement);
}

Status Database::Execute(const std::string& sql) {
  const int code = sqlite3_exec(connection_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : ErrorOf(code);
}

StatusOr<int64_t> Database::Number(std::string_view sql) {
  ASSIGN_OR_RETURN(Statement statement, Prepare(sql));
  ASSIGN_OR_RETURN(const bool row, statement.Step());
  return row ? statement.IntAt(0) : 0;
}

Status Database::ErrorOf(int code) const {
  const int system_error = connection_ ? sqlite3_system_errno(connection_.get()) : 0;
  const std::string why = connection_ ? sqlite3_errmsg(connection_.get()) : sqlite3_errstr(code);
  if (IsNoSpace(code, system_error)) {
    return Error(absl::StatusCode::kFailedPrecondition,
                 "no space is left for the {} {}: this step was not written, all before it "
                 "is; make room and begin again",
                 what_, path_);
  }
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Error(absl::StatusCode::kUnavailable,
                   "the {} {} is locked by another process: try again; `fuser {}` tells which one",
                   what_, path_, path_);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Damaged(what_, path_, why);
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return Error(absl::StatusCode::kPermissionDenied,
                   "the {} {} cannot be opened for writing ({}): run as the user who owns it, or "
                   "choose another folder with --storage.path",
                   what_, path_, system_error != 0 ? std::strerror(system_error) : why);
    case SQLITE_IOERR:
      return Error(absl::StatusCode::kUnavailable, "the {} {} cannot be read or written: {}{}",
                   what_, path_, why,
                   system_error != 0 ? fmt::format(" ({})", std::strerror(system_error)) : "");
    default:
      return Error(absl::StatusCode::kInternal, "the {} {}: {} (SQLite's code {})", what_, path_,
                   why, code);
  }
}

StatusOr<Transaction> Transaction::Begin(Database* database) {
  RETURN_IF_ERROR(database->Execute("BEGIN IMMEDIATE"));
  return Transaction(database);
}

Transaction::~Transaction() {
  // A failure may have undone it already.
  if (database_ != nullptr && database_->in_transaction()) {
    database_->Execute("ROLLBACK").IgnoreError();
  }
}

Status Transaction::Commit() {
  RETURN_IF_ERROR(database_->Execute("COMMIT"));
  database_ = nullptr;
  return absl::OkStatus();
}

}  // namespace twinwatch::ledger
