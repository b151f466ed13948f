// Who hears of every call to clusters, to count them. Tries count: one that is sent again is two.
#pragma once

#include <string_view>

namespace twinwatch {

class RpcWatcher {
 public:
  virtual ~RpcWatcher() = default;
  // `hbase` is the cluster's key, `method` as HBase's services name it.
  virtual void OnCall(std::string_view hbase, std::string_view method) = 0;
  // One of those has ended in an error, or without an answer.
  virtual void OnFailure(std::string_view hbase, std::string_view method) = 0;
};

}  // namespace twinwatch
