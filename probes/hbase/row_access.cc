#include "probes/hbase/row_access.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "agent/core/bytes.h"
#include "probes/hbase/convert.h"
#include "probes/hbase/retry.h"
#include "probes/wire/cell_block.h"
#include "probes/wire/hbase.pb.h"
#include "probes/wire/message.h"
#include "probes/wire/request.h"

namespace twinwatch::hbase {
namespace {

// Whoever names the server wants to know soon whether it answers.
constexpr std::chrono::milliseconds kWriteAtTime{10'000};

std::vector<Mutation> ToMutations(const std::vector<Cell>& cells) {
  std::map<std::tuple<std::string_view, bool>, Mutation> grouped;
  for (size_t i = 0; i < cells.size(); ++i) {
    const bool deletes = cells[i].type != CellType::kPut;
    Mutation& mutation = grouped[{cells[i].row, deletes}];
    mutation.deletes = deletes;
    mutation.cells.push_back(i);
  }
  std::vector<Mutation> mutations;
  for (auto& [key, mutation] : grouped) mutations.push_back(std::move(mutation));
  return mutations;
}

// The cells travel in the block, in the order of their mutations.
void SetMutation(const Mutation& mutation, const std::vector<Cell>& cells,
                 ::hbase::pb::MutationProto* proto, std::string* block) {
  proto->set_row(cells[mutation.cells.front()].row);
  proto->set_mutate_type(mutation.deletes ? ::hbase::pb::MutationProto::DELETE
                                          : ::hbase::pb::MutationProto::PUT);
  proto->set_associated_cell_count(static_cast<int32_t>(mutation.cells.size()));
  for (const size_t cell : mutation.cells) wire::AppendCell(ToView(cells[cell]), block);
}

void AddToRequest(const RegionBatch& batch, const std::vector<Cell>& cells,
                  ::hbase::pb::MultiRequest* request, std::string* block) {
  ::hbase::pb::RegionAction* region = request->add_regionaction();
  SetRegion(batch.location.region_name, region->mutable_region());
  for (size_t i = 0; i < batch.mutations.size(); ++i) {
    const Mutation& mutation = batch.mutations[i];
    ::hbase::pb::Action* action = region->add_action();
    action->set_index(static_cast<uint32_t>(i));
    SetMutation(mutation, cells, action->mutable_mutation(), block);
  }
}

// Marks what the answer says was written; the first error of the rest comes back.
Status Harvest(const ::hbase::pb::MultiResponse& response, const RegionBatch& batch,
               std::vector<bool>* written) {
  if (response.regionactionresult_size() != 1) {
    return absl::DataLossError("a Multi's answer does not fit its request");
  }
  const ::hbase::pb::RegionActionResult& region = response.regionactionresult(0);
  if (region.has_exception()) return ToStatus(region.exception());
  Status first_error;
  size_t seen = 0;
  for (const ::hbase::pb::ResultOrException& result : region.resultorexception()) {
    if (result.index() >= batch.mutations.size()) {
      return absl::DataLossError("a Multi's answer names an action that was not sent");
    }
    ++seen;
    if (result.has_exception()) {
      if (first_error.ok()) first_error = ToStatus(result.exception());
      continue;
    }
    for (const size_t cell : batch.mutations[result.index()].cells) (*written)[cell] = true;
  }
  if (first_error.ok() && seen < batch.mutations.size()) {
    return absl::UnavailableError("a Multi's answer leaves actions out");
  }
  return first_error;
}

}  // namespace

Task<Status> RowAccess::WriteAt(RegionLocation where, Cell cell) {
  const std::vector<Cell> cells{std::move(cell)};
  Mutation mutation;
  mutation.cells = {0};
  ::hbase::pb::MutateRequest request;
  SetRegion(where.region_name, request.mutable_region());
  std::string block;
  SetMutation(mutation, cells, request.mutable_mutation(), &block);
  request.mutable_mutation()->set_durability(::hbase::pb::MutationProto::SYNC_WAL);
  const StatusOr<wire::Response> response = co_await connections_->channel->Call(
      EndpointOf(where, wire::kClientService), "Mutate", request, std::move(block), kWriteAtTime);
  co_return Annotate(response.status(), where.server.ToString());
}

Task<StatusOr<std::vector<Cell>>> RowAccess::Get(TableName table, std::string row) {
  Retry retry;
  while (true) {
    StatusOr<std::vector<Cell>> cells = co_await GetOnce(table, row);
    if (cells.ok()) co_return cells;
    const StatusOr<std::chrono::milliseconds> pause =
        retry.Failed(cells.status(), std::chrono::steady_clock::now());
    if (!pause.ok()) {
      co_return Annotate(pause.status(), fmt::format("table {}, row \"{}\"", table.ToString(),
                                                     ToStringBinary(row)));
    }
    co_await SleepFor(*pause);
  }
}

Task<StatusOr<std::vector<Cell>>> RowAccess::GetOnce(TableName table, std::string row) {
  CO_ASSIGN_OR_RETURN(const RegionLocation location, co_await locator_->Locate(table, row));
  ::hbase::pb::GetRequest request;
  SetRegion(location.region_name, request.mutable_region());
  request.mutable_get()->set_row(row);
  request.mutable_get()->set_cache_blocks(false);
  const StatusOr<wire::Response> response = co_await connections_->channel->Call(
      EndpointOf(location, wire::kClientService), "Get", request, "", kCallTime);
  if (!response.ok()) {
    if (ReactionTo(response.status()) == Reaction::kLocate) locator_->Forget(table, location);
    co_return response.status();
  }
  std::vector<CellView> views;
  CO_RETURN_IF_ERROR(wire::DecodeCellBlock(response->cell_block, &views));
  std::vector<Cell> cells;
  for (const CellView& view : views) cells.push_back(ToCell(view));
  co_return cells;
}

Task<Status> RowAccess::Write(TableName table, std::vector<Cell> cells) {
  Retry retry;
  while (!cells.empty()) {
    const size_t before = cells.size();
    const Status status = co_await WriteOnce(table, &cells);
    if (status.ok()) continue;
    if (cells.size() < before) retry.Progress();
    const StatusOr<std::chrono::milliseconds> pause =
        retry.Failed(status, std::chrono::steady_clock::now());
    if (!pause.ok()) {
      co_return Annotate(pause.status(), fmt::format("table {}: {} cells were not written",
                                                     table.ToString(), cells.size()));
    }
    co_await SleepFor(*pause);
  }
  co_return absl::OkStatus();
}

// Mutate says more of an error than a Multi of one: its exceptions tell whether a retry helps.
Task<Status> RowAccess::SendOne(const RegionBatch* batch, const std::vector<Cell>* cells,
                                std::vector<bool>* written) {
  const Mutation& mutation = batch->mutations.front();
  ::hbase::pb::MutateRequest request;
  SetRegion(batch->location.region_name, request.mutable_region());
  std::string block;
  SetMutation(mutation, *cells, request.mutable_mutation(), &block);
  CO_ASSIGN_OR_RETURN(
      const wire::Response response,
      co_await connections_->channel->Call(EndpointOf(batch->location, wire::kClientService),
                                           "Mutate", request, std::move(block), kCallTime));
  ::hbase::pb::MutateResponse answer;
  CO_RETURN_IF_ERROR(wire::ParseMessage(response.result, &answer));
  for (const size_t cell : mutation.cells) (*written)[cell] = true;
  co_return absl::OkStatus();
}

Task<Status> RowAccess::SendMany(const RegionBatch* batch, const std::vector<Cell>* cells,
                                 std::vector<bool>* written) {
  ::hbase::pb::MultiRequest request;
  std::string block;
  AddToRequest(*batch, *cells, &request, &block);
  CO_ASSIGN_OR_RETURN(
      const wire::Response response,
      co_await connections_->channel->Call(EndpointOf(batch->location, wire::kClientService),
                                           "Multi", request, std::move(block), kCallTime));
  ::hbase::pb::MultiResponse answer;
  CO_RETURN_IF_ERROR(wire::ParseMessage(response.result, &answer));
  co_return Harvest(answer, *batch, written);
}

Task<Status> RowAccess::WriteOnce(TableName table, std::vector<Cell>* cells) {
  std::map<std::string, RegionBatch> batches;  // by region name
  for (Mutation& mutation : ToMutations(*cells)) {
    CO_ASSIGN_OR_RETURN(RegionLocation location,
                        co_await locator_->Locate(table, (*cells)[mutation.cells.front()].row));
    RegionBatch& batch = batches[location.region_name];
    batch.location = std::move(location);
    batch.mutations.push_back(std::move(mutation));
  }
  std::vector<bool> written(cells->size(), false);
  Status first_error;
  for (const auto& [name, batch] : batches) {
    const Status status = batch.mutations.size() == 1 ? co_await SendOne(&batch, cells, &written)
                                                      : co_await SendMany(&batch, cells, &written);
    if (ReactionTo(status) == Reaction::kLocate) locator_->Forget(table, batch.location);
    if (first_error.ok()) first_error = status;
  }
  size_t kept = 0;
  for (size_t i = 0; i < cells->size(); ++i) {
    if (!written[i]) std::swap((*cells)[kept++], (*cells)[i]);
  }
  cells->resize(kept);
  co_return first_error;
}

}  // namespace twinwatch::hbase
