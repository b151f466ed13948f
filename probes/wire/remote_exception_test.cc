#include "probes/wire/remote_exception.h"

#include <gtest/gtest.h>

namespace twinwatch::wire {
namespace {

absl::StatusCode CodeOf(std::string name, bool do_not_retry) {
  return ToStatus({"org.apache.hadoop.hbase." + std::move(name), "m", do_not_retry}).code();
}

TEST(RemoteException, ReactionsByName) {
  EXPECT_EQ(CodeOf("NotServingRegionException", false), absl::StatusCode::kAborted);
  EXPECT_EQ(CodeOf("exceptions.RegionMovedException", false), absl::StatusCode::kAborted);
  EXPECT_EQ(CodeOf("exceptions.RegionOpeningException", false), absl::StatusCode::kUnavailable);
  EXPECT_EQ(CodeOf("CallQueueTooBigException", false), absl::StatusCode::kUnavailable);
  EXPECT_EQ(CodeOf("TableNotFoundException", true), absl::StatusCode::kNotFound);
  EXPECT_EQ(CodeOf("security.AccessDeniedException", true), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(CodeOf("TableExistsException", true), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(CodeOf("NamespaceExistException", true), absl::StatusCode::kAlreadyExists);
}

// They say do_not_retry, and a client that opens a new scanner does well all the same.
TEST(RemoteException, LostScannersAreOpenedAgain) {
  for (const char* name :
       {"UnknownScannerException", "exceptions.ScannerResetException",
        "exceptions.OutOfOrderScannerNextException", "regionserver.LeaseException"}) {
    EXPECT_EQ(CodeOf(name, true), absl::StatusCode::kAborted) << name;
  }
}

TEST(RemoteException, UnknownOnesFollowTheServersFlag) {
  EXPECT_EQ(CodeOf("SomethingNewException", true), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(CodeOf("SomethingNewException", false), absl::StatusCode::kUnavailable);
}

TEST(RemoteException, MessageIsOneLineWithoutClassAndStack) {
  EXPECT_EQ(
      FirstLine("org.apache.hadoop.hbase.NotServingRegionException: t,,1.a. is not online\n\tat x"),
      "t,,1.a. is not online");
  EXPECT_EQ(FirstLine("security is not enabled"), "security is not enabled");
  EXPECT_EQ(FirstLine(""), "");
  const Status status = ToStatus({"org.apache.hadoop.hbase.TableNotFoundException", "t", true});
  EXPECT_EQ(status.message(), "TableNotFoundException: t");
}

}  // namespace
}  // namespace twinwatch::wire
