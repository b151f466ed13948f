// The part of Ledger that holds cells of the future.
#include <utility>

#include "verifier/ledger/columns.h"
#include "verifier/ledger/ledger.h"

namespace twinwatch::ledger {
namespace {

StatusOr<std::optional<absl::Time>> LastLook(Database* database, PairId pair,
                                             const TableName& table) {
  ASSIGN_OR_RETURN(
      Statement select,
      database->Prepare("SELECT at FROM future_cells WHERE pair = ? AND table_name = ?"));
  ASSIGN_OR_RETURN(const bool row, select.Int(pair).Text(table.ToString()).Step());
  return row ? std::optional(TimeOf(select.IntAt(0))) : std::nullopt;
}

}  // namespace

Status Ledger::DropFutureCells(PairId pair, const TableName& table) {
  for (const char* sql : {"DELETE FROM future_cells WHERE pair = ? AND table_name = ?",
                          "DELETE FROM future_rows WHERE pair = ? AND table_name = ?"}) {
    ASSIGN_OR_RETURN(Statement drop, database_->Prepare(sql));
    RETURN_IF_ERROR(drop.Int(pair).Text(table.ToString()).Run());
  }
  return absl::OkStatus();
}

Status Ledger::ForgetFutureCells(PairId pair, const TableName& table) {
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_.get()));
  RETURN_IF_ERROR(DropFutureCells(pair, table));
  return transaction.Commit();
}

Status Ledger::KeepFutureCells(PairId pair, const TableName& table, const FutureCells& found) {
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_.get()));
  ASSIGN_OR_RETURN(const std::optional<absl::Time> last, LastLook(database_.get(), pair, table));
  if (last && *last > found.as_of) return absl::OkStatus();
  RETURN_IF_ERROR(DropFutureCells(pair, table));
  ASSIGN_OR_RETURN(Statement insert, database_->Prepare(R"(
      INSERT INTO future_cells(pair, table_name, at, cells, markers, at_least, furthest)
      VALUES(?, ?, ?, ?, ?, ?, ?))"));
  insert.Int(pair).Text(table.ToString()).Int(ToColumn(found.as_of));
  insert.Int(static_cast<int64_t>(found.cells)).Int(static_cast<int64_t>(found.markers));
  insert.Int(found.at_least ? 1 : 0).Int(static_cast<int64_t>(found.furthest_ms));
  RETURN_IF_ERROR(insert.Run());
  ASSIGN_OR_RETURN(Statement row, database_->Prepare(R"(
      INSERT INTO future_rows(pair, table_name, place, row, family, timestamp, marker)
      VALUES(?, ?, ?, ?, ?, ?, ?))"));
  for (size_t i = 0; i < found.rows.size(); ++i) {
    const FutureRow& example = found.rows[i];
    row.Int(pair).Text(table.ToString()).Int(static_cast<int64_t>(i)).Blob(example.row);
    row.Text(example.family).Int(static_cast<int64_t>(example.timestamp_ms));
    RETURN_IF_ERROR(row.Int(example.is_marker ? 1 : 0).Run());
  }
  return transaction.Commit();
}

StatusOr<std::map<TableName, FutureCells>> Ledger::AllFutureCells(PairId pair) {
  ASSIGN_OR_RETURN(Statement select, database_->Prepare(R"(
      SELECT table_name, at, cells, markers, at_least, furthest, place, row, family, timestamp,
        marker
      FROM future_cells LEFT JOIN future_rows USING(pair, table_name)
      WHERE pair = ? ORDER BY table_name, place)"));
  select.Int(pair);
  std::map<TableName, FutureCells> all;
  while (true) {
    ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return all;
    ASSIGN_OR_RETURN(const TableName table, TableName::Parse(select.BytesAt(0)));
    FutureCells& found = all[table];
    found.as_of = TimeOf(select.IntAt(1));
    found.cells = static_cast<uint64_t>(select.IntAt(2));
    found.markers = static_cast<uint64_t>(select.IntAt(3));
    found.at_least = select.IntAt(4) != 0;
    found.furthest_ms = static_cast<uint64_t>(select.IntAt(5));
    if (!select.MaybeIntAt(6)) continue;  // none of its rows is kept
    found.rows.push_back({select.BytesAt(7), select.BytesAt(8),
                          static_cast<uint64_t>(select.IntAt(9)), select.IntAt(10) != 0});
  }
}

}  // namespace twinwatch::ledger
