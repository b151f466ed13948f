// Over loopback, from clients that write bytes and know nothing of the server's own parts.
#include "exporters/http/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <list>
#include <optional>
#include <stdexcept>
#include <string>

namespace twinwatch::http_server {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr size_t kHugeBody = 64u << 20;

Response Site(const Request& request) {
  if (request.path == "/throw") throw std::runtime_error("thrown");
  if (request.path == "/huge") return {200, "text/plain", std::string(kHugeBody, 'x')};
  if (request.path == "/none") return {404, "text/plain", "none\n"};
  if (request.path == "/page") return {200, "text/html; charset=utf-8", ""};
  if (request.method != "GET" && request.method != "HEAD" && request.method != "PUT")
    return {405, "text/plain", "not here\n", "GET, HEAD, PUT"};
  return {200, "text/plain", request.path + "?" + request.query + request.body};
}

class Client {
 public:
  Client(asio::io_context* io, uint16_t port)
      : socket_(*io), endpoint_(asio::ip::address_v4::loopback(), port) {}

  Task<void> Connect() {
    boost::system::error_code error;
    co_await socket_.async_connect(endpoint_, asio::redirect_error(asio::use_awaitable, error));
    EXPECT_FALSE(error) << error.message();
  }

  Task<void> Send(std::string bytes) {
    boost::system::error_code error;
    co_await asio::async_write(socket_, asio::buffer(bytes),
                               asio::redirect_error(asio::use_awaitable, error));
  }

  // One answer, head and body; what there is when the connection ends before.
  Task<std::string> Answer(bool with_body = true) {
    boost::system::error_code error;
    const size_t head =
        co_await asio::async_read_until(socket_, asio::dynamic_buffer(bytes_), "\r\n\r\n",
                                        asio::redirect_error(asio::use_awaitable, error));
    size_t size = error ? bytes_.size() : head;
    if (!error && with_body) {
      size += std::stoul(bytes_.substr(bytes_.find("Content-Length: ") + 16));
      if (size > bytes_.size()) {
        const size_t missing = size - bytes_.size();
        co_await asio::async_read(socket_, asio::dynamic_buffer(bytes_),
                                  asio::transfer_exactly(missing),
                                  asio::redirect_error(asio::use_awaitable, error));
      }
    }
    std::string answer = bytes_.substr(0, size);
    bytes_.erase(0, size);
    co_return answer;
  }

  // All until the server ends the connection.
  Task<std::string> Rest() {
    boost::system::error_code error;
    co_await asio::async_read(socket_, asio::dynamic_buffer(bytes_),
                              asio::redirect_error(asio::use_awaitable, error));
    co_return bytes_;
  }

  void Close() { socket_.close(); }

 private:
  tcp::socket socket_;
  tcp::endpoint endpoint_;
  std::string bytes_;
};

class ServerTest : public ::testing::Test {
 protected:
  void Start(Limits limits = {}) {
    server_.emplace(io_.get_executor(), Site, limits);
    const Status status = server_->Listen("127.0.0.1:0");
    ASSERT_TRUE(status.ok()) << status;
  }

  // Runs `client` and then waits until the server has let go of every connection.
  void Run(std::function<Task<void>()> client) {
    bool done = false;
    Spawn(io_.get_executor(), Watch(std::move(client), &done));
    const auto give_up = std::chrono::steady_clock::now() + 30s;
    while ((!done || server_->connections() > 0) && std::chrono::steady_clock::now() < give_up) {
      io_.run_one_for(1s);
    }
    EXPECT_TRUE(done);
    EXPECT_EQ(server_->connections(), 0u);
  }

  static Task<void> Watch(std::function<Task<void>()> client, bool* done) {
    co_await client();
    *done = true;
  }

  Client NewClient() { return Client(&io_, server_->port()); }

  asio::io_context io_;
  std::optional<Server> server_;
};

TEST_F(ServerTest, AnswersOneRequestAfterTheOther) {
  Start();
  Run([this]() -> Task<void> {
    Client client = NewClient();
    co_await client.Connect();
    co_await client.Send("GET /a?b HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(co_await client.Answer(),
              "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Type: text/plain\r\n"
              "X-Content-Type-Options: nosniff\r\nConnection: keep-alive\r\n\r\n/a?b");
    co_await client.Send("GET /none HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(co_await client.Rest(),
                AllOf(StartsWith("HTTP/1.1 404 Not Found\r\n"), HasSubstr("Connection: close"),
                      EndsWith("\r\n\r\nnone\n")));
  });
}

TEST_F(ServerTest, APageMayLoadNothingFromElsewhere) {
  Start();
  Run([this]() -> Task<void> {
    Client client = NewClient();
    co_await client.Connect();
    co_await client.Send("GET /page HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_THAT(co_await client.Answer(),
                HasSubstr("\r\nContent-Security-Policy: default-src 'self'; img-src data:\r\n"));
  });
}

TEST_F(ServerTest, RequestInPieces) {
  Start();
  Run([this]() -> Task<void> {
    Client client = NewClient();
    co_await client.Connect();
    const std::string request = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
    for (const char byte : request) {
      co_await client.Send(std::string(1, byte));
      co_await SleepFor(0ms);
    }
    EXPECT_THAT(co_await client.Answer(), EndsWith("\r\n\r\n/a?"));
    client.Close();
  });
}

TEST_F(ServerTest, ManyRequestsAtOnce) {
  Start();
  Run([this]() -> Task<void> {
    Client client = NewClient();
    co_await client.Connect();
    std::string requests;
    for (int i = 0; i < 500; ++i) requests += fmt::format("GET /{} HTTP/1.1\r\nHost: h\r\n\r\n", i);
    co_await client.Send(std::move(requests));
    for (int i = 0; i < 500; ++i) {
      const std::string answer = co_await client.Answer();
      EXPECT_THAT(answer, EndsWith(fmt::format("\r\n\r\n/{}?", i)));
    }
    client.Close();
  });
}

TEST_F(ServerTest, HeadHasNoBody) {
  Start();
  Run([this]() -> Task<void> {
    Client client = NewClient();
    co_await client.Connect();
    co_await client.Send("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_THAT(co_await client.Answer(false),
                AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("Content-Length: 3\r\n")));
    EXPECT_THAT(co_await client.Answer(), EndsWith("\r\n\r\n/b?"));
    client.Close();
  });
}

TEST_F(ServerTest, OtherMethodsAreNotAllowed) {
  Start();
  Run([this]() -> Task<void> {
    Client client = NewClient();
    co_await client.Connect();
    co_await client.Send(
        "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 26\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n");
    EXPECT_THAT(co_await client.Answer(),
                AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("Allow: GET, HEAD, PUT\r\n"),
                      HasSubstr("Connection: keep-alive")));
    co_await client.Send("PATCH /a HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n\r\n\r\n");
    EXPECT_THAT(co_await client.Rest(),
                AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("Connection: close")));
  });
}

TEST_F(ServerTest, ABodyInPieces) {
  Start();
  Run([this]() -> Task<void> {
    Client client = NewClient();
    co_await client.Connect();
    const std::string request =
        "PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbodyGET /b HTTP/1.1\r\nHost: "
        "h\r\n\r\n";
    for (const char byte : request) {
      co_await client.Send(std::string(1, byte));
      co_await SleepFor(0ms);
    }
    EXPECT_THAT(co_await client.Answer(), EndsWith("\r\n\r\n/a?body"));
    EXPECT_THAT(co_await client.Answer(), EndsWith("\r\n\r\n/b?"));
    client.Close();
  });
}

TEST_F(ServerTest, BodiesThatAreTooLongOrOfNoToldLength) {
  Start({.max_body_bytes = 1000});
  for (const auto& [header, answer] :
       {std::pair{"Content-Length: 1001", "HTTP/1.1 413 Content Too Large\r\n"},
        std::pair{"Transfer-Encoding: chunked", "HTTP/1.1 411 Length Required\r\n"}}) {
    Run([this, header = std::string(header), answer = std::string(answer)]() -> Task<void> {
      Client client = NewClient();
      co_await client.Connect();
      co_await client.Send("PUT /a HTTP/1.1\r\nHost: h\r\n" + header + "\r\n\r\n" +
                           std::string(100'000, 'x'));
      EXPECT_THAT(co_await client.Rest(),
                  AllOf(StartsWith(answer), HasSubstr("Connection: close")));
    });
  }
}

TEST_F(ServerTest, DropsAClientThatDoesNotSendItsBody) {
  Start({.head_time = 50ms});
  Run([this]() -> Task<void> {
    Client client = NewClient();
    co_await client.Connect();
    co_await client.Send("PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbod");
    EXPECT_EQ(co_await client.Rest(), "");
  });
}

TEST_F(ServerTest, NonsenseIsABadRequest) {
  Start();
  Run([this]() -> Task<void> {
    Client client = NewClient();
    co_await client.Connect();
    co_await client.Send("\x16\x03\x01 hello\r\n\r\n");
    EXPECT_THAT(co_await client.Rest(), StartsWith("HTTP/1.1 400 Bad Request\r\n"));
  });
}

TEST_F(ServerTest, HugeHeadIsRefusedAndTheClientLearnsWhy) {
  Start();
  Run([this]() -> Task<void> {
    Client client = NewClient();
    co_await client.Connect();
    co_await client.Send("GET / HTTP/1.1\r\nHost: h\r\nx: " + std::string(200'000, 'x'));
    EXPECT_THAT(co_await client.Rest(), StartsWith("HTTP/1.1 431 "));
  });
}

TEST_F(ServerTest, HandlerThatThrowsIsAnError) {
  Start();
  Run([this]() -> Task<void> {
    Client client = NewClient();
    co_await client.Connect();
    co_await client.Send("GET /throw HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_THAT(co_await client.Answer(), AllOf(StartsWith("HTTP/1.1 500 "), EndsWith("thrown\n")));
    client.Close();
  });
}

TEST_F(ServerTest, DropsAClientThatDoesNotSendItsHead) {
  Start({.head_time = 50ms});
  Run([this]() -> Task<void> {
    Client silent = NewClient();
    Client half = NewClient();
    co_await silent.Connect();
    co_await half.Connect();
    co_await half.Send("GET / HTTP/1.1\r\n");
    EXPECT_EQ(co_await silent.Rest(), "");
    EXPECT_EQ(co_await half.Rest(), "");
  });
}

TEST_F(ServerTest, DropsAClientThatDoesNotReadItsAnswer) {
  Start({.answer_time = 100ms});
  Client client = NewClient();
  Run([&client]() -> Task<void> {
    co_await client.Connect();
    co_await client.Send("GET /huge HTTP/1.1\r\nHost: h\r\n\r\n");
  });
  Run([&client]() -> Task<void> {
    const std::string cut_off = co_await client.Rest();
    EXPECT_LT(cut_off.size(), kHugeBody);
  });
}

TEST_F(ServerTest, ClientsThatReadGetAllOfALargeAnswer) {
  Start();
  Run([this]() -> Task<void> {
    Client client = NewClient();
    co_await client.Connect();
    co_await client.Send("GET /huge HTTP/1.0\r\n\r\n");
    const std::string answer = co_await client.Rest();
    EXPECT_GT(answer.size(), kHugeBody);
  });
}

TEST_F(ServerTest, TooManyConnectionsAreTurnedAway) {
  Start({.max_connections = 100});
  Run([this]() -> Task<void> {
    std::list<Client> clients;
    for (int i = 0; i < 100; ++i) {
      co_await clients.emplace_back(&io_, server_->port()).Connect();
      co_await clients.back().Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      EXPECT_THAT(co_await clients.back().Answer(), StartsWith("HTTP/1.1 200 "));
    }
    Client refused = NewClient();
    co_await refused.Connect();
    EXPECT_THAT(co_await refused.Rest(), StartsWith("HTTP/1.1 503 "));
    refused.Close();
    clients.clear();
    while (server_->connections() > 0) co_await SleepFor(1ms);
    Client welcome = NewClient();
    co_await welcome.Connect();
    co_await welcome.Send("GET / HTTP/1.0\r\n\r\n");
    EXPECT_THAT(co_await welcome.Rest(), StartsWith("HTTP/1.1 200 "));
  });
}

TEST_F(ServerTest, StopEndsEveryConnection) {
  Start();
  Run([this]() -> Task<void> {
    Client client = NewClient();
    co_await client.Connect();
    co_await client.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_THAT(co_await client.Answer(), StartsWith("HTTP/1.1 200 "));
    server_->Stop();
    EXPECT_EQ(co_await client.Rest(), "");
  });
  io_.run_for(10s);
  EXPECT_TRUE(io_.stopped()) << "something still waits";
}

TEST_F(ServerTest, AddressesToListenOn) {
  for (const char* address : {"127.0.0.1:0", "localhost:0", ":0", "[::1]:0"}) {
    Server server(io_.get_executor(), Site);
    const Status status = server.Listen(address);
    if (std::string_view(address) == "[::1]:0" && !status.ok()) continue;  // a machine without IPv6
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_NE(server.port(), 0);
  }
  Start();
  Server second(io_.get_executor(), Site);
  const std::string taken = fmt::format("127.0.0.1:{}", server_->port());
  EXPECT_EQ(second.Listen(taken).code(), absl::StatusCode::kFailedPrecondition);
  for (const char* bad : {"", "9919", "::1:9919", "h:", "h:99999", "h:1x"}) {
    EXPECT_EQ(second.Listen(bad).code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

}  // namespace
}  // namespace twinwatch::http_server
