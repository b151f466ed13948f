#include "probes/rpc/connection.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>
#include <cstring>
#include <utility>

#include "probes/rpc/kerberos.h"

namespace twinwatch::rpc {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// kAborted: the server may be dead, so what was asked of it must be looked for again.
Status ToStatus(const boost::system::error_code& error, std::string_view what) {
  return Error(absl::StatusCode::kAborted, "{}: {}", what, error.message());
}

}  // namespace

Connection::Connection(const Executor& executor, Endpoint endpoint, Login login,
                       wire::CellCodec codec, std::weak_ptr<HelperThread> helper, WatchedBy watched)
    : executor_(executor),
      endpoint_(std::move(endpoint)),
      login_(std::move(login)),
      codec_(codec),
      helper_(std::move(helper)),
      watched_(std::move(watched)),
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
  if (error && !failed()) Fail(Named(ToStatus(error, "no connection")));
  if (failed()) co_return failure_;
  socket_.set_option(tcp::no_delay(true), error);
  StatusOr<std::string> first = co_await SayWhoWeAre(deadline);
  watchdog.cancel();
  if (!first.ok()) Fail(Named(first.status()));
  if (failed()) co_return failure_;
  outbox_.push_front(*std::move(first));
  Spawn(executor_, ReadLoop(self));
  Spawn(executor_, WriteLoop(self));
  Spawn(executor_, ExpireLoop(self));
  co_return absl::OkStatus();
}

// What is to be written before the first call.
Task<StatusOr<std::string>> Connection::SayWhoWeAre(Deadline deadline) {
  if (!login_.kerberos) co_return wire::EncodePreamble(login_.user, endpoint_.service, codec_);
  const std::shared_ptr<HelperThread> helper = helper_.lock();
  if (!helper) co_return absl::CancelledError("the cluster is not watched any more");
  const Kerberos& kerberos = *login_.kerberos;
  const std::string& pattern = endpoint_.service == wire::kMasterService
                                   ? kerberos.master_principal
                                   : kerberos.region_server_principal;
  const std::string server = ServerPrincipal(pattern, endpoint_.host);
  // Its error says more than that of Open's watchdog.
  deadline -= std::chrono::seconds(1);
  CO_ASSIGN_OR_RETURN(layer_, co_await LogIn(&socket_, kerberos, server, helper, deadline));
  co_return wire::EncodeConnectionHeader(endpoint_.service, codec_);
}

PendingResponse Connection::Send(std::string_view method,
                                 const google::protobuf::MessageLite& param,
                                 std::string_view cell_block, std::chrono::milliseconds timeout) {
  auto pending = std::make_shared<OneShot<wire::Response>>(executor_);
  if (failed()) {
    EndInError({pending, std::string(method)}, failure_);
    return pending;
  }
  const uint32_t id = calls_.Add({pending, std::string(method)}, After(timeout));
  outbox_.push_back(wire::EncodeRequest(id, method, param, cell_block, timeout));
  write_wake_.cancel();
  expire_wake_.cancel();
  return pending;
}

Task<void> Connection::ReadLoop(std::shared_ptr<Connection> /*keeps this alive*/) {
  while (!failed()) {
    boost::system::error_code error;
    const wire::FrameReader::Space space = Prepare();
    if (space.size > 0) {
      const size_t n = co_await socket_.async_read_some(
          asio::buffer(space.data, space.size), asio::redirect_error(asio::use_awaitable, error));
      if (error) {
        Fail(Named(ToStatus(error, "the connection was lost")));
        co_return;
      }
      if (Status status = Commit(n); !status.ok()) {
        Fail(Named(status));
        co_return;
      }
    }
    if (Status status = Receive(); !status.ok()) Fail(Named(status));
  }
}

wire::FrameReader::Space Connection::Prepare() {
  return layer_ ? layer_->Prepare() : frames_.Prepare();
}

Status Connection::Commit(size_t n) {
  if (!layer_) return frames_.Commit(n);
  std::string plain;
  RETURN_IF_ERROR(layer_->Commit(n, &plain));
  for (std::string_view rest = plain; !rest.empty();) {
    const wire::FrameReader::Space space = frames_.Prepare();
    const size_t size = std::min(space.size, rest.size());
    std::memcpy(space.data, rest.data(), size);
    rest.remove_prefix(size);
    RETURN_IF_ERROR(frames_.Commit(size));
    RETURN_IF_ERROR(Receive());  // makes room for the next frame
  }
  return absl::OkStatus();
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
    Fail(Named(WithAdvice(wire::ToStatus(*response.exception))));
    return;
  }
  std::optional<Call> call = calls_.Take(response.call_id);
  if (!call) return;
  if (response.exception) {
    EndInError(*call, Named(wire::ToStatus(*response.exception)));
  } else {
    call->pending->Set(std::move(response));
  }
}

Task<void> Connection::WriteLoop(std::shared_ptr<Connection> /*keeps this alive*/) {
  while (!failed()) {
    if (outbox_.empty()) {
      write_wake_.expires_at(Deadline::max());
      co_await write_wake_.async_wait(asio::as_tuple(asio::use_awaitable));
      continue;
    }
    std::string bytes = std::move(outbox_.front());
    outbox_.pop_front();
    if (layer_) {
      StatusOr<std::string> units = layer_->Wrap(bytes);
      if (!units.ok()) {
        Fail(Named(units.status()));
        co_return;
      }
      bytes = *std::move(units);
    }
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
    for (const Call& call : calls_.TakeExpired(std::chrono::steady_clock::now()))
      EndInError(call, Named(absl::DeadlineExceededError("no answer in time")));
  }
}

// A server that wants a log-in says so to the first call, in words that lead nowhere.
Status Connection::WithAdvice(const Status& status) const {
  if (login_.kerberos || Text(status).find("Authentication is required") == std::string_view::npos)
    return status;
  return Error(absl::StatusCode::kUnauthenticated,
               "{}; the cluster is secured: give its hbase-site.xml (conf:DIR, `hbase_conf_dir`), "
               "or `kerberos` in the configuration",
               Text(status));
}

void Connection::Fail(const Status& why) {
  if (failed()) return;
  failure_ = why;
  boost::system::error_code ignored;
  socket_.close(ignored);
  outbox_.clear();
  write_wake_.cancel();
  expire_wake_.cancel();
  for (const Call& call : calls_.TakeAll()) EndInError(call, failure_);
}

void Connection::EndInError(const Call& call, const Status& why) {
  if (watched_.watcher) watched_.watcher->OnFailure(watched_.hbase, call.method);
  call.pending->Set(why);
}

}  // namespace twinwatch::rpc
