#include "verifier/ledger/drift_rows.h"

#include "verifier/ledger/columns.h"

namespace twinwatch::ledger {
namespace {

constexpr char kWrite[] = R"(
  INSERT OR REPLACE INTO drift(table_name, row, class, state, first_seen, last_seen, resolved,
    confirmed_by, confirmed_at, cause, evidence, waived, waived_by, waived_at, oldest_ms, newest_ms,
    run, breadth, pair)
  VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?))";

}  // namespace

StatusOr<DriftRecord> ReadRecord(const Statement& select) {
  DriftRecord record;
  ASSIGN_OR_RETURN(record.table, TableName::Parse(select.BytesAt(0)));
  record.row = select.BytesAt(1);
  const std::string drift_class = select.BytesAt(2);
  ASSIGN_OR_RETURN(record.drift_class,
                   Known(ParseDriftClass(drift_class), "class", drift_class, select.path()));
  const std::string state = select.BytesAt(3);
  ASSIGN_OR_RETURN(record.state, Known(ParseDriftState(state), "state", state, select.path()));
  record.first_seen = TimeOf(select.IntAt(4));
  record.last_seen = TimeOf(select.IntAt(5));
  record.resolved = TimeOf(select.MaybeIntAt(6));
  record.confirmed_by = select.MaybeTextAt(7);
  record.confirmed_at = TimeOf(select.MaybeIntAt(8));
  record.cause = select.MaybeTextAt(9);
  record.evidence = select.MaybeTextAt(10);
  if (const std::optional<std::string> reason = select.MaybeTextAt(11)) {
    record.waiver = Waiver{*reason, select.BytesAt(12), TimeOf(select.IntAt(13))};
  }
  if (const std::optional<int64_t> oldest = select.MaybeIntAt(14)) {
    record.differing.Include(static_cast<uint64_t>(*oldest));
    record.differing.Include(static_cast<uint64_t>(select.IntAt(15)));
  }
  record.run = select.BytesAt(16);
  record.breadth = BreadthOf(select.IntAt(17));
  return record;
}

StatusOr<DriftWriter> DriftWriter::Prepare(Database* database, PairId pair) {
  ASSIGN_OR_RETURN(Statement find,
                   database->Prepare(std::string(kSelectDrift) +
                                     "WHERE pair = ? AND table_name = ? AND row = ?"));
  ASSIGN_OR_RETURN(Statement write, database->Prepare(kWrite));
  ASSIGN_OR_RETURN(Statement add_event, database->Prepare(R"(
      INSERT INTO events(pair, table_name, row, at, run, state, note)
      VALUES(?, ?, ?, ?, ?, ?, ?))"));
  ASSIGN_OR_RETURN(Statement proven_once, database->Prepare(R"(
      SELECT 1 FROM events WHERE pair = ? AND table_name = ? AND row = ?
        AND state <> 'suspected' LIMIT 1)"));
  ASSIGN_OR_RETURN(Statement forget, database->Prepare(R"(
      DELETE FROM drift WHERE pair = ? AND table_name = ? AND row = ?)"));
  ASSIGN_OR_RETURN(Statement forget_events, database->Prepare(R"(
      DELETE FROM events WHERE pair = ? AND table_name = ? AND row = ?)"));
  return DriftWriter(pair, std::move(find), std::move(write), std::move(add_event),
                     std::move(proven_once), std::move(forget), std::move(forget_events));
}

StatusOr<std::optional<DriftRecord>> DriftWriter::Find(const TableName& table,
                                                       std::string_view row) {
  find_.Int(pair_).Text(table.ToString()).Blob(row);
  ASSIGN_OR_RETURN(const bool there, find_.Step());
  if (!there) return std::optional<DriftRecord>();
  ASSIGN_OR_RETURN(DriftRecord record, ReadRecord(find_));
  RETURN_IF_ERROR(find_.Run());
  return std::optional(std::move(record));
}

Status DriftWriter::Write(const DriftRecord& record) {
  const std::optional<Waiver>& waiver = record.waiver;
  const bool dated = record.differing.oldest_ms <= record.differing.newest_ms;
  write_.Text(record.table.ToString()).Blob(record.row);
  write_.Text(ToString(record.drift_class)).Text(ToString(record.state));
  write_.Int(ToColumn(record.first_seen)).Int(ToColumn(record.last_seen));
  write_.MaybeInt(ToColumn(record.resolved));
  write_.MaybeText(record.confirmed_by).MaybeInt(ToColumn(record.confirmed_at));
  write_.MaybeText(record.cause).MaybeText(record.evidence);
  write_.MaybeText(waiver ? std::optional(waiver->reason) : std::nullopt);
  write_.MaybeText(waiver ? std::optional(waiver->by) : std::nullopt);
  write_.MaybeInt(waiver ? std::optional(ToColumn(waiver->at)) : std::nullopt);
  for (const uint64_t time : {record.differing.oldest_ms, record.differing.newest_ms}) {
    write_.MaybeInt(dated ? std::optional(static_cast<int64_t>(time)) : std::nullopt);
  }
  write_.Text(record.run).Int(ToColumn(record.breadth)).Int(pair_);
  return write_.Run();
}

Status DriftWriter::AddEvent(const DriftRecord& record, absl::Time at, std::string_view run,
                             std::string_view note) {
  add_event_.Int(pair_).Text(record.table.ToString()).Blob(record.row).Int(ToColumn(at));
  return add_event_.Text(run).Text(ToString(record.state)).Text(note).Run();
}

Status DriftWriter::Close(DriftRecord record, absl::Time at, std::string_view run,
                          std::string_view note) {
  const std::string table = record.table.ToString();
  if (record.state == DriftState::kSuspected) {
    ASSIGN_OR_RETURN(const bool proven_once,
                     proven_once_.Int(pair_).Text(table).Blob(record.row).Step());
    if (!proven_once) {
      RETURN_IF_ERROR(forget_events_.Int(pair_).Text(table).Blob(record.row).Run());
      return forget_.Int(pair_).Text(table).Blob(record.row).Run();
    }
    RETURN_IF_ERROR(proven_once_.Run());
  }
  record.state = DriftState::kRechecked;
  record.resolved = at;
  record.waiver.reset();
  RETURN_IF_ERROR(Write(record));
  return AddEvent(record, at, run, note);
}

}  // namespace twinwatch::ledger
