// Rows of hbase:meta with any cells in them, and what is made of several.
#include <fuzzer/FuzzedDataProvider.h>

#include <list>
#include <string>
#include <vector>

#include "probes/hbase/meta.h"
#include "tests/fuzz/fuzz.h"

using namespace twinwatch;

namespace {

constexpr const char* kQualifiers[] = {"regioninfo", "server", "serverstartcode",
                                       "sn",         "state",  "seqnumDuringOpen",
                                       "splitA",     "mergeA"};

// Owns the bytes of the cells of one row.
struct Row {
  std::list<std::string> bytes;
  std::vector<CellView> cells;

  std::string_view Keep(std::string text) { return bytes.emplace_back(std::move(text)); }
};

Row RandomRow(FuzzedDataProvider* random) {
  Row row;
  const std::string_view key = row.Keep(random->ConsumeRandomLengthString(40));
  const int cells = random->ConsumeIntegralInRange<int>(0, 5);
  for (int i = 0; i < cells; ++i) {
    CellView cell;
    cell.row = key;
    cell.family = random->ConsumeBool() ? "info" : "table";
    cell.qualifier = random->PickValueInArray(kQualifiers);
    cell.value = row.Keep(random->ConsumeRandomLengthString(120));
    row.cells.push_back(cell);
  }
  return row;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // The whole input as a region's description, so that real ones are good seeds.
  const std::string_view bytes = fuzz::View(data, size);
  std::vector<hbase::MetaRegion> regions;
  CellView description;
  description.family = "info";
  description.qualifier = "regioninfo";
  description.value = bytes;
  if (auto parsed = hbase::ParseMetaRow({description}); parsed.ok() && *parsed)
    regions.push_back(**parsed);

  FuzzedDataProvider random(data, size);
  while (random.remaining_bytes() > 0) {
    const Row row = RandomRow(&random);
    if (auto parsed = hbase::ParseMetaRow(row.cells); parsed.ok() && *parsed)
      regions.push_back(**parsed);
  }
  for (hbase::MetaRegion& region : regions) region.deployed = true;
  const StatusOr<std::vector<RegionLocation>> ordered = hbase::OrderRegions(regions);
  if (!ordered.ok()) return 0;
  for (size_t i = 1; i < ordered->size(); ++i) {
    fuzz::Require((*ordered)[i].range.start == (*ordered)[i - 1].range.stop,
                  "regions follow without gaps");
  }
  return 0;
}
