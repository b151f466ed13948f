// `twinwatch heartbeat init|status|drop`: the heartbeat table on the source and its twin.
#include <memory>

#include "agent/cli/answer.h"
#include "agent/cli/commands.h"
#include "agent/cli/heartbeat_link.h"
#include "agent/cli/run_async.h"

namespace twinwatch::cli {
namespace {

using Verb = Task<StatusOr<int>> (*)(Executor, std::shared_ptr<HeartbeatArgs>);

Task<int> Main(Executor executor, Verb verb, std::shared_ptr<HeartbeatArgs> args) {
  const StatusOr<int> code = co_await verb(executor, args);
  co_return code.ok() ? ExitCodeIn(args->format, *code) : Fail(args->format, code.status());
}

int RunVerb(Verb verb, const LinkOptions& links, std::shared_ptr<HeartbeatArgs> args) {
  args->links = links;
  StatusOr<app::LinkSpec> spec = links.OneLink();
  if (!spec.ok()) return Fail(args->format, spec.status());
  args->link = *std::move(spec);
  args->table = args->link.heartbeat_table;
  return RunAsync([verb, args](Executor executor) { return Main(executor, verb, args); });
}

}  // namespace

void AddHeartbeat(CLI::App* app, const LinkOptions* links, Run* run) {
  CLI::App* heartbeat =
      app->add_subcommand("heartbeat", "the heartbeat table on the source and its twin");
  heartbeat->require_subcommand(1);
  heartbeat->fallthrough();
  const auto add = [&](const char* name, const char* help, Verb verb) {
    auto args = std::make_shared<HeartbeatArgs>();
    CLI::App* command = heartbeat->add_subcommand(name, help);
    command->fallthrough();
    command->callback([links, run, args, verb] {
      *run = [links, args, verb] { return RunVerb(verb, *links, args); };
    });
    return std::pair(command, args);
  };
  const auto [init, init_args] = add("init", "makes it on both sides and tries it", HeartbeatInit);
  AddFormatWithoutVerdict(init, &init_args->format);
  init->add_flag("--execute", init_args->execute, "do it; else what would be done is shown");
  const auto [status, status_args] =
      add("status", "is it there, on each server, and do beats arrive?", HeartbeatStatus);
  AddFormat(status, &status_args->format);
  const auto [drop, drop_args] = add("drop", "drops it on both sides", HeartbeatDrop);
  AddFormatWithoutVerdict(drop, &drop_args->format);
  drop->add_flag("--execute", drop_args->execute, "do it; else what would be done is shown");
}

}  // namespace twinwatch::cli
