#include "probes/wire/cell_tags.h"

#include <gtest/gtest.h>

#include <string>

namespace twinwatch::wire {
namespace {

std::string Tag(char type, const std::string& value) {
  const size_t size = value.size() + 1;
  std::string tag = {static_cast<char>(size >> 8), static_cast<char>(size), type};
  return tag + value;
}

std::string Section(const std::string& tags) {
  const std::string size = {static_cast<char>(tags.size() >> 8), static_cast<char>(tags.size())};
  return size + tags;
}

std::string Ttl(char last_byte) { return Tag(8, std::string(7, '\0') + last_byte); }

StatusOr<std::optional<uint64_t>> TtlOfTags(const std::string& section) {
  ASSIGN_OR_RETURN(const CellTags tags, ParseTags(section));
  return tags.ttl_ms;
}

TEST(CellTags, TheTtlAmongOthers) {
  EXPECT_EQ(*TtlOfTags(""), std::nullopt);
  EXPECT_EQ(*TtlOfTags(Section("")), std::nullopt);
  EXPECT_EQ(*TtlOfTags(Section(Tag(1, "acl") + Tag(2, ""))), std::nullopt);
  EXPECT_EQ(*TtlOfTags(Section(Ttl(5))), 5u);
  EXPECT_EQ(*TtlOfTags(Section(Tag(1, std::string(300, 'x')) + Ttl(5) + Tag(2, "y"))), 5u);
  EXPECT_EQ(*TtlOfTags(Section(Ttl(5) + Ttl(6))), 5u);
}

TEST(CellTags, AnAclOrAVisibilityLabelSecuresACell) {
  EXPECT_EQ(*ParseTags(""), CellTags());
  for (const char type : {1, 2, 4}) {
    EXPECT_EQ(*ParseTags(Section(Tag(type, "x"))), (CellTags{{}, true})) << int{type};
    EXPECT_EQ(*ParseTags(Section(Tag(type, "") + Ttl(5))), (CellTags{5, true})) << int{type};
  }
  for (const char type : {0, 3, 5, 6, 7, 64, -1}) {
    EXPECT_EQ(*ParseTags(Section(Ttl(5) + Tag(type, "x"))), (CellTags{5, false})) << int{type};
  }
}

TEST(CellTags, LengthsThatDoNotAddUp) {
  const std::string good = Section(Tag(1, "acl") + Ttl(5));
  for (size_t size = 1; size < good.size(); ++size) {
    EXPECT_EQ(TtlOfTags(good.substr(0, size)).status().code(), absl::StatusCode::kDataLoss) << size;
  }
  for (const std::string& bad : {good + "x", Section("\x01"), Section(std::string(3, '\0')),
                                 Section(std::string("\0\x02\x08", 3)), Section(Tag(8, "seven b")),
                                 Section(Tag(8, "nine byte"))}) {
    EXPECT_FALSE(TtlOfTags(bad).ok()) << bad.size();
  }
}

}  // namespace
}  // namespace twinwatch::wire
