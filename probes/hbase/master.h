// Calls to the active master, wherever it is now.
#pragma once

#include <google/protobuf/message_lite.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "probes/hbase/locator.h"

namespace twinwatch::hbase {

class Master {
 public:
  explicit Master(const Connections* connections) : connections_(connections) {}

  // Finds the master in ZooKeeper, calls it, and goes on over a change of masters for up to
  // `patience`. The answer is in `*answer`.
  Task<Status> Call(std::string method, const google::protobuf::MessageLite& request,
                    google::protobuf::MessageLite* answer);

  // Waits for the end of a procedure, of which `what` says what it is: its error, or
  // kDeadlineExceeded.
  Task<Status> Await(uint64_t procedure, std::string what, Deadline deadline);

  // Calls `method`, whose work the master does in a procedure, and waits for the procedure's end.
  Task<Status> Run(std::string method, const google::protobuf::MessageLite& request,
                   Deadline deadline);

  // For errors.
  std::string Name(std::string_view method) const;

 private:
  Task<Status> CallOnce(const std::string& method, const google::protobuf::MessageLite& request,
                        google::protobuf::MessageLite* answer);

  const Connections* connections_;
};

}  // namespace twinwatch::hbase
