// The part of Ledger that holds what happened to the peers of source clusters.
#include <algorithm>
#include <utility>

#include "verifier/ledger/columns.h"
#include "verifier/ledger/ledger.h"

namespace twinwatch::ledger {
namespace {

constexpr int64_t kMaxOfPeer = 300;

StatusOr<std::optional<PeerChange>> LastOf(Database* database, const std::string& source_id,
                                           const std::string& peer) {
  ASSIGN_OR_RETURN(Statement select, database->Prepare(R"(
      SELECT at, state FROM peer_states WHERE source_id = ? AND peer = ?
      ORDER BY id DESC LIMIT 1)"));
  ASSIGN_OR_RETURN(const bool row, select.Text(source_id).Text(peer).Step());
  if (!row) return std::optional<PeerChange>();
  const std::string text = select.BytesAt(1);
  PeerChange last;
  last.at = TimeOf(select.IntAt(0));
  ASSIGN_OR_RETURN(last.state, Known(ParsePeerState(text), "state of a peer", text, select.path()));
  return std::optional(last);
}

StatusOr<int64_t> CountWals(Database* database, const std::string& source_id,
                            const std::string& peer, const std::string& name) {
  ASSIGN_OR_RETURN(Statement select, database->Prepare(R"(
      SELECT count(*), coalesce(max(name = ?3), 0) FROM missing_wals
      WHERE source_id = ?1 AND peer = ?2)"));
  ASSIGN_OR_RETURN(const bool row, select.Text(source_id).Text(peer).Text(name).Step());
  if (!row || select.IntAt(1) != 0) return kMaxOfPeer;
  return select.IntAt(0);
}

}  // namespace

Status Ledger::NotePeer(const std::string& source_id, const std::string& peer,
                        const PeerChange& change) {
  ASSIGN_OR_RETURN(std::optional<PeerChange> last, LastOf(database_.get(), source_id, peer));
  if (last && last->state == change.state) return absl::OkStatus();
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_.get()));
  // Another process may have noted it meanwhile.
  ASSIGN_OR_RETURN(last, LastOf(database_.get(), source_id, peer));
  if (last && last->state == change.state) return absl::OkStatus();
  ASSIGN_OR_RETURN(Statement insert, database_->Prepare(R"(
      INSERT INTO peer_states(source_id, peer, at, state) VALUES(?, ?, ?, ?))"));
  const absl::Time at = last ? std::max(last->at, change.at) : change.at;
  insert.Text(source_id).Text(peer).Int(ToColumn(at)).Text(ToString(change.state));
  RETURN_IF_ERROR(insert.Run());
  ASSIGN_OR_RETURN(Statement bound, database_->Prepare(R"(
      DELETE FROM peer_states WHERE source_id = ?1 AND peer = ?2 AND id <= (
        SELECT id FROM peer_states WHERE source_id = ?1 AND peer = ?2
        ORDER BY id DESC LIMIT 1 OFFSET ?3))"));
  RETURN_IF_ERROR(bound.Text(source_id).Text(peer).Int(kMaxOfPeer).Run());
  return transaction.Commit();
}

StatusOr<std::vector<PeerChange>> Ledger::PeerHistory(const std::string& source_id,
                                                      const std::string& peer) {
  ASSIGN_OR_RETURN(Statement select, database_->Prepare(R"(
      SELECT at, state FROM peer_states WHERE source_id = ? AND peer = ? ORDER BY id)"));
  select.Text(source_id).Text(peer);
  std::vector<PeerChange> history;
  while (true) {
    ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return history;
    const std::string text = select.BytesAt(1);
    PeerChange& change = history.emplace_back();
    change.at = TimeOf(select.IntAt(0));
    ASSIGN_OR_RETURN(change.state,
                     Known(ParsePeerState(text), "state of a peer", text, select.path()));
  }
}

Status Ledger::NoteMissingWal(const std::string& source_id, const std::string& peer,
                              const MissingWal& wal) {
  ASSIGN_OR_RETURN(const int64_t known, CountWals(database_.get(), source_id, peer, wal.name));
  if (known >= kMaxOfPeer) return absl::OkStatus();
  ASSIGN_OR_RETURN(Statement insert, database_->Prepare(R"(
      INSERT INTO missing_wals(source_id, peer, name, begun, ended, seen) VALUES(?, ?, ?, ?, ?, ?)
      ON CONFLICT DO NOTHING)"));
  insert.Text(source_id).Text(peer).Text(wal.name);
  return insert.Int(ToColumn(wal.begun)).Int(ToColumn(wal.ended)).Int(ToColumn(wal.seen)).Run();
}

StatusOr<std::vector<MissingWal>> Ledger::MissingWals(const std::string& source_id,
                                                      const std::string& peer) {
  ASSIGN_OR_RETURN(Statement select, database_->Prepare(R"(
      SELECT name, begun, ended, seen FROM missing_wals WHERE source_id = ? AND peer = ?
      ORDER BY begun, name)"));
  select.Text(source_id).Text(peer);
  std::vector<MissingWal> wals;
  while (true) {
    ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return wals;
    wals.push_back({select.BytesAt(0), TimeOf(select.IntAt(1)), TimeOf(select.IntAt(2)),
                    TimeOf(select.IntAt(3))});
  }
}

Status Ledger::KeepWatermark(const std::string& source_id, const std::string& peer,
                             const LinkName& link, const KeptWatermark& watermark, absl::Time now) {
  ASSIGN_OR_RETURN(Statement upsert, database_->Prepare(R"(
      INSERT INTO watermarks(source_id, peer, peer_created, at, link, source)
      VALUES(?1, ?2, ?3, ?4, ?5, ?6)
      ON CONFLICT DO UPDATE SET peer_created = excluded.peer_created, at = excluded.at,
        link = excluded.link, source = excluded.source
      WHERE excluded.peer_created <> peer_created OR excluded.at > at OR at > ?7)"));
  upsert.Text(source_id).Text(peer).Int(watermark.peer_created).Int(ToColumn(watermark.at));
  return upsert.Text(link.link).Text(link.source).Int(ToColumn(now)).Run();
}

StatusOr<std::optional<LinkWatermark>> Ledger::WatermarkOfLink(const LinkName& link) {
  ASSIGN_OR_RETURN(Statement select, database_->Prepare(R"(
      SELECT peer, at FROM watermarks WHERE link = ? AND source = ? ORDER BY at DESC LIMIT 1)"));
  ASSIGN_OR_RETURN(const bool row, select.Text(link.link).Text(link.source).Step());
  if (!row) return std::optional<LinkWatermark>();
  return std::optional(LinkWatermark{select.BytesAt(0), TimeOf(select.IntAt(1))});
}

StatusOr<std::optional<KeptWatermark>> Ledger::Watermark(const std::string& source_id,
                                                         const std::string& peer) {
  ASSIGN_OR_RETURN(Statement select, database_->Prepare(R"(
      SELECT peer_created, at FROM watermarks WHERE source_id = ? AND peer = ?)"));
  ASSIGN_OR_RETURN(const bool row, select.Text(source_id).Text(peer).Step());
  if (!row) return std::optional<KeptWatermark>();
  return std::optional(KeptWatermark{select.IntAt(0), TimeOf(select.IntAt(1))});
}

}  // namespace twinwatch::ledger
