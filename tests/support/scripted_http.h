// An HTTP server on loopback that answers what a test tells it to.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <string>
#include <vector>

#include "probes/api/async.h"

namespace twinwatch::testing {

// Gives the bytes that `handler` makes of the head of a request, and closes.
class ScriptedHttp {
 public:
  using Handler = std::function<std::string(const std::string& head)>;

  ScriptedHttp(boost::asio::io_context* io, Handler handler)
      : acceptor_(*io, boost::asio::ip::tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)),
        handler_(std::move(handler)) {
    Spawn(io->get_executor(), Serve());
  }

  uint16_t port() const { return acceptor_.local_endpoint().port(); }
  const std::vector<std::string>& heads() const { return heads_; }

 private:
  Task<void> Serve() {
    while (true) {
      boost::system::error_code error;
      boost::asio::ip::tcp::socket socket = co_await acceptor_.async_accept(
          boost::asio::redirect_error(boost::asio::use_awaitable, error));
      std::string head;
      co_await boost::asio::async_read_until(
          socket, boost::asio::dynamic_buffer(head), "\r\n\r\n",
          boost::asio::redirect_error(boost::asio::use_awaitable, error));
      heads_.push_back(head);
      const std::string answer = handler_(head);
      co_await boost::asio::async_write(
          socket, boost::asio::buffer(answer),
          boost::asio::redirect_error(boost::asio::use_awaitable, error));
    }
  }

  boost::asio::ip::tcp::acceptor acceptor_;
  Handler handler_;
  std::vector<std::string> heads_;
};

}  // namespace twinwatch::testing
