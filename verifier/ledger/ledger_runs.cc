// The part of Ledger that holds runs.
#include <utility>

#include "verifier/ledger/columns.h"
#include "verifier/ledger/ledger.h"

namespace twinwatch::ledger {
namespace {

constexpr char kSelectRuns[] = R"(
  SELECT id, pair, kind, options, breadth, begun, checkpoint, ended, verdict FROM runs )";

StatusOr<RunRecord> ReadRun(const Statement& select) {
  RunRecord run;
  run.id = select.BytesAt(0);
  run.pair = select.IntAt(1);
  const std::string kind = select.BytesAt(2);
  ASSIGN_OR_RETURN(run.kind, Known(ParseRunKind(kind), "kind of run", kind, select.path()));
  run.options = select.BytesAt(3);
  run.breadth = BreadthOf(select.IntAt(4));
  run.begun = TimeOf(select.IntAt(5));
  run.last_checkpoint = TimeOf(select.IntAt(6));
  run.ended = TimeOf(select.MaybeIntAt(7));
  run.verdict = select.MaybeTextAt(8);
  return run;
}

StatusOr<std::vector<RunRecord>> ReadRuns(Statement* select) {
  std::vector<RunRecord> runs;
  while (true) {
    ASSIGN_OR_RETURN(const bool row, select->Step());
    if (!row) return runs;
    ASSIGN_OR_RETURN(RunRecord run, ReadRun(*select));
    runs.push_back(std::move(run));
  }
}

Status NoSuchRun(Database* database, const std::string& run) {
  ASSIGN_OR_RETURN(Statement select,
                   database->Prepare("SELECT id FROM runs WHERE ended IS NULL ORDER BY begun DESC "
                                     "LIMIT 5"));
  std::vector<std::string> ids;
  while (true) {
    ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) break;
    ids.push_back(select.BytesAt(0));
  }
  return Error(absl::StatusCode::kNotFound,
               "the ledger {} knows of no run {} (not finished are: {})", database->path(), run,
               ids.empty() ? "none" : fmt::format("{}", fmt::join(ids, ", ")));
}

}  // namespace

Status Ledger::BeginRun(const RunRecord& run) {
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_.get()));
  ASSIGN_OR_RETURN(Statement known, database_->Prepare("SELECT 1 FROM runs WHERE id = ?"));
  ASSIGN_OR_RETURN(const bool there, known.Text(run.id).Step());
  if (there) {
    return Error(absl::StatusCode::kInvalidArgument, "the ledger {} has a run {} already", path(),
                 run.id);
  }
  ASSIGN_OR_RETURN(Statement insert, database_->Prepare(R"(
      INSERT INTO runs(id, pair, kind, options, breadth, begun, checkpoint)
      VALUES(?, ?, ?, ?, ?, ?, ?))"));
  insert.Text(run.id).Int(run.pair).Text(ToString(run.kind)).Text(run.options);
  insert.Int(ToColumn(run.breadth)).Int(ToColumn(run.begun)).Int(ToColumn(run.begun));
  RETURN_IF_ERROR(insert.Run());
  ASSIGN_OR_RETURN(Statement add_table, database_->Prepare(R"(
      INSERT INTO run_tables(run, place, table_name, counters) VALUES(?, ?, ?, ''))"));
  int64_t place = 0;
  for (const TableProgress& table : run.tables) {
    RETURN_IF_ERROR(add_table.Text(run.id).Int(place++).Text(table.table.ToString()).Run());
    RETURN_IF_ERROR(WriteProgress(run.id, table));
  }
  return transaction.Commit();
}

Status Ledger::WriteProgress(const std::string& run, const TableProgress& progress) {
  const std::string table = progress.table.ToString();
  ASSIGN_OR_RETURN(Statement update, database_->Prepare(R"(
      UPDATE run_tables SET counters = ? WHERE run = ? AND table_name = ? RETURNING 1)"));
  ASSIGN_OR_RETURN(const bool known,
                   update.Text(ToColumn(progress.counters)).Text(run).Text(table).Step());
  if (!known) {
    return Error(absl::StatusCode::kInvalidArgument, "table {} is not one of run {}", table, run);
  }
  RETURN_IF_ERROR(update.Run());
  ASSIGN_OR_RETURN(Statement clear,
                   database_->Prepare("DELETE FROM todo WHERE run = ? AND table_name = ?"));
  RETURN_IF_ERROR(clear.Text(run).Text(table).Run());
  ASSIGN_OR_RETURN(Statement insert, database_->Prepare(R"(
      INSERT INTO todo(run, table_name, place, start, stop, counted) VALUES(?, ?, ?, ?, ?, ?))"));
  int64_t place = 0;
  for (const TodoRange& todo : progress.todo) {
    insert.Text(run).Text(table).Int(place++).Blob(todo.range.start).Blob(todo.range.stop);
    RETURN_IF_ERROR(insert.Int(todo.counted ? 1 : 0).Run());
  }
  return absl::OkStatus();
}

Status Ledger::Checkpoint(const Sighting& sighting, const TableProgress& progress,
                          const std::vector<DriftFinding>& findings,
                          const std::vector<SettledRange>& settled) {
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_.get()));
  ASSIGN_OR_RETURN(Statement update, database_->Prepare(R"(
      UPDATE runs SET checkpoint = ? WHERE id = ? AND ended IS NULL RETURNING pair)"));
  ASSIGN_OR_RETURN(const bool known, update.Int(ToColumn(sighting.at)).Text(sighting.run).Step());
  if (!known) return NoSuchRun(database_.get(), sighting.run);
  const PairId pair = update.IntAt(0);
  RETURN_IF_ERROR(update.Run());
  RETURN_IF_ERROR(WriteProgress(sighting.run, progress));
  RETURN_IF_ERROR(NoteAll(pair, sighting, findings));
  for (const SettledRange& range : settled) {
    RETURN_IF_ERROR(SettleRange(pair, sighting, range));
  }
  return transaction.Commit();
}

Status Ledger::EndRun(const std::string& run, absl::Time at, const std::string& verdict) {
  ASSIGN_OR_RETURN(Statement update, database_->Prepare(R"(
      UPDATE runs SET ended = ?, verdict = ? WHERE id = ? RETURNING 1)"));
  ASSIGN_OR_RETURN(const bool known, update.Int(ToColumn(at)).Text(verdict).Text(run).Step());
  if (!known) return NoSuchRun(database_.get(), run);
  return update.Run();
}

Status Ledger::ReopenRun(const std::string& run) {
  ASSIGN_OR_RETURN(Statement update, database_->Prepare(R"(
      UPDATE runs SET ended = NULL, verdict = NULL WHERE id = ? RETURNING 1)"));
  ASSIGN_OR_RETURN(const bool known, update.Text(run).Step());
  if (!known) return NoSuchRun(database_.get(), run);
  return update.Run();
}

StatusOr<std::vector<TableProgress>> Ledger::ReadProgress(const std::string& run) {
  ASSIGN_OR_RETURN(Statement tables, database_->Prepare(R"(
      SELECT table_name, counters FROM run_tables WHERE run = ? ORDER BY place)"));
  ASSIGN_OR_RETURN(Statement ranges, database_->Prepare(R"(
      SELECT start, stop, counted FROM todo WHERE run = ? AND table_name = ? ORDER BY place)"));
  tables.Text(run);
  std::vector<TableProgress> all;
  while (true) {
    ASSIGN_OR_RETURN(const bool table_there, tables.Step());
    if (!table_there) return all;
    TableProgress progress;
    ASSIGN_OR_RETURN(progress.table, TableName::Parse(tables.BytesAt(0)));
    const StatusOr<RunCounters> counters = CountersOf(tables.BytesAt(1));
    if (!counters.ok()) return Annotate(counters.status(), path());
    progress.counters = *counters;
    ranges.Text(run).Text(progress.table.ToString());
    while (true) {
      ASSIGN_OR_RETURN(const bool range_there, ranges.Step());
      if (!range_there) break;
      progress.todo.push_back({{ranges.BytesAt(0), ranges.BytesAt(1)}, ranges.IntAt(2) != 0});
    }
    all.push_back(std::move(progress));
  }
}

StatusOr<RunRecord> Ledger::LoadRun(const std::string& run) {
  ASSIGN_OR_RETURN(Statement select, database_->Prepare(std::string(kSelectRuns) + "WHERE id = ?"));
  select.Text(run);
  ASSIGN_OR_RETURN(std::vector<RunRecord> runs, ReadRuns(&select));
  if (runs.empty()) return NoSuchRun(database_.get(), run);
  ASSIGN_OR_RETURN(runs.front().tables, ReadProgress(run));
  return std::move(runs.front());
}

StatusOr<std::vector<RunRecord>> Ledger::UnfinishedRuns(PairId pair, std::optional<RunKind> kind) {
  ASSIGN_OR_RETURN(Statement select, database_->Prepare(std::string(kSelectRuns) + R"(
      WHERE pair = ?1 AND (ended IS NULL OR EXISTS(SELECT 1 FROM todo WHERE run = id))
        AND (?2 IS NULL OR kind = ?2)
      ORDER BY begun DESC, id DESC)"));
  select.Int(pair);
  select.MaybeText(kind ? std::optional(std::string(ToString(*kind))) : std::nullopt);
  ASSIGN_OR_RETURN(std::vector<RunRecord> runs, ReadRuns(&select));
  for (RunRecord& run : runs) {
    ASSIGN_OR_RETURN(run.tables, ReadProgress(run.id));
  }
  return runs;
}

StatusOr<std::map<TableName, std::map<std::string, PassRanges>>> Ledger::RangesOfPasses(
    PairId pair, absl::Time since) {
  ASSIGN_OR_RETURN(Statement select, database_->Prepare(R"(
      SELECT run_tables.run, table_name, breadth, begun, counters,
        (SELECT count(*) FROM todo WHERE todo.run = run_tables.run
           AND todo.table_name = run_tables.table_name AND NOT counted),
        ended IS NOT NULL
      FROM runs JOIN run_tables ON run_tables.run = runs.id
      WHERE pair = ? AND kind = ? AND begun >= ?)"));
  select.Int(pair).Text(ToString(RunKind::kFull)).Int(ToColumn(since));
  std::map<TableName, std::map<std::string, PassRanges>> passes;
  while (true) {
    ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return passes;
    if (!MovesMarks(BreadthOf(select.IntAt(2)))) continue;
    ASSIGN_OR_RETURN(const TableName table, TableName::Parse(select.BytesAt(1)));
    ASSIGN_OR_RETURN(const RunCounters counters, CountersOf(select.BytesAt(4)));
    passes[table][select.BytesAt(0)] = {TimeOf(select.IntAt(3)), counters.ranges,
                                        static_cast<uint64_t>(select.IntAt(5)),
                                        counters.ranges_drifted, select.IntAt(6) != 0};
  }
}

StatusOr<std::optional<absl::Time>> Ledger::LastEnd(PairId pair) {
  ASSIGN_OR_RETURN(Statement select,
                   database_->Prepare("SELECT max(ended) FROM runs WHERE pair = ?"));
  ASSIGN_OR_RETURN(const bool row, select.Int(pair).Step());
  return row ? TimeOf(select.MaybeIntAt(0)) : std::nullopt;
}

}  // namespace twinwatch::ledger
