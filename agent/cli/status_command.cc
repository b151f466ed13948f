// `twinwatch status` and `twinwatch queues`: two looks at the queues, some seconds apart; with
// --watch again and again.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "agent/app/agent_client.h"
#include "agent/cli/answer.h"
#include "agent/cli/commands.h"
#include "agent/cli/exit_code.h"
#include "agent/cli/link_looker.h"
#include "agent/cli/run_async.h"
#include "agent/cli/terminal.h"
#include "agent/core/duration.h"
#include "exporters/status_json.h"
#include "exporters/status_text.h"
#include "exporters/status_verdict.h"

namespace twinwatch::cli {
namespace {

// An agent looks every second or so by itself.
constexpr std::chrono::seconds kAskEvery{2};
// Whatever --for says: who watches is no load.
constexpr absl::Duration kShortestRound = absl::Milliseconds(200);

struct StatusOptions {
  std::string command;
  std::string format = "table";
  std::string look_for = "5s";
  bool only_stalled = false;
  bool watch = false;
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

// What was learnt of all links at one time.
struct Round {
  std::vector<LinkSnapshot> links;
  std::vector<Status> unread;  // of links that are not among them
  std::vector<Status> asides;  // what else is to be said
};

// Where rounds come from.
class Rounds {
 public:
  virtual ~Rounds() = default;
  virtual Task<Round> Next() = 0;
  // How long to rest between two.
  virtual std::chrono::milliseconds apart() const = 0;
};

class RoundsOfClusters : public Rounds {
 public:
  RoundsOfClusters(const Executor& executor, const Args& args)
      : apart_(std::max(args.look_for, kShortestRound)) {
    for (const app::LinkSpec& spec : args.links) {
      lookers_.push_back(
          std::make_unique<LinkLooker>(executor, spec, args.look_for, args.ledger_path));
    }
  }

  Task<Round> Next() override {
    std::vector<std::optional<StatusOr<LinkSnapshot>>> looks(lookers_.size());
    std::vector<Task<void>> tasks;
    for (size_t i = 0; i < lookers_.size(); ++i)
      tasks.push_back(RunInto(lookers_[i]->Look(), &looks[i]));
    co_await RunAll(std::move(tasks));
    Round round;
    for (size_t i = 0; i < lookers_.size(); ++i) {
      StatusOr<LinkSnapshot>& look = *looks[i];
      if (!look.ok()) {
        round.unread.push_back(look.status());
        continue;
      }
      if (!lookers_[i]->forgotten().ok()) round.asides.push_back(lookers_[i]->forgotten());
      round.links.push_back(*std::move(look));
    }
    co_return round;
  }

  std::chrono::milliseconds apart() const override { return absl::ToChronoMilliseconds(apart_); }

 private:
  absl::Duration apart_;
  std::vector<std::unique_ptr<LinkLooker>> lookers_;
};

class RoundsOfAgent : public Rounds {
 public:
  RoundsOfAgent(Executor executor, const Args& args)
      : executor_(std::move(executor)), agent_(args.agent), link_(args.link) {}

  Task<Round> Next() override {
    Round round;
    StatusOr<std::vector<LinkSnapshot>> links =
        co_await app::LinksOfAgent(executor_, agent_, link_);
    if (links.ok()) {
      round.links = *std::move(links);
    } else {
      round.unread.push_back(links.status());
    }
    co_return round;
  }

  std::chrono::milliseconds apart() const override { return kAskEvery; }

 private:
  Executor executor_;
  app::AgentAddress agent_;
  std::string link_;
};

int CodeOf(const Round& round, absl::Time now) {
  const auto any = [&](bool (*is)(const LinkSnapshot&, absl::Time)) {
    return std::any_of(round.links.begin(), round.links.end(),
                       [&](const LinkSnapshot& link) { return is(link, now); });
  };
  if (any(IsRed)) return kRed;
  if (!round.unread.empty()) return ExitCodeOf(round.unread.back());
  return any(IsUnknown) ? kCouldNotTell : kFine;
}

std::string TextOf(const Args& args, const Round& round, absl::Time now) {
  if (round.links.empty()) return "";
  if (args.options.format != "table")
    return StatusDocument(args.options.command, round.links, now) + "\n";
  return args.options.command == "queues"
             ? QueuesText(round.links, now, args.options.only_stalled, WantsColour())
             : StatusText(round.links, now, args.hint, WantsColour());
}

void PrintErrors(const Round& round) {
  for (const std::vector<Status>* errors : {&round.unread, &round.asides})
    for (const Status& error : *errors) PrintError(error);
}

Task<int> Once(std::shared_ptr<const Args> args, std::shared_ptr<Rounds> rounds) {
  const Round round = co_await rounds->Next();
  const absl::Time now = absl::Now();
  PrintErrors(round);
  if (args->options.format == kNagios) {
    const std::string_view unread = round.unread.empty() ? "" : Text(round.unread.front());
    co_return Tell(StatusNagios(round.links, unread, now));
  }
  fmt::print("{}", TextOf(*args, round, now));
  co_return CodeOf(round, now);
}

// Until it is interrupted, which ends the program: what was shown last stays.
Task<int> Watch(std::shared_ptr<const Args> args, std::shared_ptr<Rounds> rounds) {
  const bool redraw = args->options.format == "table" && StdoutIsScreen();
  bool is_first = true;
  while (true) {
    const Round round = co_await rounds->Next();
    const absl::Time now = absl::Now();
    // What nobody can answer, however often it is asked.
    if (round.links.empty() && CodeOf(round, now) == kBadUsage) {
      PrintErrors(round);
      co_return kBadUsage;
    }
    const std::string text = TextOf(*args, round, now);
    if (redraw) {
      fmt::print("{}", Redrawn(text));
    } else if (!text.empty()) {
      fmt::print("{}{}", is_first || args->options.format != "table" ? "" : "\n", text);
      is_first = false;
    }
    if (std::fflush(stdout) != 0) {
      co_return PrintError(
          Error(absl::StatusCode::kDataLoss, "nobody takes what is shown: is the disk full?"));
    }
    PrintErrors(round);
    co_await SleepFor(rounds->apart());
  }
}

Task<int> Main(Executor executor, std::shared_ptr<const Args> args) {
  std::shared_ptr<Rounds> rounds;
  if (args->agent.url.empty()) {
    rounds = std::make_shared<RoundsOfClusters>(executor, *args);
  } else {
    rounds = std::make_shared<RoundsOfAgent>(executor, *args);
  }
  if (args->options.watch) co_return co_await Watch(args, rounds);
  co_return co_await Once(args, rounds);
}

StatusOr<std::shared_ptr<const Args>> Parse(const LinkOptions& links,
                                            const StatusOptions& options) {
  auto args = std::make_shared<Args>();
  args->options = options;
  args->hint = links.ForHint();
  if (options.watch && options.format == kNagios) {
    return Error(absl::StatusCode::kInvalidArgument,
                 "--watch does not go with --format nagios, which wants one verdict: leave one of "
                 "them out");
  }
  const StatusOr<absl::Duration> look_for = ParseDuration(options.look_for);
  if (!look_for.ok()) return Annotate(look_for.status(), "--for");
  args->look_for = *look_for;
  args->agent = links.Agent();
  args->link = links.link;
  if (!args->agent.url.empty()) return args;
  ASSIGN_OR_RETURN(args->links, links.Links());
  ASSIGN_OR_RETURN(args->ledger_path, links.LedgerPath());
  return args;
}

int RunStatus(const LinkOptions& links, const StatusOptions& options) {
  const StatusOr<std::shared_ptr<const Args>> args = Parse(links, options);
  if (!args.ok()) return Fail(options.format, args.status());
  return RunAsync([args = *args](Executor executor) { return Main(executor, args); });
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
    AddFormat(command, &options->format);
    if (options->command == "queues") {
      command->add_flag("--stalled", options->only_stalled, "leave out the queues that are fine");
    } else {
      command->add_flag("--watch", options->watch,
                        "again and again, --for apart (an agent is asked every 2s), until it is "
                        "interrupted");
    }
    command->callback(
        [links, run, options] { *run = [links, options] { return RunStatus(*links, *options); }; });
  }
}

}  // namespace twinwatch::cli
