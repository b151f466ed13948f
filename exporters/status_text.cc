#include "exporters/status_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "exporters/future_text.h"
#include "exporters/status_verdict.h"
#include "exporters/text_format.h"

namespace twinwatch {
namespace {

// What eighty columns leave for names.
constexpr size_t kLinkWidth = 16;
constexpr size_t kPeerWidth = 11;

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
    table.AddRow({marks.table.ToString(), marks.drift ? WithThousands(marks.drift->Sum()) : "-",
                  ago(marks.writes_verified_until), ago(marks.full_pass_at),
                  marks.confirm.value_or("-")});
  }
  return link.tables.empty() ? "" : table.ToString() + "\n";
}

// What stands behind the link's line, a sentence each.
std::string Notes(const LinkStatus& link) {
  std::string notes;
  const auto add = [&](std::string_view what) {
    notes += Wrapped(fmt::format("{}: {}", link.link, what)) + "\n";
  };
  if (link.why) add(*link.why);
  if (link.held_by) {
    const std::string why = link.held_why.value_or("");
    add(fmt::format("the lag is that of {}{}", HostPort(*link.held_by),
                    why.empty() ? "" : ": " + why));
  }
  if (link.time_to_drain.value_or(absl::ZeroDuration()) > absl::ZeroDuration())
    add(fmt::format("at this rate it has drained in {}", HumanDuration(*link.time_to_drain)));
  if (!link.peer_enabled) add("whether its peer is enabled is not known");
  if (!link.recovered_queues) {
    add("how many recovered queues it has is not known");
  } else if (*link.recovered_queues > 0) {
    add(Plural(*link.recovered_queues, "recovered queue, of a region server that is dead",
               "recovered queues, of region servers that are dead"));
  }
  if (link.no_heartbeats) add("heartbeats: " + *link.no_heartbeats);
  return notes;
}

}  // namespace

std::string StatusText(const std::vector<LinkSnapshot>& links, absl::Time now,
                       std::string_view hint, bool colour) {
  TextTable table;
  for (const char* title : {"LINK", "PEER", "STATE"})
    table.AddColumn(title, TextTable::Align::kLeft);
  for (const char* title : {"LAG", "BEHIND", "RUNWAY", "FULL PASS"}) {
    table.AddColumn(title, TextTable::Align::kRight);
  }
  std::string notes;
  for (const LinkSnapshot& link : links) {
    std::optional<absl::Time> oldest_pass;
    for (const TableMarks& marks : link.tables) {
      if (marks.full_pass_at)
        oldest_pass = std::min(oldest_pass.value_or(*marks.full_pass_at), *marks.full_pass_at);
    }
    const LinkStatus& status = link.status;
    const std::optional<absl::Duration> lag = status.Lag(now);
    table.AddRow({Shortened(status.link, kLinkWidth), Shortened(status.peer, kPeerWidth),
                  std::string(ToString(status.state)), lag ? HumanDuration(*lag) : "?",
                  status.backlog_bytes ? HumanBytes(*status.backlog_bytes) : "?",
                  status.runway ? HumanDuration(*status.runway) : "-",
                  oldest_pass ? HumanDuration(now - *oldest_pass) + " ago" : "never"});
    notes += Notes(status) + FutureNotes(link, now);
  }
  std::string verified;
  for (const LinkSnapshot& link : links) {
    if (links.size() > 1 && !link.tables.empty())
      verified += fmt::format("LINK {}\n", link.status.link);
    verified += VerifiedTable(link, now);
  }
  // The hint is not wrapped: it is there to be typed.
  return table.ToString() + "\n" + verified + notes +
         fmt::format("Queues: twinwatch queues{}\n", hint) + StatusVerdict(links, now, colour) +
         "\n";
}

}  // namespace twinwatch
