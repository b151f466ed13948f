// `twinwatch throttle`: how fast a running agent compares. Asks the agent alone, no cluster.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/app/agent_client.h"
#include "agent/cli/agent_address.h"
#include "agent/cli/answer.h"
#include "agent/cli/commands.h"
#include "agent/cli/exit_code.h"
#include "agent/cli/run_async.h"
#include "agent/cli/terminal.h"
#include "agent/core/duration.h"
#include "exporters/job_json.h"
#include "exporters/job_text.h"

namespace twinwatch::cli {
namespace {

constexpr char kPath[] = "/api/v1/throttle";

struct Args {
  app::AgentAddress agent;
  std::string link;  // empty: all
  std::string hint;
  std::string format = "table";
  std::vector<std::string> rates;  // verify=20MB/s
  std::string body;                // to be sent; empty: nothing is changed
};

Status ReadRates(Args* args) {
  if (args->rates.empty()) return absl::OkStatus();
  nlohmann::json body;
  for (const std::string& rate : args->rates) {
    const size_t equals = rate.find('=');
    if (equals == std::string::npos || rate.substr(0, equals) != "verify") {
      return Error(absl::StatusCode::kInvalidArgument,
                   "\"{}\" is no rate that can be changed: write verify=20MB/s", rate);
    }
    if (body.contains("verify"))
      return Error(absl::StatusCode::kInvalidArgument, "verify is there twice: give one rate");
    const std::string value = rate.substr(equals + 1);
    const StatusOr<uint64_t> parsed = ParseRate(value);
    if (!parsed.ok()) return Annotate(parsed.status(), "verify");
    body["verify"] = value;
  }
  if (!args->link.empty()) body["link"] = args->link;
  args->body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return absl::OkStatus();
}

Task<int> AskAndPrint(Executor executor, std::shared_ptr<Args> args) {
  const StatusOr<std::string> body = co_await app::TellAgent(
      executor, args->agent, kPath, args->body.empty() ? "GET" : "PUT", args->body);
  if (!body.ok()) co_return Fail(args->format, body.status());
  StatusOr<std::vector<LinkRate>> rates = ParseThrottleDocument(*body);
  if (!rates.ok())
    co_return Fail(args->format, Annotate(rates.status(), "the agent at " + args->agent.url));
  if (!args->link.empty()) {
    std::erase_if(*rates, [&args](const LinkRate& rate) { return rate.link != args->link; });
    if (rates->empty()) {
      co_return Fail(args->format,
                     Error(absl::StatusCode::kNotFound, "the agent at {} has no link {}",
                           args->agent.url, args->link));
    }
  }
  if (IsDocument(args->format)) {
    fmt::print("{}\n", ThrottleDocument(*rates));
  } else {
    fmt::print("{}", ThrottleText(*rates, args->hint));
  }
  co_return kFine;
}

}  // namespace

void AddThrottle(CLI::App* app, const LinkOptions* links, Run* run) {
  auto args = std::make_shared<Args>();
  CLI::App* throttle =
      app->add_subcommand("throttle", "shows or changes how fast a running agent compares");
  throttle->fallthrough();
  throttle->add_option("RATE", args->rates,
                       "verify=20MB/s: of each region server, until the agent is started again");
  AddFormatWithoutVerdict(throttle, &args->format);
  throttle->callback([links, run, args] {
    *run = [links, args] {
      args->agent = AgentOrLocal(*links);
      args->link = links->link;
      args->hint = links->ForHint();
      if (const Status status = ReadRates(args.get()); !status.ok())
        return Fail(args->format, status);
      return RunAsync([args](Executor executor) { return AskAndPrint(executor, args); });
    };
  });
}

}  // namespace twinwatch::cli
