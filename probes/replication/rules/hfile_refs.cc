#include "probes/replication/rules/hfile_refs.h"

#include <fmt/format.h>

#include <algorithm>

namespace twinwatch {
namespace {

constexpr size_t kSome = 3;

void Name(const std::string& name, std::vector<std::string>* some) {
  if (some->size() < kSome) some->push_back(name);
}

}  // namespace

RefState JudgeRef(std::optional<int64_t> created_ms, std::optional<absl::Time> watermark,
                  absl::Time now, absl::Duration settle) {
  if (!created_ms) return RefState::kUnknown;
  const absl::Time settled = absl::FromUnixMillis(*created_ms) + settle;
  // No watermark lies in the future.
  if (settled >= now) return RefState::kWaiting;
  if (!watermark) return RefState::kUnknown;
  return *watermark > settled ? RefState::kLeaked : RefState::kWaiting;
}

void MissingHFiles::Keep(const std::set<std::string>& standing) {
  std::erase_if(files_, [&](const auto& file) { return !standing.contains(file.first); });
}

void MissingHFiles::Found(const std::string& name) { files_.erase(name); }

void MissingHFiles::Missed(const std::string& name, absl::Time at) {
  const auto [it, is_first] = files_.try_emplace(name, Missing{at});
  if (!is_first && at - it->second.since >= apart_) it->second.gone = true;
}

bool MissingHFiles::IsGone(const std::string& name) const {
  const auto it = files_.find(name);
  return it != files_.end() && it->second.gone;
}

HFileFindings SummarizeRefs(const HFileRefs& refs, const std::map<std::string, RefView>& views,
                            const std::string& why_not_found, const std::string& why_no_states) {
  HFileFindings findings;
  uint64_t leaked = 0, gone = 0, undated = 0, without_state = 0, not_looked_for = 0;
  for (const auto& [name, view] : views) {
    if (!view.dated) {
      ++undated;
    } else if (view.state == RefState::kLeaked) {
      ++leaked;
      Name(name, &findings.some_leaked);
      continue;
    } else if (view.state == RefState::kUnknown) {
      ++without_state;
    }
    if (view.gone) {
      ++gone;
      Name(name, &findings.some_gone);
    } else if (!view.looked_for) {
      ++not_looked_for;
    }
  }
  const uint64_t left_out = refs.count - std::min<uint64_t>(refs.count, refs.refs.size());
  if (leaked > 0 || (left_out == 0 && undated == 0 && without_state == 0)) findings.leaked = leaked;
  if (gone > 0 || (left_out == 0 && not_looked_for == 0)) findings.gone = gone;
  if (left_out > 0) {
    findings.unknown =
        fmt::format("only the first {} of {} were looked at", refs.refs.size(), refs.count);
  } else if (undated > 0) {
    findings.unknown = fmt::format("when {} of them were made was not read in time", undated);
  } else if (not_looked_for > 0) {
    findings.unknown = fmt::format("{} not found: {}", not_looked_for, why_not_found);
  } else if (without_state > 0) {
    findings.unknown = why_no_states;
  }
  return findings;
}

HFileFindings NoHFiles() {
  HFileFindings findings;
  findings.leaked = 0;
  findings.gone = 0;
  return findings;
}

void AddHFiles(const HFileFindings& findings, LinkStatus* link) {
  if (link->hfile_refs.value_or(0) == 0) return;
  link->hfiles = findings;
  if (!link->why && findings.gone.value_or(0) > 0) {
    link->why =
        fmt::format("{} bulk-loaded files that wait for the peer are nowhere", *findings.gone);
  }
}

}  // namespace twinwatch
