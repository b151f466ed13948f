// Without a ZooKeeper. What a real one answers is tested on the bed.
#include "probes/zk/zk_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "tests/support/run_coro.h"

namespace twinwatch::zk {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

Task<void> GetInto(Znodes* znodes, std::string path, StatusOr<Znode>* out) {
  *out = co_await znodes->Get(std::move(path), false);
}

StatusOr<Znode> Get(const std::string& quorum) {
  boost::asio::io_context io;
  StatusOr<Znode> result;
  ZkClient client(io.get_executor(), quorum, 700ms);
  Spawn(io.get_executor(), GetInto(&client, "/hbase/hbaseid", &result));
  io.run();
  return result;
}

TEST(ZkClient, NobodyListens) {
  boost::asio::io_context io;
  boost::asio::ip::tcp::acceptor closed(io, {boost::asio::ip::address_v4::loopback(), 0});
  const std::string quorum = "127.0.0.1:" + std::to_string(closed.local_endpoint().port());
  closed.close();
  const StatusOr<Znode> result = Get(quorum);
  EXPECT_EQ(result.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(result.status().message()),
              HasSubstr("no ZooKeeper answers at " + quorum));
}

// The kernel takes the connection, and nobody ever answers on it.
TEST(ZkClient, SomebodyListensAndSaysNothing) {
  boost::asio::io_context io;
  boost::asio::ip::tcp::acceptor silent(io, {boost::asio::ip::address_v4::loopback(), 0});
  const StatusOr<Znode> result = Get("127.0.0.1:" + std::to_string(silent.local_endpoint().port()));
  EXPECT_EQ(result.status().code(), absl::StatusCode::kUnavailable);
}

TEST(ZkClient, AHostThatDoesNotExist) {
  const StatusOr<Znode> result = Get("no-such-host.invalid:2181");
  EXPECT_EQ(result.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(result.status().message()), HasSubstr("no-such-host.invalid"));
}

}  // namespace
}  // namespace twinwatch::zk
