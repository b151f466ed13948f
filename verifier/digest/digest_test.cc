// Against vectors of a second implementation: tests/golden/make_digests.py.
#include "verifier/digest/digest.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/golden.h"

namespace twinwatch {
namespace {

using twinwatch::testing::FromHex;

struct OwnedCell {
  std::string family, qualifier, value;
  uint64_t timestamp_ms;
  CellType type;
};

struct Vector {
  std::string name, row, digest;
  std::vector<OwnedCell> cells;

  std::vector<CellView> Views() const {
    std::vector<CellView> views;
    for (const OwnedCell& c : cells)
      views.push_back({row, c.family, c.qualifier, c.timestamp_ms, c.type, c.value});
    return views;
  }
};

// The two long vectors are made by the same rule here and in the script.
void FillLongOnes(Vector* vector) {
  if (vector->name == "300 cells") {
    for (int i = 0; i < 300; ++i) {
      vector->cells.push_back({"f", fmt::format("q{:05}", i),
                               std::string(static_cast<size_t>(i), 'x'),
                               1000 + static_cast<uint64_t>(i), CellType::kPut});
    }
  } else if (vector->name == "a value of 1 MB") {
    std::string value;
    for (int i = 0; i < 65536; ++i) value += "0123456789abcdef";
    vector->cells.push_back({"f", "q", value, 1, CellType::kPut});
  }
}

nlohmann::json Load() {
  std::ifstream file(GOLDEN_DIR "/digests.json");
  return nlohmann::json::parse(file);
}

std::vector<Vector> Vectors() {
  std::vector<Vector> vectors;
  const nlohmann::json loaded = Load();
  for (const auto& row : loaded.at("rows")) {
    Vector vector{row.at("name"), FromHex(row.at("row")), row.at("digest"), {}};
    for (const auto& cell : row.at("cells")) {
      vector.cells.push_back({FromHex(cell.at(0)), FromHex(cell.at(1)), FromHex(cell.at(4)),
                              std::stoull(cell.at(2).get<std::string>()),
                              static_cast<CellType>(cell.at(3).get<int>())});
    }
    FillLongOnes(&vector);
    vectors.push_back(std::move(vector));
  }
  EXPECT_EQ(vectors.size(), 7u);
  return vectors;
}

TEST(RowDigest, AsTheSecondImplementationHasIt) {
  RowHasher hasher;
  for (const Vector& vector : Vectors()) {
    EXPECT_EQ(ToHex(hasher.HashRow(vector.row, vector.Views())), vector.digest) << vector.name;
  }
}

TEST(RowDigest, InPiecesItIsTheSame) {
  RowHasher hasher;
  for (const Vector& vector : Vectors()) {
    hasher.Start("a row that is begun and never ended");
    hasher.Start(vector.row);
    for (const CellView& cell : vector.Views()) hasher.Add(cell);
    EXPECT_EQ(ToHex(hasher.Finish()), vector.digest) << vector.name;
  }
}

TEST(RowDigest, BordersBetweenFieldsCount) {
  RowHasher hasher;
  const std::vector<CellView> a = {{"r", "f", "ab", 1, CellType::kPut, "c"}};
  const std::vector<CellView> b = {{"r", "f", "a", 1, CellType::kPut, "bc"}};
  EXPECT_NE(hasher.HashRow("r", a), hasher.HashRow("r", b));
}

TEST(RangeDigest, IsTheSumWhateverTheOrderAndTheCuts) {
  const std::vector<Vector> vectors = Vectors();
  RowHasher hasher;
  RangeDigest all, left, right;
  for (size_t i = 0; i < vectors.size(); ++i) {
    const Digest128 digest = hasher.HashRow(vectors[i].row, vectors[i].Views());
    all.AddRow(digest, vectors[i].cells.size(), 1);
    (i % 2 == 0 ? right : left).AddRow(digest, vectors[i].cells.size(), 1);
  }
  left.Join(right);
  EXPECT_EQ(ToHex(all.sum), Load().at("sum_of_all").get<std::string>());
  EXPECT_EQ(left.sum, all.sum);
  EXPECT_EQ(left.rows, vectors.size());
  EXPECT_EQ(left.cells, all.cells);
}

TEST(RangeDigest, TheSumCarries) {
  EXPECT_EQ((Digest128{UINT64_MAX, 1} + Digest128{1, 2}), (Digest128{0, 4}));
}

}  // namespace
}  // namespace twinwatch
