#include "verifier/scan/row_cursor.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "tests/fakes/fake_cluster.h"

namespace twinwatch {
namespace {

using namespace std::chrono_literals;
using twinwatch::testing::FakeCluster;

Task<void> ReadAll(RowCursor* cursor, uint64_t* rows, Status* end) {
  while (!cursor->AtEnd()) {
    while (end->ok() && cursor->NeedsBatch()) *end = co_await cursor->Fetch();
    if (!end->ok()) co_return;
    for (; !cursor->AtEnd() && !cursor->NeedsBatch(); cursor->Advance()) ++*rows;
  }
}

// Two region servers with ten rows each, three a batch.
class RowCursorTest : public ::testing::Test {
 protected:
  RowCursorTest() {
    cluster_.AddTable("t", {"b"}).hosts = {{"rs1", 1, 1}, {"rs2", 1, 1}};
    for (const char region : {'a', 'b'}) {
      for (char row = '0'; row <= '9'; ++row)
        cluster_.Put("t", std::string{region, row}, "q", 1, "v");
    }
  }

  // Until it has ended or `time` is over; how long it took.
  std::chrono::milliseconds Read(std::chrono::milliseconds time) {
    ScanSpec spec;
    spec.table = *TableName::Parse("t");
    if (!cursor_) {
      cursor_.emplace(&cluster_, spec, &governor_);
      Spawn(io_.get_executor(), ReadAll(&*cursor_, &rows_, &end_));
    }
    const auto start = std::chrono::steady_clock::now();
    io_.run_for(time);
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                 start);
  }

  FakeCluster cluster_{"a"};
  Governor governor_;
  boost::asio::io_context io_;
  std::optional<RowCursor> cursor_;
  uint64_t rows_ = 0;
  Status end_;
};

TEST_F(RowCursorTest, RowsAreCountedForTheServerThatGaveThem) {
  governor_.SetLimits({0, 0, 5});
  const auto took = Read(10s);
  EXPECT_EQ(rows_, 20u);
  EXPECT_TRUE(end_.ok());
  // Of each server five at once and five in a second.
  EXPECT_GE(took, 1900ms);
  EXPECT_LT(took, 5s);
}

TEST_F(RowCursorTest, APauseLetsNothingBeginAndItsEndIsHeard) {
  governor_.Pause("for a test");
  Read(400ms);
  EXPECT_EQ(rows_, 0u);
  governor_.Resume();
  EXPECT_LT(Read(5s), 900ms);
  EXPECT_EQ(rows_, 20u);
}

TEST_F(RowCursorTest, NewLimitsAreHeardWhileItWaits) {
  governor_.SetLimits({1, 0, 0});
  Read(100ms);
  EXPECT_LT(rows_, 20u);
  governor_.SetLimits({});
  EXPECT_LT(Read(5s), 900ms);
  EXPECT_EQ(rows_, 20u);
}

TEST_F(RowCursorTest, AStopIsHeardWhileItWaits) {
  governor_.SetLimits({1, 0, 0});
  Read(100ms);
  governor_.Stop();
  EXPECT_LT(Read(5s), 900ms);
  EXPECT_TRUE(absl::IsCancelled(end_));
  EXPECT_LT(rows_, 20u);
}

}  // namespace
}  // namespace twinwatch
