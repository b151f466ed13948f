#include "exporters/page/answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "agent/core/utc.h"
#include "exporters/text_format.h"

namespace twinwatch::page {
namespace {

Level LevelOf(QueueState state) {
  switch (state) {
    case QueueState::kIdle:
    case QueueState::kOk:
      return Level::kOk;
    case QueueState::kStalled:
    case QueueState::kRewound:
    case QueueState::kDisabled:
      return Level::kAct;
    case QueueState::kLagging:
    case QueueState::kUnknown:
      break;
  }
  return Level::kLook;
}

std::string Ago(absl::Time time, absl::Time now) {
  return HumanDuration(std::max(now - time, absl::ZeroDuration())) + " ago";
}

// Of all tables that are compared: none when one of them never was.
template <typename Get>
std::optional<absl::Time> Oldest(const std::vector<TableMarks>& tables, Get get) {
  std::optional<absl::Time> oldest;
  for (const TableMarks& table : tables) {
    const std::optional<absl::Time> time = get(table);
    if (!time) return std::nullopt;
    oldest = std::min(oldest.value_or(*time), *time);
  }
  return oldest;
}

}  // namespace

Answer HowFarBehind(const LinkSnapshot& link, absl::Time now) {
  Answer answer;
  const std::optional<absl::Duration> lag = link.status.Lag(now);
  if (!lag) {
    answer.words = "not known";
    answer.reason = link.status.no_heartbeats.value_or(
        link.status.why.value_or("the first round of heartbeats is under way"));
    return answer;
  }
  answer.words = HumanDuration(*lag);
  answer.level = LevelOf(link.status.state);
  if (link.status.held_by) {
    answer.level = std::max(answer.level, Level::kLook);
    answer.reason = "held by " + HostPort(*link.status.held_by);
    if (const std::string why = link.status.held_why.value_or(""); !why.empty())
      answer.reason += ": " + why;
  } else {
    answer.reason = fmt::format("everything written before {} UTC is on the target",
                                ToClockUtc(*link.status.watermark));
  }
  return answer;
}

Answer IsItATwin(const LinkSnapshot& link, absl::Time now) {
  Answer answer;
  uint64_t drift = 0, never = 0, stale = 0;
  std::string drifted, of_the_future;
  for (const TableMarks& table : link.tables) {
    drift += table.DriftRows();
    if (table.DriftRows() > 0 && drifted.empty()) drifted = table.table.ToString();
    if (table.future && table.future->HidesAt(now) && of_the_future.empty())
      of_the_future = table.table.ToString();
    never += !table.full_pass_at;
    stale += table.full_pass_at && table.coverage.value_or(1) < 1;
  }
  const uint64_t tables = link.tables.size();
  if (drift > 0) {
    answer.level = Level::kAct;
    answer.words = "no: " + Plural(drift, "row differs", "rows differ");
    answer.reason = fmt::format("proven drift, of table {} first", drifted);
  } else if (!of_the_future.empty()) {
    answer.level = Level::kAct;
    answer.words = "not after a failover";
    answer.reason = fmt::format(
        "cells of the future on the target hide what is written to it, in table {} first",
        of_the_future);
  } else if (tables == 0) {
    answer.words = "not known";
    answer.reason = "nothing was compared yet";
  } else if (never > 0) {
    answer.words = "not known";
    answer.reason =
        fmt::format("{} of {} never compared as a whole", never, Plural(tables, "table", "tables"));
  } else if (link.verify.unknown_rows.value_or(0) > 0) {
    answer.words = "not known";
    answer.reason = fmt::format("{} could not be judged in the latest pass",
                                Plural(*link.verify.unknown_rows, "row", "rows"));
  } else {
    const auto full = *Oldest(link.tables, [](const auto& table) { return table.full_pass_at; });
    const auto writes =
        Oldest(link.tables, [](const auto& table) { return table.writes_verified_until; });
    answer.level = stale > 0 ? Level::kLook : Level::kOk;
    answer.words = fmt::format("yes, as of {}", Ago(writes.value_or(full), now));
    answer.reason =
        fmt::format("{} compared as a whole, the oldest {}{}", Plural(tables, "table", "tables"),
                    Ago(full, now), stale > 0 ? ": longer ago than asked for" : "");
  }
  return answer;
}

Answer AreQueuesFine(const LinkSnapshot& link) {
  Answer answer;
  const LinkStatus& status = link.status;
  if (status.queues.empty()) {
    answer.level = LevelOf(status.state);
    answer.words = std::string(ToString(status.state));
    answer.reason = status.why.value_or("");
    return answer;
  }
  std::map<QueueState, uint64_t> counts;
  for (const QueueStatus& queue : status.queues) ++counts[queue.state];
  answer.level = Level::kOk;
  // What is wrong first.
  for (auto it = counts.rbegin(); it != counts.rend(); ++it) {
    const auto& [state, count] = *it;
    answer.level = std::max(answer.level, LevelOf(state));
    answer.words += fmt::format("{}{} {}", answer.words.empty() ? "" : ", ", WithThousands(count),
                                ToString(state));
  }
  if (IsRed(status)) answer.level = Level::kAct;
  if (status.why) {
    answer.reason = *status.why;
  } else if (status.backlog_bytes) {
    answer.reason = HumanBytes(*status.backlog_bytes) + " wait";
    if (status.time_to_drain && *status.time_to_drain > absl::ZeroDuration())
      answer.reason += ", drained in " + HumanDuration(*status.time_to_drain);
  } else {
    answer.reason = "how many bytes wait is not known";
  }
  return answer;
}

}  // namespace twinwatch::page
