#include "probes/hbase/compaction.h"

#include <algorithm>
#include <utility>

#include "agent/core/bytes.h"
#include "probes/hbase/convert.h"
#include "probes/hbase/retry.h"
#include "probes/wire/hbase.pb.h"
#include "probes/wire/message.h"
#include "probes/wire/request.h"

namespace twinwatch::hbase {
namespace {

constexpr std::chrono::milliseconds kPollEvery{200};
// A compaction that ended between two looks at it leaves other files behind; one that is ignored so
// often in a row will be ignored for ever.
constexpr int kIgnoredTimes = 3;

bool IsOver(Deadline deadline) { return std::chrono::steady_clock::now() >= deadline; }

}  // namespace

CompactionResult JudgeCompaction(const std::vector<std::string>& before, CompactionState begun,
                                 const std::vector<std::string>& after) {
  const auto is_left = [&after](const std::string& file) {
    return std::find(after.begin(), after.end(), file) != after.end();
  };
  const bool all_left = std::all_of(before.begin(), before.end(), is_left);
  if (!before.empty() && all_left && begun.idle()) return CompactionResult::kIgnored;
  // Minor ones may take all files too, some by some, and keep the delete markers.
  if (begun.minor || std::any_of(before.begin(), before.end(), is_left)) {
    return CompactionResult::kAgain;
  }
  return CompactionResult::kDone;
}

Task<Status> Compactor::FlushAndCompact(TableName table, std::string row, Deadline deadline) {
  Retry retry;
  int ignored = 0;
  while (true) {
    StatusOr<CompactionResult> result = CompactionResult::kAgain;
    StatusOr<RegionLocation> region = co_await locator_->Locate(table, row);
    if (region.ok()) {
      result = co_await Attempt(*region, deadline);
      if (ReactionTo(result.status()) == Reaction::kLocate) locator_->Forget(table, *region);
    } else {
      result = region.status();
    }
    if (result.ok() && *result == CompactionResult::kDone) co_return absl::OkStatus();
    const std::string what =
        fmt::format("compaction of the region of {} of {} that holds row \"{}\"", table.ToString(),
                    connections_->name, ToStringBinary(row));
    StatusOr<std::chrono::milliseconds> pause = kPollEvery;
    if (result.ok()) {
      retry.Progress();
      ignored = *result == CompactionResult::kIgnored ? ignored + 1 : 0;
      if (ignored == kIgnoredTimes) {
        co_return Error(absl::StatusCode::kFailedPrecondition,
                        "{}: the region server ignores it; are compactions switched off, for all, "
                        "for this table or by a quota?",
                        what);
      }
    } else {
      pause = retry.Failed(result.status(), std::chrono::steady_clock::now());
    }
    if (IsOver(deadline)) {
      co_return Error(absl::StatusCode::kDeadlineExceeded, "{}: it has not ended in time{}{}", what,
                      result.ok() ? "" : "; last: ", Text(result.status()));
    }
    if (!pause.ok()) co_return Annotate(pause.status(), what);
    co_await SleepFor(*pause);
  }
}

Task<StatusOr<CompactionResult>> Compactor::Attempt(RegionLocation region, Deadline deadline) {
  CO_RETURN_IF_ERROR(co_await Flush(region, deadline));
  CO_RETURN_IF_ERROR(co_await WaitUntilIdle(region, deadline));
  CO_ASSIGN_OR_RETURN(const std::vector<std::string> before, co_await FilesOf(region, deadline));
  ::hbase::pb::CompactRegionRequest request;
  request.set_major(true);
  ::hbase::pb::CompactRegionResponse answer;
  CO_RETURN_IF_ERROR(co_await Call("CompactRegion", region, request, &answer, deadline));
  CO_ASSIGN_OR_RETURN(const CompactionState begun, co_await StateOf(region, deadline));
  CO_RETURN_IF_ERROR(co_await WaitUntilIdle(region, deadline));
  CO_ASSIGN_OR_RETURN(const std::vector<std::string> after, co_await FilesOf(region, deadline));
  co_return JudgeCompaction(before, begun, after);
}

// A server that flushes already does not flush what came since, and says so as it does when there
// is nothing to flush. A marker in its WAL, if one is asked for, is written only in the latter
// case.
Task<Status> Compactor::Flush(RegionLocation region, Deadline deadline) {
  ::hbase::pb::FlushRegionRequest request;
  request.set_write_flush_wal_marker(true);
  while (true) {
    ::hbase::pb::FlushRegionResponse answer;
    CO_RETURN_IF_ERROR(co_await Call("FlushRegion", region, request, &answer, deadline));
    if (answer.flushed() || answer.wrote_flush_wal_marker()) co_return absl::OkStatus();
    co_await SleepFor(kPollEvery);
  }
}

Task<Status> Compactor::WaitUntilIdle(RegionLocation region, Deadline deadline) {
  while (true) {
    CO_ASSIGN_OR_RETURN(const CompactionState state, co_await StateOf(region, deadline));
    if (state.idle()) co_return absl::OkStatus();
    co_await SleepFor(kPollEvery);
  }
}

Task<StatusOr<CompactionState>> Compactor::StateOf(RegionLocation region, Deadline deadline) {
  using Response = ::hbase::pb::GetRegionInfoResponse;
  ::hbase::pb::GetRegionInfoRequest request;
  request.set_compaction_state(true);
  Response answer;
  CO_RETURN_IF_ERROR(co_await Call("GetRegionInfo", region, request, &answer, deadline));
  const auto state = answer.compaction_state();
  const bool both = state == Response::MAJOR_AND_MINOR;
  co_return CompactionState{both || state == Response::MINOR, both || state == Response::MAJOR};
}

Task<StatusOr<std::vector<std::string>>> Compactor::FilesOf(RegionLocation region,
                                                            Deadline deadline) {
  const ::hbase::pb::GetStoreFileRequest request;
  ::hbase::pb::GetStoreFileResponse answer;
  CO_RETURN_IF_ERROR(co_await Call("GetStoreFile", region, request, &answer, deadline));
  co_return std::vector<std::string>(answer.store_file().begin(), answer.store_file().end());
}

template <typename Request, typename Answer>
Task<Status> Compactor::Call(std::string method, RegionLocation region, Request request,
                             Answer* answer, Deadline deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      deadline - std::chrono::steady_clock::now());
  if (left.count() <= 0) {
    co_return Error(absl::StatusCode::kDeadlineExceeded, "no time is left for {}", method);
  }
  SetRegion(region.region_name, request.mutable_region());
  CO_ASSIGN_OR_RETURN(
      const wire::Response response,
      co_await connections_->channel->Call(EndpointOf(region, wire::kAdminService), method, request,
                                           "", std::min(left, kCallTime)));
  co_return wire::ParseMessage(response.result, answer);
}

}  // namespace twinwatch::hbase
