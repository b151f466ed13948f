#include "probes/hbase/guarded_writes.h"

#include <absl/strings/ascii.h>
#include <absl/strings/escaping.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "agent/core/bytes.h"
#include "probes/hbase/convert.h"
#include "probes/hbase/retry.h"
#include "probes/wire/cell_block.h"
#include "probes/wire/message.h"

namespace twinwatch::hbase {
namespace {

// Servers warn of calls with 5000 actions, and refuse cells of 10 MB.
constexpr size_t kMaxWrites = 200;
constexpr size_t kMaxBytes = size_t{4} << 20;
// Of those that wait so many are located at a time.
constexpr size_t kMaxLocated = 5 * kMaxWrites;
constexpr std::string_view kOriginAttribute = "_cs.id";
constexpr std::string_view kTtlAttribute = "_ttl";
constexpr std::string_view kBinaryComparator = "org.apache.hadoop.hbase.filter.BinaryComparator";

void AppendBigEndian64(uint64_t value, std::string* out) {
  AppendBigEndian32(static_cast<uint32_t>(value >> 32), out);
  AppendBigEndian32(static_cast<uint32_t>(value), out);
}

Status Check(const GuardedWrite& write) {
  for (const uint64_t timestamp_ms : {write.cell.timestamp_ms, write.guard.timestamp_ms}) {
    // HBase stores no such cell: the first is its own clock to it, larger ones are negative.
    if (timestamp_ms >= kServersClock) {
      return Error(absl::StatusCode::kInvalidArgument, "row \"{}\": no cell has the timestamp {}",
                   ToStringBinary(write.cell.row), timestamp_ms);
    }
  }
  if (write.ttl_ms && write.cell.type != CellType::kPut) {
    return Error(absl::StatusCode::kInvalidArgument, "row \"{}\": a delete marker with a TTL",
                 ToStringBinary(write.cell.row));
  }
  if (write.ttl_ms.value_or(0) > INT64_MAX) {
    return Error(absl::StatusCode::kInvalidArgument, "row \"{}\": a TTL of {} ms",
                 ToStringBinary(write.cell.row), *write.ttl_ms);
  }
  return absl::OkStatus();
}

void SetAttribute(std::string_view name, std::string value, ::hbase::pb::MutationProto* mutation) {
  ::hbase::pb::NameBytesPair* attribute = mutation->add_attribute();
  attribute->set_name(std::string(name));
  attribute->set_value(std::move(value));
}

void SetCondition(const GuardedWrite& write, ::hbase::pb::Condition* condition) {
  condition->set_row(write.cell.row);
  condition->set_family(write.guard.family);
  condition->set_qualifier(write.guard.qualifier);
  condition->set_compare_type(::hbase::pb::Condition::EQUAL);
  ::hbase::pb::BinaryComparator comparator;
  comparator.mutable_comparable()->set_value(write.guard.value.value_or(""));
  condition->mutable_comparator()->set_name(std::string(kBinaryComparator));
  condition->mutable_comparator()->set_serialized_comparator(comparator.SerializeAsString());
  condition->mutable_time_range()->set_from(write.guard.or_older ? 0 : write.guard.timestamp_ms);
  condition->mutable_time_range()->set_to(write.guard.timestamp_ms + 1);
}

StatusOr<GuardedOutcome> OutcomeOf(const ::hbase::pb::RegionActionResult& result) {
  if (result.has_exception()) return ToStatus(result.exception());
  for (const ::hbase::pb::ResultOrException& one : result.resultorexception()) {
    if (one.has_exception()) return ToStatus(one.exception());
  }
  if (!result.has_processed()) {
    return absl::DataLossError("a Multi's answer does not say whether a condition held");
  }
  return result.processed() ? GuardedOutcome::kWritten : GuardedOutcome::kGuardFailed;
}

// The batch of this region; a new one where there is none.
size_t BatchOf(RegionLocation location, std::vector<GuardedBatch>* batches) {
  const auto same =
      std::find_if(batches->begin(), batches->end(), [&location](const GuardedBatch& batch) {
        return batch.location().region_name == location.region_name;
      });
  if (same != batches->end()) return static_cast<size_t>(same - batches->begin());
  batches->emplace_back(std::move(location));
  return batches->size() - 1;
}

}  // namespace

StatusOr<std::string> OriginAttribute(std::string_view cluster_id) {
  constexpr std::string_view kUuid = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  bool good = cluster_id.size() == kUuid.size();
  std::string digits;
  for (size_t i = 0; good && i < kUuid.size(); ++i) {
    const auto c = static_cast<unsigned char>(cluster_id[i]);
    good = kUuid[i] == '-' ? c == '-' : absl::ascii_isxdigit(c);
    if (kUuid[i] != '-') digits.push_back(cluster_id[i]);
  }
  if (!good) {
    return Error(absl::StatusCode::kInvalidArgument, "the cluster id \"{}\" is no UUID",
                 ToStringBinary(cluster_id));
  }
  std::string attribute;
  AppendBigEndian32(1, &attribute);  // so many ids
  return attribute + absl::HexStringToBytes(digits);
}

void GuardedBatch::Add(size_t write, size_t bytes) {
  full_ = full_ || writes_.size() == kMaxWrites || (!writes_.empty() && bytes_ + bytes > kMaxBytes);
  if (full_) return;
  writes_.push_back(write);
  bytes_ += bytes;
}

GuardedWork::GuardedWork(std::vector<GuardedWrite> writes, std::string origin)
    : writes_(std::move(writes)),
      origin_(std::move(origin)),
      outcomes_(writes_.size(), absl::UnknownError("not tried")),
      settled_(writes_.size(), false) {
  for (size_t i = 0; i < writes_.size(); ++i) {
    const Status good = Check(writes_[i]);
    if (good.ok()) {
      waiting_.push_back(i);
    } else {
      Settle(i, good);
    }
  }
}

size_t GuardedWork::BytesOf(size_t write) const {
  const CellGuard& guard = writes_[write].guard;
  return ToView(writes_[write].cell).WireSize() + guard.family.size() + guard.qualifier.size() +
         guard.value.value_or("").size();
}

::hbase::pb::MultiRequest GuardedWork::Request(const GuardedBatch& batch,
                                               std::string* block) const {
  ::hbase::pb::MultiRequest request;
  for (const size_t i : batch.writes()) {
    const GuardedWrite& write = writes_[i];
    ::hbase::pb::RegionAction* region = request.add_regionaction();
    SetRegion(batch.location().region_name, region->mutable_region());
    SetCondition(write, region->mutable_condition());
    ::hbase::pb::Action* action = region->add_action();
    action->set_index(0);
    ::hbase::pb::MutationProto* mutation = action->mutable_mutation();
    mutation->set_row(write.cell.row);
    mutation->set_mutate_type(write.cell.type == CellType::kPut
                                  ? ::hbase::pb::MutationProto::PUT
                                  : ::hbase::pb::MutationProto::DELETE);
    if (!origin_.empty()) SetAttribute(kOriginAttribute, origin_, mutation);
    if (write.ttl_ms) {
      std::string ttl;
      AppendBigEndian64(*write.ttl_ms, &ttl);
      SetAttribute(kTtlAttribute, std::move(ttl), mutation);
    }
    mutation->set_associated_cell_count(1);
    wire::AppendCell(ToView(write.cell), block);
  }
  return request;
}

Status GuardedWork::Answered(const GuardedBatch& batch, const ::hbase::pb::MultiResponse& answer) {
  const std::vector<size_t>& writes = batch.writes();
  if (static_cast<size_t>(answer.regionactionresult_size()) != writes.size()) {
    return Failed(batch, absl::DataLossError("a Multi's answer does not fit its request"));
  }
  Status first_error;
  std::set<std::string_view> done_of;  // rows of which a later write was done
  for (size_t i = writes.size(); i-- > 0;) {
    StatusOr<GuardedOutcome> outcome = OutcomeOf(answer.regionactionresult(static_cast<int>(i)));
    const std::string& row = RowOf(writes[i]);
    if (!outcome.ok() && ReactionTo(outcome.status()) != Reaction::kGiveUp &&
        !done_of.contains(row)) {
      first_error = outcome.status();
      continue;
    }
    if (outcome.ok()) done_of.insert(row);
    Settle(writes[i], std::move(outcome));
  }
  DropSettled();
  return first_error;
}

Status GuardedWork::Failed(const GuardedBatch& batch, const Status& status) {
  if (ReactionTo(status) != Reaction::kGiveUp) return status;
  for (const size_t write : batch.writes()) Settle(write, status);
  DropSettled();
  return absl::OkStatus();
}

void GuardedWork::GiveUp(const Status& status) {
  for (const size_t write : waiting_) Settle(write, status);
  DropSettled();
}

void GuardedWork::Settle(size_t write, StatusOr<GuardedOutcome> outcome) {
  outcomes_[write] = std::move(outcome);
  settled_[write] = true;
}

void GuardedWork::DropSettled() {
  std::erase_if(waiting_, [this](size_t write) { return settled_[write]; });
}

Task<std::vector<StatusOr<GuardedOutcome>>> GuardedWriter::Write(TableName table,
                                                                 std::vector<GuardedWrite> writes,
                                                                 std::string origin_cluster_id) {
  StatusOr<std::string> origin = std::string();
  if (!origin_cluster_id.empty()) origin = OriginAttribute(origin_cluster_id);
  if (!origin.ok()) {
    co_return std::vector<StatusOr<GuardedOutcome>>(writes.size(), origin.status());
  }
  GuardedWork work(std::move(writes), *std::move(origin));
  Retry retry;
  while (!work.waiting().empty()) {
    const size_t before = work.waiting().size();
    const Status status = co_await WriteSome(table, &work);
    if (work.waiting().size() < before) retry.Progress();
    if (status.ok()) continue;
    const StatusOr<std::chrono::milliseconds> pause =
        retry.Failed(status, std::chrono::steady_clock::now());
    if (!pause.ok()) {
      work.GiveUp(Annotate(pause.status(), "table " + table.ToString()));
      break;
    }
    co_await SleepFor(*pause);
  }
  co_return work.TakeOutcomes();
}

Task<Status> GuardedWriter::WriteSome(TableName table, GuardedWork* work) {
  constexpr size_t kNowhere = SIZE_MAX;
  std::vector<GuardedBatch> batches;
  // Each row is located once: in two calls its writes could overtake one another.
  std::map<std::string_view, size_t> batch_of;
  Status first_error;
  const size_t count = std::min(work->waiting().size(), kMaxLocated);
  for (size_t i = 0; i < count; ++i) {
    const size_t write = work->waiting()[i];
    const std::string& row = work->RowOf(write);
    auto known = batch_of.find(row);
    if (known == batch_of.end()) {
      StatusOr<RegionLocation> location = co_await locator_->Locate(table, row);
      if (!location.ok() && first_error.ok()) first_error = location.status();
      const size_t batch = location.ok() ? BatchOf(*std::move(location), &batches) : kNowhere;
      known = batch_of.emplace(row, batch).first;
    }
    if (known->second != kNowhere) batches[known->second].Add(write, work->BytesOf(write));
  }
  for (const GuardedBatch& batch : batches) {
    const Status status = co_await Send(&batch, work);
    if (ReactionTo(status) == Reaction::kLocate) locator_->Forget(table, batch.location());
    if (first_error.ok()) first_error = status;
  }
  co_return first_error;
}

Task<Status> GuardedWriter::Send(const GuardedBatch* batch, GuardedWork* work) {
  std::string block;
  const ::hbase::pb::MultiRequest request = work->Request(*batch, &block);
  const StatusOr<wire::Response> response =
      co_await connections_->channel->Call(EndpointOf(batch->location(), wire::kClientService),
                                           "Multi", request, std::move(block), kCallTime);
  if (!response.ok()) co_return work->Failed(*batch, response.status());
  ::hbase::pb::MultiResponse answer;
  const Status parsed = wire::ParseMessage(response->result, &answer);
  if (!parsed.ok()) co_return work->Failed(*batch, parsed);
  co_return work->Answered(*batch, answer);
}

}  // namespace twinwatch::hbase
