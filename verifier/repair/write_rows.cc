#include "verifier/repair/write_rows.h"

#include <utility>

namespace twinwatch {
namespace {

std::string WhyNot(const StatusOr<GuardedOutcome>& outcome, const GuardedWrite& write) {
  if (!outcome.ok()) return std::string(Text(outcome.status()));
  return fmt::format("{} is not as it was any more", PlaceText(ToView(write.cell)));
}

// The rows of which something was not acknowledged.
std::vector<std::string> Doubtful(const std::vector<RowWrites>& rows,
                                  const std::vector<StatusOr<GuardedOutcome>>& outcomes) {
  std::vector<std::string> doubtful;
  size_t at = 0;
  for (const RowWrites& row : rows) {
    bool all = true;
    for (size_t i = 0; i < row.writes.size(); ++i, ++at)
      all = all && outcomes[at].ok() && *outcomes[at] == GuardedOutcome::kWritten;
    if (!all) doubtful.push_back(row.row);
  }
  return doubtful;
}

}  // namespace

Task<StatusOr<std::vector<RowWritten>>> WriteRows(ImageSource target, std::vector<RowWrites> rows,
                                                  std::string origin) {
  std::vector<GuardedWrite> writes;
  for (const RowWrites& row : rows)
    writes.insert(writes.end(), row.writes.begin(), row.writes.end());
  const std::vector<StatusOr<GuardedOutcome>> outcomes =
      co_await target.cluster->WriteGuarded(target.table, writes, std::move(origin));
  if (outcomes.size() != writes.size()) {
    co_return absl::InternalError("a guarded write has no outcome");
  }
  const std::vector<std::string> doubtful = Doubtful(rows, outcomes);
  const std::vector<StatusOr<RowImage>> images = co_await ReadImages(target, doubtful);
  std::vector<RowWritten> written;
  size_t at = 0;
  size_t looked = 0;
  const RowImage none;
  for (const RowWrites& row : rows) {
    RowWritten& result = written.emplace_back();
    result.writes = row.writes.size();
    const bool doubted = looked < doubtful.size() && doubtful[looked] == row.row;
    const StatusOr<RowImage>* image = doubted ? &images[looked++] : nullptr;
    // A row that cannot be read (any more) is no reason to know nothing of the others.
    const bool unreadable = image != nullptr && absl::IsFailedPrecondition(image->status());
    if (image != nullptr && !unreadable) CO_RETURN_IF_ERROR(image->status());
    if (unreadable) result.why = std::string(Text(image->status()));
    const ImageIndex there(image != nullptr && image->ok() ? **image : none);
    for (size_t i = 0; i < row.writes.size(); ++i, ++at) {
      const bool acknowledged = outcomes[at].ok() && *outcomes[at] == GuardedOutcome::kWritten;
      const bool done =
          image == nullptr || (unreadable ? acknowledged : IsDone(row.writes[i], there));
      if (done) {
        ++result.done;
        continue;
      }
      result.in_doubt = result.in_doubt || unreadable || !outcomes[at].ok();
      if (result.why.empty()) result.why = WhyNot(outcomes[at], row.writes[i]);
    }
  }
  co_return written;
}

}  // namespace twinwatch
