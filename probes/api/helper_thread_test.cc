#include "probes/api/helper_thread.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <future>
#include <thread>

namespace twinwatch {
namespace {

using namespace std::chrono_literals;

class HelperThreadTest : public ::testing::Test {
 protected:
  std::shared_ptr<OneShot<bool>> NewResult() {
    return std::make_shared<OneShot<bool>>(io_.get_executor());
  }

  static Task<void> Wait(std::shared_ptr<OneShot<bool>> result, std::optional<bool>* into) {
    const StatusOr<bool> got = co_await result->Wait(After(20s));
    if (got.ok()) *into = *got;
  }

  boost::asio::io_context io_;
};

TEST_F(HelperThreadTest, WorksElsewhereAndTellsHere) {
  HelperThread helper(io_.get_executor(), 2);
  const auto yes = NewResult(), no = NewResult();
  std::thread::id worked_on;
  ASSERT_TRUE(helper.Run(
      [&worked_on] {
        worked_on = std::this_thread::get_id();
        return true;
      },
      yes));
  std::optional<bool> got_yes, got_no;
  Spawn(io_.get_executor(), Wait(yes, &got_yes));
  io_.run();
  io_.restart();
  ASSERT_TRUE(helper.Run([] { return false; }, no));
  Spawn(io_.get_executor(), Wait(no, &got_no));
  io_.run();
  EXPECT_EQ(got_yes, true);
  EXPECT_EQ(got_no, false);
  EXPECT_NE(worked_on, std::this_thread::get_id());
}

TEST_F(HelperThreadTest, NoMoreThanSoManyWait) {
  std::promise<void> begun, go_on;
  HelperThread helper(io_.get_executor(), 1);
  ASSERT_TRUE(helper.Run(
      [&begun, gate = go_on.get_future().share()] {
        begun.set_value();
        gate.wait();
        return true;
      },
      NewResult()));
  begun.get_future().wait();
  const auto last = NewResult();
  EXPECT_TRUE(helper.Run([] { return true; }, last));
  EXPECT_FALSE(helper.Run([] { return true; }, NewResult()));
  go_on.set_value();
  std::optional<bool> got;
  Spawn(io_.get_executor(), Wait(last, &got));
  io_.run();
  EXPECT_EQ(got, true);
}

// Under AddressSanitizer this is about whose memory it is.
TEST(HelperThreadEnd, WaitsForNobody) {
  auto go_on = std::make_shared<std::promise<void>>();
  auto begun = std::make_shared<std::promise<void>>();
  auto ended = std::make_shared<std::promise<void>>();
  {
    boost::asio::io_context io;
    HelperThread helper(io.get_executor(), 1);
    const auto result = std::make_shared<OneShot<bool>>(io.get_executor());
    ASSERT_TRUE(helper.Run(
        [begun, ended, gate = go_on->get_future().share()] {
          begun->set_value();
          gate.wait();
          ended->set_value();
          return true;
        },
        result));
    begun->get_future().wait();
  }
  go_on->set_value();
  ended->get_future().wait();
}

}  // namespace
}  // namespace twinwatch
