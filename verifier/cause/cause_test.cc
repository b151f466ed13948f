#include "verifier/cause/cause.h"

#include <gmock/gmock.h>

#include <functional>

namespace twinwatch {
namespace {

using testing::ElementsAreArray;
using testing::HasSubstr;

constexpr uint64_t kThen = 1795451884000;

TaggedCell Put(uint64_t timestamp_ms, std::optional<uint64_t> ttl_ms = {},
               const std::string& family = "f") {
  return {{"r", family, "q", timestamp_ms, CellType::kPut, "v"}, ttl_ms};
}
TaggedCell Marker(CellType type, uint64_t timestamp_ms) {
  return {{"r", "f", "q", timestamp_ms, type, ""}, {}};
}
absl::Time At(int seconds) { return absl::FromUnixMillis(kThen) + absl::Seconds(seconds); }

TableDescriptor Table() {
  TableDescriptor table;
  table.table = *TableName::Parse("t");
  table.families = {{"f", 1, {{"VERSIONS", "1"}, {"TTL", "FOREVER"}}}, {"g", 1, {}}};
  return table;
}

// A row whose one cell is on the source only, and nothing that explains it.
DriftCase Missing() {
  DriftCase drift;
  drift.source_table = Table();
  drift.target_table = Table();
  drift.peer = Peer();
  drift.peer->id = "1";
  drift.drift_class = DriftClass::kMissing;
  drift.source_cells = {Put(kThen)};
  drift.source_raw = drift.source_cells;
  drift.target_raw.emplace();
  drift.peer_created = At(-1000);
  drift.peer_history = {{At(-1000), PeerState::kEnabled}};
  return drift;
}

// The same on the target only; the source has nothing left of it.
DriftCase Extra() {
  DriftCase drift = Missing();
  drift.drift_class = DriftClass::kExtra;
  std::swap(drift.source_cells, drift.target_cells);
  std::swap(drift.source_raw, drift.target_raw);
  return drift;
}

// A row of which is known how it differs, and when, and no cell.
DriftCase Unread(DriftClass drift_class) {
  DriftCase drift = Missing();
  drift.drift_class = drift_class;
  drift.source_cells.clear();
  drift.source_raw.reset();
  drift.target_raw.reset();
  drift.families = {"f"};
  drift.differing.Include(kThen);
  return drift;
}

struct Case {
  const char* what;
  DriftCase drift;
  std::function<void(DriftCase*)> change;
  std::vector<CauseKind> causes;
  const char* evidence = "";  // part of the first one's
};

TEST(Cause, EachKind) {
  using K = CauseKind;
  const auto raw = [](std::vector<TaggedCell> source) {
    return [source](DriftCase* d) { d->source_raw = source; };
  };
  const auto history = [](std::vector<PeerObservation> all) {
    return [all](DriftCase* d) { d->peer_history = all; };
  };
  const auto table = [](auto change) {
    return [change](DriftCase* d) { change(&d->source_table.families[0]); };
  };
  using F = FamilyDescriptor;
  const Case cases[] = {
      {"nothing explains it", Missing(), [](DriftCase*) {}, {}},
      {"scope 0",
       Missing(),
       table([](F* f) { f->scope = 0; }),
       {K::kFamilyNotInScope},
       "REPLICATION_SCOPE of f in t is 0"},
      {"another family's scope",
       Missing(),
       [](DriftCase* d) { d->source_table.families[1].scope = 0; },
       {}},
      {"the peer's list",
       Missing(),
       [](DriftCase* d) {
         d->peer->replicate_all = false;
         d->peer->tables[d->source_table.table] = {"g"};
       },
       {K::kFamilyNotInScope},
       "lists of peer 1 leave t:f out"},
      {"no peer known, scope 1", Missing(), [](DriftCase* d) { d->peer.reset(); }, {}},
      {"SKIP_WAL",
       Missing(),
       [](DriftCase* d) { d->source_table.attributes["DURABILITY"] = "SKIP_WAL"; },
       {K::kSkipWal},
       "DURABILITY of t is SKIP_WAL"},
      {"SKIP_WAL at the target",
       Missing(),
       [](DriftCase* d) { d->target_table.attributes["DURABILITY"] = "SKIP_WAL"; },
       {}},
      {"TTL",
       Missing(),
       [](DriftCase* d) { d->target_table.families[0].attributes["TTL"] = "60"; },
       {K::kAttributesDiffer},
       "TTL is FOREVER on the source and 60 on the target"},
      {"FOREVER is a number too",
       Missing(),
       [](DriftCase* d) { d->target_table.families[0].attributes["TTL"] = "2147483647"; },
       {}},
      {"left out is as by default",
       Missing(),
       [](DriftCase* d) { d->target_table.families[0].attributes.clear(); },
       {}},
      {"KEEP_DELETED_CELLS",
       Missing(),
       table([](F* f) { f->attributes["KEEP_DELETED_CELLS"] = "TRUE"; }),
       {K::kAttributesDiffer},
       "KEEP_DELETED_CELLS is TRUE on the source and FALSE"},
      {"MIN_VERSIONS",
       Missing(),
       table([](F* f) { f->attributes["MIN_VERSIONS"] = "2"; }),
       {K::kAttributesDiffer},
       "MIN_VERSIONS is 2"},
      {"a family that the target lacks is no other rule",
       Missing(),
       [](DriftCase* d) { d->target_table.families.clear(); },
       {}},
      {"cell TTL",
       Extra(),
       raw({Put(kThen, 5000)}),
       {K::kCellTtlLost},
       "TTL of 5000 ms on the source and none on the target, as when hbase.replication.rpc.codec"},
      {"cell TTL on both",
       Extra(),
       [](DriftCase* d) {
         d->source_raw = {{Put(kThen, 5000)}};
         d->target_cells = {Put(kThen, 5000)};
         d->target_raw = d->target_cells;
       },
       {}},
      {"cell TTL of another row, no trace here",
       Extra(),
       [](DriftCase* d) {
         d->source_nearby = {Put(kThen, 7000)};
         d->source_nearby[0].cell.row = "near";
         d->target_nearby = d->source_nearby;
         d->target_nearby[0].ttl_ms.reset();
       },
       {K::kCellTtlLost, K::kWrittenAtTarget},
       "in row near has a TTL of 7000 ms on the source and none"},
      {"the same column of another row",
       Extra(),
       [](DriftCase* d) {
         d->source_nearby = {Put(kThen, 7000)};
         d->source_nearby[0].cell.row = "near";
         d->target_nearby = {Put(kThen)};
       },
       {K::kWrittenAtTarget}},
      {"cell TTL of another row, what is shown was deleted",
       Extra(),
       [](DriftCase* d) {
         d->source_raw = {{Marker(CellType::kDeleteColumn, kThen)}};
         d->source_nearby = {Put(kThen, 7000)};
         d->target_nearby = {Put(kThen)};
       },
       {K::kOlderVersionBack}},
      {"column deleted",
       Extra(),
       raw({Marker(CellType::kDeleteColumn, kThen + 9000)}),
       {K::kOlderVersionBack},
       "shows f:q of 2026-11-23T16:38:04Z, which the source deleted at 2026-11-23T16:38:13Z"},
      {"version deleted", Extra(), raw({Marker(CellType::kDelete, kThen)}), {K::kOlderVersionBack}},
      {"family deleted",
       Extra(),
       raw({Marker(CellType::kDeleteFamily, kThen)}),
       {K::kOlderVersionBack}},
      {"family version deleted",
       Extra(),
       raw({Marker(CellType::kDeleteFamilyVersion, kThen)}),
       {K::kOlderVersionBack}},
      {"overwritten", Extra(), raw({Put(kThen + 9000)}), {K::kOlderVersionBack}, "overwrote at"},
      {"a marker older than the cell hides nothing",
       Extra(),
       raw({Marker(CellType::kDeleteColumn, kThen - 1)}),
       {K::kWrittenAtTarget}},
      {"another version's marker",
       Extra(),
       raw({Marker(CellType::kDelete, kThen + 1)}),
       {K::kWrittenAtTarget}},
      {"a marker that the target has too",
       Extra(),
       [](DriftCase* d) {
         d->source_raw = {{Marker(CellType::kDeleteColumn, kThen)}};
         d->target_raw->push_back(Marker(CellType::kDeleteColumn, kThen));
       },
       {}},
      {"no trace", Extra(), [](DriftCase*) {}, {K::kWrittenAtTarget}, "no trace of f:q of"},
      {"the source was not read raw", Extra(), [](DriftCase* d) { d->source_raw.reset(); }, {}},
      {"the target was not read raw",
       Extra(),
       [](DriftCase* d) {
         d->source_raw = {{Marker(CellType::kDeleteColumn, kThen)}};
         d->target_raw.reset();
       },
       {}},
      {"disabled then",
       Missing(),
       history({{At(-9), PeerState::kEnabled},
                {At(-1), PeerState::kDisabled},
                {At(1), PeerState::kEnabled}}),
       {K::kPeerDisabled},
       "the peer was disabled from 2026-11-23T16:38:03Z to 2026-11-23T16:38:05Z"},
      {"disabled before",
       Missing(),
       history({{At(-9), PeerState::kDisabled}, {At(-1), PeerState::kEnabled}}),
       {}},
      {"disabled later",
       Missing(),
       history({{At(-9), PeerState::kEnabled}, {At(1), PeerState::kDisabled}}),
       {}},
      {"disabled and still so",
       Missing(),
       history({{At(-9), PeerState::kDisabled}}),
       {K::kPeerDisabled},
       "disabled from 2026-11-23T16:37:55Z on"},
      {"removed then",
       Missing(),
       history({{At(-9), PeerState::kRemoved}, {At(1), PeerState::kEnabled}}),
       {K::kPeerRemoved},
       "the peer was removed from"},
      {"before the peer",
       Missing(),
       [](DriftCase* d) { d->peer_created = At(1); },
       {K::kBeforePeer},
       "the peer was added at 2026-11-23T16:38:05Z"},
      {"extra rows are not of the time before the peer",
       Extra(),
       [](DriftCase* d) { d->peer_created = At(1); },
       {K::kWrittenAtTarget}},
      {"lost WAL",
       Missing(),
       [](DriftCase* d) {
         d->lost_wals = {{"rs1.1", At(-1), At(1)}};
       },
       {K::kWalLost},
       "rs1.1 is gone"},
      {"another time's WAL",
       Missing(),
       [](DriftCase* d) {
         d->lost_wals = {{"rs1.1", At(1), At(2)}};
       },
       {}},
      {"a delete in a lost WAL",
       Extra(),
       [](DriftCase* d) {
         d->source_raw = {{Marker(CellType::kDeleteColumn, kThen + 60'000)}};
         d->lost_wals = {{"rs1.1", At(59), At(61)}};
       },
       {K::kOlderVersionBack, K::kWalLost}},
      {"not read: the families that were compared",
       Unread(DriftClass::kCells),
       [](DriftCase* d) { d->target_table.families[0].attributes["TTL"] = "60"; },
       {K::kAttributesDiffer},
       "TTL is FOREVER"},
      {"not read: another family",
       Unread(DriftClass::kCells),
       [](DriftCase* d) { d->target_table.families[1].attributes["TTL"] = "60"; },
       {}},
      {"not read: SKIP_WAL",
       Unread(DriftClass::kMissing),
       [](DriftCase* d) { d->source_table.attributes["DURABILITY"] = "SKIP_WAL"; },
       {K::kSkipWal}},
      {"not read: disabled then",
       Unread(DriftClass::kMissing),
       history({{At(-1), PeerState::kDisabled}}),
       {K::kPeerDisabled}},
      {"not read: before the peer",
       Unread(DriftClass::kMissing),
       [](DriftCase* d) { d->peer_created = At(1); },
       {K::kBeforePeer}},
      {"not read: extra rows are not of the time before the peer",
       Unread(DriftClass::kExtra),
       [](DriftCase* d) { d->peer_created = At(1); },
       {}},
      {"not read: the time of what differs may be that of what the target shows",
       Unread(DriftClass::kCells),
       history({{At(-1), PeerState::kDisabled}}),
       {}},
      {"the strongest first",
       Missing(),
       [](DriftCase* d) {
         d->source_table.families[0].scope = 0;
         d->source_table.attributes["DURABILITY"] = "SKIP_WAL";
         d->target_table.families[0].attributes["VERSIONS"] = "3";
         d->lost_wals = {{"rs1.1", At(-1), At(1)}};
         d->peer_created = At(1);
         d->peer_history = {{At(-9), PeerState::kRemoved}, {At(0), PeerState::kDisabled}};
       },
       {K::kFamilyNotInScope, K::kSkipWal, K::kAttributesDiffer, K::kWalLost, K::kBeforePeer,
        K::kPeerDisabled}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    DriftCase drift = c.drift;
    c.change(&drift);
    std::vector<CauseKind> kinds;
    const std::vector<Cause> causes = LikelyCauses(drift);
    for (const Cause& cause : causes) {
      kinds.push_back(cause.kind);
      EXPECT_FALSE(cause.cause.empty());
      EXPECT_EQ(cause.evidence.find('\n'), std::string::npos);
    }
    EXPECT_THAT(kinds, ElementsAreArray(c.causes));
    if (!causes.empty()) {
      EXPECT_THAT(causes[0].evidence, HasSubstr(c.evidence));
    }
  }
}

}  // namespace
}  // namespace twinwatch
