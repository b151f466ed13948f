// Single rows: reading one, writing exact cells to many, writing one on a certain server.
#pragma once

#include <string>
#include <vector>

#include "probes/api/cluster.h"
#include "probes/hbase/locator.h"

namespace twinwatch::hbase {

// The cells of one mutation: one row, puts or markers but not both.
struct Mutation {
  bool deletes = false;
  std::vector<size_t> cells;  // into the list to be written
};

// What goes to one region in one call.
struct RegionBatch {
  RegionLocation location;
  std::vector<Mutation> mutations;
};

class RowAccess {
 public:
  // Both must outlive it.
  RowAccess(const Connections* connections, Locator* locator)
      : connections_(connections), locator_(locator) {}

  Task<StatusOr<std::vector<Cell>>> Get(TableName table, std::string row);

  // Puts and delete markers as they are given, sent by region and again where a region moved. Only
  // what failed is sent again, so no cell is written a second time after it was acknowledged.
  Task<Status> Write(TableName table, std::vector<Cell> cells);

  // One put, synced to the WAL, to this region on this server, once.
  Task<Status> WriteAt(RegionLocation where, Cell cell);

 private:
  Task<StatusOr<std::vector<Cell>>> GetOnce(TableName table, std::string row);
  Task<Status> SendOne(const RegionBatch* batch, const std::vector<Cell>* cells,
                       std::vector<bool>* written);
  Task<Status> SendMany(const RegionBatch* batch, const std::vector<Cell>* cells,
                        std::vector<bool>* written);
  // Sends what is left in `*cells` and removes what was written.
  Task<Status> WriteOnce(TableName table, std::vector<Cell>* cells);

  const Connections* connections_;
  Locator* locator_;
};

}  // namespace twinwatch::hbase
