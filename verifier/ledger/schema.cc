#include "verifier/ledger/schema.h"

#include <iterator>
#include <string>

namespace twinwatch::ledger {
namespace {

constexpr int64_t kApplicationId = 0x54574c31;  // "TWL1"

// Times are milliseconds since 1970. `table_name` is ns:table, or the table alone in `default`.
constexpr char kTables[] = R"(
CREATE TABLE pairs(
  id INTEGER PRIMARY KEY,
  source_id TEXT NOT NULL, target_id TEXT NOT NULL,
  source_name TEXT NOT NULL, target_name TEXT NOT NULL, link TEXT NOT NULL,
  seen INTEGER NOT NULL,
  UNIQUE(source_id, target_id)) STRICT;
CREATE TABLE drift(
  pair INTEGER NOT NULL REFERENCES pairs(id), table_name TEXT NOT NULL, row BLOB NOT NULL,
  class TEXT NOT NULL, state TEXT NOT NULL,
  first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, resolved INTEGER,
  confirmed_by TEXT, confirmed_at INTEGER, cause TEXT, evidence TEXT,
  waived TEXT, waived_by TEXT, waived_at INTEGER,
  oldest_ms INTEGER, newest_ms INTEGER,
  run TEXT NOT NULL, breadth INTEGER NOT NULL,
  PRIMARY KEY(pair, table_name, row)) STRICT, WITHOUT ROWID;
CREATE TABLE events(
  id INTEGER PRIMARY KEY,
  pair INTEGER NOT NULL, table_name TEXT NOT NULL, row BLOB NOT NULL,
  at INTEGER NOT NULL, run TEXT NOT NULL, state TEXT NOT NULL, note TEXT NOT NULL) STRICT;
CREATE INDEX events_of_row ON events(pair, table_name, row);
CREATE TABLE runs(
  id TEXT PRIMARY KEY, pair INTEGER NOT NULL REFERENCES pairs(id),
  kind TEXT NOT NULL, options TEXT NOT NULL, breadth INTEGER NOT NULL,
  begun INTEGER NOT NULL, checkpoint INTEGER NOT NULL, ended INTEGER, verdict TEXT) STRICT;
CREATE TABLE run_tables(
  run TEXT NOT NULL REFERENCES runs(id), place INTEGER NOT NULL, table_name TEXT NOT NULL,
  counters TEXT NOT NULL,
  PRIMARY KEY(run, table_name)) STRICT, WITHOUT ROWID;
CREATE TABLE todo(
  run TEXT NOT NULL, table_name TEXT NOT NULL, place INTEGER NOT NULL,
  start BLOB NOT NULL, stop BLOB NOT NULL, counted INTEGER NOT NULL,
  PRIMARY KEY(run, table_name, place)) STRICT, WITHOUT ROWID;
CREATE TABLE marks(
  pair INTEGER NOT NULL REFERENCES pairs(id), table_name TEXT NOT NULL, kind TEXT NOT NULL,
  at INTEGER NOT NULL, run TEXT NOT NULL,
  confirm TEXT, families_left_out TEXT, keys_only INTEGER,
  rows INTEGER, confidence REAL, max_rate_ppm REAL,
  PRIMARY KEY(pair, table_name, kind)) STRICT, WITHOUT ROWID;
)";

// Version 2. What happened to a peer of a source cluster, whatever pair is looked at.
constexpr char kLinks[] = R"(
CREATE TABLE peer_states(
  id INTEGER PRIMARY KEY,
  source_id TEXT NOT NULL, peer TEXT NOT NULL, at INTEGER NOT NULL, state TEXT NOT NULL) STRICT;
CREATE INDEX states_of_peer ON peer_states(source_id, peer);
CREATE TABLE missing_wals(
  source_id TEXT NOT NULL, peer TEXT NOT NULL, name TEXT NOT NULL,
  begun INTEGER NOT NULL, ended INTEGER NOT NULL, seen INTEGER NOT NULL,
  PRIMARY KEY(source_id, peer, name)) STRICT, WITHOUT ROWID;
)";

// What is old is found without looking at all rows.
constexpr char kOld[] = R"(
CREATE INDEX drift_resolved ON drift(resolved) WHERE resolved IS NOT NULL;
)";

// Version 4.
constexpr char kWatermarks[] = R"(
CREATE TABLE watermarks(
  source_id TEXT NOT NULL, peer TEXT NOT NULL, peer_created INTEGER NOT NULL, at INTEGER NOT NULL,
  link TEXT NOT NULL, source TEXT NOT NULL,
  PRIMARY KEY(source_id, peer)) STRICT, WITHOUT ROWID;
)";

// Version 5. Cells of the future, as they were last looked for in the whole of a table.
constexpr char kFuture[] = R"(
CREATE TABLE future_cells(
  pair INTEGER NOT NULL REFERENCES pairs(id), table_name TEXT NOT NULL, at INTEGER NOT NULL,
  cells INTEGER NOT NULL, markers INTEGER NOT NULL, at_least INTEGER NOT NULL,
  furthest INTEGER NOT NULL,
  PRIMARY KEY(pair, table_name)) STRICT, WITHOUT ROWID;
CREATE TABLE future_rows(
  pair INTEGER NOT NULL, table_name TEXT NOT NULL, place INTEGER NOT NULL,
  row BLOB NOT NULL, family TEXT NOT NULL, timestamp INTEGER NOT NULL, marker INTEGER NOT NULL,
  PRIMARY KEY(pair, table_name, place)) STRICT, WITHOUT ROWID;
)";

// Version 6. Servers of a source whose replication znodes are closed: who may have left something.
constexpr char kClosed[] = R"(
CREATE TABLE closed_watches(
  source_id TEXT NOT NULL, peer TEXT NOT NULL, seen INTEGER NOT NULL, master TEXT NOT NULL,
  PRIMARY KEY(source_id, peer)) STRICT, WITHOUT ROWID;
CREATE TABLE closed_members(
  source_id TEXT NOT NULL, peer TEXT NOT NULL, server TEXT NOT NULL,
  lives INTEGER NOT NULL, is_shown INTEGER NOT NULL, since INTEGER NOT NULL,
  waived TEXT, waived_by TEXT, waived_at INTEGER,
  PRIMARY KEY(source_id, peer, server)) STRICT, WITHOUT ROWID;
)";

// Each makes one version of the one before it; the first of an empty file.
constexpr const char* kSteps[] = {kTables, kLinks, kOld, kWatermarks, kFuture, kClosed};
static_assert(std::size(kSteps) == kSchemaVersion);

Status CheckVersion(Database* database, int64_t version) {
  if (version > kSchemaVersion) {
    return Error(absl::StatusCode::kFailedPrecondition,
                 "the ledger {} has version {}, and this twinwatch knows versions up to {}: use "
                 "the newer twinwatch that wrote it, or another folder with --storage.path",
                 database->path(), version, kSchemaVersion);
  }
  if (version > 0) {
    ASSIGN_OR_RETURN(const int64_t application, database->Number("PRAGMA application_id"));
    if (application == kApplicationId) return absl::OkStatus();
  } else {
    ASSIGN_OR_RETURN(const int64_t tables, database->Number("SELECT count(*) FROM sqlite_schema"));
    if (version == 0 && tables == 0) return absl::OkStatus();
  }
  return Error(absl::StatusCode::kFailedPrecondition,
               "{} is an SQLite file of another program, and not Twinwatch's ledger: choose "
               "another folder with --storage.path",
               database->path());
}

StatusOr<int64_t> GoodVersion(Database* database) {
  ASSIGN_OR_RETURN(const int64_t version, database->Number("PRAGMA user_version"));
  RETURN_IF_ERROR(CheckVersion(database, version));
  return version;
}

}  // namespace

Status PrepareSchema(Database* database) {
  ASSIGN_OR_RETURN(int64_t version, GoodVersion(database));
  if (version == kSchemaVersion) return absl::OkStatus();
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database));
  // Another process may have been faster.
  ASSIGN_OR_RETURN(version, GoodVersion(database));
  for (; version < kSchemaVersion; ++version) {
    RETURN_IF_ERROR(database->Execute(kSteps[version]));
  }
  RETURN_IF_ERROR(database->Execute(fmt::format(
      "PRAGMA application_id = {}; PRAGMA user_version = {}", kApplicationId, kSchemaVersion)));
  return transaction.Commit();
}

}  // namespace twinwatch::ledger
