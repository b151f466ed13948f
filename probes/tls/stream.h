// A connected socket, plain or under TLS: who reads and writes need not know which.
//
// Whoever owns it keeps it alive while an operation runs, and ends operations by Close: a deadline
// is the owner's.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <memory>
#include <optional>
#include <string>

#include "probes/api/async.h"
#include "probes/tls/context.h"

namespace twinwatch::tls {

using ErrorCode = boost::system::error_code;

class Stream {
 public:
  explicit Stream(const Executor& executor) : socket_(executor) {}
  explicit Stream(boost::asio::ip::tcp::socket socket) : socket_(std::move(socket)) {}

  boost::asio::ip::tcp::socket& socket() { return socket_; }

  // All that follows goes under TLS. Once, when it is connected.
  Task<ErrorCode> Accept(std::shared_ptr<Context> context);
  // The server's certificate must be good for `host`, a name or an address. kFailedPrecondition
  // when it is not, or is not trusted, or the server does not trust ours; else kUnavailable.
  Task<Status> Connect(std::shared_ptr<Context> context, std::string host);

  // The client's handshake was none: it speaks plain HTTP.
  static bool IsPlainHttp(const ErrorCode& error);
  // After a handshake that failed: what follows is said plainly.
  void BecomePlain() { ssl_.reset(); }

  // The common name of the certificate that the other side has shown, if that was verified; else
  // empty, as it is for a name with control characters in it.
  std::string VerifiedName();

  // Errors are asio's; eof is an end that the other side meant.
  Task<size_t> Read(boost::asio::mutable_buffer into, ErrorCode* error);
  Task<void> Write(boost::asio::const_buffer first, boost::asio::const_buffer second,
                   ErrorCode* error);
  // Nothing more is sent. What the other side still sends is thrown away, until it ends too.
  Task<void> Finish();

  bool is_open() const { return socket_.is_open(); }
  void Close();

 private:
  void Begin(std::shared_ptr<Context> context);

  boost::asio::ip::tcp::socket socket_;
  std::shared_ptr<Context> context_;
  std::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> ssl_;
};

}  // namespace twinwatch::tls
