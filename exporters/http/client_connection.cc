#include "exporters/http/client_connection.h"

#include <exception>
#include <utility>

namespace twinwatch::http_server {
namespace {

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
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    case 429:
      return "Too Many Requests";
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

std::string HeadOf(const Response& response, bool keep_alive, std::string_view challenge) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\nContent-Length: {}\r\n", response.status,
                                 ReasonOf(response.status), response.body.size());
  if (!response.content_type.empty()) head += "Content-Type: " + response.content_type + "\r\n";
  head += "X-Content-Type-Options: nosniff\r\n";
  if (response.content_type.starts_with("text/html")) {
    head += "Content-Security-Policy: default-src 'self'; img-src data:\r\n";
  }
  if (response.status == 401) head += fmt::format("WWW-Authenticate: {}\r\n", challenge);
  if (response.status == 429) head += "Retry-After: 1\r\n";
  if (!response.allow.empty()) head += "Allow: " + response.allow + "\r\n";
  head += keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  return head;
}

Response Plain(int status, std::string_view text) {
  return {status, "text/plain; charset=utf-8", fmt::format("{}\n", text)};
}

Response Refused(int status) {
  switch (status) {
    case 401:
      return Plain(status, "name and password, or the token, are missing or wrong");
    case 429:
      return Plain(status, "too many failed logins at the moment");
    default:
      return Plain(status, "the password could not be checked in time");
  }
}

Response Handle(const Server::Handler& handler, const RequestHead& head, size_t max_body_bytes) {
  if (head.refused == 411)
    return Plain(411, "a body needs a Content-Length here: chunks are not taken");
  if (head.refused == 413)
    return Plain(413, fmt::format("a body of over {} bytes is not taken", max_body_bytes));
  try {
    return handler(head.request);
  } catch (const std::exception& error) {
    return Plain(500, error.what());
  } catch (...) {
    return Plain(500, "internal error");
  }
}

}  // namespace

ClientConnection::ClientConnection(boost::asio::ip::tcp::socket socket, Server::Handler handler,
                                   Limits limits, std::shared_ptr<Authenticator> authenticator)
    : stream_(std::move(socket)),
      deadline_(stream_.socket().get_executor()),
      handler_(std::move(handler)),
      limits_(limits),
      authenticator_(std::move(authenticator)),
      reader_(limits.max_head_bytes, limits.max_body_bytes) {}

Task<void> ClientConnection::Serve(std::shared_ptr<ClientConnection> /*self*/) {
  const bool shaken = co_await ShakeHands();
  Then then = shaken ? Then::kGoOn : Then::kEnd;
  CloseAfter(limits_.head_time);
  while (then == Then::kGoOn && stream_.is_open()) {
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
  // In the condition itself the await is miscompiled by g++ 12.
  const bool shaken = co_await ShakeHands();
  if (shaken) co_await Write(Plain(503, "too many connections"), false, true);
  Close();
}

Task<bool> ClientConnection::ShakeHands() {
  if (!authenticator_->tls()) co_return true;
  CloseAfter(limits_.head_time);
  const tls::ErrorCode error = co_await stream_.Accept(authenticator_->tls());
  if (!error) {
    certificate_name_ = stream_.VerifiedName();
    co_return true;
  }
  stream_.BecomePlain();
  if (tls::Stream::IsPlainHttp(error)) {
    co_await Write(Plain(400, "this is HTTP, and HTTPS is spoken here"), false, true);
  } else {
    co_await LetTheClientRead();
  }
  co_return false;
}

Task<bool> ClientConnection::ReadMore() {
  tls::ErrorCode error;
  const size_t n = co_await stream_.Read(boost::asio::buffer(received_), &error);
  if (!error) reader_.Feed(std::string_view(received_.data(), n));
  co_return !error;
}

Task<ClientConnection::Then> ClientConnection::Answer(RequestHead head) {
  CloseAfter(limits_.answer_time);
  std::string authorization(head.request.Header("authorization"));
  const Authenticator::Verdict who =
      co_await authenticator_->Judge(std::move(authorization), certificate_name_);
  if (!stream_.is_open()) co_return Then::kEnd;  // or the handler may be gone
  head.request.user = who.user;
  // What follows a body that was not read cannot be told from it.
  const bool keep_alive = head.keep_alive && !head.has_body;
  Response response =
      who.status == 200 ? Handle(handler_, head, limits_.max_body_bytes) : Refused(who.status);
  co_return co_await Write(std::move(response), keep_alive, head.request.method != "HEAD");
}

Task<ClientConnection::Then> ClientConnection::Write(Response response, bool keep_alive,
                                                     bool with_body) {
  CloseAfter(limits_.answer_time);
  const std::string head = HeadOf(response, keep_alive, authenticator_->challenge());
  const boost::asio::const_buffer body =
      with_body ? boost::asio::buffer(response.body) : boost::asio::const_buffer();
  tls::ErrorCode error;
  co_await stream_.Write(boost::asio::buffer(head), body, &error);
  if (!error && keep_alive) co_return Then::kGoOn;
  if (!error) co_await LetTheClientRead();
  co_return Then::kEnd;
}

// A socket that is closed while bytes are unread takes back the answer, or the alert of a
// handshake, that is on its way.
Task<void> ClientConnection::LetTheClientRead() {
  CloseAfter(kLingerTime);
  co_await stream_.Finish();
}

void ClientConnection::CloseAfter(std::chrono::milliseconds time) {
  if (!stream_.is_open()) return;
  deadline_.expires_after(time);
  deadline_.async_wait([self = weak_from_this()](const boost::system::error_code& error) {
    const std::shared_ptr<ClientConnection> client = self.lock();
    // It may have been set anew while this was on its way.
    if (error || !client || client->deadline_.expiry() > std::chrono::steady_clock::now()) return;
    client->Close();
  });
}

void ClientConnection::Close() {
  stream_.Close();
  deadline_.cancel();
}

}  // namespace twinwatch::http_server
