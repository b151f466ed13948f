// The part of Ledger that holds drift.
#include <algorithm>
#include <utility>

#include "verifier/ledger/columns.h"
#include "verifier/ledger/drift_life.h"
#include "verifier/ledger/drift_rows.h"
#include "verifier/ledger/ledger.h"

namespace twinwatch::ledger {
namespace {

std::string WhereOf(const DriftFilter& filter) {
  std::string where = "WHERE pair = ? AND resolved IS NULL";
  if (filter.table) where += " AND table_name = ?";
  if (!filter.range.start.empty()) where += " AND row >= ?";
  if (!filter.range.stop.empty()) where += " AND row < ?";
  if (filter.run) where += " AND run = ?";
  if (filter.drift_class) where += " AND class = ?";
  if (filter.after) where += " AND (table_name, row) > (?, ?)";
  if (!filter.states.empty()) {
    where += " AND state IN (?";
    for (size_t i = 1; i < filter.states.size(); ++i) where += ", ?";
    where += ")";
  }
  return where;
}

void BindFilter(PairId pair, const DriftFilter& filter, Statement* statement) {
  statement->Int(pair);
  if (filter.table) statement->Text(filter.table->ToString());
  if (!filter.range.start.empty()) statement->Blob(filter.range.start);
  if (!filter.range.stop.empty()) statement->Blob(filter.range.stop);
  if (filter.run) statement->Text(*filter.run);
  if (filter.drift_class) statement->Text(ToString(*filter.drift_class));
  if (filter.after) statement->Text(filter.after->table.ToString()).Blob(filter.after->row);
  for (const DriftState state : filter.states) statement->Text(ToString(state));
}

// A pass closes what others saw before it began. Of what it told itself only what an earlier
// process told, and the later one read again and did not tell.
bool MayClose(const DriftRecord& record, const Sighting& sighting, const SettledRange& settled) {
  if (record.run != sighting.run) return record.last_seen < settled.begun;
  return record.last_seen < settled.resumed &&
         std::any_of(settled.read_again.begin(), settled.read_again.end(),
                     [&record](const TodoRange& todo) {
                       const bool told_once =
                           todo.counted && record.drift_class == DriftClass::kMarks;
                       return !told_once && todo.range.Contains(record.row);
                     });
}

}  // namespace

Status Ledger::NoteAll(PairId pair, const Sighting& sighting,
                       const std::vector<DriftFinding>& findings) {
  ASSIGN_OR_RETURN(DriftWriter writer, DriftWriter::Prepare(database_.get(), pair));
  for (const DriftFinding& finding : findings) {
    ASSIGN_OR_RETURN(const std::optional<DriftRecord> known,
                     writer.Find(finding.table, finding.row));
    const Seen seen = AfterSighting(known, finding, sighting);
    RETURN_IF_ERROR(writer.Write(seen.record));
    if (seen.event) {
      RETURN_IF_ERROR(writer.AddEvent(seen.record, sighting.at, sighting.run, *seen.event));
    }
  }
  return absl::OkStatus();
}

Status Ledger::Note(PairId pair, const Sighting& sighting,
                    const std::vector<DriftFinding>& findings) {
  if (findings.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_.get()));
  RETURN_IF_ERROR(NoteAll(pair, sighting, findings));
  return transaction.Commit();
}

// A table may be missing as a whole: its rows are never all held at once.
constexpr uint64_t kRowsAtOnce = 1000;

Status Ledger::SettleRange(PairId pair, const Sighting& sighting, const SettledRange& settled) {
  DriftFilter filter;
  filter.table = settled.table;
  filter.range = settled.range;
  filter.limit = kRowsAtOnce;
  ASSIGN_OR_RETURN(DriftWriter writer, DriftWriter::Prepare(database_.get(), pair));
  std::vector<std::string> except = settled.except;
  std::sort(except.begin(), except.end());
  while (true) {
    ASSIGN_OR_RETURN(std::vector<DriftRecord> records, OpenDrift(pair, filter));
    for (DriftRecord& record : records) {
      filter.range.start = NextKey(record.row);
      if (!MayClose(record, sighting, settled) || !Refutes(sighting.breadth, record.breadth) ||
          std::binary_search(except.begin(), except.end(), record.row)) {
        continue;
      }
      RETURN_IF_ERROR(
          writer.Close(std::move(record), sighting.at, sighting.run, "the same on both sides"));
    }
    if (records.size() < kRowsAtOnce || IsEmpty(filter.range)) return absl::OkStatus();
  }
}

Status Ledger::Settle(PairId pair, const Sighting& sighting, const SettledRange& settled) {
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_.get()));
  RETURN_IF_ERROR(SettleRange(pair, sighting, settled));
  return transaction.Commit();
}

Status Ledger::Explain(PairId pair, const std::string& run,
                       const std::vector<DriftFinding>& explained) {
  if (explained.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_.get()));
  ASSIGN_OR_RETURN(Statement update, database_->Prepare(R"(
      UPDATE drift SET cause = ?, evidence = ?
      WHERE pair = ? AND table_name = ? AND row = ? AND run = ? AND resolved IS NULL)"));
  for (const DriftFinding& finding : explained) {
    update.MaybeText(finding.cause).MaybeText(finding.evidence);
    update.Int(pair).Text(finding.table.ToString()).Blob(finding.row).Text(run);
    RETURN_IF_ERROR(update.Run());
  }
  return transaction.Commit();
}

StatusOr<bool> Ledger::IsWaived(PairId pair, const TableName& table, std::string_view row,
                                DriftClass drift_class) {
  ASSIGN_OR_RETURN(Statement select, database_->Prepare(R"(
      SELECT 1 FROM drift WHERE pair = ? AND table_name = ? AND row = ? AND class = ?
        AND state = 'waived')"));
  select.Int(pair).Text(table.ToString()).Blob(row).Text(ToString(drift_class));
  return select.Step();
}

Status Ledger::Advance(PairId pair, const TableName& table, const std::vector<std::string>& rows,
                       DriftState state, absl::Time at, const std::string& note) {
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_.get()));
  ASSIGN_OR_RETURN(DriftWriter writer, DriftWriter::Prepare(database_.get(), pair));
  for (const std::string& row : rows) {
    ASSIGN_OR_RETURN(std::optional<DriftRecord> record, writer.Find(table, row));
    if (!record || record->resolved || record->state == DriftState::kWaived) continue;
    if (state == DriftState::kRechecked) {
      RETURN_IF_ERROR(writer.Close(*std::move(record), at, "", note));
      continue;
    }
    record->state = state;
    RETURN_IF_ERROR(writer.Write(*record));
    RETURN_IF_ERROR(writer.AddEvent(*record, at, "", note));
  }
  return transaction.Commit();
}

Status Ledger::NoteUndone(PairId pair, const std::vector<DriftFinding>& rows,
                          const std::string& plan, absl::Time at) {
  if (rows.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_.get()));
  ASSIGN_OR_RETURN(DriftWriter writer, DriftWriter::Prepare(database_.get(), pair));
  for (const DriftFinding& finding : rows) {
    ASSIGN_OR_RETURN(const std::optional<DriftHistory> known,
                     Row(pair, finding.table, finding.row));
    const std::optional<Seen> seen = AfterUndo(known, finding, plan, at);
    if (!seen) continue;
    RETURN_IF_ERROR(writer.Write(seen->record));
    RETURN_IF_ERROR(writer.AddEvent(seen->record, at, "", *seen->event));
  }
  return transaction.Commit();
}

StatusOr<uint64_t> Ledger::Waive(PairId pair, const TableName& table, const KeyRange& range,
                                 const Waiver& waiver) {
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_.get()));
  DriftFilter filter;
  filter.table = table;
  filter.range = range;
  ASSIGN_OR_RETURN(std::vector<DriftRecord> records, OpenDrift(pair, filter));
  ASSIGN_OR_RETURN(DriftWriter writer, DriftWriter::Prepare(database_.get(), pair));
  for (DriftRecord& record : records) {
    record.state = DriftState::kWaived;
    record.waiver = waiver;
    RETURN_IF_ERROR(writer.Write(record));
    RETURN_IF_ERROR(writer.AddEvent(record, waiver.at, "",
                                    fmt::format("waived by {}: {}", waiver.by, waiver.reason)));
  }
  RETURN_IF_ERROR(transaction.Commit());
  return records.size();
}

Status Ledger::VisitOpen(PairId pair, const DriftFilter& filter,
                         const std::function<void(const DriftRecord&)>& visit) {
  std::string sql = kSelectDrift + WhereOf(filter) + " ORDER BY table_name, row";
  if (filter.limit > 0) sql += fmt::format(" LIMIT {}", filter.limit);
  ASSIGN_OR_RETURN(Statement select, database_->Prepare(sql));
  BindFilter(pair, filter, &select);
  while (true) {
    ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return absl::OkStatus();
    ASSIGN_OR_RETURN(const DriftRecord record, ReadRecord(select));
    visit(record);
  }
}

StatusOr<std::vector<DriftRecord>> Ledger::OpenDrift(PairId pair, const DriftFilter& filter) {
  std::vector<DriftRecord> records;
  RETURN_IF_ERROR(VisitOpen(pair, filter,
                            [&records](const DriftRecord& record) { records.push_back(record); }));
  return records;
}

StatusOr<std::map<TableName, OpenCounts>> Ledger::CountOpen(PairId pair) {
  ASSIGN_OR_RETURN(Statement select, database_->Prepare(R"(
      SELECT table_name, class, state, count(*), coalesce(min(confirmed_at), -1) FROM drift
      WHERE pair = ? AND resolved IS NULL
      GROUP BY table_name, class, state)"));
  select.Int(pair);
  std::map<TableName, OpenCounts> counts;
  while (true) {
    ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return counts;
    ASSIGN_OR_RETURN(const TableName table, TableName::Parse(select.BytesAt(0)));
    const std::string class_text = select.BytesAt(1);
    const std::string state_text = select.BytesAt(2);
    ASSIGN_OR_RETURN(const DriftClass drift_class,
                     Known(ParseDriftClass(class_text), "class", class_text, path()));
    ASSIGN_OR_RETURN(const DriftState state,
                     Known(ParseDriftState(state_text), "state", state_text, path()));
    const auto number = static_cast<uint64_t>(select.IntAt(3));
    OpenCounts& of_table = counts[table];
    if (state == DriftState::kWaived) {
      of_table.waived += number;
    } else {
      DriftCounts& of_state =
          state == DriftState::kSuspected ? of_table.suspected : of_table.confirmed;
      of_state.Of(drift_class) += number;
      const int64_t since = select.IntAt(4);
      if (state == DriftState::kSuspected || drift_class == DriftClass::kMarks || since < 0)
        continue;
      of_table.oldest_confirmed =
          std::min(of_table.oldest_confirmed.value_or(TimeOf(since)), TimeOf(since));
    }
  }
}

StatusOr<DriftCounts> Ledger::CountEverConfirmed(PairId pair) {
  ASSIGN_OR_RETURN(Statement select, database_->Prepare(R"(
      SELECT class, count(*) FROM drift WHERE pair = ? AND confirmed_at IS NOT NULL
      GROUP BY class)"));
  select.Int(pair);
  DriftCounts counts;
  while (true) {
    ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return counts;
    const std::string text = select.BytesAt(0);
    ASSIGN_OR_RETURN(const DriftClass drift_class,
                     Known(ParseDriftClass(text), "class", text, path()));
    counts.Of(drift_class) += static_cast<uint64_t>(select.IntAt(1));
  }
}

StatusOr<std::optional<DriftHistory>> Ledger::Row(PairId pair, const TableName& table,
                                                  std::string_view row) {
  ASSIGN_OR_RETURN(DriftWriter writer, DriftWriter::Prepare(database_.get(), pair));
  ASSIGN_OR_RETURN(std::optional<DriftRecord> record, writer.Find(table, row));
  if (!record) return std::optional<DriftHistory>();
  DriftHistory history;
  history.record = *std::move(record);
  ASSIGN_OR_RETURN(Statement select, database_->Prepare(R"(
      SELECT at, run, state, note FROM events WHERE pair = ? AND table_name = ? AND row = ?
      ORDER BY id)"));
  select.Int(pair).Text(table.ToString()).Blob(row);
  while (true) {
    ASSIGN_OR_RETURN(const bool there, select.Step());
    if (!there) return std::optional(std::move(history));
    DriftEvent& event = history.events.emplace_back();
    event.at = TimeOf(select.IntAt(0));
    event.run = select.BytesAt(1);
    const std::string state = select.BytesAt(2);
    ASSIGN_OR_RETURN(event.state, Known(ParseDriftState(state), "state", state, path()));
    event.note = select.BytesAt(3);
  }
}

}  // namespace twinwatch::ledger
