#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "exporters/future_text.h"
#include "exporters/status_text.h"
#include "exporters/status_verdict.h"
#include "exporters/text_format.h"

namespace twinwatch {
namespace {

// Which WAL, by the end of its name, and where in it. The whole name is in the JSON.
std::string Position(const QueueStatus& queue) {
  if (queue.wal.empty()) return "?";
  constexpr size_t kTail = 6;
  const std::string wal =
      queue.wal.size() > kTail ? ".." + queue.wal.substr(queue.wal.size() - kTail) : queue.wal;
  return wal + " @ " + (queue.position ? WithThousands(*queue.position) : "-");
}

std::string Server(const QueueStatus& queue) { return Shortened(HostPort(queue.regionserver), 20); }

std::string Age(const std::optional<int64_t>& since_ms, absl::Time now) {
  if (!since_ms) return "-";
  return HumanDuration(std::max(now - absl::FromUnixMillis(*since_ms), absl::ZeroDuration()));
}

std::string Bytes(const std::optional<uint64_t>& bytes, std::string_view unknown) {
  return bytes ? HumanBytes(*bytes) : std::string(unknown);
}

bool IsFine(QueueState state) {
  return state == QueueState::kIdle || state == QueueState::kOk || state == QueueState::kLagging;
}

std::string LinkHead(const LinkStatus& link, absl::Time now) {
  const std::optional<absl::Duration> lag = link.Lag(now);
  std::string drains;
  if (link.time_to_drain && *link.time_to_drain > absl::ZeroDuration())
    drains = "  drains in " + HumanDuration(*link.time_to_drain);
  return Wrapped(fmt::format("LINK {}  peer {} {}  lag {}  behind {}{}", link.link, link.peer,
                             PeerState(link), lag ? HumanDuration(*lag) : "unknown",
                             Bytes(link.backlog_bytes, "unknown"), drains));
}

std::string QueueTable(const LinkStatus& link, absl::Time now, bool only_stalled) {
  TextTable table;
  table.AddColumn("REGION SERVER", TextTable::Align::kLeft);
  table.AddColumn("STATE", TextTable::Align::kLeft);
  for (const char* title : {"WALS", "BEHIND", "OLDEST"})
    table.AddColumn(title, TextTable::Align::kRight);
  table.AddColumn("POSITION", TextTable::Align::kLeft);
  for (const QueueStatus& queue : link.queues) {
    if (only_stalled && IsFine(queue.state)) continue;
    table.AddRow({(queue.recovered ? "*" : "") + Server(queue), std::string(ToString(queue.state)),
                  std::to_string(queue.wals), Bytes(queue.bytes, "?"), Age(queue.oldest_ms, now),
                  Position(queue)});
  }
  const bool any_recovered = std::any_of(link.queues.begin(), link.queues.end(),
                                         [](const QueueStatus& queue) { return queue.recovered; });
  return table.ToString() + (any_recovered ? "* recovered: of a region server that is dead\n" : "");
}

// Each reason once, with how many queues it holds for.
std::string Reasons(const LinkStatus& link) {
  std::map<std::pair<QueueState, std::string>, std::vector<std::string>> servers;
  for (const QueueStatus& queue : link.queues) {
    if (queue.why) servers[{queue.state, *queue.why}].push_back(Server(queue));
  }
  std::string out;
  for (const auto& [reason, names] : servers) {
    const std::string who = names.size() <= 2 ? fmt::format("{}", fmt::join(names, " and "))
                                              : fmt::format("{} region servers", names.size());
    out += Wrapped(fmt::format("{}: {}: {}", ToString(reason.first), who, reason.second)) + "\n";
  }
  return out;
}

std::string Reported(const LinkStatus& link) {
  if (!link.reported) return "HBase itself reports nothing of this peer.\n";
  return fmt::format(
      "HBase itself reports: lag {}, log queue {}, last shipped {} late\n",
      link.reported->lag_ms
          ? HumanDuration(absl::Milliseconds(static_cast<int64_t>(*link.reported->lag_ms)))
          : "UNKNOWN",
      link.reported->log_queue,
      HumanDuration(
          absl::Milliseconds(static_cast<int64_t>(link.reported->age_of_last_shipped_ms))));
}

std::string Names(const std::vector<std::string>& some, uint64_t count) {
  if (some.empty()) return "";
  return fmt::format(" ({}{})", fmt::join(some, ", "), count > some.size() ? ", ..." : "");
}

// Refs of bulk-loaded files that are more than a number.
std::string HFiles(const LinkStatus& link) {
  const HFileFindings& found = link.hfiles;
  std::string out;
  const auto add = [&out](const std::string& text) { out += Wrapped(text) + "\n"; };
  if (const uint64_t gone = found.gone.value_or(0); gone > 0) {
    add(
        fmt::format("HFiles gone {}{}: bulk-loaded, still to be copied, and nowhere below "
                    "hbase.rootdir; HBase passes over them without an error, so their rows will "
                    "not be on the target: load them again",
                    gone, Names(found.some_gone, gone)));
  }
  if (const uint64_t leaked = found.leaked.value_or(0); leaked > 0) {
    add(
        fmt::format("leaked HFile refs {}{}: all that was written when they were made is on the "
                    "target, nobody will take them away; they keep their files from being "
                    "deleted: remove their znodes below hfile-refs/{}",
                    leaked, Names(found.some_leaked, leaked), link.peer));
  }
  if (found.unknown) add("HFiles that wait: not all is known of them: " + *found.unknown);
  return out;
}

std::string Audits(const LinkStatus& link) {
  std::string out =
      Wrapped(fmt::format(
          "Recovered queues {}   orphan queues {}   missing WALs {}   HFiles waiting {}",
          CountText(link.recovered_queues), CountText(SizeOf(link.orphan_queues)),
          CountText(SizeOf(link.missing_wals)), CountText(link.hfile_refs))) +
      "\n";
  out += HFiles(link);
  if (link.lengths_unknown) {
    out += Wrapped(fmt::format("Lengths of WALs are not known: {}", *link.lengths_unknown)) + "\n";
  }
  if (link.missing_wals) {
    for (const std::string& wal : *link.missing_wals) {
      out += Wrapped(fmt::format(
                 "missing WAL {}: it is in none of its folders, its edits are likely lost", wal)) +
             "\n";
    }
  }
  for (const std::string& queue : link.orphan_queues.value_or(std::vector<std::string>())) {
    out +=
        Wrapped(fmt::format(
            "orphan queue {}: its peer does not exist; HBCK2 `replication -f` removes it", queue)) +
        "\n";
  }
  return out;
}

}  // namespace

std::string QueuesText(const std::vector<LinkSnapshot>& links, absl::Time now, bool only_stalled,
                       bool colour) {
  std::string out;
  for (const LinkSnapshot& link : links) {
    out += LinkHead(link.status, now) + "\n\n";
    if (!link.status.queues.empty()) out += QueueTable(link.status, now, only_stalled) + "\n";
    out +=
        Reasons(link.status) + Audits(link.status) + FutureNotes(link, now) + Reported(link.status);
  }
  return out + StatusVerdict(links, now, colour) + "\n";
}

}  // namespace twinwatch
