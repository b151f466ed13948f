#include "exporters/status_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "agent/core/server_name.h"
#include "exporters/text_format.h"

namespace twinwatch {
namespace {

// The middle of long names is the least telling part: it makes room for the ends.
std::string Shortened(const std::string& text, size_t width) {
  if (text.size() <= width) return text;
  const size_t head = (width - 3) / 2;
  return text.substr(0, head) + "..." + text.substr(text.size() - (width - 3 - head));
}

// Which WAL, by the end of its name, and where in it. The whole name is in the JSON.
std::string Position(const QueueStatus& queue) {
  constexpr size_t kTail = 6;
  const std::string wal =
      queue.wal.size() > kTail ? ".." + queue.wal.substr(queue.wal.size() - kTail) : queue.wal;
  return wal + " @ " + (queue.position ? WithThousands(*queue.position) : "-");
}

// Host and port; a start code tells people little.
std::string Server(const QueueStatus& queue) {
  const StatusOr<ServerName> name = ServerName::Parse(queue.regionserver);
  return Shortened(name.ok() ? name->HostPort() : queue.regionserver, 20);
}

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

std::string LinkHead(const LinkStatus& link) {
  return Wrapped(fmt::format("LINK {}  peer {} {}  lag unknown  behind {}", link.link, link.peer,
                             link.peer_enabled ? "ENABLED" : "DISABLED",
                             Bytes(link.backlog_bytes, "unknown")));
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
  return fmt::format("HBase itself reports: lag {}, log queue {}, last shipped {} late\n",
                     HumanDuration(absl::Milliseconds(static_cast<int64_t>(link.reported->lag_ms))),
                     link.reported->log_queue,
                     HumanDuration(absl::Milliseconds(
                         static_cast<int64_t>(link.reported->age_of_last_shipped_ms))));
}

std::string Audits(const LinkStatus& link) {
  std::string out =
      Wrapped(fmt::format(
          "Recovered queues {}   orphan queues {}   missing WALs {}   HFiles waiting {}",
          link.recovered_queues, link.orphan_queues.size(),
          link.missing_wals ? std::to_string(link.missing_wals->size()) : "unknown",
          link.hfile_refs)) +
      "\n";
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
  for (const std::string& queue : link.orphan_queues) {
    out +=
        Wrapped(fmt::format(
            "orphan queue {}: its peer does not exist; HBCK2 `replication -f` removes it", queue)) +
        "\n";
  }
  return out;
}

std::string Verdict(const std::vector<LinkSnapshot>& links, bool colour) {
  size_t queues = 0;
  std::map<QueueState, size_t> count;
  bool red = false;
  bool no_queues = links.empty();
  for (const LinkSnapshot& link : links) {
    queues += link.status.queues.size();
    no_queues |= link.status.queues.empty();
    red |= IsRed(link.status);
    for (const QueueStatus& queue : link.status.queues) ++count[queue.state];
    if (link.status.queues.empty() && !link.status.peer_enabled) ++count[QueueState::kDisabled];
  }
  constexpr std::array kRed = {std::pair{QueueState::kStalled, "STALLED"},
                               std::pair{QueueState::kRewound, "REWOUND"},
                               std::pair{QueueState::kDisabled, "DISABLED"}};
  for (const auto& [state, word] : kRed) {
    if (count[state] == 0) continue;
    return Coloured(
        fmt::format("{}: {} of {}", word, count[state], Plural(queues, "queue", "queues")),
        Colour::kRed, colour);
  }
  for (const LinkSnapshot& link : links) {
    if (!link.status.missing_wals || link.status.missing_wals->empty()) continue;
    return Coloured(fmt::format("MISSING: {} in none of their folders",
                                Plural(link.status.missing_wals->size(), "WAL", "WALs")),
                    Colour::kRed, colour);
  }
  if (red) return Coloured("ORPHANS: queues of peers that do not exist", Colour::kRed, colour);
  if (no_queues) return Coloured("UNKNOWN: there are no queues", Colour::kYellow, colour);
  if (count[QueueState::kUnknown] > 0) {
    return Coloured(fmt::format("UNKNOWN: {} of {}", count[QueueState::kUnknown],
                                Plural(queues, "queue", "queues")),
                    Colour::kYellow, colour);
  }
  return Coloured(
      fmt::format("OK: {}", Plural(queues, "queue moves or is idle", "queues move or are idle")),
      Colour::kGreen, colour);
}

}  // namespace

std::string QueuesText(const std::vector<LinkSnapshot>& links, absl::Time now, bool only_stalled,
                       bool colour) {
  std::string out;
  for (const LinkSnapshot& link : links) {
    out += LinkHead(link.status) + "\n\n";
    if (!link.status.queues.empty()) out += QueueTable(link.status, now, only_stalled) + "\n";
    out += Reasons(link.status) + Audits(link.status) + Reported(link.status);
  }
  return out + Verdict(links, colour) + "\n";
}

namespace {

// Of each table what is known from verifications, and what that rests on.
std::string VerifiedTable(const LinkSnapshot& link, absl::Time now) {
  TextTable table;
  table.AddColumn("TABLE", TextTable::Align::kLeft);
  table.AddColumn("DRIFT", TextTable::Align::kRight);
  for (const char* title : {"WRITES VERIFIED", "FULL PASS"})
    table.AddColumn(title, TextTable::Align::kRight);
  table.AddColumn("BY", TextTable::Align::kLeft);
  const auto ago = [now](const std::optional<absl::Time>& at) {
    return at ? HumanDuration(std::max(now - *at, absl::ZeroDuration())) + " ago" : "never";
  };
  for (const TableMarks& marks : link.tables) {
    table.AddRow({marks.table.ToString(), WithThousands(marks.drift_rows),
                  ago(marks.writes_verified_until), ago(marks.full_pass_at),
                  marks.confirm.value_or("-")});
  }
  return link.tables.empty() ? "" : table.ToString() + "\n";
}

}  // namespace

std::string StatusText(const std::vector<LinkSnapshot>& links, absl::Time now,
                       std::string_view hint, bool colour) {
  TextTable table;
  for (const char* title : {"LINK", "PEER", "STATE"})
    table.AddColumn(title, TextTable::Align::kLeft);
  for (const char* title : {"QUEUES", "WALS", "LAG", "BEHIND", "RECOVERED", "FULL PASS"}) {
    table.AddColumn(title, TextTable::Align::kRight);
  }
  std::string notes;
  for (const LinkSnapshot& link : links) {
    uint64_t wals = 0;
    for (const QueueStatus& queue : link.status.queues) wals += queue.wals;
    std::optional<absl::Time> oldest_pass;
    for (const TableMarks& marks : link.tables) {
      if (marks.full_pass_at)
        oldest_pass = std::min(oldest_pass.value_or(*marks.full_pass_at), *marks.full_pass_at);
    }
    table.AddRow(
        {link.status.link,
         fmt::format("{} {}", link.status.peer, link.status.peer_enabled ? "ENABLED" : "DISABLED"),
         std::string(ToString(link.status.state)), std::to_string(link.status.queues.size()),
         std::to_string(wals), "?", Bytes(link.status.backlog_bytes, "?"),
         std::to_string(link.status.recovered_queues),
         oldest_pass ? HumanDuration(now - *oldest_pass) + " ago" : "never"});
    if (link.status.why)
      notes += Wrapped(fmt::format("{}: {}", link.status.link, *link.status.why)) + "\n";
  }
  // Not wrapped: it is there to be typed.
  std::string verified;
  for (const LinkSnapshot& link : links) verified += VerifiedTable(link, now);
  return table.ToString() + "\n" + verified + notes +
         fmt::format("Queues: twinwatch queues{}\n", hint) + Verdict(links, colour) + "\n";
}

}  // namespace twinwatch
