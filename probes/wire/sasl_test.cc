#include "probes/wire/sasl.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "tests/support/golden.h"

namespace twinwatch::wire {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Blanks are for the reader.
std::string Bytes(std::string hex) {
  std::erase(hex, ' ');
  return twinwatch::testing::FromHex(hex);
}

struct Read {
  std::vector<std::string> tokens;
  Status status;
};

// Feeds `stream` in pieces of at most `step` bytes.
Read ReadAll(std::string_view stream, size_t step) {
  SaslAnswers answers;
  Read out;
  while (!stream.empty()) {
    const FrameReader::Space space = answers.Prepare();
    const size_t n = std::min({space.size, step, stream.size()});
    EXPECT_GT(n, 0u);
    if (n == 0) return out;
    std::memcpy(space.data, stream.data(), n);
    stream.remove_prefix(n);
    out.status = answers.Commit(n);
    if (!out.status.ok()) return out;
    if (std::optional<std::string> token = answers.TakeToken())
      out.tokens.push_back(*std::move(token));
  }
  return out;
}

std::string RefusalOf(std::string_view stream) {
  const Read read = ReadAll(stream, stream.size());
  EXPECT_TRUE(read.tokens.empty());
  return read.status.ToString();
}

TEST(SaslAnswers, AnySplitGivesTheSameTokens) {
  const std::string stream =
      Bytes("00000000 00000003 010203 00000000 00000000 00000000 00000001 ff");
  for (size_t step = 1; step <= stream.size(); ++step) {
    const Read read = ReadAll(stream, step);
    EXPECT_TRUE(read.status.ok()) << read.status;
    EXPECT_THAT(read.tokens, ElementsAre(Bytes("010203"), "", "\xff")) << step;
  }
}

TEST(SaslAnswers, NothingBeyondTheTokenIsRead) {
  SaslAnswers answers;
  const std::string stream = Bytes("00000000 00000001 07");
  for (size_t at = 0; at < stream.size();) {
    const FrameReader::Space space = answers.Prepare();
    ASSERT_LE(at + space.size, stream.size());
    std::memcpy(space.data, stream.data() + at, space.size);
    at += space.size;
    ASSERT_TRUE(answers.Commit(space.size).ok());
  }
  EXPECT_EQ(answers.Prepare().size, 0u);
  EXPECT_EQ(answers.TakeToken(), "\x07");
  EXPECT_EQ(answers.Prepare().size, 4u);
}

TEST(SaslAnswers, ARefusalHasTheServersWords) {
  const std::string name = "org.apache.hadoop.security.AccessControlException";
  const std::string said = RefusalOf(Bytes("00000001") + EncodeSaslToken(name) +
                                     EncodeSaslToken("GSS initiate failed\n\tat x.y(Z.java:1)"));
  EXPECT_THAT(said, HasSubstr("UNAUTHENTICATED"));
  EXPECT_THAT(said, HasSubstr("AccessControlException: GSS initiate failed"));
  EXPECT_THAT(said, ::testing::Not(HasSubstr("Z.java")));
}

TEST(SaslAnswers, ARefusalWithoutWords) {
  EXPECT_THAT(RefusalOf(Bytes("00000001 00000001 41 ffffffff")), HasSubstr("UNAUTHENTICATED"));
  EXPECT_THAT(RefusalOf(Bytes("00000001 ffffffff 00000000")), HasSubstr("UNAUTHENTICATED"));
}

TEST(SaslAnswers, AReplayMayBeTriedAgain) {
  EXPECT_THAT(RefusalOf(Bytes("00000001") + EncodeSaslToken("a.SaslException") +
                        EncodeSaslToken("Request is a replay (34)")),
              HasSubstr("UNAVAILABLE"));
}

TEST(SaslAnswers, NobodyIsFollowedIntoSimple) {
  const std::string said = RefusalOf(Bytes("00000000 ffffffa8"));
  EXPECT_THAT(said, HasSubstr("UNAUTHENTICATED"));
  EXPECT_THAT(said, HasSubstr("simple"));
}

TEST(SaslAnswers, LengthsAreRefusedBeforeAnythingIsAllocated) {
  for (const char* stream :
       {"00000000 7fffffff", "00000000 00040001", "00000000 ffffffa9", "00000001 7fffffff",
        "00000001 00000000 00010001", "00000002", "48545450"}) {
    EXPECT_THAT(RefusalOf(Bytes(stream)), HasSubstr("DATA_LOSS")) << stream;
  }
}

TEST(Protections, AsTheSiteSpellsThem) {
  EXPECT_THAT(*ParseProtections("privacy"), ElementsAre(Protection::kPrivacy));
  EXPECT_THAT(*ParseProtections(" integrity , authentication"),
              ElementsAre(Protection::kIntegrity, Protection::kAuthentication));
  for (const char* wrong : {"", "auth-conf", "privacy,", "privacy;integrity"}) {
    EXPECT_EQ(ParseProtections(wrong).status().code(), absl::StatusCode::kInvalidArgument) << wrong;
  }
}

TEST(Protections, TheFirstThatIsOffered) {
  const OfferedProtections offer = *ParseOffer(Bytes("05010000"));
  EXPECT_EQ(offer.max_unit, 65536u);
  const auto choose = [&](const char* wanted) { return Choose(offer, *ParseProtections(wanted)); };
  EXPECT_EQ(*choose("integrity,privacy,authentication"), Protection::kPrivacy);
  EXPECT_EQ(*choose("authentication,privacy"), Protection::kAuthentication);
  const Status none = choose("integrity").status();
  EXPECT_EQ(none.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(std::string(Text(none)), HasSubstr("offers authentication, privacy"));
  EXPECT_THAT(std::string(Text(none)), HasSubstr("here it is integrity"));
}

TEST(Protections, AnOfferIsFourBytes) {
  EXPECT_EQ(ParseOffer("").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(ParseOffer("12345").status().code(), absl::StatusCode::kDataLoss);
}

TEST(Protections, TheChoiceNamesOneAndASize) {
  EXPECT_EQ(EncodeChoice(Protection::kPrivacy), Bytes("04010000"));
  EXPECT_EQ(EncodeChoice(Protection::kAuthentication), Bytes("01000000"));
}

TEST(Preamble, OfKerberos) { EXPECT_EQ(KerberosPreamble(), Bytes("48426173 00 51")); }

}  // namespace
}  // namespace twinwatch::wire
