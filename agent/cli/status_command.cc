// `twinwatch status` and `twinwatch queues`: two looks at the queues, some seconds apart.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "agent/app/agent_client.h"
#include "agent/app/ledger_values.h"
#include "agent/app/measure_lag.h"
#include "agent/app/run_recorder.h"
#include "agent/cli/commands.h"
#include "agent/cli/exit_code.h"
#include "agent/cli/run_async.h"
#include "agent/cli/terminal.h"
#include "agent/core/duration.h"
#include "exporters/status_json.h"
#include "exporters/status_text.h"
#include "exporters/status_verdict.h"
#include "probes/replication/collector.h"
#include "probes/replication/hfile_audit.h"
#include "probes/replication/rules/hfile_refs.h"

namespace twinwatch::cli {
namespace {

// Of one of the two looks, at bulk-loaded files that wait: what was not learnt is not known.
constexpr std::chrono::seconds kPatienceForRefs{5};
constexpr std::chrono::seconds kPatienceForFolders{15};

struct StatusOptions {
  std::string command;
  std::string format = "table";
  std::string look_for = "5s";
  bool only_stalled = false;
};

struct Args {
  StatusOptions options;
  std::string hint;  // the global options, to be typed again
  absl::Duration look_for;
  app::AgentAddress agent;  // without a URL the clusters are asked
  std::string link;         // the only one that is wanted; empty: all
  std::vector<app::LinkSpec> links;
  std::string ledger_path;
};

// What the ledger knows of the link's tables; nothing where there is none, or nothing of this pair.
StatusOr<std::vector<TableMarks>> Remembered(const std::string& path, const std::string& source_id,
                                             const std::string& target_name) {
  std::vector<TableMarks> tables;
  const auto ledger = ledger::Ledger::Open(path, ledger::OpenMode::kExisting);
  if (absl::IsNotFound(ledger.status())) return tables;
  if (!ledger.ok()) return ledger.status();
  ASSIGN_OR_RETURN(const std::vector<ledger::Pair> pairs, (*ledger)->Pairs());
  for (const ledger::Pair& pair : pairs) {
    if (pair.source_id != source_id || pair.target_name != target_name) continue;
    ASSIGN_OR_RETURN(const auto marks, app::MarksOf(ledger->get(), pair.id));
    for (const auto& [table, of_table] : marks) tables.push_back(of_table);
  }
  return tables;
}

// As the ledger has it, if it is that of this peer.
std::optional<absl::Time> KeptWatermark(const std::string& ledger_path,
                                        const std::string& source_id, const std::string& peer,
                                        const QueueReading& queues) {
  const StatusOr<std::optional<Watermark::Kept>> kept =
      app::KeptWatermark(ledger_path, source_id, peer);
  if (!kept.ok() || !*kept || !queues.peer_stamp) return std::nullopt;
  if ((*kept)->peer_created != queues.peer_stamp->created) return std::nullopt;
  return (*kept)->at;
}

Task<StatusOr<LinkSnapshot>> LookTwice(Executor executor, app::LinkSpec spec,
                                       absl::Duration look_for, std::string ledger_path) {
  CO_ASSIGN_OR_RETURN(const std::unique_ptr<app::Link> link,
                      co_await app::OpenLink(executor, std::move(spec), app::Sides::kSourceOnly));
  CO_ASSIGN_OR_RETURN(
      const LinkReading before,
      co_await ReadLink(link->source.get(), link->source_wals.get(), link->peer->id));
  CO_ASSIGN_OR_RETURN(const ClusterInfo info, co_await link->source->Describe());
  const std::optional<absl::Time> watermark =
      KeptWatermark(ledger_path, info.cluster_id, link->peer->id, before.queues);
  HFileAuditParts parts = app::HFileAuditPartsOf(*link);
  parts.apart = std::min(parts.apart, look_for);
  parts.for_refs = kPatienceForRefs;
  parts.for_folders = kPatienceForFolders;
  HFileAudit hfiles(std::move(parts));
  if (before.queues.hfile_refs > 0) co_await hfiles.Turn(watermark, absl::Now());
  co_await SleepFor(absl::ToChronoMilliseconds(look_for));
  CO_ASSIGN_OR_RETURN(
      const LinkReading after,
      co_await ReadLink(link->source.get(), link->source_wals.get(), link->peer->id));
  if (after.queues.hfile_refs > 0) co_await hfiles.Turn(watermark, absl::Now());
  LinkSnapshot snapshot;
  snapshot.status = JudgeReadings(before, after, link->peer->id, link->sleep_for_retries);
  AddHFiles(hfiles.findings(), &snapshot.status);
  if (!link->source_wals) snapshot.status.lengths_unknown = link->why_no_source_wals;
  snapshot.status.link = link->name;
  snapshot.status.source = link->source->name();
  snapshot.status.target = link->target_name;
  StatusOr<std::vector<TableMarks>> tables =
      Remembered(ledger_path, info.cluster_id, link->target_name);
  snapshot.status.watermark =
      KeptWatermark(ledger_path, info.cluster_id, link->peer->id, after.queues);
  // A ledger that cannot be read hides no queue.
  if (tables.ok()) {
    snapshot.tables = *std::move(tables);
  } else {
    PrintError(tables.status());
  }
  co_return snapshot;
}

int CodeOf(const std::vector<LinkSnapshot>& links, absl::Time now) {
  int code = kFine;
  for (const LinkSnapshot& link : links) {
    if (IsRed(link, now)) return kRed;
    const bool unknown =
        link.status.state == QueueState::kUnknown ||
        std::any_of(link.status.queues.begin(), link.status.queues.end(),
                    [](const QueueStatus& q) { return q.state == QueueState::kUnknown; });
    if (unknown) code = kCouldNotTell;
  }
  return code;
}

void Print(const StatusOptions& options, const std::string& hint,
           const std::vector<LinkSnapshot>& links) {
  if (options.format == "nagios") {
    fmt::print("{}\n", StatusNagios(links, absl::Now()));
  } else if (options.format == "table") {
    const absl::Time now = absl::Now();
    fmt::print("{}", options.command == "queues"
                         ? QueuesText(links, now, options.only_stalled, WantsColour())
                         : StatusText(links, now, hint, WantsColour()));
  } else {
    fmt::print("{}\n", StatusDocument(options.command, links, absl::Now()));
  }
}

// Prints what is known of the links; `code` is that of those that could not be read.
int Tell(const Args& args, const std::vector<LinkSnapshot>& snapshots, int code) {
  if (!snapshots.empty()) {
    Print(args.options, args.hint, snapshots);
    const int of_links = CodeOf(snapshots, absl::Now());
    if (of_links == kRed || code == kFine) code = of_links;
  } else if (args.options.format == "nagios") {
    fmt::print("UNKNOWN - no link could be read\n");
  }
  return args.options.format == "nagios" ? NagiosCode(code) : code;
}

Task<int> Look(Executor executor, std::shared_ptr<Args> args) {
  std::vector<LinkSnapshot> snapshots;
  int code = kFine;
  for (const app::LinkSpec& spec : args->links) {
    const StatusOr<LinkSnapshot> snapshot =
        co_await LookTwice(executor, spec, args->look_for, args->ledger_path);
    if (snapshot.ok()) {
      snapshots.push_back(*snapshot);
      continue;
    }
    code =
        PrintError(spec.name.empty() ? snapshot.status() : Annotate(snapshot.status(), spec.name));
  }
  co_return Tell(*args, snapshots, code);
}

Task<int> LookByAgent(Executor executor, std::shared_ptr<Args> args) {
  StatusOr<std::vector<LinkSnapshot>> links =
      co_await app::LinksOfAgent(executor, args->agent, args->link);
  if (!links.ok()) co_return Tell(*args, {}, PrintError(links.status()));
  co_return Tell(*args, *links, links->empty() ? kCouldNotTell : kFine);
}

int RunStatus(const LinkOptions& links, const StatusOptions& options) {
  auto args = std::make_shared<Args>();
  args->options = options;
  args->hint = links.ForHint();
  const StatusOr<absl::Duration> look_for = ParseDuration(options.look_for);
  if (!look_for.ok()) return PrintError(Annotate(look_for.status(), "--for"));
  args->look_for = *look_for;
  if (!links.agent.empty()) {
    args->agent = links.Agent();
    args->link = links.link;
    return RunAsync([args](Executor executor) { return LookByAgent(executor, args); });
  }
  StatusOr<std::vector<app::LinkSpec>> specs = links.Links();
  if (!specs.ok()) return PrintError(specs.status());
  args->links = *std::move(specs);
  StatusOr<std::string> ledger_path = links.LedgerPath();
  if (!ledger_path.ok()) return PrintError(ledger_path.status());
  args->ledger_path = *std::move(ledger_path);
  return RunAsync([args](Executor executor) { return Look(executor, args); });
}

}  // namespace

void AddStatus(CLI::App* app, const LinkOptions* links, Run* run) {
  for (const auto& [name, help] :
       {std::pair{"status", "how each link is"},
        std::pair{"queues", "each replication queue: state, WALs, position"}}) {
    auto options = std::make_shared<StatusOptions>();
    options->command = name;
    CLI::App* command = app->add_subcommand(name, help);
    command->fallthrough();
    command->add_option("--for", options->look_for, "time between the two looks; default 5s");
    command->add_option("--format", options->format, "table, json, jsonl or nagios")
        ->check(CLI::IsMember({"table", "json", "jsonl", "nagios"}));
    if (options->command == "queues") {
      command->add_flag("--stalled", options->only_stalled, "leave out the queues that are fine");
    }
    command->callback(
        [links, run, options] { *run = [links, options] { return RunStatus(*links, *options); }; });
  }
}

}  // namespace twinwatch::cli
