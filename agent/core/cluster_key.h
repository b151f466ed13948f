// Where a cluster's ZooKeeper is: `zk1,zk2:2181:/hbase`, the form of HBase's add_peer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/core/status.h"

namespace twinwatch {

struct ClusterKey {
  std::vector<std::string> quorum;  // "host:port", in the order given
  std::string base_znode;           // "/hbase"

  // Accepts `h1,h2:2181:/hbase` and `h1:2181,h2:2182:/hbase`.
  static StatusOr<ClusterKey> Parse(std::string_view text);

  // The form that Parse takes, one port behind all hosts when they share it.
  std::string ToString() const;
  // "h1:2181,h2:2181", as the ZooKeeper client wants it.
  std::string ConnectString() const;

  bool operator==(const ClusterKey&) const = default;
};

}  // namespace twinwatch
