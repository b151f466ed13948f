#include "probes/http/client.h"

#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <memory>
#include <optional>
#include <utility>

#include "probes/tls/stream.h"

namespace twinwatch::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// A server that has gigabytes to send is not to send many of them before the connection closes.
constexpr int kReceiveBuffer = 16 << 10;

// Shared with the timer that closes the socket.
struct Exchange {
  explicit Exchange(const Executor& executor)
      : stream(executor), resolver(executor), watchdog(executor) {}

  tls::Stream stream;
  tcp::resolver resolver;
  asio::steady_timer watchdog;
  bool too_late = false;

  void End() {
    resolver.cancel();
    stream.Close();
    watchdog.cancel();
  }

  Status Failed(std::string_view what, const boost::system::error_code& error) const {
    if (too_late) return Error(absl::StatusCode::kDeadlineExceeded, "no answer in time");
    return Error(absl::StatusCode::kUnavailable, "{}: {}", what, error.message());
  }
};

void EndAt(const std::shared_ptr<Exchange>& exchange, Deadline deadline) {
  exchange->watchdog.expires_at(deadline);
  exchange->watchdog.async_wait(
      [weak = std::weak_ptr<Exchange>(exchange)](const boost::system::error_code& error) {
        const std::shared_ptr<Exchange> late = weak.lock();
        if (error || !late) return;
        late->too_late = true;
        late->End();
      });
}

Task<StatusOr<AddressBook::Endpoints>> AddressesOf(std::shared_ptr<Exchange> exchange, Url url,
                                                   std::shared_ptr<AddressBook> book) {
  const Deadline now = std::chrono::steady_clock::now();
  if (book) {
    if (std::optional<AddressBook::Endpoints> known = book->Find(url.HostPort(), now))
      co_return *std::move(known);
  }
  boost::system::error_code error;
  const std::string port = std::to_string(url.port);
  const auto found = co_await exchange->resolver.async_resolve(
      url.host, port, asio::redirect_error(asio::use_awaitable, error));
  if (error || exchange->too_late)
    co_return exchange->Failed("the host name cannot be resolved", error);
  AddressBook::Endpoints endpoints;
  for (const auto& entry : found) endpoints.push_back(entry.endpoint());
  if (book) book->Keep(url.HostPort(), endpoints, now);
  co_return endpoints;
}

Task<Status> Connect(std::shared_ptr<Exchange> exchange, Url url,
                     std::shared_ptr<AddressBook> book) {
  CO_ASSIGN_OR_RETURN(const AddressBook::Endpoints addresses,
                      co_await AddressesOf(exchange, url, book));
  boost::system::error_code error = asio::error::host_not_found;
  tcp::socket& socket = exchange->stream.socket();
  for (const auto& address : addresses) {
    boost::system::error_code ignored;
    socket.close(ignored);
    socket.open(address.protocol(), error);
    if (error) continue;
    // It must be set before the window is agreed on.
    socket.set_option(asio::socket_base::receive_buffer_size(kReceiveBuffer), ignored);
    co_await socket.async_connect(address, asio::redirect_error(asio::use_awaitable, error));
    if (!error || exchange->too_late) break;
  }
  if (!error && !exchange->too_late) co_return absl::OkStatus();
  if (book) book->Forget(url.HostPort());
  co_return exchange->Failed("no connection", error);
}

Task<Status> Secure(std::shared_ptr<Exchange> exchange, Url url,
                    std::shared_ptr<tls::Context> context) {
  if (!url.secure) co_return absl::OkStatus();
  if (!context) {
    const tls::ClientOptions nothing;
    CO_ASSIGN_OR_RETURN(context, tls::MakeClientContext(nothing));
  }
  const Status status = co_await exchange->stream.Connect(std::move(context), url.host);
  if (exchange->too_late) co_return exchange->Failed("", {});
  co_return status;
}

// POST and PUT say how long their body is, even when it is none.
std::string BodyHeaders(const Message& message) {
  if (message.method == "GET") return "";
  return fmt::format("{}Content-Length: {}\r\n",
                     message.body.empty() ? "" : "Content-Type: application/json\r\n",
                     message.body.size());
}

Task<StatusOr<Response>> Ask(std::shared_ptr<Exchange> exchange, Url url, Message message,
                             size_t body_bytes) {
  CO_RETURN_IF_ERROR(co_await Connect(exchange, url, message.addresses));
  CO_RETURN_IF_ERROR(co_await Secure(exchange, url, message.proof.tls));
  const std::string authorization = message.proof.authorization.empty()
                                        ? ""
                                        : "Authorization: " + message.proof.authorization + "\r\n";
  const std::string requested_by =
      message.requested_by.empty() ? "" : "X-Requested-By: " + message.requested_by + "\r\n";
  const std::string request = fmt::format(
      "{} {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: twinwatch\r\nAccept: */*\r\n{}{}{}"
      "Connection: close\r\n\r\n{}",
      message.method, url.target, url.HostPort(), authorization, requested_by, BodyHeaders(message),
      message.body);
  boost::system::error_code error;
  co_await exchange->stream.Write(asio::buffer(request), asio::const_buffer(), &error);
  ResponseReader reader(body_bytes);
  std::array<char, 8192> bytes;
  while (!error && !reader.done()) {
    const size_t n = co_await exchange->stream.Read(asio::buffer(bytes), &error);
    CO_RETURN_IF_ERROR(reader.Feed(std::string_view(bytes.data(), n)));
  }
  if (error == asio::error::eof) {
    CO_RETURN_IF_ERROR(reader.FeedEnd());
  } else if (!reader.done()) {
    co_return exchange->Failed("the connection was lost", error);
  }
  co_return reader.Take();
}

}  // namespace

Task<StatusOr<Response>> Send(Executor executor, Url url, Message message, size_t body_bytes,
                              Deadline deadline) {
  const auto exchange = std::make_shared<Exchange>(executor);
  EndAt(exchange, deadline);
  StatusOr<Response> response = co_await Ask(exchange, url, std::move(message), body_bytes);
  exchange->End();
  if (!response.ok()) co_return Annotate(response.status(), url.HostPort());
  co_return response;
}

Task<StatusOr<Response>> Get(Executor executor, Url url, size_t body_bytes, Deadline deadline) {
  return Send(std::move(executor), std::move(url), Message(), body_bytes, deadline);
}

}  // namespace twinwatch::http
