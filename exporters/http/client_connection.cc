#include "exporters/http/client_connection.h"

#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <exception>
#include <utility>

namespace twinwatch::http_server {
namespace {

namespace asio = boost::asio;

// How long an answer that ends the connection is left to a client that still sends.
constexpr std::chrono::milliseconds kLingerTime{1000};

std::string_view ReasonOf(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 202:
      return "Accepted";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    default:
      return "Other";
  }
}

std::string HeadOf(const Response& response, bool keep_alive) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\nContent-Length: {}\r\n", response.status,
                                 ReasonOf(response.status), response.body.size());
  if (!response.content_type.empty()) head += "Content-Type: " + response.content_type + "\r\n";
  head += "X-Content-Type-Options: nosniff\r\n";
  if (response.content_type.starts_with("text/html")) {
    head += "Content-Security-Policy: default-src 'self'; img-src data:\r\n";
  }
  if (response.status == 405) head += "Allow: GET, HEAD\r\n";
  head += keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  return head;
}

Response Plain(int status, std::string_view text) {
  return {status, "text/plain; charset=utf-8", fmt::format("{}\n", text)};
}

Response Handle(const Server::Handler& handler, const Request& request) {
  if (request.method != "GET" && request.method != "HEAD") {
    return Plain(405, "only GET and HEAD are answered here");
  }
  try {
    return handler(request);
  } catch (const std::exception& error) {
    return Plain(500, error.what());
  } catch (...) {
    return Plain(500, "internal error");
  }
}

}  // namespace

ClientConnection::ClientConnection(asio::ip::tcp::socket socket, Server::Handler handler,
                                   Limits limits)
    : socket_(std::move(socket)),
      deadline_(socket_.get_executor()),
      handler_(std::move(handler)),
      limits_(limits),
      reader_(limits.max_head_bytes) {}

Task<void> ClientConnection::Serve(std::shared_ptr<ClientConnection> /*self*/) {
  CloseAfter(limits_.head_time);
  Then then = Then::kGoOn;
  while (then == Then::kGoOn && socket_.is_open()) {
    StatusOr<std::optional<RequestHead>> next = reader_.Next();
    if (!next.ok()) {
      const int code = next.status().code() == absl::StatusCode::kResourceExhausted ? 431 : 400;
      then = co_await Write(Plain(code, Text(next.status())), false, true);
    } else if (next->has_value()) {
      then = co_await Answer(**std::move(next));
      CloseAfter(limits_.head_time);
    } else if (!co_await ReadMore()) {
      break;
    }
  }
  Close();
}

Task<void> ClientConnection::TurnAway(std::shared_ptr<ClientConnection> /*self*/) {
  co_await Write(Plain(503, "too many connections"), false, true);
  Close();
}

Task<bool> ClientConnection::ReadMore() {
  boost::system::error_code error;
  const size_t n = co_await socket_.async_read_some(
      asio::buffer(received_), asio::redirect_error(asio::use_awaitable, error));
  if (!error) reader_.Feed(std::string_view(received_.data(), n));
  co_return !error;
}

Task<ClientConnection::Then> ClientConnection::Answer(RequestHead head) {
  // Bodies are not read: what follows one cannot be told from it.
  const bool keep_alive = head.keep_alive && !head.has_body;
  Response response = Handle(handler_, head.request);
  co_return co_await Write(std::move(response), keep_alive, head.request.method != "HEAD");
}

Task<ClientConnection::Then> ClientConnection::Write(Response response, bool keep_alive,
                                                     bool with_body) {
  CloseAfter(limits_.answer_time);
  const std::string head = HeadOf(response, keep_alive);
  const std::array<asio::const_buffer, 2> bytes = {
      asio::buffer(head), with_body ? asio::buffer(response.body) : asio::const_buffer()};
  boost::system::error_code error;
  co_await asio::async_write(socket_, bytes, asio::redirect_error(asio::use_awaitable, error));
  if (!error && keep_alive) co_return Then::kGoOn;
  if (!error) co_await LetTheClientRead();
  co_return Then::kEnd;
}

// A socket that is closed while bytes are unread takes back the answer that is on its way.
Task<void> ClientConnection::LetTheClientRead() {
  boost::system::error_code error;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, error);
  CloseAfter(kLingerTime);
  while (!error) {
    co_await socket_.async_read_some(asio::buffer(received_),
                                     asio::redirect_error(asio::use_awaitable, error));
  }
}

void ClientConnection::CloseAfter(std::chrono::milliseconds time) {
  if (!socket_.is_open()) return;
  deadline_.expires_after(time);
  deadline_.async_wait([self = weak_from_this()](const boost::system::error_code& error) {
    const std::shared_ptr<ClientConnection> client = self.lock();
    // It may have been set anew while this was on its way.
    if (error || !client || client->deadline_.expiry() > std::chrono::steady_clock::now()) return;
    client->Close();
  });
}

void ClientConnection::Close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
  deadline_.cancel();
}

}  // namespace twinwatch::http_server
