// The little of SQLite's C interface that the ledger needs, with owners and Status.
//
// One thread. A Database outlives its statements and transactions. Errors name the file and say
// what to do: kUnavailable (locked by another process), kDataLoss (damaged; the file is left as it
// is), kPermissionDenied, kFailedPrecondition (disk full), kNotFound. After an error inside a
// transaction nothing of it is kept.
#pragma once

#include <absl/time/time.h>
#include <sqlite3.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "agent/core/status.h"

namespace twinwatch::ledger {

class Database;

// Values are bound in the order of the question marks. Run and a Step that found no row make it
// ready to be bound anew.
class Statement {
 public:
  Statement& Int(int64_t value);
  Statement& Real(double value);
  Statement& Text(std::string_view value);
  Statement& Blob(std::string_view value);
  Statement& Null();
  Statement& MaybeInt(std::optional<int64_t> value);
  Statement& MaybeText(const std::optional<std::string>& value);

  // True: a row is there, to be read with the functions below, columns counted from 0.
  StatusOr<bool> Step();
  // For statements without rows.
  Status Run();

  // Of the file.
  const std::string& path() const;

  int64_t IntAt(int column) const;
  double RealAt(int column) const;
  std::string BytesAt(int column) const;  // of a text or a blob
  std::optional<int64_t> MaybeIntAt(int column) const;
  std::optional<std::string> MaybeTextAt(int column) const;

 private:
  friend class Database;
  struct GiveBack {
    void operator()(sqlite3_stmt* statement) const;
    Database* database;
  };

  Statement(Database* database, sqlite3_stmt* statement)
      : database_(database), statement_(statement, GiveBack{database}) {}
  void Bound(int code);
  void Reset();

  Database* database_;
  std::unique_ptr<sqlite3_stmt, GiveBack> statement_;
  int bound_ = 0;
  int bind_error_ = SQLITE_OK;
};

class Database {
 public:
  // The file must be there; an empty one is an empty database. `patience` is how long a lock of
  // another process is waited for. Errors call it `what`.
  static StatusOr<std::unique_ptr<Database>> Open(const std::string& path, absl::Duration patience,
                                                  std::string_view what = "ledger");

  // One that was used before is used again: to prepare it costs more than most of them do. So `sql`
  // is to be one of a few texts, what varies is bound.
  StatusOr<Statement> Prepare(std::string_view sql);
  // One or several statements without rows.
  Status Execute(const std::string& sql);
  // The first column of the first row.
  StatusOr<int64_t> Number(std::string_view sql);

  const std::string& path() const { return path_; }
  int64_t last_insert_id() const { return sqlite3_last_insert_rowid(connection_.get()); }
  bool in_transaction() const { return sqlite3_get_autocommit(connection_.get()) == 0; }

 private:
  friend class Statement;
  struct Close {
    void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  using Idle = std::unique_ptr<sqlite3_stmt, Finalize>;

  Database(std::string path, std::string_view what, sqlite3* connection)
      : path_(std::move(path)), what_(what), connection_(connection) {}
  Status ErrorOf(int code) const;
  void Keep(Idle statement);

  std::string path_;
  std::string what_;
  std::unique_ptr<sqlite3, Close> connection_;
  std::map<std::string, Idle, std::less<>> idle_;  // by their text
};

// Holds the right to write from its beginning. Undone unless it is committed.
class Transaction {
 public:
  static StatusOr<Transaction> Begin(Database* database);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  // On disk when it returns OK.
  Status Commit();

 private:
  explicit Transaction(Database* database) : database_(database) {}

  Database* database_;
};

}  // namespace twinwatch::ledger
