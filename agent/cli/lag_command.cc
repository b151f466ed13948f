// `twinwatch lag`: how far the target is behind, or waiting until it has everything.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "agent/app/agent_client.h"
#include "agent/app/closed_members.h"
#include "agent/app/measure_lag.h"
#include "agent/cli/answer.h"
#include "agent/cli/commands.h"
#include "agent/cli/exit_code.h"
#include "agent/cli/run_async.h"
#include "agent/cli/terminal.h"
#include "agent/core/duration.h"
#include "agent/core/time_point.h"
#include "exporters/lag_view.h"
#include "probes/replication/rules/closed_watch.h"

namespace twinwatch::cli {
namespace {

constexpr char kDefaultWait[] = "10m";
constexpr std::chrono::milliseconds kAskEvery{500};
// Until it is proven that no dead server has left a queue: three reports are three seconds apart.
const absl::Duration kMoreWhereClosed = ClosedWatch::kCrashIsShown + absl::Seconds(15);

struct LagOptions {
  std::string wait_until, timeout, max, waive_server, reason;
  std::string format = "table";
};

struct Args {
  std::string format;
  std::optional<absl::Time> wait_until;
  absl::Duration timeout;
  bool has_timeout = false;
  std::optional<absl::Duration> max;
  app::AgentAddress agent;  // without a URL the clusters are asked
  std::string link;         // the only one that is wanted; empty: all
  std::vector<app::LinkSpec> links;
  std::string ledger_path;
};

// Without --wait-until: what a healthy pair needs to show everything, and as much again.
absl::Duration Patience(const Args& args, const app::LinkSpec& spec) {
  if (args.wait_until || args.has_timeout) return args.timeout;
  const absl::Duration sleep =
      spec.source_wals.ok() ? spec.source_wals->sleep_for_retries : absl::Seconds(1);
  return 2 * HealthyLag(spec.heartbeat_interval, sleep);
}

// What was asked for: to come to a time, not to be too old, or nothing.
void Judge(const Args& args, LagView* view) {
  if (args.wait_until && view->reached) return;
  view->reached.reset();
  const std::optional<absl::Duration> lag = view->Lag();
  if (args.max) view->reached = lag && *lag <= *args.max;
}

int CodeOf(const LagView& view) {
  if (!view.watermark) return kCouldNotTell;
  return view.reached.value_or(true) ? kFine : kRed;
}

// What is red is proven; what could not be told comes after it.
int Worse(int a, int b) { return a == kRed || b == kFine ? a : b == kRed || a == kFine ? b : a; }

int Print(const Args& args, const std::vector<LagView>& views, int code) {
  if (args.format == kNagios) {
    // More than --max is late; not to come in time is what was waited for in vain.
    return Tell(LagNagios(views, args.wait_until ? NagiosState::kCritical : NagiosState::kWarning));
  }
  fmt::print("{}",
             args.format == "table" ? LagText(views, WantsColour()) : LagDocument(views) + "\n");
  return code;
}

Task<int> Measure(Executor executor, std::shared_ptr<Args> args) {
  std::vector<LagView> views;
  int code = kFine;
  const absl::Time until = args->wait_until.value_or(absl::Now());
  for (const app::LinkSpec& spec : args->links) {
    const bool is_patience_ours = !args->wait_until && !args->has_timeout;
    StatusOr<LagView> view =
        co_await app::MeasureLag(executor, spec, args->ledger_path, until, Patience(*args, spec),
                                 is_patience_ours ? kMoreWhereClosed : absl::ZeroDuration());
    if (!view.ok()) {
      const Status why = view.status();
      code = Worse(code, PrintError(spec.name.empty() ? why : Annotate(why, spec.name)));
      // It counts among the links: what could not be read is not fine.
      view = LagView();
      view->link = spec.name.empty() ? spec.source.ToString() : spec.name;
      // A table stands beside the message.
      if (args->format != "table") view->why = std::string(Text(why));
    } else {
      Judge(*args, &*view);
      code = Worse(code, CodeOf(*view));
    }
    views.push_back(*std::move(view));
  }
  co_return Print(*args, views, code);
}

LagView ViewOf(const LinkStatus& status, std::optional<absl::Time> until) {
  LagView view;
  view.link = status.link;
  view.watermark = status.watermark;
  view.at = absl::Now();
  view.held_by = status.held_by;
  view.why = status.held_why && !status.held_why->empty() ? status.held_why : status.why;
  if (until) view.reached = status.watermark && *status.watermark >= *until;
  return view;
}

// The agent measures all the time: what it has is asked for until all links have come.
Task<int> AskUntilReached(Executor executor, std::shared_ptr<Args> args) {
  const absl::Time end = absl::Now() + args->timeout;
  std::vector<LagView> views;
  while (true) {
    const StatusOr<std::vector<LinkSnapshot>> links =
        co_await app::LinksOfAgent(executor, args->agent, args->link);
    if (!links.ok()) co_return Fail(args->format, links.status());
    views.clear();
    for (const LinkSnapshot& link : *links) views.push_back(ViewOf(link.status, args->wait_until));
    const bool all = std::all_of(views.begin(), views.end(),
                                 [](const LagView& view) { return view.reached.value_or(true); });
    if (all || absl::Now() >= end) break;
    co_await SleepFor(kAskEvery);
  }
  int code = kFine;
  for (LagView& view : views) {
    Judge(*args, &view);
    code = Worse(code, CodeOf(view));
  }
  co_return Print(*args, views, code);
}

StatusOr<std::shared_ptr<Args>> Parse(const LinkOptions& links, const LagOptions& options) {
  auto args = std::make_shared<Args>();
  args->format = options.format;
  args->has_timeout = !options.timeout.empty();
  const StatusOr<absl::Duration> timeout =
      ParseDuration(args->has_timeout ? options.timeout : kDefaultWait);
  if (!timeout.ok()) return Annotate(timeout.status(), "--timeout");
  args->timeout = *timeout;
  if (!options.max.empty()) {
    const StatusOr<absl::Duration> max = ParseDuration(options.max);
    if (!max.ok()) return Annotate(max.status(), "--max");
    args->max = *max;
  }
  if (!options.wait_until.empty()) {
    const absl::Time now = absl::Now();
    const StatusOr<absl::Time> time =
        options.wait_until == "now" ? now : ParseTime(options.wait_until, now);
    if (!time.ok()) return Annotate(time.status(), "--wait-until");
    args->wait_until = *time;
  }
  args->agent = links.Agent();
  args->link = links.link;
  if (!args->agent.url.empty()) return args;
  ASSIGN_OR_RETURN(args->links, links.Links());
  ASSIGN_OR_RETURN(args->ledger_path, links.LedgerPath());
  return args;
}

Task<int> Waive(Executor executor, std::shared_ptr<Args> args, std::string server,
                std::string reason) {
  const Status waived = co_await app::WaiveServer(executor, args->links.front(), args->ledger_path,
                                                  server, std::move(reason));
  if (!waived.ok()) co_return Fail(args->format, waived);
  fmt::print("WAIVED: the lag does not wait for {} any more.\n", server);
  co_return kFine;
}

int RunWaive(const LinkOptions& links, const LagOptions& options) {
  const auto refuse = [&options](std::string_view why) {
    return Fail(options.format, absl::InvalidArgumentError(fmt::format("--waive-server: {}", why)));
  };
  if (options.reason.empty()) return refuse("say why it has left nothing, with --reason");
  if (options.format != "table") return refuse("--format is for the lag alone");
  if (!options.wait_until.empty() || !options.timeout.empty() || !options.max.empty())
    return refuse("it is no question: leave out --wait-until, --timeout and --max");
  const StatusOr<std::shared_ptr<Args>> args = Parse(links, options);
  if (!args.ok()) return Fail(options.format, args.status());
  if (!(*args)->agent.url.empty()) {
    return refuse(
        "an agent's API does not take it: run it where the agent's ledger is, without "
        "--agent and with its --config or --storage.path");
  }
  if ((*args)->links.size() != 1) return refuse("there are several links: choose one with --link");
  return RunAsync([args = *args, server = options.waive_server, reason = options.reason](
                      Executor executor) { return Waive(executor, args, server, reason); });
}

int RunLag(const LinkOptions& links, const LagOptions& options) {
  if (!options.waive_server.empty()) return RunWaive(links, options);
  const StatusOr<std::shared_ptr<Args>> args = Parse(links, options);
  if (!args.ok()) return Fail(options.format, args.status());
  return RunAsync([args = *args](Executor executor) {
    return args->agent.url.empty() ? Measure(executor, args) : AskUntilReached(executor, args);
  });
}

}  // namespace

void AddLag(CLI::App* app, const LinkOptions* links, Run* run) {
  auto options = std::make_shared<LagOptions>();
  CLI::App* lag =
      app->add_subcommand("lag", "how far the target is behind, or wait until it is not");
  lag->fallthrough();
  lag->add_option("--wait-until", options->wait_until,
                  "now or TIME: wait until everything written before is on the target");
  lag->add_option("--timeout", options->timeout, "how long to wait; default 10m with --wait-until");
  lag->add_option("--max", options->max, "exit 1 when the lag is larger");
  CLI::Option* waive = lag->add_option(
      "--waive-server", options->waive_server,
      "where ZooKeeper is closed: this dead HOST,PORT,STARTCODE (or: earlier) has left nothing");
  lag->add_option("--reason", options->reason, "why that is known")->needs(waive);
  AddFormat(lag, &options->format);
  lag->callback(
      [links, run, options] { *run = [links, options] { return RunLag(*links, *options); }; });
}

}  // namespace twinwatch::cli
