#include "probes/copytable/copy_arguments.h"

#include <absl/strings/match.h>
#include <gmock/gmock.h>

#include <limits>
#include <random>

#include "probes/api/cluster.h"

namespace twinwatch::copytable {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::StartsWith;

CopyRequest Request() {
  CopyRequest request;
  request.tag = "twinwatch-1";
  request.table = request.target_table = {"default", "orders"};
  request.source_key = "zk1,zk2:2181:/hbase";
  request.target_key = "far1:2181,far2:2182:/twin";
  return request;
}

std::vector<std::string> Words(const CopyRequest& request) {
  const StatusOr<std::vector<std::string>> words = CopyArguments(request);
  EXPECT_TRUE(words.ok()) << words.status();
  return words.ok() ? *words : std::vector<std::string>();
}

std::string Refusal(const CopyRequest& request) {
  const StatusOr<std::vector<std::string>> words = CopyArguments(request);
  EXPECT_EQ(absl::StatusCode::kInvalidArgument, words.status().code()) << words.status();
  return std::string(Text(words.status()));
}

// After org.apache.hadoop.hbase.util.Bytes.toBytesBinary of 2.6, with its odd cases.
std::string ToBytesBinary(const std::string& in) {
  const auto is_hex = [](char c) { return (c >= 'A' && c <= 'F') || (c >= '0' && c <= '9'); };
  const auto value = [](char c) { return c >= 'A' ? 10 + c - 'A' : c - '0'; };
  std::string out;
  for (size_t i = 0; i < in.size(); ++i) {
    if (in[i] == '\\' && in.size() > i + 3 && in[i + 1] == 'x') {
      if (!is_hex(in[i + 2]) || !is_hex(in[i + 3])) continue;
      out += static_cast<char>((value(in[i + 2]) << 4) + value(in[i + 3]));
      i += 3;
    } else {
      out += in[i];
    }
  }
  return out;
}

TEST(CopyArguments, TheWholeOfIt) {
  CopyRequest request = Request();
  request.range = {std::string("a\0\\", 3), "b\xff"};
  request.since_ms = 1000;
  request.until_ms = 2000;
  request.families = {"f", "g-2"};
  request.versions = 3;
  request.target_table = {"ns", "copy"};
  EXPECT_THAT(
      Words(request),
      ElementsAre("org.apache.hadoop.hbase.mapreduce.CopyTable",                           //
                  "-D", "hbase.zookeeper.quorum=zk1:2181,zk2:2181",                        //
                  "-D", "hbase.zookeeper.property.clientPort=2181",                        //
                  "-D", "zookeeper.znode.parent=/hbase",                                   //
                  "-D", "hbase.mapred.output.hbase.zookeeper.quorum=far1:2181,far2:2182",  //
                  "-D", "hbase.mapred.output.hbase.zookeeper.property.clientPort=2181",    //
                  "-D", "hbase.mapred.output.zookeeper.znode.parent=/twin",                //
                  "-D", "hbase.mapred.output.quorum.port=0",                               //
                  "-D",
                  "hbase.client.registry.impl=org.apache.hadoop.hbase.client.ZKConnectionRegistry",
                  "-D", "mapreduce.map.speculative=false",  //
                  "-D", "mapreduce.job.name=twinwatch-1",   //
                  "-D", "mapreduce.job.tags=twinwatch-1",   //
                  "--startrow=a\\x00\\x5C", "--stoprow=b\\xFF", "--starttime=1000",
                  "--endtime=2000", "--families=f,g-2", "--versions=3",
                  "--peer.adr=far1:2181,far2:2182:/twin", "--new.name=ns:copy", "orders"));
}

TEST(CopyArguments, WhatIsNotAskedForIsLeftOut) {
  const std::vector<std::string> words = Words(Request());
  for (const char* option :
       {"--startrow", "--stoprow", "--starttime", "--endtime", "--families", "--new.name"}) {
    EXPECT_THAT(words, Not(Contains(StartsWith(option))));
  }
  EXPECT_THAT(words, IsSupersetOf({"--versions=1", "--peer.adr=far1:2181,far2:2182:/twin"}));
  EXPECT_EQ("orders", words.back());
}

TEST(CopyArguments, EachHalfOfATimeSpanAlone) {
  CopyRequest request = Request();
  request.until_ms = 2000;
  EXPECT_THAT(Words(request),
              AllOf(Contains("--endtime=2000"), Not(Contains(StartsWith("--starttime")))));
  request.until_ms.reset();
  request.since_ms = 1000;
  EXPECT_THAT(Words(request),
              AllOf(Contains("--starttime=1000"), Not(Contains(StartsWith("--endtime")))));
  request.since_ms = 0;
  request.until_ms = INT64_MAX;
  EXPECT_THAT(Words(request), IsSupersetOf({"--starttime=0", "--endtime=9223372036854775807"}));
}

TEST(CopyArguments, AllVersions) {
  CopyRequest request = Request();
  request.versions = kAllVersions;
  EXPECT_THAT(Words(request), Contains("--versions=2147483647"));
}

TEST(CopyArguments, WithinACluster) {
  CopyRequest request = Request();
  request.target_key = "zk1:2181,zk2:2181:/hbase";
  EXPECT_THAT(Refusal(request), HasSubstr("the same table orders"));
  request.target_table.qualifier = "copy";
  EXPECT_THAT(Words(request), IsSupersetOf({"--new.name=copy", "--peer.adr=zk1,zk2:2181:/hbase"}));
}

TEST(CopyArguments, RefusesWhatTheOptionsCannotSay) {
  struct Case {
    const char* what;
    void (*spoil)(CopyRequest*);
    const char* said;
  };
  const Case cases[] = {
      {"empty range",
       [](CopyRequest* r) {
         r->range = {"b", "a"};
       },
       "no row"},
      {"one border",
       [](CopyRequest* r) {
         r->range = {"a", "a"};
       },
       "no row"},
      {"long key", [](CopyRequest* r) { r->range.start = std::string(32767, '\xff'); }, "too long"},
      {"no time", [](CopyRequest* r) { r->since_ms = r->until_ms = 5; }, "no cell"},
      {"backwards", [](CopyRequest* r) { r->since_ms = 6, r->until_ms = 5; }, "no cell"},
      {"until 0", [](CopyRequest* r) { r->until_ms = 0; }, "no cell"},
      {"a time that Java has not", [](CopyRequest* r) { r->since_ms = 1ull << 63; },
       "out of range"},
      {"the same at the end", [](CopyRequest* r) { r->until_ms = ~0ull; }, "out of range"},
      {"comma",
       [](CopyRequest* r) {
         r->families = {"f", "a,b"};
       },
       "\"a,b\""},
      {"colon", [](CopyRequest* r) { r->families = {"a:b"}; }, "\"a:b\""},
      {"no name", [](CopyRequest* r) { r->families = {""}; }, "--families"},
      {"blank", [](CopyRequest* r) { r->families = {"a b"}; }, "--families"},
      {"bytes", [](CopyRequest* r) { r->families = {"\xc3\xa4"}; }, "--families"},
      {"table", [](CopyRequest* r) { r->table.qualifier = "\xc3\xa4"; }, "plain ASCII"},
      {"target", [](CopyRequest* r) { r->target_table.qualifier = "a b"; }, "plain ASCII"},
      {"no versions", [](CopyRequest* r) { r->versions = 0; }, "0 versions"},
      {"many versions", [](CopyRequest* r) { r->versions = 1u << 31; }, "versions"},
      {"no tag", [](CopyRequest* r) { r->tag = ""; }, "no tag"},
      {"upper-case tag", [](CopyRequest* r) { r->tag = "A"; }, "no tag"},
      {"tags", [](CopyRequest* r) { r->tag = "a,b"; }, "no tag"},
      {"long tag", [](CopyRequest* r) { r->tag = std::string(81, 'a'); }, "no tag"},
      {"source", [](CopyRequest* r) { r->source_key = "zk1:2181"; }, "cluster key"},
      {"target key", [](CopyRequest* r) { r->target_key = "zk1:2181:/h b"; }, "cluster key"},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.what);
    CopyRequest request = Request();
    one.spoil(&request);
    EXPECT_THAT(Refusal(request), HasSubstr(one.said));
  }
}

TEST(CopyArguments, TheLongestKeyOfPlainLettersFits) {
  CopyRequest request = Request();
  request.range.start = std::string(32767, 'x');
  EXPECT_THAT(Words(request), Contains("--startrow=" + request.range.start));
}

TEST(EscapeKey, ComesBackToTheSameBytes) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  EXPECT_EQ(all, ToBytesBinary(EscapeKey(all)));
  for (const std::string& key : {std::string(), std::string("\\"), std::string("\\x41"),
                                 std::string("\\\\x4"), std::string("\0\0", 2)}) {
    EXPECT_EQ(key, ToBytesBinary(EscapeKey(key)));
  }
  std::mt19937 random(1);
  for (int round = 0; round < 20000; ++round) {
    std::string key;
    for (size_t n = random() % 12; n > 0; --n) {
      // Half of it what escapes are made of.
      key += random() % 2 ? "\\x4Ff0"[random() % 6] : static_cast<char>(random() % 256);
    }
    const std::string text = EscapeKey(key);
    ASSERT_EQ(key, ToBytesBinary(text)) << text;
    ASSERT_EQ(std::string::npos,
              text.find_first_not_of("abcdefghijklmnopqrstuvwxyz"
                                     "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-\\"))
        << text;
  }
}

}  // namespace
}  // namespace twinwatch::copytable
