#include "probes/hbase/table_scanner.h"

#include <optional>
#include <utility>

#include "agent/core/bytes.h"
#include "probes/hbase/convert.h"
#include "probes/hbase/meta.h"
#include "probes/wire/cell_block.h"
#include "probes/wire/hbase.pb.h"
#include "probes/wire/message.h"
#include "probes/wire/request.h"

namespace twinwatch::hbase {
namespace {

// Rows a response: far more than the bytes allow, so that the bytes decide.
constexpr uint32_t kRowsPerAnswer = 1'000'000;
constexpr std::string_view kRawAttribute = "_raw_";
constexpr std::string_view kFilters = "org.apache.hadoop.hbase.filter.";

struct BatchOwner {
  wire::Response response;
  std::string carried_row;
};

void SetFilter(std::string_view name, const std::string& serialized, ::hbase::pb::Filter* filter) {
  filter->set_name(std::string(kFilters) + std::string(name));
  filter->set_serialized_filter(serialized);
}

// Values are left out; of each row all cells but the first too, if that is asked for.
void LeaveOut(const ScanSpec& spec, ::hbase::pb::Scan* scan) {
  if (!spec.keys_only && !spec.first_cell_only) return;
  ::hbase::pb::KeyOnlyFilter keys;
  keys.set_len_as_val(false);
  if (!spec.first_cell_only) {
    SetFilter("KeyOnlyFilter", keys.SerializeAsString(), scan->mutable_filter());
    return;
  }
  ::hbase::pb::FilterList both;
  both.set_operator_(::hbase::pb::FilterList::MUST_PASS_ALL);
  SetFilter("FirstKeyOnlyFilter", "", both.add_filters());
  SetFilter("KeyOnlyFilter", keys.SerializeAsString(), both.add_filters());
  SetFilter("FilterList", both.SerializeAsString(), scan->mutable_filter());
}

::hbase::pb::ScanRequest OpenRequest(const ScanSpec& spec, const RegionLocation& region,
                                     const std::string& start_row) {
  ::hbase::pb::ScanRequest request;
  SetRegion(region.region_name, request.mutable_region());
  ::hbase::pb::Scan* scan = request.mutable_scan();
  for (const std::string& family : spec.families) scan->add_column()->set_family(family);
  scan->set_start_row(start_row);
  scan->set_stop_row(spec.range.stop);
  scan->set_max_versions(spec.max_versions);
  scan->set_max_result_size(spec.batch_bytes);
  const bool one_row = IsOneRow(spec.range);
  // A row beside it is often the next one: its block is worth keeping, as after a Get.
  scan->set_cache_blocks(one_row);
  if (one_row) {
    scan->set_readtype(::hbase::pb::Scan::PREAD);
  } else if (spec.since_ms == 0) {
    // Opens readers of its own for every file, which would not pay for what is new alone.
    scan->set_readtype(::hbase::pb::Scan::STREAM);
  }
  if (spec.raw) {
    ::hbase::pb::NameBytesPair* raw = scan->add_attribute();
    raw->set_name(std::string(kRawAttribute));
    raw->set_value("\xff");
  }
  if (spec.since_ms > 0 || spec.until_ms) {
    ::hbase::pb::TimeRange* range = scan->mutable_time_range();
    range->set_from(spec.since_ms);
    if (spec.until_ms) range->set_to(*spec.until_ms);
  }
  LeaveOut(spec, scan);
  if (spec.limit_rows > 0) request.set_limit_of_rows(spec.limit_rows);
  request.set_number_of_rows(kRowsPerAnswer);
  request.set_close_scanner(false);
  request.set_client_handles_partials(true);
  request.set_client_handles_heartbeats(true);
  return request;
}

ScanAnswer ToAnswer(const ::hbase::pb::ScanResponse& response) {
  ScanAnswer answer;
  answer.cells_per_result = {response.cells_per_result().begin(),
                             response.cells_per_result().end()};
  answer.partial = {response.partial_flag_per_result().begin(),
                    response.partial_flag_per_result().end()};
  if (response.has_more_results()) answer.more_results = response.more_results();
  if (response.has_more_results_in_region()) {
    answer.more_results_in_region = response.more_results_in_region();
  }
  answer.heartbeat = response.heartbeat_message();
  return answer;
}

class TableScanner : public RowScanner {
 public:
  TableScanner(const Connections* connections, Locator* locator, ScanSpec spec)
      : connections_(connections),
        locator_(locator),
        spec_(std::move(spec)),
        state_(spec_.range, spec_.table == MetaTable() ? &CompareMetaRows : &CompareBytes) {}

  // A scanner left open would hold a lease on the server for a minute.
  ~TableScanner() override { Close(); }

  Task<StatusOr<CellBatch>> Next() override {
    Retry retry;
    while (step_ != ScanStep::kDone) {
      StatusOr<CellBatch> batch = co_await Attempt();
      if (batch.ok()) co_return batch;
      const Status status = batch.status();
      StatusOr<std::chrono::milliseconds> pause =
          retry.Failed(status, std::chrono::steady_clock::now());
      if (!pause.ok()) {
        co_return Annotate(pause.status(),
                           fmt::format("table {} of {}, at row \"{}\"", spec_.table.ToString(),
                                       connections_->name, ToStringBinary(state_.resume_row())));
      }
      // A server that is busy has not touched the scanner: the same call may be sent again.
      if (ReactionTo(status) == Reaction::kLocate) Lose();
      co_await SleepFor(*pause);
    }
    CellBatch end;
    end.last = true;
    co_return end;
  }

 private:
  Task<StatusOr<CellBatch>> Attempt() {
    if (!pending_) {
      if (step_ == ScanStep::kOpen) {
        CO_RETURN_IF_ERROR(co_await Open());
      } else {
        SendNext();
      }
    }
    const rpc::PendingResponse pending = std::exchange(pending_, nullptr);
    const Deadline sent_at = sent_at_;
    CO_ASSIGN_OR_RETURN(wire::Response response,
                        co_await pending->Wait(After(kCallTime + std::chrono::seconds(15))));
    StatusOr<CellBatch> batch = Take(std::move(response));
    if (batch.ok()) {
      batch->server = region_.server;
      batch->answered_in =
          std::chrono::duration_cast<std::chrono::microseconds>(pending->set_at() - sent_at);
    }
    co_return batch;
  }

  Task<Status> Open() {
    CO_ASSIGN_OR_RETURN(region_, co_await locator_->Locate(spec_.table, state_.resume_row()));
    // A server does not check that the first row lies in the region: it would answer with nothing.
    if (!region_.range.Contains(state_.resume_row())) {
      co_return absl::AbortedError("the region does not hold the row");
    }
    const ::hbase::pb::ScanRequest request = OpenRequest(spec_, region_, state_.resume_row());
    Send(request);
    co_return absl::OkStatus();
  }

  void SendNext() {
    ::hbase::pb::ScanRequest request;
    request.set_scanner_id(*scanner_id_);
    request.set_number_of_rows(kRowsPerAnswer);
    request.set_next_call_seq(next_call_seq_);
    request.set_client_handles_partials(true);
    request.set_client_handles_heartbeats(true);
    Send(request);
    pending_is_next_ = true;
  }

  void Send(const ::hbase::pb::ScanRequest& request) {
    sent_at_ = std::chrono::steady_clock::now();
    pending_ = connections_->channel->Send(Server(), "Scan", request, "", kCallTime);
  }

  // One answer to one batch; and the next question, so that the server works while we do.
  StatusOr<CellBatch> Take(wire::Response response) {
    auto owner = std::make_shared<BatchOwner>();
    owner->response = std::move(response);
    ::hbase::pb::ScanResponse scan;
    RETURN_IF_ERROR(wire::ParseMessage(owner->response.result, &scan));
    CellBatch batch;
    batch.bytes = owner->response.frame.size;
    batch.cells.reserve(static_cast<size_t>(scan.cells_per_result_size()));
    RETURN_IF_ERROR(spec_.cell_tags
                        ? wire::DecodeTaggedCellBlock(owner->response.cell_block, &batch.cells,
                                                      &batch.cell_tags)
                        : wire::DecodeCellBlock(owner->response.cell_block, &batch.cells));
    batch.pieces.reserve(static_cast<size_t>(scan.cells_per_result_size()));
    if (std::exchange(pending_is_next_, false)) ++next_call_seq_;
    if (scan.has_scanner_id()) scanner_id_ = scan.scanner_id();
    if (!scanner_id_) return absl::DataLossError("a scan was opened without a scanner id");
    ASSIGN_OR_RETURN(step_, state_.OnAnswer(ToAnswer(scan), batch.cells, region_.range.stop,
                                            &batch.pieces, &owner->carried_row));
    batch.owner = std::move(owner);
    batch.last = step_ == ScanStep::kDone;
    if (step_ != ScanStep::kNext) {
      scanner_id_.reset();  // the server has closed it
      next_call_seq_ = 0;
    } else if (batch.bytes <= 2 * spec_.batch_bytes) {
      // Beside a batch with a very large cell the next one waits, to bound the memory.
      SendNext();
    }
    return batch;
  }

  void Lose() {
    Close();
    locator_->Forget(spec_.table, region_);
    state_.OnLost();
    step_ = ScanStep::kOpen;
  }

  void Close() {
    pending_.reset();
    pending_is_next_ = false;
    next_call_seq_ = 0;
    if (!scanner_id_) return;
    ::hbase::pb::ScanRequest request;
    request.set_scanner_id(*std::exchange(scanner_id_, std::nullopt));
    request.set_number_of_rows(0);
    request.set_close_scanner(true);
    connections_->channel->Send(Server(), "Scan", request, "", kCallTime);
  }

  rpc::Endpoint Server() const {
    return {region_.server.host, region_.server.port, std::string(wire::kClientService)};
  }

  const Connections* connections_;
  Locator* locator_;
  ScanSpec spec_;
  ScanState state_;
  ScanStep step_ = ScanStep::kOpen;
  RegionLocation region_;
  std::optional<uint64_t> scanner_id_;
  uint64_t next_call_seq_ = 0;
  rpc::PendingResponse pending_;
  Deadline sent_at_{};
  bool pending_is_next_ = false;
};

}  // namespace

std::unique_ptr<RowScanner> NewTableScanner(const Connections* connections, Locator* locator,
                                            ScanSpec spec) {
  return std::make_unique<TableScanner>(connections, locator, std::move(spec));
}

}  // namespace twinwatch::hbase
