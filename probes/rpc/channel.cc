#include "probes/rpc/channel.h"

#include <algorithm>
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

Channel::Channel(const Executor& executor, std::string user, wire::CellCodec codec)
    : executor_(executor), user_(std::move(user)), codec_(codec) {}

PendingResponse Channel::Send(const Endpoint& endpoint, std::string_view method,
                              const google::protobuf::MessageLite& param,
                              std::string_view cell_block, std::chrono::milliseconds timeout) {
  std::shared_ptr<Peer>& peer = peers_[endpoint];
  if (!peer) peer = std::make_shared<Peer>();
  if (!peer->connection || peer->connection->failed()) {
    peer->connection = std::make_shared<Connection>(executor_, endpoint, user_, codec_);
    Spawn(executor_, Open(peer->connection, peer));
  }
  return peer->connection->Send(method, param, cell_block, timeout);
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
