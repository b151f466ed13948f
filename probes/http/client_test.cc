// Against a scripted server on loopback.
#include "probes/http/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <list>
#include <optional>

namespace twinwatch::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class HttpClient : public ::testing::Test {
 protected:
  enum class Then { kClose, kStay, kSendForEver };

  StatusOr<Response> Ask(std::string answer, Then then, size_t body_bytes = 100,
                         std::chrono::milliseconds patience = 10s) {
    Spawn(io_.get_executor(), Serve(std::move(answer), then));
    return Client("127.0.0.1", acceptor_.local_endpoint().port(), body_bytes, patience);
  }

  StatusOr<Response> Client(std::string host, uint16_t port, size_t body_bytes,
                            std::chrono::milliseconds patience) {
    Spawn(io_.get_executor(),
          Run(Url{std::move(host), port, "/x?y=1", secure_}, body_bytes, patience));
    io_.run_for(20s);
    if (!response_) return absl::InternalError("the client did not end");
    return *response_;
  }

  Task<void> Run(Url url, size_t body_bytes, std::chrono::milliseconds patience) {
    response_ = co_await Get(io_.get_executor(), url, body_bytes, After(patience));
    io_.stop();
  }

  Task<void> RunMessage(Message message) {
    const Url url{"127.0.0.1", acceptor_.local_endpoint().port(), "/x"};
    response_ = co_await Send(io_.get_executor(), url, message, 100, After(10s));
    io_.stop();
  }

  Task<void> RunWith(Url url, std::shared_ptr<AddressBook> book) {
    Message get;
    get.addresses = std::move(book);
    response_ = co_await Send(io_.get_executor(), url, std::move(get), 100, After(10s));
    io_.stop();
  }

  Task<void> Serve(std::string answer, Then then) {
    boost::system::error_code error;
    sockets_.push_back(
        co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error)));
    tcp::socket& socket = sockets_.back();
    co_await asio::async_read_until(socket, asio::dynamic_buffer(request_), "\r\n\r\n",
                                    asio::redirect_error(asio::use_awaitable, error));
    do {
      co_await asio::async_write(socket, asio::buffer(answer),
                                 asio::redirect_error(asio::use_awaitable, error));
      sent_ += answer.size();
    } while (then == Then::kSendForEver && !error);
    if (then == Then::kClose) socket.close();
  }

  Task<void> GreetPlainly() {
    boost::system::error_code error;
    sockets_.push_back(
        co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error)));
    co_await asio::async_write(sockets_.back(),
                               asio::buffer(std::string_view("HTTP/1.1 400 No\r\n\r\n")),
                               asio::redirect_error(asio::use_awaitable, error));
  }

  asio::io_context io_;
  tcp::acceptor acceptor_{io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  std::list<tcp::socket> sockets_;
  std::string request_;
  bool secure_ = false;
  size_t sent_ = 0;
  std::optional<StatusOr<Response>> response_;
};

TEST_F(HttpClient, AnAnswer) {
  const auto response = Ask("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", Then::kStay);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->body, "hello");
  EXPECT_THAT(request_, StartsWith("GET /x?y=1 HTTP/1.1\r\nHost: 127.0.0.1:"));
}

TEST_F(HttpClient, APutWithItsBody) {
  Spawn(io_.get_executor(), Serve("HTTP/1.1 204 None\r\n\r\n", Then::kClose));
  const Message message{"PUT", "{\"a\":1}"};
  Spawn(io_.get_executor(), RunMessage(message));
  io_.run_for(20s);
  ASSERT_TRUE(response_ && response_->ok());
  EXPECT_EQ((*response_)->status, 204);
  EXPECT_THAT(request_, StartsWith("PUT /x HTTP/1.1\r\n"));
  EXPECT_THAT(request_, EndsWith("Content-Type: application/json\r\nContent-Length: 7\r\n"
                                 "Connection: close\r\n\r\n{\"a\":1}"));
}

TEST_F(HttpClient, SaysWhoAsks) {
  Spawn(io_.get_executor(), Serve("HTTP/1.1 204 None\r\n\r\n", Then::kClose));
  Message message;
  message.proof.authorization = "Basic YTpi";
  message.requested_by = "twinwatch";
  Spawn(io_.get_executor(), RunMessage(message));
  io_.run_for(20s);
  ASSERT_TRUE(response_ && response_->ok());
  EXPECT_THAT(request_,
              HasSubstr("\r\nAuthorization: Basic YTpi\r\nX-Requested-By: twinwatch\r\n"));
}

TEST_F(HttpClient, StopsWhenItHasEnough) {
  const auto response =
      Ask("HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n" + std::string(60'000, 'x'),
          Then::kSendForEver, 10);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->content_length, 999999999999u);
  EXPECT_EQ(response->body, std::string(10, 'x'));
}

TEST_F(HttpClient, SilenceEndsInTime) {
  const auto response = Ask("HTTP/1.1 200 OK\r\n", Then::kStay, 100, 200ms);
  EXPECT_EQ(response.status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(response.status().message()),
              HasSubstr(std::to_string(acceptor_.local_endpoint().port())));
}

TEST_F(HttpClient, AHandshakeThatNeverComesEndsInTime) {
  secure_ = true;
  const auto response = Ask("", Then::kStay, 100, 200ms);
  EXPECT_EQ(response.status().code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(HttpClient, WhoIsSecureDoesNotTakeAnythingPlain) {
  secure_ = true;
  Spawn(io_.get_executor(), GreetPlainly());
  const auto response = Client("127.0.0.1", acceptor_.local_endpoint().port(), 100, 10s);
  EXPECT_EQ(response.status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(HttpClient, CutShort) {
  const auto response = Ask("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", Then::kClose);
  EXPECT_EQ(response.status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(HttpClient, NoHttp) {
  EXPECT_EQ(Ask("nonsense\r\n\r\n", Then::kStay).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(HttpClient, NobodyListens) {
  const uint16_t port = acceptor_.local_endpoint().port();
  acceptor_.close();
  const auto response = Client("127.0.0.1", port, 100, 10s);
  EXPECT_EQ(response.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(response.status().message()),
              StartsWith("127.0.0.1:" + std::to_string(port) + ": no connection: "));
}

TEST_F(HttpClient, AKnownAddressIsNotLookedUp) {
  const Url url{"no-such-host.invalid", acceptor_.local_endpoint().port(), "/x"};
  const auto book = std::make_shared<AddressBook>();
  book->Keep(url.HostPort(), {acceptor_.local_endpoint()}, std::chrono::steady_clock::now());
  Spawn(io_.get_executor(), Serve("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", Then::kClose));
  Spawn(io_.get_executor(), RunWith(url, book));
  io_.run_for(20s);
  ASSERT_TRUE(response_ && response_->ok());
  EXPECT_EQ((*response_)->body, "ok");
}

TEST_F(HttpClient, AnAddressThatDoesNotAnswerIsForgotten) {
  const Url url{"no-such-host.invalid", acceptor_.local_endpoint().port(), "/x"};
  const auto book = std::make_shared<AddressBook>();
  book->Keep(url.HostPort(), {acceptor_.local_endpoint()}, std::chrono::steady_clock::now());
  acceptor_.close();
  Spawn(io_.get_executor(), RunWith(url, book));
  io_.run_for(20s);
  ASSERT_TRUE(response_);
  EXPECT_TRUE(absl::IsUnavailable(response_->status())) << response_->status();
  EXPECT_FALSE(book->Find(url.HostPort(), std::chrono::steady_clock::now()));
}

}  // namespace
}  // namespace twinwatch::http
