// A cluster in memory, for tests of everything above probes/. What it serves and how badly is set
// by its public members.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "probes/api/cluster.h"

namespace twinwatch::testing {

class FakeCluster : public Cluster {
 public:
  using Rows = std::map<std::string, std::vector<Cell>>;

  struct FakeTable {
    TableDescriptor descriptor;
    std::vector<std::string> borders;  // between regions
    std::vector<ServerName> hosts;     // of each region; those left out are on fake,1,1
    std::map<std::string, uint64_t> bytes_of_region;  // by start key
    Rows rows;
  };

  explicit FakeCluster(std::string name) : name_(std::move(name)) {}

  std::map<TableName, FakeTable> tables;
  std::vector<Peer> peers;
  ClusterInfo info;
  StatusOr<std::vector<MasterProcedure>> procedures = std::vector<MasterProcedure>();
  std::vector<ReportedLoad> loads;
  std::vector<ServerReport> reports;
  QueueReading queues;
  StatusOr<HFileRefs> hfile_refs = HFileRefs();
  std::function<void()> after_read_hfile_refs;  // may change `hfile_refs`

  std::chrono::microseconds answers_in{0};  // what each batch says of itself
  std::map<std::pair<std::string, std::string>, uint64_t> cell_ttls_ms;  // by row and qualifier
  std::set<std::pair<std::string, std::string>> cell_secured;            // the same
  size_t cells_per_batch = 3;               // rows are cut into pieces at this size
  std::set<std::string> lost_rows;          // their scanner is lost once, after their first piece
  bool hides_descriptors = false;           // of tables that are named: without CREATE or ADMIN
  std::optional<std::string> fails_at_row;  // a scan that comes to it ends with an error
  bool empty_batches = false;  // one before each other, as of a server that has found nothing yet
  bool yields = false;         // other coroutines run before a batch comes, as with a real one
  int scans = 0;
  std::function<void()> before_scan;  // may change `tables`
  int queue_reads = 0;
  std::function<Status(int read)> before_read_queues;  // counted from 1; may change `queues`
  // What WriteAt answers instead of writing, when it is not OK; may change `tables` and `info`.
  std::function<Status(const RegionLocation&)> before_write_at;

  // May change `tables`. An error is the outcome, and nothing is written.
  std::function<Status(const GuardedWrite&)> before_guarded_write;
  // An error is the outcome, of a write that was done.
  std::function<Status(const GuardedWrite&)> after_guarded_write;
  // Rows of which the next guarded write is done, its answer lost, and sent again.
  std::set<std::string> loses_answers_of;
  // All that came as far as their guard, each with its origin.
  std::vector<std::pair<GuardedWrite, std::string>> guarded_writes;
  std::function<Status(const std::string& row)> before_compaction;  // may change `tables`
  bool keeps_markers = false;  // a compaction leaves them and all that they cover
  std::vector<std::string> compacted_rows;
  Status snapshot_status;
  std::map<std::string, TableName> snapshots;  // by name

  // A table with family `f`, scope 1, as most tests want it.
  FakeTable& AddTable(const std::string& name, std::vector<std::string> borders = {});
  void Put(const std::string& table, const std::string& row, const std::string& qualifier,
           uint64_t timestamp_ms, const std::string& value);
  // One more version or delete marker of family `f`; nothing that is stored goes away.
  void Store(const std::string& table, const std::string& row, const std::string& qualifier,
             uint64_t timestamp_ms, CellType type, const std::string& value = "");

  const std::string& name() const override { return name_; }
  Task<StatusOr<ClusterInfo>> Describe() override { co_return info; }
  Task<StatusOr<TableDescriptor>> Table(TableName table) override;
  Task<StatusOr<std::vector<TableDescriptor>>> Tables() override;
  Task<StatusOr<std::vector<RegionLocation>>> Regions(TableName table) override;
  Task<StatusOr<std::map<std::string, uint64_t>>> RegionSizes(TableName table) override;
  std::unique_ptr<RowScanner> Scan(ScanSpec spec) override;
  Task<StatusOr<std::vector<Cell>>> Get(TableName table, std::string row) override;
  Task<Status> Write(TableName table, std::vector<Cell> cells) override;
  // A put takes the place of one with the same column and timestamp; all else stays stored.
  Task<std::vector<StatusOr<GuardedOutcome>>> WriteGuarded(TableName table,
                                                           std::vector<GuardedWrite> writes,
                                                           std::string origin) override;
  // Drops delete markers, what they cover, and versions beyond VERSIONS, in the region of `row`.
  Task<Status> FlushAndCompact(TableName table, std::string row, Deadline) override;
  Task<Status> TakeSnapshot(TableName table, std::string name, Deadline) override;
  // kAborted unless a region with this range is on this server, and the server is live (where
  // `info` lists any).
  Task<Status> WriteAt(TableName table, RegionLocation where, Cell cell) override;
  // Its regions go to the live servers in turn.
  Task<Status> CreateTable(TableDescriptor table, std::vector<std::string> splits) override;
  Task<Status> DropTable(TableName table) override;
  Task<StatusOr<std::vector<Peer>>> Peers() override { co_return peers; }
  Task<StatusOr<std::vector<MasterProcedure>>> ReplicationProcedures() override {
    co_return procedures;
  }
  Task<StatusOr<std::vector<ReportedLoad>>> ReportedReplication() override { co_return loads; }
  Task<StatusOr<std::vector<ServerReport>>> ServerReports() override { co_return reports; }
  Task<StatusOr<QueueReading>> FollowQueues(std::string peer_id) override {
    return ReadQueues(std::move(peer_id));
  }
  Task<StatusOr<QueueReading>> ReadQueues(std::string) override {
    ++queue_reads;
    if (before_read_queues) CO_RETURN_IF_ERROR(before_read_queues(queue_reads));
    QueueReading reading = queues;
    reading.live_servers = info.live_servers;
    co_return reading;
  }
  Task<StatusOr<HFileRefs>> ReadHFileRefs(std::string, HFileRefTimes, Deadline) override {
    if (!hfile_refs.ok()) co_return hfile_refs.status();
    HFileRefs read = *hfile_refs;
    if (after_read_hfile_refs) after_read_hfile_refs();
    co_return read;
  }
  Task<bool> WaitForQueueChange(std::chrono::milliseconds) override { co_return false; }

 private:
  std::vector<RegionLocation> RegionsOf(const FakeTable& table) const;
  Status NoTable(const TableName& table) const;
  bool GuardHolds(const FakeTable& table, const std::string& row, const CellGuard& guard) const;
  GuardedOutcome WriteIfGuardHolds(FakeTable* table, const GuardedWrite& write);

  std::string name_;
};

}  // namespace twinwatch::testing
