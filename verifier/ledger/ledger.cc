#include "verifier/ledger/ledger.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "verifier/ledger/columns.h"
#include "verifier/ledger/private_file.h"
#include "verifier/ledger/schema.h"

namespace twinwatch::ledger {
namespace {

constexpr absl::Duration kKept = absl::Hours(90 * 24);

Status MustExist(const std::string& path) {
  if (access(path.c_str(), F_OK) == 0) return absl::OkStatus();
  if (errno == ENOENT || errno == ENOTDIR) {
    return Error(absl::StatusCode::kNotFound, "there is no ledger {}", path);
  }
  return Error(absl::StatusCode::kPermissionDenied,
               "the ledger {} cannot be read: {}; run as the user who owns it", path,
               std::strerror(errno));
}

// Where SQLite met damage, its own check says what is damaged.
Status WithCheck(Database* database, const Status& status) {
  if (status.code() != absl::StatusCode::kDataLoss) return status;
  StatusOr<Statement> check = database->Prepare("PRAGMA quick_check(1)");
  if (!check.ok()) return status;
  const StatusOr<bool> row = check->Step();
  if (!row.ok() || !*row || check->BytesAt(0) == "ok") return status;
  return Error(status.code(), "{}; SQLite's check says: {}", Text(status), check->BytesAt(0));
}

Status SetUp(Database* database) {
  RETURN_IF_ERROR(PrepareSchema(database));
  RETURN_IF_ERROR(database->Execute("PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL"));
  const Status wal = database->Execute("PRAGMA journal_mode = WAL");
  // Another process that opens it now is about to do the same.
  return wal.code() == absl::StatusCode::kUnavailable ? absl::OkStatus() : wal;
}

}  // namespace

StatusOr<std::unique_ptr<Ledger>> Ledger::Open(const std::string& path, OpenMode mode,
                                               absl::Duration patience) {
  if (mode == OpenMode::kCreate) {
    RETURN_IF_ERROR(MakePrivateFile(path));
  } else {
    RETURN_IF_ERROR(MustExist(path));
  }
  ASSIGN_OR_RETURN(std::unique_ptr<Database> database, Database::Open(path, patience));
  if (const Status status = SetUp(database.get()); !status.ok()) {
    return WithCheck(database.get(), status);
  }
  return std::unique_ptr<Ledger>(new Ledger(std::move(database)));
}

StatusOr<PairId> Ledger::NotePair(const Pair& pair, absl::Time now) {
  if (pair.source_id.empty() || pair.target_id.empty()) {
    return Error(absl::StatusCode::kInvalidArgument,
                 "the id of {} is not known: nothing can be remembered of this pair",
                 pair.source_id.empty() ? pair.source_name : pair.target_name);
  }
  ASSIGN_OR_RETURN(Statement upsert, database_->Prepare(R"(
      INSERT INTO pairs(source_id, target_id, source_name, target_name, link, seen)
      VALUES(?, ?, ?, ?, ?, ?)
      ON CONFLICT(source_id, target_id) DO UPDATE SET source_name = excluded.source_name,
        target_name = excluded.target_name, link = excluded.link, seen = excluded.seen
      RETURNING id)"));
  upsert.Text(pair.source_id).Text(pair.target_id).Text(pair.source_name).Text(pair.target_name);
  upsert.Text(pair.link).Int(ToColumn(now));
  ASSIGN_OR_RETURN(const bool row, upsert.Step());
  const PairId id = row ? upsert.IntAt(0) : 0;
  RETURN_IF_ERROR(upsert.Run());
  return id;
}

StatusOr<std::vector<Pair>> Ledger::Pairs() {
  ASSIGN_OR_RETURN(Statement select, database_->Prepare(R"(
      SELECT id, source_id, target_id, source_name, target_name, link FROM pairs ORDER BY id)"));
  std::vector<Pair> pairs;
  while (true) {
    ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return pairs;
    pairs.push_back({select.IntAt(0), select.BytesAt(1), select.BytesAt(2), select.BytesAt(3),
                     select.BytesAt(4), select.BytesAt(5)});
  }
}

StatusOr<std::optional<Pair>> Ledger::PairOfLink(const LinkName& link,
                                                 const std::optional<std::string>& target) {
  ASSIGN_OR_RETURN(Statement select, database_->Prepare(R"(
      SELECT id, source_id, target_id, source_name, target_name, link FROM pairs
      WHERE source_name = ?1 AND CASE WHEN ?2 IS NULL THEN link = ?3 ELSE target_name = ?2 END
      ORDER BY seen DESC, id DESC LIMIT 1)"));
  ASSIGN_OR_RETURN(const bool row,
                   select.Text(link.source).MaybeText(target).Text(link.link).Step());
  if (!row) return std::optional<Pair>();
  return std::optional(Pair{select.IntAt(0), select.BytesAt(1), select.BytesAt(2),
                            select.BytesAt(3), select.BytesAt(4), select.BytesAt(5)});
}

StatusOr<int64_t> Ledger::DataVersion() { return database_->Number("PRAGMA data_version"); }

StatusOr<bool> Ledger::KnowsOf(PairId pair, const std::optional<TableName>& table) {
  ASSIGN_OR_RETURN(Statement select, database_->Prepare(R"(
      SELECT EXISTS(SELECT 1 FROM drift WHERE pair = ?1 AND (?2 IS NULL OR table_name = ?2))
          OR EXISTS(SELECT 1 FROM marks WHERE pair = ?1 AND (?2 IS NULL OR table_name = ?2))
          OR EXISTS(SELECT 1 FROM runs JOIN run_tables ON run_tables.run = runs.id
                    WHERE pair = ?1 AND ended IS NOT NULL
                      AND (?2 IS NULL OR table_name = ?2)))"));
  select.Int(pair);
  select.MaybeText(table ? std::optional(table->ToString()) : std::nullopt);
  ASSIGN_OR_RETURN(const bool row, select.Step());
  return row && select.IntAt(0) != 0;
}

Status Ledger::Prune(absl::Time now) {
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_.get()));
  for (const char* sql : {
           R"(DELETE FROM events WHERE id IN (
                SELECT e.id FROM drift d JOIN events e USING(pair, table_name, row)
                WHERE d.resolved < ?))",
           "DELETE FROM drift WHERE resolved < ?",
           "DELETE FROM todo WHERE run IN (SELECT id FROM runs WHERE checkpoint < ?)",
           "DELETE FROM run_tables WHERE run IN (SELECT id FROM runs WHERE checkpoint < ?)",
           "DELETE FROM runs WHERE checkpoint < ?",
           R"(DELETE FROM peer_states AS old WHERE EXISTS(SELECT 1 FROM peer_states next
                 WHERE next.source_id = old.source_id AND next.peer = old.peer
                 AND next.id > old.id AND next.at < ?))",
           "DELETE FROM missing_wals WHERE seen < ?",
       }) {
    ASSIGN_OR_RETURN(Statement statement, database_->Prepare(sql));
    RETURN_IF_ERROR(statement.Int(ToColumn(now - kKept)).Run());
  }
  return transaction.Commit();
}

}  // namespace twinwatch::ledger
