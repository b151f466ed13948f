// One TCP connection to one service of one server: many calls in flight, a deadline for each.
//
// Lives on one thread. Fails once and totally: the first error of the socket or of the stream ends
// every call in flight with that error, and the connection takes no more; Channel makes a new one.
#pragma once

#include <google/protobuf/message_lite.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <string>

#include "agent/core/status.h"
#include "probes/api/async.h"
#include "probes/api/helper_thread.h"
#include "probes/api/rpc_watcher.h"
#include "probes/rpc/login.h"
#include "probes/rpc/security_layer.h"
#include "probes/wire/call_table.h"
#include "probes/wire/request.h"
#include "probes/wire/response.h"

namespace twinwatch::rpc {

struct Endpoint {
  std::string host;
  uint16_t port = 0;
  std::string service;  // wire::kClientService or kMasterService

  auto operator<=>(const Endpoint&) const = default;
};

// Who counts the calls to which cluster; null: nobody.
struct WatchedBy {
  std::shared_ptr<RpcWatcher> watcher;
  std::string hbase;
};

// An answer that is on its way. The exception of a call comes as wire::ToStatus has it, with the
// server's name in front. kDeadlineExceeded when no answer came in time.
using PendingResponse = std::shared_ptr<OneShot<wire::Response>>;

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  // `helper`: where a log-in with Kerberos waits for the KDC. `watched` hears of calls that fail.
  Connection(const Executor& executor, Endpoint endpoint, Login login, wire::CellCodec codec,
             std::weak_ptr<HelperThread> helper, WatchedBy watched = {});

  // Resolves, connects, says who we are. Calls may be sent before it has ended.
  Task<Status> Open(Deadline deadline);

  PendingResponse Send(std::string_view method, const google::protobuf::MessageLite& param,
                       std::string_view cell_block, std::chrono::milliseconds timeout);

  bool failed() const { return !failure_.ok(); }

 private:
  Task<void> ReadLoop(std::shared_ptr<Connection> self);
  Task<void> WriteLoop(std::shared_ptr<Connection> self);
  Task<void> ExpireLoop(std::shared_ptr<Connection> self);
  Task<StatusOr<std::string>> SayWhoWeAre(Deadline deadline);
  // Where what comes next is to be put, and what to do when it is there.
  wire::FrameReader::Space Prepare();
  Status Commit(size_t n);
  Status Receive();
  void Dispatch(wire::Response response);
  void Fail(const Status& why);
  struct Call {
    PendingResponse pending;
    std::string method;
  };
  void EndInError(const Call& call, const Status& why);
  Status WithAdvice(const Status& status) const;
  Status Named(const Status& status) const;

  Executor executor_;
  Endpoint endpoint_;
  Login login_;
  wire::CellCodec codec_;
  std::weak_ptr<HelperThread> helper_;  // a log-in under way keeps no cluster's thread alive
  WatchedBy watched_;
  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer write_wake_;   // cancelled when there is something to write
  boost::asio::steady_timer expire_wake_;  // cancelled when an earlier deadline has come in
  std::deque<std::string> outbox_;
  std::shared_ptr<SecurityLayer> layer_;  // null: bytes go as they are
  wire::FrameReader frames_;
  wire::CallTable<Call> calls_;
  Status failure_;
};

}  // namespace twinwatch::rpc
