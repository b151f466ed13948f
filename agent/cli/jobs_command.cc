// `twinwatch jobs`: what a running agent does. Asks the agent alone, no cluster.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "agent/app/agent_client.h"
#include "agent/cli/agent_address.h"
#include "agent/cli/answer.h"
#include "agent/cli/commands.h"
#include "agent/cli/exit_code.h"
#include "agent/cli/run_async.h"
#include "agent/cli/terminal.h"
#include "exporters/job_json.h"
#include "exporters/job_text.h"
#include "probes/http/url.h"

namespace twinwatch::cli {
namespace {

struct JobsOptions {
  std::string format = "table";
  std::string id;
};

struct Args {
  app::AgentAddress agent;
  std::string link;  // of the list: only its jobs
  std::string hint;
  std::string format;
  std::string action;  // empty: the list
  std::string id;
};

Task<StatusOr<std::string>> Ask(Executor executor, const Args* args) {
  std::string path = "/api/v1/jobs";
  if (!args->id.empty()) path += "/" + http::PercentEncoded(args->id);
  const bool changes = !args->action.empty() && args->action != "show";
  if (changes) path += "/" + args->action;
  return app::TellAgent(std::move(executor), args->agent, std::move(path), changes ? "POST" : "GET",
                        "");
}

Task<int> AskAndPrint(Executor executor, std::shared_ptr<Args> args) {
  const StatusOr<std::string> body = co_await Ask(executor, args.get());
  // The id is what the agent knows it by: one that is none is no bad usage.
  if (!body.ok()) co_return Fail(args->format, body.status());
  StatusOr<std::vector<Job>> jobs = ParseJobsDocument(*body);
  if (!jobs.ok())
    co_return Fail(args->format, Annotate(jobs.status(), "the agent at " + args->agent.url));
  if (!args->link.empty()) {
    std::erase_if(*jobs, [&args](const Job& job) { return job.link != args->link; });
  }
  if (args->format == kNagios) co_return Tell(JobsNagios(*jobs));
  if (IsDocument(args->format)) {
    fmt::print("{}\n", JobsDocument(*jobs));
  } else if (args->id.empty()) {
    fmt::print("{}", JobsText(*jobs, args->hint, WantsColour()));
  } else {
    for (const Job& job : *jobs) fmt::print("{}", JobText(job, args->hint, WantsColour()));
  }
  co_return kFine;
}

}  // namespace

void AddJobs(CLI::App* app, const LinkOptions* links, Run* run) {
  auto options = std::make_shared<JobsOptions>();
  CLI::App* jobs = app->add_subcommand("jobs", "what a running agent does");
  jobs->fallthrough();
  jobs->require_subcommand(0, 1);
  AddFormat(jobs, &options->format);
  for (const auto& [name, help] :
       {std::pair{"show", "all that is known of a job"},
        std::pair{"pause", "holds a job, whatever its window says, until it is resumed"},
        std::pair{"resume", "lets a job go on that was paused"},
        std::pair{"cancel", "ends a job; what it has not compared stays unverified"},
        std::pair{"approve", "lets a job begin that awaits approval"}}) {
    CLI::App* action = jobs->add_subcommand(name, help);
    action->fallthrough();
    action->add_option("ID", options->id, "the job, as `twinwatch jobs` names it")->required();
  }
  jobs->callback([links, run, options, jobs] {
    auto args = std::make_shared<Args>();
    args->agent = AgentOrLocal(*links);
    args->link = links->link;
    args->hint = links->ForHint();
    args->format = options->format;
    args->id = options->id;
    const std::vector<CLI::App*> chosen = jobs->get_subcommands();
    if (!chosen.empty()) args->action = chosen.front()->get_name();
    *run = [args] {
      return RunAsync([args](Executor executor) { return AskAndPrint(executor, args); });
    };
  });
}

}  // namespace twinwatch::cli
