// ZooKeeper by its C client. The library calls back on a thread of its own: each answer and event
// is posted to the executor at once, so that everything else in the program sees one thread only.
//
// A session that expires is replaced at the next call. Calls that lose their connection are asked
// again until `patience` has passed. Debian's client has neither SASL nor TLS: quorums that demand
// them refuse the connection, and the error says that nothing answered.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "probes/api/async.h"
#include "probes/api/znodes.h"

namespace twinwatch::zk {

class ZkClient : public Znodes {
 public:
  // `quorum` is "host:port,host:port". Nothing is connected before the first call.
  ZkClient(const Executor& executor, std::string quorum, std::chrono::milliseconds patience);
  ~ZkClient() override;

  Task<StatusOr<Znode>> Get(std::string path, bool watch) override;
  Task<StatusOr<ZnodeChildren>> Children(std::string path, bool watch) override;
  Task<Status> Sync(std::string path) override;
  Task<bool> WaitForChange(std::chrono::milliseconds time) override;
  uint64_t changes() const override;

 private:
  struct Session;

  // The session to ask, a new one when the last has expired.
  StatusOr<std::shared_ptr<Session>> Connected();
  Status NoAnswer(std::string_view why) const;

  Executor executor_;
  std::string quorum_;
  std::chrono::milliseconds patience_;
  std::shared_ptr<Session> session_;
};

}  // namespace twinwatch::zk
