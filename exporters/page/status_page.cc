#include "exporters/page/status_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/core/utc.h"
#include "exporters/page/answers.h"
#include "exporters/page/html.h"
#include "exporters/page/job_table.h"
#include "exporters/page/link_tables.h"
#include "exporters/page/marks.h"
#include "exporters/status_verdict.h"
#include "exporters/text_format.h"

namespace twinwatch::page {
namespace {

constexpr std::string_view kQueues = "queues:";
// A line of lag that reaches the top means at least this much, in seconds.
constexpr double kLeastLag = 10;

std::string AnswerHtml(std::string_view question, std::string_view metric, const Answer& answer,
                       const std::string& more) {
  return fmt::format(
      "<div class=\"{}\"><dt title=\"{}\">{} {}</dt><dd "
      "class=\"words\">{}</dd><dd>{}</dd>{}</div>\n",
      ClassOf(answer.level), metric, question, MarkOf(answer.level), EscapedSentence(answer.words),
      EscapedSentence(answer.reason), more);
}

// The note is for the script: that the page is old.
std::string Header(const Snapshot& snapshot, absl::Time now) {
  return fmt::format(
      "<header><h1><a id=\"home\" href=\"/\">Twinwatch</a></h1>"
      "<p id=\"updated\">as of {} UTC, version {}</p><p id=\"note\" "
      "role=\"status\"></p></header>\n",
      ToClockUtc(now), Escaped(snapshot.version));
}

std::string Footer() {
  return "<footer><a id=\"metrics\" href=\"/metrics\">metrics</a> &middot; "
         "<a id=\"json\" href=\"/api/v1/status\">status as JSON</a></footer>\n";
}

std::string LagLine(const std::vector<double>& lag) {
  if (lag.size() < 2) return "";
  const std::string most = "at most " +
                           HumanDuration(absl::Seconds(*std::max_element(lag.begin(), lag.end()))) +
                           " in the last hour";
  return fmt::format("<dd class=\"history\">{} {}</dd>", Sparkline(lag, "lag", kLeastLag), most);
}

// What fails besides the reading of queues, of which the answers tell.
std::string Failures(const Snapshot& snapshot, const std::string& link) {
  std::string out;
  for (const CollectorState& collector : snapshot.collectors) {
    if (collector.success || collector.error.empty() || collector.name.starts_with(kQueues) ||
        !collector.name.ends_with(":" + link))
      continue;
    out += fmt::format("<p class=\"failure\">{} {}</p>\n",
                       MarkOf(Level::kLook, collector.name + " fails"), Escaped(collector.error));
  }
  return out;
}

std::string NameHtml(const std::string& link) {
  return fmt::format("<h2><a id=\"link-{0}\" href=\"/link/{1}\">{0}</a></h2>\n", Escaped(link),
                     UrlEscaped(link));
}

std::string Card(const Snapshot& snapshot, const LinkSnapshot& link, const LagHistory& history,
                 absl::Time now) {
  const LinkStatus& status = link.status;
  return fmt::format(
      "<section class=\"link\">{}<p class=\"route\">{} &rarr; {}, peer {} {}</p>\n"
      "<dl class=\"answers\">\n{}{}{}</dl>{}</section>\n",
      NameHtml(status.link), Escaped(status.source),
      Escaped(status.target.empty() ? "?" : status.target), Escaped(status.peer), PeerState(status),
      AnswerHtml("How far behind?", "twinwatch_watermark_timestamp_seconds",
                 HowFarBehind(link, now), LagLine(history.LagOf(status.link))),
      AnswerHtml("Is it a twin?", "twinwatch_drift_rows", IsItATwin(link, now), ""),
      AnswerHtml("Queues", "twinwatch_queues", AreQueuesFine(link), ""),
      Failures(snapshot, status.link));
}

// Of a link of which nothing could be read yet: why; none when there is no such link.
std::optional<std::string> UnreadCard(const Snapshot& snapshot, const CollectorState& collector) {
  if (!collector.name.starts_with(kQueues)) return std::nullopt;
  const std::string name = collector.name.substr(kQueues.size());
  for (const LinkSnapshot& link : snapshot.links)
    if (link.status.link == name) return std::nullopt;
  const std::string why =
      collector.error.empty() ? "its first reading is under way" : collector.error;
  return fmt::format("<section class=\"link\">{}<p>{} {}</p></section>\n", NameHtml(name),
                     MarkOf(Level::kLook, "not known"), Escaped(why));
}

std::string NotesHtml(const LinkStatus& status) {
  std::string notes;
  const auto add = [&notes](std::string_view text) {
    notes += fmt::format("<li>{}</li>\n", Escaped(text));
  };
  if (status.no_heartbeats) add("Heartbeats: " + *status.no_heartbeats);
  if (status.lengths_unknown) add("Lengths of WALs are not known: " + *status.lengths_unknown);
  for (const std::string& wal : status.missing_wals.value_or(std::vector<std::string>()))
    add("Missing WAL " + wal + ": it is in none of its folders, its edits are likely lost");
  for (const std::string& queue : status.orphan_queues.value_or(std::vector<std::string>()))
    add("Orphan queue " + queue + ": its peer does not exist; HBCK2 replication -f removes it");
  if (const uint64_t gone = status.hfiles.gone.value_or(0); gone > 0) {
    add(
        fmt::format("HFiles gone: {}, such as {}: bulk-loaded, still to be copied, and nowhere; "
                    "their rows will not be on the target",
                    gone, fmt::join(status.hfiles.some_gone, ", ")));
  }
  if (const uint64_t leaked = status.hfiles.leaked.value_or(0); leaked > 0) {
    add(fmt::format("Leaked HFile refs: {}, such as {}: nobody will take them away", leaked,
                    fmt::join(status.hfiles.some_leaked, ", ")));
  }
  if (status.hfiles.unknown)
    add("HFiles that wait: not all is known of them: " + *status.hfiles.unknown);
  if (status.tables)
    for (const std::string& what : status.tables->blocking) add(what);
  return notes.empty() ? "" : "<ul class=\"notes\">\n" + notes + "</ul>\n";
}

std::string CountsHtml(const LinkStatus& status) {
  return fmt::format(
      "<p class=\"quiet\">Recovered queues {} &middot; orphan queues {} &middot; missing WALs {} "
      "&middot; HFiles waiting {}{}</p>\n",
      CountText(status.recovered_queues), CountText(SizeOf(status.orphan_queues)),
      CountText(SizeOf(status.missing_wals)), CountText(status.hfile_refs),
      status.reported ? fmt::format(" &middot; HBase itself reports a lag of {}",
                                    status.reported->lag_ms
                                        ? HumanDuration(absl::Milliseconds(
                                              static_cast<int64_t>(*status.reported->lag_ms)))
                                        : "UNKNOWN")
                      : "");
}

std::string WholePage(const Snapshot& snapshot, const std::string& title, const std::string& main,
                      absl::Time now) {
  return Page(title, Header(snapshot, now) + "<main>\n" + main + "</main>\n" + Footer());
}

}  // namespace

std::string Overview(const Snapshot& snapshot, const LagHistory& history, absl::Time now) {
  std::string cards;
  for (const LinkSnapshot& link : snapshot.links) cards += Card(snapshot, link, history, now);
  for (const CollectorState& collector : snapshot.collectors)
    cards += UnreadCard(snapshot, collector).value_or("");
  if (cards.empty()) cards = "<p>The first readings are under way.</p>\n";
  return WholePage(snapshot, "Twinwatch", cards, now);
}

std::optional<std::string> LinkPage(const Snapshot& snapshot, const LagHistory& history,
                                    const std::string& name, absl::Time now) {
  std::optional<std::string> main;
  for (const LinkSnapshot& link : snapshot.links) {
    if (link.status.link != name) continue;
    main = Card(snapshot, link, history, now) + NotesHtml(link.status) +
           QueuesHtml(link, history, now) + CountsHtml(link.status) + TablesHtml(link, now) +
           JobsHtml(snapshot, name, now);
  }
  for (const CollectorState& collector : snapshot.collectors)
    if (!main && collector.name == std::string(kQueues) + name)
      main = UnreadCard(snapshot, collector);
  if (!main) return std::nullopt;
  return WholePage(snapshot, name + " - Twinwatch", *main + CollectorsHtml(snapshot, name, now),
                   now);
}

}  // namespace twinwatch::page
