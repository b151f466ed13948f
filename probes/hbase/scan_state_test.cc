#include "probes/hbase/scan_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace twinwatch::hbase {
namespace {

using ::testing::ElementsAre;

// One answer: rows by name, each with so many cells; the last row flagged partial or not.
struct Script {
  std::vector<std::pair<std::string, uint32_t>> rows;
  bool last_is_partial = false;
  std::optional<bool> more_in_region = true;
  std::optional<bool> more = true;
  bool heartbeat = false;
};

// What a consumer of the pieces ends up with: completed rows and their number of cells.
class Reader {
 public:
  explicit Reader(KeyRange range = {}) : state_(std::move(range)) {}

  StatusOr<ScanStep> Feed(const Script& script, const std::string& region_end = "") {
    std::vector<CellView> cells;
    ScanAnswer answer;
    for (const auto& [row, count] : script.rows) {
      answer.cells_per_result.push_back(count);
      answer.partial.push_back(false);
      for (uint32_t i = 0; i < count; ++i) cells.push_back({row, "f", "q", 1, CellType::kPut, ""});
    }
    if (script.last_is_partial) answer.partial.back() = true;
    answer.more_results = script.more;
    answer.more_results_in_region = script.more_in_region;
    answer.heartbeat = script.heartbeat;
    std::vector<RowPiece> pieces;
    std::string carried;
    const StatusOr<ScanStep> step = state_.OnAnswer(answer, cells, region_end, &pieces, &carried);
    for (const RowPiece& piece : pieces) {
      if (piece.starts) open_ = {std::string(piece.row), 0};
      EXPECT_EQ(open_.first, piece.row);
      open_.second += piece.end_cell - piece.first_cell;
      if (piece.ends) rows_.push_back(open_);
    }
    return step;
  }

  ScanState& state() { return state_; }
  const std::vector<std::pair<std::string, size_t>>& rows() const { return rows_; }

 private:
  ScanState state_;
  std::pair<std::string, size_t> open_;
  std::vector<std::pair<std::string, size_t>> rows_;
};

std::pair<std::string, size_t> Row(std::string name, size_t cells) {
  return {std::move(name), cells};
}

TEST(ScanState, WholeRowsThenNextRegionThenDone) {
  Reader reader;
  EXPECT_EQ(*reader.Feed({.rows = {{"a", 1}, {"b", 2}}}), ScanStep::kNext);
  EXPECT_EQ(*reader.Feed({.rows = {{"c", 1}}, .more_in_region = false}, "m"), ScanStep::kOpen);
  EXPECT_EQ(reader.state().resume_row(), "m");
  EXPECT_EQ(*reader.Feed({.rows = {{"n", 1}}, .more_in_region = false}, ""), ScanStep::kDone);
  EXPECT_THAT(reader.rows(), ElementsAre(Row("a", 1), Row("b", 2), Row("c", 1), Row("n", 1)));
}

TEST(ScanState, StopsAtTheEndOfTheRange) {
  Reader reader({"a", "m"});
  EXPECT_EQ(*reader.Feed({.rows = {{"c", 1}}, .more_in_region = false}, "m"), ScanStep::kDone);
}

TEST(ScanState, PiecesOfARowAcrossAnswers) {
  Reader reader;
  reader.Feed({.rows = {{"a", 1}, {"b", 2}}, .last_is_partial = true}).IgnoreError();
  reader.Feed({.rows = {{"b", 3}}, .last_is_partial = true}).IgnoreError();
  EXPECT_EQ(reader.state().resume_row(), "b");
  reader.Feed({.rows = {{"b", 1}, {"c", 1}}}).IgnoreError();
  EXPECT_THAT(reader.rows(), ElementsAre(Row("a", 1), Row("b", 6), Row("c", 1)));
}

TEST(ScanState, ARowEndsByTheNextOneAnEmptyAnswerOrTheRegion) {
  Reader next, empty, region;
  for (Reader* reader : {&next, &empty, &region}) {
    reader->Feed({.rows = {{"b", 2}}, .last_is_partial = true}).IgnoreError();
  }
  next.Feed({.rows = {{"c", 1}}}).IgnoreError();
  EXPECT_THAT(next.rows(), ElementsAre(Row("b", 2), Row("c", 1)));
  empty.Feed({}).IgnoreError();
  EXPECT_THAT(empty.rows(), ElementsAre(Row("b", 2)));
  EXPECT_EQ(*region.Feed({.more_in_region = false}, "m"), ScanStep::kOpen);
  EXPECT_THAT(region.rows(), ElementsAre(Row("b", 2)));
}

TEST(ScanState, AHeartbeatEndsNoRow) {
  Reader reader;
  reader.Feed({.rows = {{"b", 2}}, .last_is_partial = true}).IgnoreError();
  EXPECT_EQ(*reader.Feed({.heartbeat = true}), ScanStep::kNext);
  EXPECT_THAT(reader.rows(), ElementsAre());
  reader.Feed({.rows = {{"b", 1}}}).IgnoreError();
  EXPECT_THAT(reader.rows(), ElementsAre(Row("b", 3)));
}

TEST(ScanState, LostBetweenRowsGoesOnBehindTheLast) {
  Reader reader;
  reader.Feed({.rows = {{"a", 1}, {"b", 1}}}).IgnoreError();
  reader.state().OnLost();
  EXPECT_EQ(reader.state().resume_row(), std::string("b\0", 2));
}

TEST(ScanState, LostInsideARowReadsItFromItsFirstCell) {
  Reader reader;
  reader.Feed({.rows = {{"a", 1}, {"b", 2}}, .last_is_partial = true}).IgnoreError();
  reader.state().OnLost();
  EXPECT_EQ(reader.state().resume_row(), "b");
  reader.Feed({.rows = {{"b", 5}, {"c", 1}}}).IgnoreError();
  EXPECT_THAT(reader.rows(), ElementsAre(Row("a", 1), Row("b", 5), Row("c", 1)));
}

TEST(ScanState, LostInsideARowThatIsThenGone) {
  Reader reader;
  reader.Feed({.rows = {{"b", 2}}, .last_is_partial = true}).IgnoreError();
  reader.state().OnLost();
  reader.Feed({.rows = {{"c", 1}}, .more_in_region = false}, "").IgnoreError();
  EXPECT_THAT(reader.rows(), ElementsAre(Row("c", 1)));
}

TEST(ScanState, RefusesRowsOutOfTurn) {
  Reader reader({"b", "m"});
  for (const char* row : {"a", "m", "z"}) {
    EXPECT_EQ(reader.Feed({.rows = {{row, 1}}}).status().code(), absl::StatusCode::kDataLoss)
        << row;
  }
  reader.Feed({.rows = {{"d", 1}}}).IgnoreError();
  EXPECT_FALSE(reader.Feed({.rows = {{"c", 1}}}).ok());
  EXPECT_FALSE(reader.Feed({.rows = {{"d", 1}}}).ok());
  EXPECT_FALSE(reader.Feed({.rows = {{"f", 1}, {"e", 1}}}).ok());
  EXPECT_EQ(reader.state().resume_row(), std::string("d\0", 2));
}

TEST(ScanState, RefusesCountsThatDoNotFit) {
  ScanState state({"", ""});
  const std::vector<CellView> cells(2, CellView{"a", "f", "q", 1, CellType::kPut, ""});
  std::vector<RowPiece> pieces;
  std::string carried;
  for (const uint32_t count : {1u, 3u, 0xFFFFFFFFu}) {
    ScanAnswer answer;
    answer.cells_per_result = {count};
    EXPECT_FALSE(state.OnAnswer(answer, cells, "", &pieces, &carried).ok()) << count;
  }
  EXPECT_TRUE(pieces.empty());
}

// A table of twenty rows, answers of any size, scanners lost at any moment: each row once and
// whole.
TEST(ScanState, NoRowIsLostOrDoubledWhateverHappens) {
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::pair<std::string, size_t>> table;
    for (int i = 0; i < 20; ++i)
      table.push_back({std::string(1, static_cast<char>('a' + i)), 1 + random() % 4});
    Reader reader;
    size_t row = 0, cell = 0;  // where the server's scanner stands
    ScanStep step = ScanStep::kNext;
    while (step != ScanStep::kDone) {
      if (random() % 5 == 0) {
        reader.state().OnLost();
        row = 0;
        while (row < table.size() && table[row].first < reader.state().resume_row()) ++row;
        cell = 0;
      }
      Script script;
      script.heartbeat = random() % 4 == 0;
      for (size_t budget = random() % 6; budget > 0 && row < table.size();) {
        const size_t take = std::min(budget, table[row].second - cell);
        script.rows.push_back({table[row].first, static_cast<uint32_t>(take)});
        budget -= take;
        cell += take;
        script.last_is_partial = cell < table[row].second;
        if (cell == table[row].second) {
          ++row;
          cell = 0;
        }
      }
      // A server never sends an empty answer in the middle of a row, unless it is a heartbeat.
      if (script.rows.empty() && cell > 0) script.heartbeat = true;
      script.more_in_region = row < table.size() || cell > 0;
      const StatusOr<ScanStep> next = reader.Feed(script, "");
      ASSERT_TRUE(next.ok()) << next.status();
      step = *next;
    }
    ASSERT_EQ(reader.rows(), table) << "round " << round;
  }
}

}  // namespace
}  // namespace twinwatch::hbase
