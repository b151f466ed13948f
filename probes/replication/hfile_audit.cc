#include "probes/replication/hfile_audit.h"

#include <utility>

#include "probes/replication/hfile_search.h"

namespace twinwatch {
namespace {

// A search that could not be ended costs as much as it may, and would again.
constexpr absl::Duration kPauseAfterVain = absl::Minutes(10);
constexpr absl::Duration kRecheckGone = absl::Minutes(5);
constexpr char kNoWatermark[] =
    "which of them were leaked is not known: the lag is not either (see twinwatch lag)";

}  // namespace

Task<void> HFileAudit::Turn(std::optional<absl::Time> watermark, absl::Time now) {
  const Status status = co_await Audit(watermark, now);
  if (status.ok()) co_return;
  findings_ = HFileFindings();
  findings_.unknown = Text(status);
}

Task<Status> HFileAudit::Audit(std::optional<absl::Time> watermark, absl::Time now) {
  const std::string& peer = parts_.peer.id;
  CO_ASSIGN_OR_RETURN(HFileRefs refs,
                      co_await parts_.source->ReadHFileRefs(peer, times_, After(parts_.for_refs)));
  Keep(refs);
  std::map<std::string, RefView> views;
  std::set<std::string> wanted;
  for (const HFileRef& ref : refs.refs) {
    RefView& view = views[ref.name];
    view.dated = ref.created_ms.has_value();
    view.state = JudgeRef(ref.created_ms, watermark, now, parts_.settle);
    if (view.state == RefState::kLeaked || !view.dated) continue;
    view.looked_for = now - absl::FromUnixMillis(*ref.created_ms) < parts_.young;
    if (!view.looked_for) wanted.insert(ref.name);
  }
  std::set<std::string> found;
  if (!wanted.empty()) {
    found = co_await LookFor(wanted, now);
    // What was shipped meanwhile needs no file any more: only those that still stand count.
    CO_ASSIGN_OR_RETURN(refs, co_await parts_.source->ReadHFileRefs(peer, times_, Deadline::min()));
    std::set<std::string> standing;
    for (const HFileRef& ref : refs.refs) standing.insert(ref.name);
    std::erase_if(views, [&](const auto& view) { return !standing.contains(view.first); });
    missing_.Keep(standing);
  }
  for (auto& [name, view] : views) {
    if (!wanted.contains(name)) continue;
    view.gone = missing_.IsGone(name);
    view.looked_for = view.gone || found.contains(name);
  }
  findings_ = SummarizeRefs(refs, views, why_not_found_, kNoWatermark);
  co_return absl::OkStatus();
}

void HFileAudit::Keep(const HFileRefs& refs) {
  std::set<std::string> standing;
  times_.clear();
  for (const HFileRef& ref : refs.refs) {
    standing.insert(ref.name);
    if (ref.created_ms) times_.emplace(ref.name, *ref.created_ms);
  }
  std::erase_if(places_, [&](const auto& place) { return !standing.contains(place.first); });
  missing_.Keep(standing);
}

Task<std::set<std::string>> HFileAudit::LookFor(std::set<std::string> wanted, absl::Time now) {
  std::set<std::string> found_now;
  if (parts_.folders == nullptr) {
    why_not_found_ = parts_.why_no_folders;
    co_return found_now;
  }
  HFileQuest quest;
  quest.names = wanted;
  quest.known = places_;
  quest.everywhere = now >= search_at_;
  if (now < recheck_at_) {
    for (const std::string& name : wanted)
      if (missing_.IsGone(name)) quest.rare.insert(name);
  }
  quest.peer = parts_.peer;
  quest.folders = parts_.folders_a_turn;
  quest.deadline = After(parts_.for_folders);
  const HFilesFound found = co_await SearchHFiles(parts_.folders, std::move(quest));
  for (const auto& [name, folder] : found.folders) {
    places_[name] = folder;
    missing_.Found(name);
    found_now.insert(name);
  }
  if (found.everywhere) {
    for (const std::string& name : wanted) {
      if (found_now.contains(name)) continue;
      places_.erase(name);
      missing_.Missed(name, now);
    }
    why_not_found_ = "in none of the folders, looked for once more";
    recheck_at_ = now + kRecheckGone;
  } else if (!found.ended.ok()) {
    why_not_found_ = Text(found.ended);
    if (absl::IsResourceExhausted(found.ended) || absl::IsDeadlineExceeded(found.ended))
      search_at_ = now + kPauseAfterVain;
  }
  co_return found_now;
}

}  // namespace twinwatch
