#include "probes/http/response_reader.h"

#include <gtest/gtest.h>

namespace twinwatch::http {
namespace {

// Fed whole and byte by byte, which must come to the same.
StatusOr<Response> Read(std::string_view bytes, size_t body_bytes, size_t step) {
  ResponseReader reader(body_bytes);
  while (!bytes.empty() && !reader.done()) {
    RETURN_IF_ERROR(reader.Feed(bytes.substr(0, step)));
    bytes.remove_prefix(std::min(step, bytes.size()));
  }
  RETURN_IF_ERROR(reader.FeedEnd());
  return reader.Take();
}

StatusOr<Response> Read(std::string_view bytes, size_t body_bytes = 1000) {
  const StatusOr<Response> slow = Read(bytes, body_bytes, 1);
  StatusOr<Response> fast = Read(bytes, body_bytes, bytes.size());
  EXPECT_EQ(slow.status(), fast.status());
  if (slow.ok() && fast.ok()) {
    EXPECT_EQ(slow->body, fast->body);
    EXPECT_EQ(slow->content_length, fast->content_length);
    EXPECT_EQ(slow->location, fast->location);
  }
  return fast;
}

TEST(ResponseReader, LengthAndTheBeginningOfTheBody) {
  const auto response =
      Read("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nPWALxyz and more", 4);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->content_length, 99999999999u);
  EXPECT_EQ(response->body, "PWAL");
}

TEST(ResponseReader, NothingOfTheBody) {
  const auto response = Read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 0);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->content_length, 5u);
}

TEST(ResponseReader, EmptyBody) {
  const auto response = Read("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->content_length, 0u);
  EXPECT_EQ(response->body, "");
}

TEST(ResponseReader, Redirect) {
  const auto response = Read(
      "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://dn:1/x?y\r\n"
      "Content-Length: 0\r\n\r\n");
  EXPECT_EQ(response->status, 307);
  EXPECT_EQ(response->location, "http://dn:1/x?y");
}

TEST(ResponseReader, ChunksAndTheConnectionsEnd) {
  EXPECT_EQ(Read("HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n"
                 "0\r\n\r\n")
                ->body,
            "abcde");
  EXPECT_EQ(Read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")->body, "");
  const auto to_the_end = Read("HTTP/1.0 200 OK\r\n\r\nall of it");
  EXPECT_EQ(to_the_end->body, "all of it");
  EXPECT_EQ(to_the_end->content_length, std::nullopt);
}

// Whether it is seen depends on how the bytes come: of a body no more is waited for than is wanted.
TEST(ResponseReader, ATrailerChangesNothing) {
  const std::string_view bytes =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nLocation: /x\r\n\r\n";
  for (const size_t wanted : {2, 1000}) EXPECT_EQ(Read(bytes, wanted)->location, "");
}

TEST(ResponseReader, WhatIsNoResponse) {
  const std::string endless = "HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x');
  for (const std::string& bad :
       {std::string("SSH-2.0\r\n\r\n"), std::string(), std::string("HTTP/1.1 200 OK\r\nContent"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc"),
        std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), endless}) {
    EXPECT_EQ(Read(bad).status().code(), absl::StatusCode::kDataLoss) << bad.substr(0, 80);
  }
}

}  // namespace
}  // namespace twinwatch::http
