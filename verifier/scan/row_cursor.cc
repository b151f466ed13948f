#include "verifier/scan/row_cursor.h"

#include <algorithm>

namespace twinwatch {
namespace {

// What changes at the governor meanwhile is heard after so long.
constexpr std::chrono::milliseconds kLongestSleep{250};

bool ReadsWholeRows(const ScanSpec& spec) {
  return spec.since_ms == 0 && !spec.until_ms && !spec.raw && !spec.keys_only;
}

}  // namespace

RowCursor::RowCursor(Cluster* cluster, ScanSpec spec, Governor* governor)
    : governor_(governor),
      whole_rows_(ReadsWholeRows(spec)),
      scanner_(cluster->Scan(std::move(spec))) {
  from_.cluster = cluster->name();
}

Task<Status> RowCursor::Fetch() {
  // The old batch is let go first: never two of them beside the one that is on its way.
  batch_ = CellBatch{};
  piece_ = 0;
  const bool governed = governor_ != nullptr;
  // Also before a scan's first batch: a pause lets nothing begin.
  if (governed && !governor_->IsFree()) CO_RETURN_IF_ERROR(co_await WaitForGovernor());
  CO_ASSIGN_OR_RETURN(batch_, co_await scanner_->Next());
  bytes_fetched_ += batch_.bytes;
  if (!governed || governor_->IsFree()) co_return absl::OkStatus();
  TellGovernor();
  co_return co_await WaitForGovernor();
}

void RowCursor::TellGovernor() {
  from_.server = batch_.server;
  ServerAnswer answer;
  answer.from = from_;
  answer.bytes = batch_.bytes;
  answer.rows = batch_.pieces.size();
  answer.cells = batch_.cells.size();
  answer.answered_in = batch_.answered_in;
  answer.whole = whole_rows_;
  governor_->Took(answer, std::chrono::steady_clock::now());
}

Task<Status> RowCursor::WaitForGovernor() {
  while (governor_->status().ok()) {
    const auto now = std::chrono::steady_clock::now();
    const auto ready = governor_->ReadyAt(from_, now);
    if (ready <= now) co_return absl::OkStatus();
    co_await SleepUntil(std::min(ready, now + kLongestSleep));
  }
  co_return governor_->status();
}

}  // namespace twinwatch
