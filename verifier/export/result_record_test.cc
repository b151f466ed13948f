#include "verifier/export/result_record.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/support/golden.h"
#include "verifier/export/sequence_file.h"

namespace twinwatch::export_form {
namespace {

constexpr uint64_t kTime = 1'700'000'000'000;

struct Stored {
  CellView cell;
  std::optional<uint64_t> ttl_ms;
};

// SMALL in tests/cases/export_form_test.py.
std::vector<Stored> Small() {
  using std::string_view;
  const string_view binary("\x00\xff", 2), odd("\xff\x00", 2);
  const auto marker = [](string_view qualifier, uint64_t time, CellType type) {
    return Stored{{"markers", "f", qualifier, time, type, ""}, {}};
  };
  return {{{binary, "f", "", kTime, CellType::kPut, ""}, {}},
          {{binary, "g", odd, kTime, CellType::kPut, binary}, {}},
          marker("", kTime + 3, CellType::kDeleteFamily),
          marker("", kTime + 2, CellType::kDeleteFamily),
          marker("", kTime + 1, CellType::kDeleteFamilyVersion),
          marker("a", kTime + 9, CellType::kDeleteColumn),
          marker("b", kTime + 8, CellType::kDelete),
          {{"markers", "f", "b", kTime + 8, CellType::kPut, "hidden"}, {}},
          {{"markers", "f", "b", kTime + 7, CellType::kPut, "seen"}, {}},
          {{"ttl", "f", "q", kTime, CellType::kPut, "v"}, uint64_t{1} << 41}};
}

TEST(ResultRecord, IsByteByByteWhatHBasesExportWrites) {
  const std::string golden = twinwatch::testing::Golden("export-file");
  const size_t sync_at = 4 + 1 + kKeyClass.size() + 1 + kValueClass.size() + 2 + 4;
  SequenceFile::SyncMarker sync;
  ASSERT_GE(golden.size(), sync_at + sync.size());
  std::copy_n(golden.begin() + static_cast<std::ptrdiff_t>(sync_at), sync.size(), sync.begin());

  SequenceFile sequence(kKeyClass, kValueClass, sync);
  std::string file, cells;
  sequence.AppendHeader(&file);
  const std::vector<Stored> small = Small();
  for (size_t i = 0; i < small.size(); ++i) {
    AppendCell(small[i].cell, small[i].ttl_ms, &cells);
    if (i + 1 < small.size() && small[i + 1].cell.row == small[i].cell.row) continue;
    ASSERT_TRUE(sequence
                    .AppendRecord(RecordKey(small[i].cell.row),
                                  {ResultBegin(cells.size()), cells, kResultEnd}, &file)
                    .ok());
    cells.clear();
  }
  EXPECT_EQ(file, golden);
}

CellView Good() { return {"r", "f", "", 0, CellType::kPut, ""}; }

TEST(CheckCell, TakesWhateverHBaseHolds) {
  EXPECT_TRUE(CheckCell(Good()).ok());
  for (const Stored& stored : Small()) EXPECT_TRUE(CheckCell(stored.cell).ok());
  CellView cell = Good();
  const std::string row(0x7FFF, 'r'), family(0x7F, 'f');
  cell.row = row;
  cell.family = family;
  cell.timestamp_ms = (uint64_t{1} << 63) - 2;
  EXPECT_TRUE(CheckCell(cell).ok());
}

TEST(CheckCell, RefusesWhatNoHBaseHolds) {
  const std::string row(0x8000, 'r'), family(0x80, 'f');
  const auto refused = [](auto change) {
    CellView cell = Good();
    change(cell);
    return CheckCell(cell).code() == absl::StatusCode::kInvalidArgument;
  };
  EXPECT_TRUE(refused([](CellView& cell) { cell.row = ""; }));
  EXPECT_TRUE(refused([&](CellView& cell) { cell.row = row; }));
  EXPECT_TRUE(refused([](CellView& cell) { cell.family = ""; }));
  EXPECT_TRUE(refused([&](CellView& cell) { cell.family = family; }));
  EXPECT_TRUE(refused([](CellView& cell) { cell.type = CellType{0}; }));
  EXPECT_TRUE(refused([](CellView& cell) { cell.type = CellType{255}; }));
  // The server would put its own time in.
  EXPECT_TRUE(refused([](CellView& cell) { cell.timestamp_ms = (uint64_t{1} << 63) - 1; }));
  EXPECT_TRUE(refused([](CellView& cell) { cell.timestamp_ms = uint64_t{1} << 63; }));
  EXPECT_TRUE(refused([](CellView& cell) { cell.value = {"v", size_t{1} << 31}; }));
}

}  // namespace
}  // namespace twinwatch::export_form
