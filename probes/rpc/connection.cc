#include "probes/rpc/connection.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace twinwatch::rpc {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// kAborted: the server may be dead, so what was asked of it must be looked for again.
Status ToStatus(const boost::system::error_code& error, std::string_view what) {
  return Error(absl::StatusCode::kAborted, "{}: {}", what, error.message());
}

}  // namespace

Connection::Connection(const Executor& executor, Endpoint endpoint, std::string user,
                       wire::CellCodec codec)
    : executor_(executor),
      endpoint_(std::move(endpoint)),
      user_(std::move(user)),
      codec_(codec),
      socket_(executor),
      write_wake_(executor, Deadline::max()),
      expire_wake_(executor, Deadline::max()) {}

Status Connection::Named(const Status& status) const {
  return Annotate(status, fmt::format("{}:{}", endpoint_.host, endpoint_.port));
}

Task<Status> Connection::Open(Deadline deadline) {
  const auto self = shared_from_this();
  // Closing the socket is what ends a connect that takes too long.
  asio::steady_timer watchdog(executor_, deadline);
  watchdog.async_wait([self](const boost::system::error_code& error) {
    if (!error) self->Fail(self->Named(absl::AbortedError("no connection in time")));
  });
  boost::system::error_code error;
  tcp::resolver resolver(executor_);
  const std::string port = std::to_string(endpoint_.port);
  const auto addresses = co_await resolver.async_resolve(
      endpoint_.host, port, asio::redirect_error(asio::use_awaitable, error));
  if (error) {
    Fail(Named(ToStatus(error, "the host name cannot be resolved")));
    co_return failure_;
  }
  if (!failed()) {
    co_await asio::async_connect(socket_, addresses,
                                 asio::redirect_error(asio::use_awaitable, error));
  }
  watchdog.cancel();
  if (error && !failed()) Fail(Named(ToStatus(error, "no connection")));
  if (failed()) co_return failure_;
  socket_.set_option(tcp::no_delay(true), error);
  outbox_.push_front(wire::EncodePreamble(user_, endpoint_.service, codec_));
  Spawn(executor_, ReadLoop(self));
  Spawn(executor_, WriteLoop(self));
  Spawn(executor_, ExpireLoop(self));
  co_return absl::OkStatus();
}

PendingResponse Connection::Send(std::string_view method,
                                 const google::protobuf::MessageLite& param,
                                 std::string_view cell_block, std::chrono::milliseconds timeout) {
  auto pending = std::make_shared<OneShot<wire::Response>>(executor_);
  if (failed()) {
    pending->Set(failure_);
    return pending;
  }
  const uint32_t id = calls_.Add(pending, After(timeout));
  outbox_.push_back(wire::EncodeRequest(id, method, param, cell_block, timeout));
  write_wake_.cancel();
  expire_wake_.cancel();
  return pending;
}

Task<void> Connection::ReadLoop(std::shared_ptr<Connection> /*keeps this alive*/) {
  while (!failed()) {
    boost::system::error_code error;
    const wire::FrameReader::Space space = frames_.Prepare();
    if (space.size > 0) {
      const size_t n = co_await socket_.async_read_some(
          asio::buffer(space.data, space.size), asio::redirect_error(asio::use_awaitable, error));
      if (error) {
        Fail(Named(ToStatus(error, "the connection was lost")));
        co_return;
      }
      if (Status status = frames_.Commit(n); !status.ok()) {
        Fail(Named(status));
        co_return;
      }
    }
    if (Status status = Receive(); !status.ok()) Fail(Named(status));
  }
}

Status Connection::Receive() {
  while (std::optional<wire::Frame> frame = frames_.TakeFrame()) {
    ASSIGN_OR_RETURN(wire::Response response, wire::ParseResponse(*std::move(frame)));
    Dispatch(std::move(response));
  }
  return absl::OkStatus();
}

void Connection::Dispatch(wire::Response response) {
  if (response.exception && (response.call_id == wire::kServerCallId ||
                             wire::IsFatalForConnection(*response.exception))) {
    Fail(Named(wire::ToStatus(*response.exception)));
    return;
  }
  std::optional<PendingResponse> call = calls_.Take(response.call_id);
  if (!call) return;
  if (response.exception) {
    (*call)->Set(Named(wire::ToStatus(*response.exception)));
  } else {
    (*call)->Set(std::move(response));
  }
}

Task<void> Connection::WriteLoop(std::shared_ptr<Connection> /*keeps this alive*/) {
  while (!failed()) {
    if (outbox_.empty()) {
      write_wake_.expires_at(Deadline::max());
      co_await write_wake_.async_wait(asio::as_tuple(asio::use_awaitable));
      continue;
    }
    const std::string bytes = std::move(outbox_.front());
    outbox_.pop_front();
    boost::system::error_code error;
    co_await asio::async_write(socket_, asio::buffer(bytes),
                               asio::redirect_error(asio::use_awaitable, error));
    if (error) Fail(Named(ToStatus(error, "the connection was lost")));
  }
}

Task<void> Connection::ExpireLoop(std::shared_ptr<Connection> /*keeps this alive*/) {
  while (!failed()) {
    expire_wake_.expires_at(calls_.NextDeadline().value_or(Deadline::max()));
    co_await expire_wake_.async_wait(asio::as_tuple(asio::use_awaitable));
    for (const PendingResponse& call : calls_.TakeExpired(std::chrono::steady_clock::now())) {
      call->Set(Named(absl::DeadlineExceededError("no answer in time")));
    }
  }
}

void Connection::Fail(const Status& why) {
  if (failed()) return;
  failure_ = why;
  boost::system::error_code ignored;
  socket_.close(ignored);
  outbox_.clear();
  write_wake_.cancel();
  expire_wake_.cancel();
  for (const PendingResponse& call : calls_.TakeAll()) call->Set(failure_);
}

}  // namespace twinwatch::rpc
