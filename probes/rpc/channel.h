// Calls to any server: keeps a connection for each endpoint, opens it when it is first needed, and
// after failures waits longer from time to time before it tries the same endpoint again.
#pragma once

#include <google/protobuf/message_lite.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "probes/api/async.h"
#include "probes/rpc/connection.h"

namespace twinwatch::rpc {

// 100 ms after the first failure, doubled for each that follows, 5 s at most.
std::chrono::milliseconds BackOff(int failures_in_a_row);

class Channel {
 public:
  // `codec`: how cells are to come. `helper`: for log-ins with Kerberos, which must be there then.
  // Calls keep the ticket fresh, also where no connection is opened any more. `watched` hears of
  // every call.
  Channel(const Executor& executor, Login login, wire::CellCodec codec = wire::CellCodec::kKeyValue,
          std::weak_ptr<HelperThread> helper = {}, WatchedBy watched = {});

  // Starts a call and returns at once. What keeps the connection from opening ends the call too:
  // kAborted, with the server's name.
  PendingResponse Send(const Endpoint& endpoint, std::string_view method,
                       const google::protobuf::MessageLite& param, std::string_view cell_block,
                       std::chrono::milliseconds timeout);

  // Send, and wait.
  Task<StatusOr<wire::Response>> Call(Endpoint endpoint, std::string method,
                                      const google::protobuf::MessageLite& param,
                                      std::string cell_block, std::chrono::milliseconds timeout);

 private:
  struct Peer {
    std::shared_ptr<Connection> connection;
    int failures_in_a_row = 0;
    Deadline not_before{};
  };

  void RenewTicket();
  Task<void> Open(std::shared_ptr<Connection> connection, std::shared_ptr<Peer> peer);

  Executor executor_;
  Login login_;
  wire::CellCodec codec_;
  std::weak_ptr<HelperThread> helper_;
  WatchedBy watched_;
  std::map<Endpoint, std::shared_ptr<Peer>> peers_;
};

}  // namespace twinwatch::rpc
