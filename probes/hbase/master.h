// Calls to the active master, wherever it is now.
#pragma once

#include <google/protobuf/message_lite.h>

#include <string>

#include "probes/hbase/locator.h"

namespace twinwatch::hbase {

class Master {
 public:
  explicit Master(const Connections* connections) : connections_(connections) {}

  // Finds the master in ZooKeeper, calls it, and goes on over a change of masters for up to
  // `patience`. The answer is in `*answer`.
  Task<Status> Call(std::string method, const google::protobuf::MessageLite& request,
                    google::protobuf::MessageLite* answer);

  // Calls `method`, whose work the master does in a procedure, and waits for the procedure's end:
  // its error, or kDeadlineExceeded.
  Task<Status> Run(std::string method, const google::protobuf::MessageLite& request,
                   Deadline deadline);

 private:
  Task<Status> CallOnce(const std::string& method, const google::protobuf::MessageLite& request,
                        google::protobuf::MessageLite* answer);

  const Connections* connections_;
};

}  // namespace twinwatch::hbase
