#include "probes/api/async.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <string>

namespace twinwatch {
namespace {

using namespace std::chrono_literals;

Task<void> Store(std::shared_ptr<OneShot<std::string>> shot, Deadline deadline,
                 StatusOr<std::string>* out) {
  *out = co_await shot->Wait(deadline);
}

TEST(OneShot, HandsOverInEitherOrder) {
  boost::asio::io_context io;
  auto before = std::make_shared<OneShot<std::string>>(io.get_executor());
  auto after = std::make_shared<OneShot<std::string>>(io.get_executor());
  StatusOr<std::string> first, second;
  before->Set(std::string("a"));
  before->Set(std::string("ignored"));
  Spawn(io.get_executor(), Store(before, After(10s), &first));
  Spawn(io.get_executor(), Store(after, After(10s), &second));
  io.poll();
  after->Set(std::string("b"));
  io.run();
  EXPECT_EQ(*first, "a");
  EXPECT_EQ(*second, "b");
}

TEST(OneShot, DeadlineWithoutAValue) {
  boost::asio::io_context io;
  auto shot = std::make_shared<OneShot<std::string>>(io.get_executor());
  StatusOr<std::string> out;
  Spawn(io.get_executor(), Store(shot, After(1ms), &out));
  io.run();
  EXPECT_EQ(out.status().code(), absl::StatusCode::kDeadlineExceeded);
}

Task<void> Record(std::vector<int>* order, int id, std::chrono::milliseconds pause) {
  co_await SleepFor(pause);
  order->push_back(id);
}

Task<void> RunTwo(std::vector<int>* order) {
  std::vector<Task<void>> tasks;
  tasks.push_back(Record(order, 1, 20ms));
  tasks.push_back(Record(order, 2, 0ms));
  co_await RunAll(std::move(tasks));
  order->push_back(3);
}

TEST(RunAll, WaitsForEach) {
  boost::asio::io_context io;
  std::vector<int> order;
  Spawn(io.get_executor(), RunTwo(&order));
  io.run();
  EXPECT_EQ(order, (std::vector<int>{2, 1, 3}));
}

Task<int> Give(std::shared_ptr<OneShot<std::string>> shot) {
  shot->Set(std::string("b"));
  co_return 2;
}

Task<void> TakeAndGive(std::shared_ptr<OneShot<std::string>> shot, std::string* got) {
  const auto [taken, given] = co_await Both(shot->Wait(After(10s)), Give(shot));
  *got = *taken + std::to_string(given);
}

TEST(Both, RunsTheSecondWhileTheFirstWaits) {
  boost::asio::io_context io;
  std::string got;
  Spawn(io.get_executor(),
        TakeAndGive(std::make_shared<OneShot<std::string>>(io.get_executor()), &got));
  io.run();
  EXPECT_EQ(got, "b2");
}

struct Crowd {
  Turnstile turnstile;
  int inside = 0;
  std::vector<int> order;
};

Task<void> GoThrough(Crowd* crowd, int id) {
  co_await crowd->turnstile.Enter();
  EXPECT_EQ(crowd->inside++, 0);
  co_await SleepFor(1ms);
  crowd->order.push_back(id);
  --crowd->inside;
  crowd->turnstile.Leave();
}

TEST(Turnstile, LetsOneInAtATimeInOrder) {
  boost::asio::io_context io;
  Crowd crowd;
  for (int id = 0; id < 4; ++id) Spawn(io.get_executor(), GoThrough(&crowd, id));
  io.run();
  EXPECT_EQ(crowd.order, (std::vector<int>{0, 1, 2, 3}));
}

}  // namespace
}  // namespace twinwatch
