#include "exporters/http/request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace twinwatch::http_server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

// What a stream gives when it comes in pieces of `step` bytes: a line a request, or the error.
std::vector<std::string> RequestsOf(std::string_view stream, size_t step,
                                    size_t max_head_bytes = 1000) {
  RequestReader reader(max_head_bytes, 100);
  std::vector<std::string> out;
  while (true) {
    const auto next = reader.Next();
    if (!next.ok()) {
      out.push_back(next.status().ToString());
      return out;
    }
    if (*next) {
      const Request& r = (*next)->request;
      out.push_back(
          fmt::format("{} {} {} {}{}", r.method, r.path, r.query, r.headers.size(), r.body));
    } else {
      if (stream.empty()) return out;
      reader.Feed(stream.substr(0, step));
      stream.remove_prefix(std::min(step, stream.size()));
    }
  }
}

StatusOr<RequestHead> HeadOf(const std::string& text) {
  RequestReader reader(1000, 100);
  reader.Feed(text);
  auto next = reader.Next();
  if (!next.ok()) return next.status();
  if (!*next) return absl::UnavailableError("not whole");
  return **std::move(next);
}

TEST(RequestReader, AnySplitGivesTheSameRequests) {
  for (const std::string& stream :
       {std::string("GET /a HTTP/1.1\r\nHost: h\r\n\r\n\r\n\r\nHEAD /b?c=d HTTP/1.0\r\n\r\nGET /e "
                    "HTTP/1.1\r\nHost: h"),
        std::string("GET /a HTTP/1.1\r\nHost: h\r\n\r\nnonsense\r\n\r\n"),
        std::string(
            "PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 8\r\n\r\n\r\n\r\n\r\n\r\n\r\nPOST /b "
            "HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhell"),
        std::string(
            "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\n\r\nHEAD /b HTTP/1.0\r\n\r\n"),
        "GET /" + std::string(1000, 'x') + " HTTP/1.1\r\nHost: h\r\n\r\n"}) {
    const auto whole = RequestsOf(stream, stream.size());
    for (size_t step = 1; step < 60; ++step) EXPECT_EQ(RequestsOf(stream, step), whole) << step;
  }
  EXPECT_THAT(RequestsOf("\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\nHEAD /b?c=d HTTP/1.0\r\n\r\n", 7),
              ElementsAre("GET /a  1", "HEAD /b c=d 0"));
}

TEST(RequestReader, PartsOfARequest) {
  const auto head =
      HeadOf("GET /links/a%20b?x=%20 HTTP/1.1\r\nHOST:h\r\nAccept: a/b \r\nAccept: c\r\n\r\n");
  ASSERT_TRUE(head.ok()) << head.status();
  EXPECT_EQ(head->request.path, "/links/a b");
  EXPECT_EQ(head->request.query, "x=%20");
  EXPECT_THAT(head->request.headers,
              ElementsAre(Pair("host", "h"), Pair("accept", "a/b"), Pair("accept", "c")));
  EXPECT_EQ(head->request.Header("accept"), "a/b");
  EXPECT_EQ(head->request.Header("none"), "");
  EXPECT_FALSE(head->has_body);
  EXPECT_EQ(HeadOf("GET http://h:1/p?q HTTP/1.1\r\nHost: h\r\n\r\n")->request.path, "/p");
  EXPECT_EQ(HeadOf("GET http://h HTTP/1.1\r\nHost: h\r\n\r\n")->request.path, "/");
}

TEST(RequestReader, WhoWantsToKeepTheConnection) {
  EXPECT_TRUE(HeadOf("GET / HTTP/1.1\r\nHost: h\r\n\r\n")->keep_alive);
  EXPECT_FALSE(HeadOf("GET / HTTP/1.1\r\nHost: h\r\nConnection: x, Close\r\n\r\n")->keep_alive);
  EXPECT_FALSE(HeadOf("GET / HTTP/1.0\r\n\r\n")->keep_alive);
  EXPECT_TRUE(HeadOf("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")->keep_alive);
}

TEST(RequestReader, TheBodyOfPostAndPut) {
  EXPECT_THAT(
      RequestsOf("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhelloPUT /b HTTP/1.1\r\n"
                 "Host: h\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n\r\n\r\n!POST /c "
                 "HTTP/1.1\r\nHost: h\r\n\r\nGET /d HTTP/1.1\r\nHost: h\r\n\r\n",
                 3),
      ElementsAre("POST /a  2hello", "PUT /b  3\r\n\r\n!", "POST /c  1", "GET /d  1"));
  const auto post = HeadOf("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
  ASSERT_TRUE(post.ok()) << post.status();
  EXPECT_FALSE(post->has_body);
  EXPECT_TRUE(post->keep_alive);
  EXPECT_EQ(HeadOf("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhell").status().code(),
            absl::StatusCode::kUnavailable);
}

TEST(RequestReader, ABodyThatCannotBeTakenIsRefusedAtItsHead) {
  const auto refused = [](const std::string& headers) {
    const auto head = HeadOf("PUT / HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n");
    EXPECT_TRUE(head.ok() && head->has_body) << headers;
    return head.ok() ? head->refused : -1;
  };
  EXPECT_EQ(refused("Content-Length: 101\r\n"), 413);
  EXPECT_EQ(refused("Content-Length: 99999999999999999999\r\n"), 413);
  EXPECT_EQ(refused("Transfer-Encoding: chunked\r\n"), 411);
  for (const char* bad :
       {"Content-Length: -1\r\n", "Content-Length: 1x\r\n", "Content-Length: \r\n",
        "Content-Length: 1\r\nContent-Length: 2\r\n", "Content-Length: 1, 1\r\n",
        "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"}) {
    EXPECT_EQ(HeadOf(std::string("PUT / HTTP/1.1\r\nHost: h\r\n") + bad + "\r\nx").status().code(),
              absl::StatusCode::kInvalidArgument)
        << bad;
  }
}

TEST(RequestReader, SaysThatABodyFollows) {
  EXPECT_TRUE(HeadOf("PATCH / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello")->has_body);
  EXPECT_TRUE(HeadOf("GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")->has_body);
  EXPECT_FALSE(HeadOf("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n")->has_body);
}

TEST(RequestReader, RefusesNonsense) {
  for (const char* bad :
       {"\x16\x03\x01\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/2.0\r\nHost: h\r\n\r\n",
        "GET  / HTTP/1.1\r\nHost: h\r\n\r\n", "GET / HTTP/1.1 \r\nHost: h\r\n\r\n",
        "GET x HTTP/1.1\r\nHost: h\r\n\r\n", "GET /%2 HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /%00 HTTP/1.1\r\nHost: h\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost h\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\n folded\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : h\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\nb\r\n\r\n",
        "G(T / HTTP/1.1\r\nHost: h\r\n\r\n"}) {
    EXPECT_EQ(HeadOf(bad).status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

TEST(RequestReader, CallsTheSameHeadsTooLongHoweverTheyAreSplit) {
  const std::string head = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  for (const size_t limit : {head.size() - 5, head.size() - 1, head.size(), head.size() + 1}) {
    RequestReader at_once(limit, 100);
    at_once.Feed(head);
    RequestReader by_bytes(limit, 100);
    Status status;
    for (size_t i = 0; i < head.size() && status.ok(); ++i) {
      by_bytes.Feed(head.substr(i, 1));
      status = by_bytes.Next().status();
    }
    EXPECT_EQ(status.ok(), limit >= head.size()) << limit;
    EXPECT_EQ(at_once.Next().status(), status) << limit;
  }
}

TEST(RequestReader, BoundsTheHead) {
  RequestReader reader(16384, 100);
  Status status;
  for (int i = 0; i < 100'000 && status.ok(); ++i) {
    reader.Feed("x: y\r\n");
    status = reader.Next().status();
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()), HasSubstr("16384"));
}

TEST(ParseQuery, ParametersInTheirOrder) {
  using Pair = std::pair<std::string, std::string>;
  EXPECT_EQ(*ParseQuery(""), std::vector<Pair>());
  EXPECT_EQ(*ParseQuery("table=ns%3At&limit=5&&flag&a=b=c+d"),
            (std::vector<Pair>{{"table", "ns:t"}, {"limit", "5"}, {"flag", ""}, {"a", "b=c d"}}));
  EXPECT_EQ(ParseQuery("a=%zz").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ParseQuery("a=%0A").status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace twinwatch::http_server
