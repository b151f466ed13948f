// What Twinwatch remembers: one SQLite file, shared by commands and the agent.
//
// A pair of clusters is known by both clusters' ids. Of a pair the ledger holds drift (one entry a
// row of a table, with its history), runs with what they still have to do, and the marks of each
// table. Every call is one transaction, on disk when it returns OK; a process that is killed leaves
// what its last call wrote. One thread; a call waits at most `patience` for another process.
//
// Errors are those of sqlite.h: they name the file and say what to do. A file that is damaged, of a
// newer version or of another program is never written to.
#pragma once

#include <absl/time/time.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/status.h"
#include "verifier/diff/future_cells.h"
#include "verifier/ledger/records.h"
#include "verifier/ledger/sqlite.h"

namespace twinwatch::ledger {

enum class OpenMode {
  kCreate,    // the file, with its folder, where it is not there
  kExisting,  // kNotFound where it is not there
};

enum class MarkKind { kWritesVerifiedUntil, kFullPassAt };

class Ledger {
 public:
  static StatusOr<std::unique_ptr<Ledger>> Open(const std::string& path, OpenMode mode,
                                                absl::Duration patience = absl::Seconds(5));

  const std::string& path() const { return database_->path(); }

  // The pair with these two ids, known from now on by these names. `pair.id` is not looked at.
  StatusOr<PairId> NotePair(const Pair& pair, absl::Time now);
  StatusOr<std::vector<Pair>> Pairs();
  // The pair that was last seen at that source and `target` (a cluster key); without one, under
  // that name of the link. For when the clusters cannot be asked who they are.
  StatusOr<std::optional<Pair>> PairOfLink(const LinkName& link,
                                           const std::optional<std::string>& target);
  // Another number when somebody else has written to the file since the last call. Cheap.
  StatusOr<int64_t> DataVersion();
  // Whether a pass over the pair (over that table of it) ever ended, or found something.
  StatusOr<bool> KnowsOf(PairId pair, const std::optional<TableName>& table);

  // --- drift ---

  // Rows that differ, as drift_life.h says.
  Status Note(PairId pair, const Sighting& sighting, const std::vector<DriftFinding>& findings);
  // Closes what this pass looked at and did not find again. A suspect is removed; what was
  // confirmed is `rechecked`, and its history kept. A pass over part of the families closes
  // nothing.
  Status Settle(PairId pair, const Sighting& sighting, const SettledRange& settled);
  // The likely causes of open rows that this run saw last.
  Status Explain(PairId pair, const std::string& run, const std::vector<DriftFinding>& explained);
  // A row of this class is in no count of a verification.
  StatusOr<bool> IsWaived(PairId pair, const TableName& table, std::string_view row,
                          DriftClass drift_class);
  // The next step of open rows that are not waived; rows that are not open are left as they are.
  // kRechecked closes them.
  Status Advance(PairId pair, const TableName& table, const std::vector<std::string>& rows,
                 DriftState state, absl::Time at, const std::string& note);
  // A repair by `plan` was taken back: what it was made for differs again (drift_life.h).
  Status NoteUndone(PairId pair, const std::vector<DriftFinding>& rows, const std::string& plan,
                    absl::Time at);
  // Waives what is open in the range now, not what will be found later. Returns how many rows.
  StatusOr<uint64_t> Waive(PairId pair, const TableName& table, const KeyRange& range,
                           const Waiver& waiver);

  Status VisitOpen(PairId pair, const DriftFilter& filter,
                   const std::function<void(const DriftRecord&)>& visit);
  StatusOr<std::vector<DriftRecord>> OpenDrift(PairId pair, const DriftFilter& filter);
  StatusOr<std::map<TableName, OpenCounts>> CountOpen(PairId pair);
  // Rows that were confirmed once, open or not, as far as they are remembered.
  StatusOr<DriftCounts> CountEverConfirmed(PairId pair);
  // Open or not. None: nothing is known of the row.
  StatusOr<std::optional<DriftHistory>> Row(PairId pair, const TableName& table,
                                            std::string_view row);

  // --- runs ---

  // `run.tables` hold what is to be done at first. kInvalidArgument when there is such a run.
  Status BeginRun(const RunRecord& run);
  // All of it or nothing: the table's progress, what was found, and what was judged to the end.
  // The pair is the run's.
  Status Checkpoint(const Sighting& sighting, const TableProgress& progress,
                    const std::vector<DriftFinding>& findings,
                    const std::vector<SettledRange>& settled);
  Status EndRun(const std::string& run, absl::Time at, const std::string& verdict);
  // kNotFound names the runs that could be gone on with.
  StatusOr<RunRecord> LoadRun(const std::string& run);
  // A run that ended goes on.
  Status ReopenRun(const std::string& run);
  // Those that were broken off, or left something undone when they ended. Newest first.
  StatusOr<std::vector<RunRecord>> UnfinishedRuns(PairId pair, std::optional<RunKind> kind);
  // Of each table the full passes that began at `since` or later, whether they run, were broken off
  // or have ended; only those that move a mark when they end well. By run.
  StatusOr<std::map<TableName, std::map<std::string, PassRanges>>> RangesOfPasses(PairId pair,
                                                                                  absl::Time since);
  // When the last run that ended did so.
  StatusOr<std::optional<absl::Time>> LastEnd(PairId pair);

  // --- marks ---

  // A mark never goes back, unless `force`: then an older one replaces it.
  Status SetMark(PairId pair, const TableName& table, MarkKind kind, const Mark& mark,
                 bool force = false);
  Status SetSample(PairId pair, const TableName& table, const SampleMark& sample);
  StatusOr<std::map<TableName, TableMarks>> Marks(PairId pair);

  // What a look at the whole of the table on the target found, in place of what an earlier look
  // did. One that is older than what is kept changes nothing.
  Status KeepFutureCells(PairId pair, const TableName& table, const FutureCells& found);
  // Of a table that is there no more.
  Status ForgetFutureCells(PairId pair, const TableName& table);
  // A table that was never looked at is not among them.
  StatusOr<std::map<TableName, FutureCells>> AllFutureCells(PairId pair);

  // --- links ---
  // A peer is known by the id of its source cluster and its own, whatever it leads to.

  // `change` is kept when it is another state than the last one noted; the first always is. One
  // that lies before the last one noted is moved behind it. Reads only where nothing is new.
  Status NotePeer(const std::string& source_id, const std::string& peer, const PeerChange& change);
  // Oldest first. At most three hundred are kept.
  StatusOr<std::vector<PeerChange>> PeerHistory(const std::string& source_id,
                                                const std::string& peer);
  // Kept as it was first noted. Reads only where it is known. Of a peer three hundred at the most.
  Status NoteMissingWal(const std::string& source_id, const std::string& peer,
                        const MissingWal& wal);
  StatusOr<std::vector<MissingWal>> MissingWals(const std::string& source_id,
                                                const std::string& peer);

  // Never goes back, unless it is another peer by now, or what is kept lies behind `now`: a clock
  // was wrong then. `link` is what the link is called, and to which source it leads, now.
  Status KeepWatermark(const std::string& source_id, const std::string& peer, const LinkName& link,
                       const KeptWatermark& watermark, absl::Time now);
  StatusOr<std::optional<KeptWatermark>> Watermark(const std::string& source_id,
                                                   const std::string& peer);
  // The youngest of links that were called so and led to that source.
  StatusOr<std::optional<LinkWatermark>> WatermarkOfLink(const LinkName& link);

  // In place of what was kept; one that is not newer changes nothing. Waivers are not written:
  // those of members whose `since` is the same stay.
  Status KeepClosedWatch(const std::string& source_id, const std::string& peer,
                         const ClosedWatch& watch);
  StatusOr<std::optional<ClosedWatch>> ClosedWatchOf(const std::string& source_id,
                                                     const std::string& peer);
  // kNotFound: no dead server of that name is waited for.
  Status WaiveMember(const std::string& source_id, const std::string& peer,
                     const std::string& server, const Waiver& waiver);

  // Forgets closed rows with their history, runs that wrote nothing any more, states of peers that
  // ended, and missing WALs, 90 days after.
  Status Prune(absl::Time now);

 private:
  explicit Ledger(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  // Inside the caller's transaction.
  Status NoteAll(PairId pair, const Sighting& sighting, const std::vector<DriftFinding>& findings);
  Status SettleRange(PairId pair, const Sighting& sighting, const SettledRange& settled);
  Status WriteProgress(const std::string& run, const TableProgress& progress);
  StatusOr<std::vector<TableProgress>> ReadProgress(const std::string& run);
  Status DropFutureCells(PairId pair, const TableName& table);

  std::unique_ptr<Database> database_;
};

}  // namespace twinwatch::ledger
