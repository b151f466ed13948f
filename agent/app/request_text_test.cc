#include "agent/app/request_text.h"

#include <gtest/gtest.h>

namespace twinwatch::app {
namespace {

VerifyRequest Everything() {
  VerifyRequest request;
  request.families = {"f", "g"};
  request.max_versions = kAllVersions;
  request.raw = true;
  request.keys_only = true;
  request.since = absl::FromUnixMillis(1795451884123);
  request.until = absl::FromUnixMillis(1795451884124);
  request.incremental = true;
  request.confirm = ConfirmBy::kBarrier;
  request.options.range = {std::string("\x00\xff", 2), "z\\"};
  request.options.ignore_extra = true;
  request.options.settle = absl::Milliseconds(1500);
  request.options.confirming.barrier_timeout = absl::Seconds(7);
  request.options.sample = SampleRequest{0.015, 12, UINT64_MAX};
  return request;
}

TEST(RequestText, ComesBackAsItWas) {
  for (const VerifyRequest& request : {VerifyRequest(), Everything()}) {
    const std::string text = ToText(request);
    const StatusOr<VerifyRequest> back = RequestOf(text);
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(ToText(*back), text);
    EXPECT_EQ(back->families, request.families);
    EXPECT_EQ(back->max_versions, request.max_versions);
    EXPECT_EQ(back->raw, request.raw);
    EXPECT_EQ(back->keys_only, request.keys_only);
    EXPECT_EQ(back->since, request.since);
    EXPECT_EQ(back->until, request.until);
    EXPECT_EQ(back->incremental, request.incremental);
    EXPECT_EQ(back->confirm, request.confirm);
    EXPECT_EQ(back->options.range, request.options.range);
    EXPECT_EQ(back->options.ignore_extra, request.options.ignore_extra);
    EXPECT_EQ(back->options.settle, request.options.settle);
    EXPECT_EQ(back->options.confirming.barrier_timeout, request.options.confirming.barrier_timeout);
    ASSERT_EQ(back->options.sample.has_value(), request.options.sample.has_value());
    if (!back->options.sample) continue;
    EXPECT_EQ(back->options.sample->fraction, request.options.sample->fraction);
    EXPECT_EQ(back->options.sample->rows, request.options.sample->rows);
    EXPECT_EQ(back->options.sample->seed, request.options.sample->seed);
  }
}

TEST(RequestText, WhatIsNoRequestIsAnError) {
  std::string other = ToText({});
  other.replace(other.find("\"version\":1"), 11, "\"version\":2");
  std::string confirm = ToText({});
  confirm.replace(confirm.find("\"confirm\":0"), 11, "\"confirm\":9");
  std::string type = ToText({});
  type.replace(type.find("\"raw\":false"), 11, "\"raw\":\"no\"");
  for (const std::string& text : {std::string(), std::string("{}"), std::string("[1]"), other,
                                  confirm, type, std::string("\xff")}) {
    EXPECT_EQ(RequestOf(text).status().code(), absl::StatusCode::kDataLoss) << text;
  }
}

}  // namespace
}  // namespace twinwatch::app
