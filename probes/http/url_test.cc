#include "probes/http/url.h"

#include <gtest/gtest.h>

namespace twinwatch::http {
namespace {

TEST(Url, Parts) {
  EXPECT_EQ(*Url::Parse("http://nn:9870"), (Url{"nn", 9870, "/"}));
  EXPECT_EQ(*Url::Parse("http://nn/a/b?op=OPEN#x"), (Url{"nn", 80, "/a/b?op=OPEN"}));
  EXPECT_EQ(*Url::Parse("http://[::1]:80/x"), (Url{"::1", 80, "/x"}));
  EXPECT_EQ(Url::Parse("http://[::1]:80/x")->HostPort(), "[::1]:80");
  EXPECT_EQ(*Url::Parse("http://nn:1?a=b"), (Url{"nn", 1, "/?a=b"}));
  EXPECT_EQ(*Url::Parse("https://nn/x"), (Url{"nn", 443, "/x", true}));
  EXPECT_EQ(*Url::Parse("https://nn:1"), (Url{"nn", 1, "/", true}));
}

TEST(Url, OtherTexts) {
  for (const char* bad : {"", "nn:9870", "ftp://x/", "http://", "http://:1/", "http://h:0/",
                          "http://h:65536/", "http://h:1x/", "http://h:/", "http://h/a b",
                          "http://h/\r\nX: y", "http://[::1/", "http://u@h/"}) {
    EXPECT_EQ(Url::Parse(bad).status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

TEST(Url, PercentsAreEncodedToo) {
  EXPECT_EQ(PercentEncoded("/a%2Cb,c d", "/"), "/a%252Cb%2Cc%20d");
}

}  // namespace
}  // namespace twinwatch::http
