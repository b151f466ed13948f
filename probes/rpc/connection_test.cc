// Against a scripted server on loopback that knows nothing of our encoder.
#include "probes/rpc/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <cstdlib>
#include <functional>
#include <list>
#include <map>

#include "probes/rpc/channel.h"
#include "probes/wire/hbase.pb.h"
#include "tests/support/golden.h"

namespace twinwatch::rpc {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;
using twinwatch::testing::FromHex;
using twinwatch::testing::Golden;

class ConnectionTest : public ::testing::Test {
 protected:
  // Runs `client` against a server that reads `expect_bytes` and then does `serve`.
  using Serve = std::function<Task<void>(tcp::socket*)>;

  void Run(Serve serve, std::function<Task<void>()> client, int connections = 1) {
    Spawn(io_.get_executor(), Accept(std::move(serve), connections));
    Spawn(io_.get_executor(), Client(std::move(client)));
    io_.run_for(20s);
    EXPECT_TRUE(client_done_);
  }

  Task<void> Client(std::function<Task<void>()> client) {
    co_await client();
    client_done_ = true;
    io_.stop();
  }

  Task<void> Accept(Serve serve, int connections) {
    for (int i = 0; i < connections; ++i) {
      boost::system::error_code error;
      sockets_.push_back(
          co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error)));
      co_await serve(&sockets_.back());
    }
  }

  static Task<std::string> Read(tcp::socket* socket, size_t n) {
    std::string bytes(n, '\0');
    boost::system::error_code error;
    co_await asio::async_read(*socket, asio::buffer(bytes),
                              asio::redirect_error(asio::use_awaitable, error));
    co_return bytes;
  }

  static Task<void> Write(tcp::socket* socket, std::string bytes) {
    boost::system::error_code error;
    co_await asio::async_write(*socket, asio::buffer(bytes),
                               asio::redirect_error(asio::use_awaitable, error));
  }

  // The preamble, then the bytes of `calls` requests for IsMasterRunning.
  static Task<void> ReadCalls(tcp::socket* socket, int calls) {
    EXPECT_EQ(co_await Read(socket, Golden("preamble-master").size()), Golden("preamble-master"));
    // The timeout field adds three bytes to the golden request.
    for (int i = 0; i < calls; ++i)
      co_await Read(socket, Golden("is-master-running-request").size() + 3);
  }

  Endpoint Server() const {
    return {"127.0.0.1", acceptor_.local_endpoint().port(), "MasterService"};
  }

  asio::io_context io_;
  tcp::acceptor acceptor_{io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  std::list<tcp::socket> sockets_;
  Channel channel_{io_.get_executor(), Login{"root", std::nullopt}};
  const hbase::pb::ListReplicationPeersRequest empty_;
  bool client_done_ = false;
};

// {is_master_running:true} in answer to `call_id`.
std::string Answer(int call_id) {
  return FromHex(
             "00000006"
             "0208") +
         static_cast<char>(call_id) + FromHex("020801");
}

TEST_F(ConnectionTest, AnswersComeInAnyOrder) {
  Run(
      [](tcp::socket* socket) -> Task<void> {
        co_await ReadCalls(socket, 3);
        co_await Write(socket, Answer(2) + Answer(0) + Answer(99) + Answer(1));
      },
      [this]() -> Task<void> {
        std::vector<PendingResponse> pending;
        for (int i = 0; i < 3; ++i)
          pending.push_back(channel_.Send(Server(), "IsMasterRunning", empty_, "", 5000ms));
        for (uint32_t i = 0; i < 3; ++i) {
          const auto response = co_await pending[i]->Wait(After(6s));
          EXPECT_TRUE(response.ok()) << response.status();
          if (response.ok()) {
            EXPECT_EQ(response->call_id, i);
          }
        }
      });
}

TEST_F(ConnectionTest, SilenceEndsOneCallOnly) {
  Run(
      [](tcp::socket* socket) -> Task<void> {
        co_await ReadCalls(socket, 2);
        co_await Write(socket, Answer(1));
      },
      [this]() -> Task<void> {
        const PendingResponse silent =
            channel_.Send(Server(), "IsMasterRunning", empty_, "", 200ms);
        const PendingResponse answered =
            channel_.Send(Server(), "IsMasterRunning", empty_, "", 5000ms);
        const auto first = co_await silent->Wait(After(6s));
        EXPECT_EQ(first.status().code(), absl::StatusCode::kDeadlineExceeded);
        EXPECT_THAT(std::string(first.status().message()), ::testing::HasSubstr("127.0.0.1"));
        const auto second = co_await answered->Wait(After(6s));
        EXPECT_TRUE(second.ok()) << second.status();
      });
}

TEST_F(ConnectionTest, LossEndsEveryCallAndTheNextOneConnectsAgain) {
  int served = 0;
  Run(
      [&served](tcp::socket* socket) -> Task<void> {
        co_await ReadCalls(socket, served == 0 ? 2 : 1);
        if (served++ == 0) {
          socket->close();
        } else {
          co_await Write(socket, Answer(0));
        }
      },
      [this]() -> Task<void> {
        const PendingResponse a = channel_.Send(Server(), "IsMasterRunning", empty_, "", 5000ms);
        const PendingResponse b = channel_.Send(Server(), "IsMasterRunning", empty_, "", 5000ms);
        const auto first = co_await a->Wait(After(6s));
        const auto second = co_await b->Wait(After(6s));
        EXPECT_EQ(first.status().code(), absl::StatusCode::kAborted);
        EXPECT_EQ(second.status().code(), absl::StatusCode::kAborted);
        const auto third = co_await channel_.Send(Server(), "IsMasterRunning", empty_, "", 5000ms)
                               ->Wait(After(6s));
        EXPECT_TRUE(third.ok()) << third.status();
      },
      2);
}

TEST_F(ConnectionTest, NonsenseEndsTheConnection) {
  Run(
      [](tcp::socket* socket) -> Task<void> {
        co_await ReadCalls(socket, 1);
        co_await Write(socket, "HTTP/1.1 400 Bad Request\r\n\r\n");
      },
      [this]() -> Task<void> {
        const PendingResponse call = channel_.Send(Server(), "IsMasterRunning", empty_, "", 5000ms);
        const auto response = co_await call->Wait(After(6s));
        EXPECT_EQ(response.status().code(), absl::StatusCode::kDataLoss);
      });
}

TEST_F(ConnectionTest, ASecuredServerWantsALogIn) {
  hbase::pb::ResponseHeader header;
  header.set_call_id(0xFFFFFFFF);
  header.mutable_exception()->set_exception_class_name(
      "org.apache.hadoop.hbase.security.AccessDeniedException");
  header.mutable_exception()->set_stack_trace("Authentication is required");
  const std::string bytes = header.SerializeAsString();
  const std::string answer = std::string("\0\0\0", 3) + static_cast<char>(bytes.size() + 1) +
                             static_cast<char>(bytes.size()) + bytes;
  Run(
      [answer](tcp::socket* socket) -> Task<void> {
        co_await ReadCalls(socket, 1);
        co_await Write(socket, answer);
      },
      [this]() -> Task<void> {
        const PendingResponse call = channel_.Send(Server(), "IsMasterRunning", empty_, "", 5000ms);
        const auto response = co_await call->Wait(After(6s));
        EXPECT_EQ(response.status().code(), absl::StatusCode::kUnauthenticated);
        EXPECT_THAT(std::string(Text(response.status())), ::testing::HasSubstr("conf:DIR"));
      });
}

TEST_F(ConnectionTest, WithoutATicketNothingIsSaid) {
  setenv("KRB5CCNAME", "FILE:/no/such/cache", 1);
  setenv("KRB5_CLIENT_KTNAME", "FILE:/no/such/keytab", 1);
  const auto helper = std::make_shared<HelperThread>(io_.get_executor(), 10);
  Login login;
  login.kerberos.emplace();
  login.kerberos->ticket = std::make_shared<gss::Ticket>(gss::Identity());
  login.kerberos->master_principal = "hbase/_HOST@NOWHERE";
  Channel channel(io_.get_executor(), login, wire::CellCodec::kKeyValue, helper);
  Run(
      [](tcp::socket* socket) -> Task<void> {
        boost::system::error_code error;
        char byte = 0;
        co_await asio::async_read(*socket, asio::buffer(&byte, 1),
                                  asio::redirect_error(asio::use_awaitable, error));
        EXPECT_EQ(error, asio::error::eof);
      },
      [&]() -> Task<void> {
        const PendingResponse call = channel.Send(Server(), "IsMasterRunning", empty_, "", 5000ms);
        const auto response = co_await call->Wait(After(6s));
        EXPECT_EQ(response.status().code(), absl::StatusCode::kUnauthenticated);
        EXPECT_THAT(std::string(Text(response.status())), ::testing::HasSubstr("say `kinit`"));
        EXPECT_THAT(std::string(Text(response.status())), ::testing::HasSubstr("127.0.0.1:"));
      });
}

class Counted : public RpcWatcher {
 public:
  void OnCall(std::string_view hbase, std::string_view method) override {
    ++calls[fmt::format("{} {}", hbase, method)];
  }
  void OnFailure(std::string_view hbase, std::string_view method) override {
    ++failures[fmt::format("{} {}", hbase, method)];
  }

  std::map<std::string, int> calls, failures;
};

TEST_F(ConnectionTest, CallsAreCountedAndThoseThatFail) {
  const auto counted = std::make_shared<Counted>();
  Channel watched(io_.get_executor(), Login{"root", std::nullopt}, wire::CellCodec::kKeyValue, {},
                  {counted, "zk"});
  Run(
      [](tcp::socket* socket) -> Task<void> {
        co_await ReadCalls(socket, 3);
        co_await Write(socket, Answer(1));
      },
      [this, &watched]() -> Task<void> {
        const PendingResponse silent = watched.Send(Server(), "IsMasterRunning", empty_, "", 200ms);
        const PendingResponse good = watched.Send(Server(), "IsMasterRunning", empty_, "", 5000ms);
        const PendingResponse also = watched.Send(Server(), "IsMasterRunning", empty_, "", 300ms);
        EXPECT_TRUE((co_await good->Wait(After(6s))).ok());
        EXPECT_FALSE((co_await silent->Wait(After(6s))).ok());
        EXPECT_FALSE((co_await also->Wait(After(6s))).ok());
      });
  EXPECT_EQ(counted->calls, (std::map<std::string, int>{{"zk IsMasterRunning", 3}}));
  EXPECT_EQ(counted->failures, (std::map<std::string, int>{{"zk IsMasterRunning", 2}}));
}

TEST_F(ConnectionTest, NobodyListens) {
  const Endpoint nobody = Server();
  acceptor_.close();
  Spawn(io_.get_executor(), Client([this, nobody]() -> Task<void> {
          const PendingResponse call = channel_.Send(nobody, "IsMasterRunning", empty_, "", 5000ms);
          const auto response = co_await call->Wait(After(6s));
          EXPECT_EQ(response.status().code(), absl::StatusCode::kAborted);
        }));
  io_.run_for(20s);
  EXPECT_TRUE(client_done_);
}

TEST(BackOff, GrowsToABound) {
  EXPECT_EQ(BackOff(0), 0ms);
  EXPECT_EQ(BackOff(1), 100ms);
  EXPECT_EQ(BackOff(3), 400ms);
  EXPECT_EQ(BackOff(1000), 5000ms);
}

}  // namespace
}  // namespace twinwatch::rpc
