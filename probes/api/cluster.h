// A HBase cluster, as all above probes/ sees it. HBaseCluster talks to a real one, FakeCluster
// (tests/fakes) is one in memory. Every call has a deadline of its own and names in its error the
// cluster and the server, region or table that it met.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/cell.h"
#include "agent/core/key_range.h"
#include "agent/core/server_name.h"
#include "agent/core/status.h"
#include "agent/core/table_name.h"
#include "probes/api/async.h"
#include "probes/api/replication.h"

namespace twinwatch {

struct ClusterInfo {
  std::string hbase_version;
  std::string cluster_id;
  std::vector<ServerName> live_servers;
  ServerName master;  // the active one
  // Lives that have ended, as far as the master knows; not those after which another began at the
  // same address, nor those of before the master began.
  std::vector<ServerName> dead_servers;
};

struct FamilyDescriptor {
  std::string name;
  int scope = 0;                                  // REPLICATION_SCOPE
  std::map<std::string, std::string> attributes;  // VERSIONS, TTL, ... as HBase spells them
};

struct TableDescriptor {
  TableName table;
  std::vector<FamilyDescriptor> families;
  std::map<std::string, std::string> attributes;
};

struct RegionLocation {
  KeyRange range;
  std::string region_name;  // full, as HBase's RPCs want it
  ServerName server;
};

constexpr uint32_t kAllVersions = 0x7fffffff;

struct ScanSpec {
  TableName table;
  KeyRange range;
  std::vector<std::string> families;  // empty: all
  uint32_t max_versions = 1;          // of each column
  bool raw = false;                   // delete markers and deleted cells too
  // Only cells with a timestamp in [since_ms, until_ms).
  uint64_t since_ms = 0;
  std::optional<uint64_t> until_ms;
  bool keys_only = false;           // cells come with empty values
  bool first_cell_only = false;     // of each row its first cell, without its value
  uint32_t limit_rows = 0;          // ends behind so many rows of a region; 0: it does not
  uint64_t batch_bytes = 2u << 20;  // a batch ends when it has grown past this
  bool cell_tags = false;           // CellBatch::cell_tags too, over connections of their own
};

// Some cells of one row, in HBase's order. A row is one piece, or several in a row of which the
// first `starts` and the last `ends`. A piece that `starts` makes an earlier piece that never ended
// void: its scanner was lost in the middle of that row, which was read again from its first cell,
// or is gone. So is one that had not ended when the scan did. A last piece may be empty.
struct RowPiece {
  std::string_view row;
  size_t first_cell = 0;  // into CellBatch::cells
  size_t end_cell = 0;
  bool starts = true;
  bool ends = true;
};

// Owns the bytes that its pieces and cells point into.
struct CellBatch {
  std::shared_ptr<const void> owner;
  std::vector<CellView> cells;
  std::vector<RowPiece> pieces;
  std::vector<CellTags> cell_tags;  // of each cell. Empty unless they were asked for
  size_t bytes = 0;
  bool last = false;  // the scan has ended; nothing follows
  ServerName server;  // that answered; none in a batch that nobody was asked for
  // From the request until the answer had come, however late it was picked up.
  std::chrono::microseconds answered_in{0};
};

// One pass over a key range, in order, each row once. While a batch is worked on the next one is
// already asked for. Goes on through splits, merges, moves and the death of servers.
class RowScanner {
 public:
  virtual ~RowScanner() = default;

  // A batch may hold no pieces. An error ends the scan.
  virtual Task<StatusOr<CellBatch>> Next() = 0;
};

// As a cell's timestamp in a write: the time at which the region server takes it.
inline constexpr uint64_t kServersClock = INT64_MAX;

// A cell that owns its bytes, for single reads and writes.
struct Cell {
  std::string row, family, qualifier;
  uint64_t timestamp_ms = 0;
  CellType type = CellType::kPut;
  std::string value;

  bool operator==(const Cell&) const = default;
};

inline Cell ToCell(const CellView& view) {
  return {std::string(view.row),
          std::string(view.family),
          std::string(view.qualifier),
          view.timestamp_ms,
          view.type,
          std::string(view.value)};
}

inline CellView ToView(const Cell& cell) {
  return {cell.row, cell.family, cell.qualifier, cell.timestamp_ms, cell.type, cell.value};
}

// What a reader must still see of a row for a write to be done: in this column, with this very
// timestamp, this value. To HBase an empty value and no cell at all are the same here, and newer
// versions do not count: one beyond VERSIONS is seen as long as it is stored.
struct CellGuard {
  std::string family, qualifier;
  uint64_t timestamp_ms = 0;
  std::optional<std::string> value;  // none: no such cell
  bool or_older = false;             // the youngest up to this timestamp counts, not this one alone

  bool operator==(const CellGuard&) const = default;
};

struct GuardedWrite {
  Cell cell;                       // a put or a delete marker, with its own timestamp
  std::optional<uint64_t> ttl_ms;  // of a put: the cell's own
  CellGuard guard;                 // of the same row

  bool operator==(const GuardedWrite&) const = default;
};

enum class GuardedOutcome { kWritten, kGuardFailed };

class Cluster {
 public:
  virtual ~Cluster() = default;

  // How users name it: its cluster key.
  virtual const std::string& name() const = 0;

  virtual Task<StatusOr<ClusterInfo>> Describe() = 0;

  // kNotFound, with the cluster's name, when there is no such table.
  virtual Task<StatusOr<TableDescriptor>> Table(TableName table) = 0;
  // All but HBase's own.
  virtual Task<StatusOr<std::vector<TableDescriptor>>> Tables() = 0;
  // In key order, without gaps. kNotFound as above; kFailedPrecondition when the table is disabled.
  virtual Task<StatusOr<std::vector<RegionLocation>>> Regions(TableName table) = 0;

  // What the regions of a table hold, in bytes, by RegionLocation::region_name: as their servers
  // told the master some seconds ago, in whole MB. 0 is less than that; not told of is absent.
  virtual Task<StatusOr<std::map<std::string, uint64_t>>> RegionSizes(TableName table) = 0;

  virtual std::unique_ptr<RowScanner> Scan(ScanSpec spec) = 0;

  // All cells of a row that a reader sees; none when there is no such row.
  virtual Task<StatusOr<std::vector<Cell>>> Get(TableName table, std::string row) = 0;
  // Writes exactly these cells (puts and delete markers), in batches by region. Not atomic across
  // rows; after an error some may be written.
  virtual Task<Status> Write(TableName table, std::vector<Cell> cells) = 0;

  // Each is done, atomically, if its guard holds at that moment: what became of each, in their
  // order. Writes to one row are done in their order, others in any. An error of one says that
  // nothing is known of it, as of one that failed while a later one to its row was done. One whose
  // answer was lost is sent again, and its guard may fail by its own doing: read what is there.
  // `origin` is the id of a cluster to which HBase is not to replicate these writes; empty: none.
  virtual Task<std::vector<StatusOr<GuardedOutcome>>> WriteGuarded(TableName table,
                                                                   std::vector<GuardedWrite> writes,
                                                                   std::string origin) = 0;
  // Flushes the region that holds `row`, compacts all of it (a major compaction), and returns when
  // that has ended. kPermissionDenied, kDeadlineExceeded; kFailedPrecondition where compactions are
  // switched off. A server may keep markers nevertheless: look.
  virtual Task<Status> FlushAndCompact(TableName table, std::string row, Deadline deadline) = 0;
  // Returns when it is complete. kPermissionDenied, kAlreadyExists, kDeadlineExceeded.
  virtual Task<Status> TakeSnapshot(TableName table, std::string name, Deadline deadline) = 0;

  // One put with durability SYNC_WAL, sent once, to this region on this server and nowhere else:
  // who gets OK knows which server has synced its WAL. kAborted: the region is not there (any
  // more), or the server does not answer; the cell may have been written nevertheless. A server
  // that was started again at the same address answers for its former life.
  virtual Task<Status> WriteAt(TableName table, RegionLocation where, Cell cell) = 0;

  // Returns when each region is open and answers. Its namespace is made too where there is none.
  // kAlreadyExists; kDeadlineExceeded when it takes longer than some minutes.
  virtual Task<Status> CreateTable(TableDescriptor table, std::vector<std::string> splits) = 0;
  // Disables and deletes it. kNotFound, kDeadlineExceeded.
  virtual Task<Status> DropTable(TableName table) = 0;

  // kPermissionDenied where listing peers is not allowed.
  virtual Task<StatusOr<std::vector<Peer>>> Peers() = 0;
  // What the master does about peers and dead servers, and did not long ago. kPermissionDenied as
  // for Peers.
  virtual Task<StatusOr<std::vector<MasterProcedure>>> ReplicationProcedures() = 0;
  // What HBase says of its own replication, one entry a queue; never believed.
  virtual Task<StatusOr<std::vector<ReportedLoad>>> ReportedReplication() = 0;
  // The latest of each live server. As dear as the cluster is large: each region is in it.
  virtual Task<StatusOr<std::vector<ServerReport>>> ServerReports() = 0;
  // The queues of `peer_id` (and the list of all peers' ids) as ZooKeeper has them.
  virtual Task<StatusOr<QueueReading>> ReadQueues(std::string peer_id) = 0;
  // The same for whoever reads them again and again: what is watched is not read again before it
  // has changed.
  virtual Task<StatusOr<QueueReading>> FollowQueues(std::string peer_id) = 0;
  // The files that wait for `peer_id`. When a ref was made costs a read: it is taken from `known`
  // where that has it, else read, and not read any more at `deadline`.
  virtual Task<StatusOr<HFileRefs>> ReadHFileRefs(std::string peer_id, HFileRefTimes known,
                                                  Deadline deadline) = 0;
  // Returns early, with true, when peers or queues were changed meanwhile.
  virtual Task<bool> WaitForQueueChange(std::chrono::milliseconds time) = 0;
};

}  // namespace twinwatch
