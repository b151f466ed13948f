// Reading a ZooKeeper, as far as Twinwatch needs it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "agent/core/status.h"
#include "probes/api/async.h"

namespace twinwatch {

struct Znode {
  std::string data;
  int64_t czxid = 0;
  int64_t mzxid = 0;
  int64_t mtime_ms = 0;
  int64_t ctime_ms = 0;
};

struct ZnodeChildren {
  std::vector<std::string> names;
  int32_t cversion = 0;  // grows with each child that comes or goes
};

// Errors: kNotFound (no such znode), kPermissionDenied, kUnavailable (no session in time; the
// message names the quorum). A lost session is replaced by a new one without the caller's help.
class Znodes {
 public:
  virtual ~Znodes() = default;

  // With `watch` the next change of the data, or of the list, wakes WaitForChange.
  virtual Task<StatusOr<Znode>> Get(std::string path, bool watch) = 0;
  virtual Task<StatusOr<ZnodeChildren>> Children(std::string path, bool watch) = 0;

  // What is read from now on is no older than the call: the server that answers us may lag behind
  // the quorum's leader.
  virtual Task<Status> Sync(std::string path) = 0;

  // Returns true as soon as something watched has changed since the last call (a lost session
  // counts: its watches are gone), false when `time` has passed.
  virtual Task<bool> WaitForChange(std::chrono::milliseconds time) = 0;

  // How many changes of what is watched were heard of; a lost session is one more. A change is
  // counted before an answer comes that shows it, or anything that is younger: while the count
  // stays the same, so does what is watched.
  virtual uint64_t changes() const = 0;
};

}  // namespace twinwatch
