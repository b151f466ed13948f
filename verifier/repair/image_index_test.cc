#include "verifier/repair/image_index.h"

#include <gtest/gtest.h>

#include <random>

#include "verifier/diff/hiding.h"

namespace twinwatch {
namespace {

// Few timestamps and columns, so that they meet. In HBase's order, as images are.
RowImage RandomImage(std::mt19937* random) {
  constexpr CellType kTypes[] = {CellType::kPut,          CellType::kPut,
                                 CellType::kDelete,       CellType::kDeleteColumn,
                                 CellType::kDeleteFamily, CellType::kDeleteFamilyVersion};
  RowImage image;
  for (size_t cells = (*random)() % 12; cells > 0; --cells) {
    StoredCell& stored = image.emplace_back();
    const CellType type = kTypes[(*random)() % 6];
    const bool of_family =
        type == CellType::kDeleteFamily || type == CellType::kDeleteFamilyVersion;
    const std::string qualifier = of_family || (*random)() % 3 == 0 ? "" : "q";
    stored.cell = {"row",     (*random)() % 2 == 0 ? "f" : "g",
                   qualifier, 1 + (*random)() % 4,
                   type,      type == CellType::kPut ? fmt::format("v{}", cells) : ""};
  }
  std::stable_sort(image.begin(), image.end(), [](const StoredCell& a, const StoredCell& b) {
    return CompareInRow(ToView(a.cell), ToView(b.cell)) < 0;
  });
  return image;
}

bool IsHidden(const RowImage& image, const CellView& put) {
  return std::any_of(image.begin(), image.end(),
                     [&put](const StoredCell& stored) { return Hides(ToView(stored.cell), put); });
}

const StoredCell* LivePutByWalking(const RowImage& image, const CellView& place) {
  for (const StoredCell& stored : image) {
    const CellView view = ToView(stored.cell);
    if (view.type != CellType::kPut || !SameColumn(view, place) ||
        view.timestamp_ms != place.timestamp_ms) {
      continue;
    }
    return IsHidden(image, view) ? nullptr : &stored;
  }
  return nullptr;
}

TEST(ImageIndex, AnswersAsAWalkOverTheImageDoes) {
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    const RowImage image = RandomImage(&random);
    const ImageIndex index(image);
    for (const char* family : {"f", "g", "h"}) {
      for (const char* qualifier : {"", "q", "r"}) {
        for (uint64_t timestamp = 0; timestamp < 6; ++timestamp) {
          const CellView place{"row", family, qualifier, timestamp, CellType::kPut, ""};
          ASSERT_EQ(index.LivePut(place), LivePutByWalking(image, place)) << "round " << round;
          const StoredCell* marker = index.HiddenBy(place);
          ASSERT_EQ(marker != nullptr, IsHidden(image, place)) << "round " << round;
          ASSERT_TRUE(marker == nullptr || Hides(ToView(marker->cell), place));
        }
      }
    }
    for (StoredCell stored : image) {
      if (stored.cell.type == CellType::kPut) continue;
      ASSERT_TRUE(index.HasMarker(stored.cell));
      stored.cell.timestamp_ms = 9;
      ASSERT_FALSE(index.HasMarker(stored.cell));
    }
  }
}

}  // namespace
}  // namespace twinwatch
