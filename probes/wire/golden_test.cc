// Requests as a real server was seen to understand them, answers as real servers sent them.
#include "tests/support/golden.h"

#include <gtest/gtest.h>

#include <cstring>

#include "probes/wire/cell_block.h"
#include "probes/wire/hbase.pb.h"
#include "probes/wire/message.h"
#include "probes/wire/request.h"
#include "probes/wire/response.h"

namespace twinwatch::wire {
namespace {

using twinwatch::testing::Golden;

constexpr std::string_view kRegion = "v,,1795456736949.898f83ed4c3fa21634a32747bea830e2.";

Frame FrameOf(std::string_view golden) {
  Frame frame;
  frame.size = golden.size() - 4;
  frame.bytes.reset(new char[frame.size]);
  std::memcpy(frame.bytes.get(), golden.data() + 4, frame.size);
  return frame;
}

TEST(GoldenRequest, Preambles) {
  EXPECT_EQ(EncodePreamble("root", kMasterService), Golden("preamble-master"));
  EXPECT_EQ(EncodePreamble("root", kClientService), Golden("preamble-client"));
}

TEST(GoldenRequest, APreambleThatAsksForTagsDiffersInTheCodecAlone) {
  const std::string_view codec = "org.apache.hadoop.hbase.codec.KeyValueCodec";
  std::string plain = EncodePreamble("root", kClientService);
  const std::string tagged = EncodePreamble("root", kClientService, CellCodec::kKeyValueWithTags);
  ASSERT_EQ(tagged.size(), plain.size() + 8);
  plain.insert(plain.find(codec) + codec.size(), "WithTags");
  // Both lengths in front of it grow with it.
  const size_t from = plain.find(codec);
  EXPECT_EQ(tagged.substr(from), plain.substr(from));
  EXPECT_EQ(EncodePreamble("root", kMasterService, CellCodec::kKeyValueWithTags),
            Golden("preamble-master"));
}

TEST(GoldenRequest, EmptyParameterIsStillSent) {
  const hbase::pb::ListReplicationPeersRequest empty;
  EXPECT_EQ(EncodeRequest(1, "IsMasterRunning", empty, "", {}),
            Golden("is-master-running-request"));
}

TEST(GoldenRequest, Get) {
  hbase::pb::GetRequest request;
  request.mutable_region()->set_type(hbase::pb::RegionSpecifier::REGION_NAME);
  request.mutable_region()->set_value(std::string(kRegion));
  request.mutable_get()->set_row("r1");
  EXPECT_EQ(EncodeRequest(1, "Get", request, "", {}), Golden("get-request"));
}

TEST(GoldenRequest, MultiWithCellsInTheBlock) {
  hbase::pb::MultiRequest request;
  auto* region = request.add_regionaction();
  region->mutable_region()->set_type(hbase::pb::RegionSpecifier::REGION_NAME);
  region->mutable_region()->set_value(std::string(kRegion));
  for (const auto& [index, row, cells] : {std::tuple{0, "r1", 1}, std::tuple{1, "r2", 2}}) {
    auto* action = region->add_action();
    action->set_index(static_cast<uint32_t>(index));
    action->mutable_mutation()->set_row(row);
    action->mutable_mutation()->set_mutate_type(hbase::pb::MutationProto::PUT);
    action->mutable_mutation()->set_associated_cell_count(cells);
  }
  std::string block;
  AppendCell({"r1", "f", "q", 1700000000000, CellType::kPut, "v"}, &block);
  AppendCell({"r2", "f", "q", 1700000000000, CellType::kPut, "w"}, &block);
  AppendCell({"r2", "f", "z", 1700000000001, CellType::kPut, ""}, &block);
  EXPECT_EQ(EncodeRequest(0, "Multi", request, block, {}), Golden("multi-request"));
}

TEST(GoldenResponse, GetWithItsCell) {
  const auto response = ParseResponse(FrameOf(Golden("get-response")));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->call_id, 1u);
  std::vector<CellView> cells;
  ASSERT_TRUE(DecodeCellBlock(response->cell_block, &cells).ok());
  ASSERT_EQ(cells.size(), 1u);
  EXPECT_EQ(cells[0].row, "r1");
  EXPECT_EQ(cells[0].timestamp_ms, 1700000000000u);
  EXPECT_EQ(cells[0].value, "v");
}

TEST(GoldenResponse, ScanAnswers) {
  for (const auto& [name, more_in_region, partial, cells] :
       {std::tuple{"scan-open-response", true, false, 1},
        std::tuple{"scan-last-response", false, false, 2},
        std::tuple{"scan-partial-response", true, true, 1}}) {
    const auto response = ParseResponse(FrameOf(Golden(name)));
    ASSERT_TRUE(response.ok()) << name << response.status();
    hbase::pb::ScanResponse scan;
    ASSERT_TRUE(ParseMessage(response->result, &scan).ok()) << name;
    EXPECT_EQ(scan.more_results_in_region(), more_in_region) << name;
    EXPECT_EQ(scan.partial_flag_per_result(0), partial) << name;
    EXPECT_EQ(scan.cells_per_result(0), static_cast<uint32_t>(cells)) << name;
  }
}

TEST(GoldenResponse, DeleteMarkerOfARawScan) {
  const auto response = ParseResponse(FrameOf(Golden("scan-raw-response")));
  ASSERT_TRUE(response.ok());
  std::vector<CellView> cells;
  ASSERT_TRUE(DecodeCellBlock(response->cell_block, &cells).ok());
  EXPECT_EQ(cells.at(0).type, CellType::kDeleteFamily);
  EXPECT_EQ(cells.at(0).qualifier, "");
}

TEST(GoldenResponse, UnknownMethod) {
  const auto response = ParseResponse(FrameOf(Golden("unknown-method-response")));
  ASSERT_TRUE(response.ok());
  ASSERT_TRUE(response->exception);
  EXPECT_EQ(ToStatus(*response->exception).code(), absl::StatusCode::kUnimplemented);
}

TEST(GoldenResponse, CutOffAnywhereIsAnErrorOrNothing) {
  for (const char* name : {"get-response", "scan-last-response", "unknown-method-response"}) {
    const std::string golden = Golden(name);
    for (size_t size = 4; size < golden.size(); ++size) {
      EXPECT_FALSE(ParseResponse(FrameOf(golden.substr(0, size))).ok()) << name << size;
    }
  }
}

}  // namespace
}  // namespace twinwatch::wire
