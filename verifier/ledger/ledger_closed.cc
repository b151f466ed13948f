// The part of Ledger that holds the servers of sources whose replication znodes are closed.
#include <utility>

#include "verifier/ledger/columns.h"
#include "verifier/ledger/ledger.h"

namespace twinwatch::ledger {

Status Ledger::KeepClosedWatch(const std::string& source_id, const std::string& peer,
                               const ClosedWatch& watch) {
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_.get()));
  ASSIGN_OR_RETURN(Statement newer, database_->Prepare(R"(
      SELECT 1 FROM closed_watches WHERE source_id = ? AND peer = ? AND seen >= ?)"));
  ASSIGN_OR_RETURN(const bool is_old,
                   newer.Text(source_id).Text(peer).Int(ToColumn(watch.seen)).Step());
  if (is_old) return absl::OkStatus();
  ASSIGN_OR_RETURN(Statement upsert, database_->Prepare(R"(
      INSERT INTO closed_watches(source_id, peer, seen, master) VALUES(?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET seen = excluded.seen, master = excluded.master)"));
  upsert.Text(source_id).Text(peer).Int(ToColumn(watch.seen)).Text(watch.master);
  RETURN_IF_ERROR(upsert.Run());
  // -1: not in this look.
  ASSIGN_OR_RETURN(Statement mark, database_->Prepare(R"(
      UPDATE closed_members SET lives = -1 WHERE source_id = ? AND peer = ?)"));
  RETURN_IF_ERROR(mark.Text(source_id).Text(peer).Run());
  for (const ClosedMember& member : watch.members) {
    ASSIGN_OR_RETURN(Statement put, database_->Prepare(R"(
        INSERT INTO closed_members(source_id, peer, server, lives, is_shown, since)
        VALUES(?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET lives = excluded.lives, is_shown = excluded.is_shown,
          waived = iif(since = excluded.since, waived, NULL),
          waived_by = iif(since = excluded.since, waived_by, NULL),
          waived_at = iif(since = excluded.since, waived_at, NULL), since = excluded.since)"));
    put.Text(source_id).Text(peer).Text(member.server).Int(member.lives ? 1 : 0);
    RETURN_IF_ERROR(put.Int(member.is_shown ? 1 : 0).Int(ToColumn(member.since)).Run());
  }
  ASSIGN_OR_RETURN(Statement gone, database_->Prepare(R"(
      DELETE FROM closed_members WHERE source_id = ? AND peer = ? AND lives = -1)"));
  RETURN_IF_ERROR(gone.Text(source_id).Text(peer).Run());
  return transaction.Commit();
}

StatusOr<std::optional<ClosedWatch>> Ledger::ClosedWatchOf(const std::string& source_id,
                                                           const std::string& peer) {
  // One statement: another process may write between two.
  ASSIGN_OR_RETURN(Statement select, database_->Prepare(R"(
      SELECT w.seen, w.master, m.server, m.lives, m.is_shown, m.since, m.waived, m.waived_by,
        m.waived_at
      FROM closed_watches w LEFT JOIN closed_members m USING(source_id, peer)
      WHERE w.source_id = ? AND w.peer = ? ORDER BY m.server)"));
  select.Text(source_id).Text(peer);
  std::optional<ClosedWatch> watch;
  while (true) {
    ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return watch;
    if (!watch) watch = ClosedWatch{TimeOf(select.IntAt(0)), select.BytesAt(1), {}};
    const std::optional<std::string> server = select.MaybeTextAt(2);
    if (!server) return watch;
    ClosedMember& member = watch->members.emplace_back();
    member.server = *server;
    member.lives = select.IntAt(3) != 0;
    member.is_shown = select.IntAt(4) != 0;
    member.since = TimeOf(select.IntAt(5));
    if (const std::optional<std::string> reason = select.MaybeTextAt(6))
      member.waived = Waiver{*reason, select.BytesAt(7), TimeOf(select.IntAt(8))};
  }
}

Status Ledger::WaiveMember(const std::string& source_id, const std::string& peer,
                           const std::string& server, const Waiver& waiver) {
  ASSIGN_OR_RETURN(Statement update, database_->Prepare(R"(
      UPDATE closed_members SET waived = ?, waived_by = ?, waived_at = ?
      WHERE source_id = ? AND peer = ? AND server = ? AND lives = 0 RETURNING 1)"));
  update.Text(waiver.reason).Text(waiver.by).Int(ToColumn(waiver.at));
  ASSIGN_OR_RETURN(const bool found, update.Text(source_id).Text(peer).Text(server).Step());
  if (found) return absl::OkStatus();
  return Error(absl::StatusCode::kNotFound, "no dead server {} is waited for", server);
}

}  // namespace twinwatch::ledger
