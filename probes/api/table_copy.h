// Copying a range of a table to the other cluster by HBase's own CopyTable, as repairs see it.
// HBaseCopier (probes/copytable) runs the real one, FakeCopier (tests/fakes) copies between two
// fake clusters.
//
// CopyTable reads when it runs and writes unconditionally, with the cells' own timestamps.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/key_range.h"
#include "agent/core/status.h"
#include "agent/core/table_name.h"
#include "probes/api/async.h"

namespace twinwatch {

struct CopyRequest {
  // Names this copy and no other: 1 to 80 of a-z, 0-9 and '-'. The job carries it, so that it can
  // be found whatever became of us: write it down before Copy is called.
  std::string tag;
  TableName table;
  TableName target_table;
  KeyRange range;
  // Only cells with a timestamp in [since_ms, until_ms).
  std::optional<uint64_t> since_ms;
  std::optional<uint64_t> until_ms;
  std::vector<std::string> families;  // empty: all
  uint32_t versions = 1;              // of each column; kAllVersions: as many as there are
  std::string source_key;             // cluster keys, zk1,zk2:2181:/hbase
  std::string target_key;
};

struct CopyProgress {
  double share = 0;            // of the job, 0..1
  std::string application_id;  // YARN's; empty before the job is there, and with the local runner

  bool operator==(const CopyProgress&) const = default;
};

struct CopyOutcome {
  std::optional<uint64_t> rows_read;  // by the job's own counters, where it told them
  std::string log_path;               // what the job printed
  std::chrono::milliseconds took{0};
};

class CopyObserver {
 public:
  virtual ~CopyObserver() = default;

  // Called when something is another one. An application's id is told as soon as it is known, which
  // is when the job is about to be submitted.
  virtual void Progressed(const CopyProgress& progress) = 0;
  // True ends the copy as its deadline would. Asked several times a second.
  virtual bool GivenUp() const { return false; }
};

class TableCopier {
 public:
  virtual ~TableCopier() = default;

  // OK: the job said that it was completed. `observer` may be null, or must outlive the call.
  //
  //   kInvalidArgument      nothing was started: CopyTable's options cannot say this
  //   kNotFound             nothing was started: there is no such command
  //   kFailedPrecondition   the job failed, with what it said; part of it may be copied
  //   kDeadlineExceeded     ended at `deadline`, and kCancelled: because the observer gave up.
  //                         Processes and application were seen to be gone; part may be copied
  //   kUnknown              it may still run, and is named
  //
  // What region servers have received before the job was ended may be written a moment later.
  virtual Task<StatusOr<CopyOutcome>> Copy(CopyRequest request, Deadline deadline,
                                           CopyObserver* observer) = 0;

  // Ends whatever still runs of the copy with this tag, begun by whomever. OK: nothing runs.
  // kUnknown: something does, or it could not be learnt.
  virtual Task<Status> EndLeftOver(std::string tag, Deadline deadline) = 0;
};

}  // namespace twinwatch
