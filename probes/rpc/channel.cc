#include "probes/rpc/channel.h"

#include <absl/time/clock.h>

#include <algorithm>
#include <functional>
#include <utility>

namespace twinwatch::rpc {
namespace {

constexpr std::chrono::seconds kConnectTime{10};

}  // namespace

std::chrono::milliseconds BackOff(int failures_in_a_row) {
  if (failures_in_a_row <= 0) return std::chrono::milliseconds(0);
  return std::min(std::chrono::milliseconds(100) * (1 << std::min(failures_in_a_row - 1, 6)),
                  std::chrono::milliseconds(5000));
}

Channel::Channel(const Executor& executor, Login login, wire::CellCodec codec,
                 std::weak_ptr<HelperThread> helper, WatchedBy watched)
    : executor_(executor),
      login_(std::move(login)),
      codec_(codec),
      helper_(std::move(helper)),
      watched_(std::move(watched)) {}

PendingResponse Channel::Send(const Endpoint& endpoint, std::string_view method,
                              const google::protobuf::MessageLite& param,
                              std::string_view cell_block, std::chrono::milliseconds timeout) {
  RenewTicket();
  std::shared_ptr<Peer>& peer = peers_[endpoint];
  if (!peer) peer = std::make_shared<Peer>();
  if (!peer->connection || peer->connection->failed()) {
    peer->connection =
        std::make_shared<Connection>(executor_, endpoint, login_, codec_, helper_, watched_);
    Spawn(executor_, Open(peer->connection, peer));
  }
  if (watched_.watcher) watched_.watcher->OnCall(watched_.hbase, method);
  return peer->connection->Send(method, param, cell_block, timeout);
}

// Without it an agent whose connections live for weeks would come to its next log-in with a ticket
// that has ended, just when the KDC may be away.
void Channel::RenewTicket() {
  if (!login_.kerberos || !login_.kerberos->ticket->ShouldRenew(absl::Now())) return;
  const std::shared_ptr<HelperThread> helper = helper_.lock();
  if (!helper) return;
  // Nobody needs its result: when it failed, the next log-in says so.
  const std::shared_ptr<gss::Ticket> ticket = login_.kerberos->ticket;
  std::function<bool()> work = [ticket] { return ticket->Acquire().ok(); };
  helper->Run(std::move(work), std::make_shared<OneShot<bool>>(executor_));
}

Task<void> Channel::Open(std::shared_ptr<Connection> connection, std::shared_ptr<Peer> peer) {
  co_await SleepUntil(peer->not_before);
  const Status status = co_await connection->Open(After(kConnectTime));
  peer->failures_in_a_row = status.ok() ? 0 : peer->failures_in_a_row + 1;
  peer->not_before = After(BackOff(peer->failures_in_a_row));
}

Task<StatusOr<wire::Response>> Channel::Call(Endpoint endpoint, std::string method,
                                             const google::protobuf::MessageLite& param,
                                             std::string cell_block,
                                             std::chrono::milliseconds timeout) {
  const PendingResponse pending = Send(endpoint, method, param, cell_block, timeout);
  // The connection ends the call at its deadline; the second more covers one that still opens.
  co_return co_await pending->Wait(After(timeout + std::chrono::seconds(1)));
}

}  // namespace twinwatch::rpc
