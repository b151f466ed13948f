// The part of Ledger that holds the marks of tables.
#include <utility>

#include "verifier/ledger/columns.h"
#include "verifier/ledger/ledger.h"

namespace twinwatch::ledger {
namespace {

constexpr char kSample[] = "sample";

const char* ToColumn(MarkKind kind) {
  return kind == MarkKind::kFullPassAt ? "full_pass" : "writes";
}

}  // namespace

Status Ledger::SetMark(PairId pair, const TableName& table, MarkKind kind, const Mark& mark,
                       bool force) {
  ASSIGN_OR_RETURN(Statement upsert, database_->Prepare(R"(
      INSERT INTO marks(pair, table_name, kind, at, run, confirm, families_left_out, keys_only)
      VALUES(?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT(pair, table_name, kind) DO UPDATE SET at = excluded.at, run = excluded.run,
        confirm = excluded.confirm, families_left_out = excluded.families_left_out,
        keys_only = excluded.keys_only
      WHERE excluded.at >= marks.at OR ?)"));
  upsert.Int(pair).Text(table.ToString()).Text(ToColumn(kind));
  upsert.Int(ledger::ToColumn(mark.at)).Text(mark.run).Text(mark.confirm);
  upsert.Text(ledger::ToColumn(mark.families_left_out)).Int(mark.keys_only ? 1 : 0);
  return upsert.Int(force ? 1 : 0).Run();
}

Status Ledger::SetSample(PairId pair, const TableName& table, const SampleMark& sample) {
  ASSIGN_OR_RETURN(Statement upsert, database_->Prepare(R"(
      INSERT INTO marks(pair, table_name, kind, at, run, rows, confidence, max_rate_ppm)
      VALUES(?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT(pair, table_name, kind) DO UPDATE SET at = excluded.at, run = excluded.run,
        rows = excluded.rows, confidence = excluded.confidence,
        max_rate_ppm = excluded.max_rate_ppm
      WHERE excluded.at >= marks.at)"));
  upsert.Int(pair).Text(table.ToString()).Text(kSample).Int(ledger::ToColumn(sample.at));
  upsert.Text(sample.run).Int(static_cast<int64_t>(sample.rows));
  return upsert.Real(sample.confidence).Real(sample.max_rate_ppm).Run();
}

StatusOr<std::map<TableName, TableMarks>> Ledger::Marks(PairId pair) {
  ASSIGN_OR_RETURN(Statement select, database_->Prepare(R"(
      SELECT table_name, kind, at, run, confirm, families_left_out, keys_only, rows, confidence,
        max_rate_ppm FROM marks WHERE pair = ?)"));
  select.Int(pair);
  std::map<TableName, TableMarks> marks;
  while (true) {
    ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return marks;
    ASSIGN_OR_RETURN(const TableName table, TableName::Parse(select.BytesAt(0)));
    TableMarks& of_table = marks[table];
    const std::string kind = select.BytesAt(1);
    const absl::Time at = TimeOf(select.IntAt(2));
    if (kind == kSample) {
      of_table.sample = SampleMark{at, select.BytesAt(3), static_cast<uint64_t>(select.IntAt(7)),
                                   select.RealAt(8), select.RealAt(9)};
      continue;
    }
    Mark mark{at, select.BytesAt(3), select.BytesAt(4), FamiliesOf(select.BytesAt(5)),
              select.IntAt(6) != 0};
    const bool full = kind == ToColumn(MarkKind::kFullPassAt);
    (full ? of_table.full_pass_at : of_table.writes_verified_until) = std::move(mark);
  }
}

}  // namespace twinwatch::ledger
