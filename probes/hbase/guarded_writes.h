// Guarded writes: of each region some at a time in one Multi, each a RegionAction of one mutation
// and its condition. A server does the RegionActions of a Multi one after the other.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "probes/api/cluster.h"
#include "probes/hbase/locator.h"
#include "probes/wire/hbase.pb.h"

namespace twinwatch::hbase {

// HBase's attribute `_cs.id`, for one cluster. kInvalidArgument unless its id is a UUID.
StatusOr<std::string> OriginAttribute(std::string_view cluster_id);

// What goes to one region in one call. Once it is full nothing more comes in, not even what would
// fit: writes to one row keep their order.
class GuardedBatch {
 public:
  explicit GuardedBatch(RegionLocation location) : location_(std::move(location)) {}

  void Add(size_t write, size_t bytes);

  const RegionLocation& location() const { return location_; }
  const std::vector<size_t>& writes() const { return writes_; }

 private:
  RegionLocation location_;
  std::vector<size_t> writes_;
  size_t bytes_ = 0;
  bool full_ = false;
};

// The writes of one call of WriteGuarded, and what has become of each. Pure.
class GuardedWork {
 public:
  // `origin`: the attribute; empty: none. What HBase could not take as it is has failed already.
  GuardedWork(std::vector<GuardedWrite> writes, std::string origin);

  // Those without an outcome, in their order.
  const std::vector<size_t>& waiting() const { return waiting_; }
  const std::string& RowOf(size_t write) const { return writes_[write].cell.row; }
  size_t BytesOf(size_t write) const;

  // Appends the cells to `*block`.
  ::hbase::pb::MultiRequest Request(const GuardedBatch& batch, std::string* block) const;
  // What a retry may mend comes back and leaves its writes waiting, but for those that were
  // overtaken: a later write to the same row was done, so an earlier one must not follow.
  Status Answered(const GuardedBatch& batch, const ::hbase::pb::MultiResponse& answer);
  Status Failed(const GuardedBatch& batch, const Status& status);
  // Nothing more is tried.
  void GiveUp(const Status& status);

  std::vector<StatusOr<GuardedOutcome>> TakeOutcomes() { return std::move(outcomes_); }

 private:
  void Settle(size_t write, StatusOr<GuardedOutcome> outcome);
  void DropSettled();

  std::vector<GuardedWrite> writes_;
  std::string origin_;
  std::vector<StatusOr<GuardedOutcome>> outcomes_;
  std::vector<bool> settled_;
  std::vector<size_t> waiting_;
};

class GuardedWriter {
 public:
  // Both must outlive it.
  GuardedWriter(const Connections* connections, Locator* locator)
      : connections_(connections), locator_(locator) {}

  // Sent again where an answer was lost or a region moved.
  Task<std::vector<StatusOr<GuardedOutcome>>> Write(TableName table,
                                                    std::vector<GuardedWrite> writes,
                                                    std::string origin_cluster_id);

 private:
  // One call for each region of the first ones that wait.
  Task<Status> WriteSome(TableName table, GuardedWork* work);
  Task<Status> Send(const GuardedBatch* batch, GuardedWork* work);

  const Connections* connections_;
  Locator* locator_;
};

}  // namespace twinwatch::hbase
