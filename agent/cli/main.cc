// twinwatch: one binary, many commands.
#include <signal.h>

#include <CLI/CLI.hpp>
#include <exception>

#include "agent/app/version.h"
#include "agent/cli/answer.h"
#include "agent/cli/commands.h"
#include "agent/cli/exit_code.h"

namespace twinwatch::cli {
namespace {

int Main(int argc, char** argv) {
  CLI::App app("Twinwatch: is the standby of an HBase pair a twin, and how far behind is it?",
               "twinwatch");
  app.require_subcommand(1);
  app.fallthrough();
  app.get_formatter()->column_width(32);
  app.footer(
      "Exit codes: 0 fine, 1 drift or something red, 2 could not tell, 3 bad usage, 130 "
      "interrupted.");
  LinkOptions links;
  links.AddTo(&app);
  Run run;
  AddVerify(&app, &links, &run);
  AddStatus(&app, &links, &run);
  AddLag(&app, &links, &run);
  AddDrift(&app, &links, &run);
  AddAgent(&app, &links, &run);
  AddHeartbeat(&app, &links, &run);
  AddRepair(&app, &links, &run);
  AddJobs(&app, &links, &run);
  AddThrottle(&app, &links, &run);
  AddMetrics(&app, &run);
  AddCompletion(&app, &run);
  AddConfig(&app, &links, &run);
  app.add_subcommand("version", "print the version")->callback([&run] {
    run = [] {
      fmt::print("twinwatch {} ({})\n", app::Version(), app::Revision());
      return kFine;
    };
  });
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::CallForAllHelp& help) {
    return app.exit(help);
  } catch (const CLI::RequiredError& error) {
    const std::vector<std::string> unknown = app.remaining();
    return Fail(
        FormatAmong(argc, argv),
        Error(absl::StatusCode::kInvalidArgument, "{} (see twinwatch --help)",
              unknown.empty() ? app.get_subcommands().empty() ? "which command?" : error.what()
                              : fmt::format("there is no command {}", unknown.front())));
  } catch (const CLI::ParseError& error) {
    return Fail(FormatAmong(argc, argv), Error(absl::StatusCode::kInvalidArgument,
                                               "{} (see twinwatch --help)", error.what()));
  }
  return run();
}

}  // namespace
}  // namespace twinwatch::cli

int main(int argc, char** argv) {
  // A file that may not grow is an error with a message, not the end.
  signal(SIGXFSZ, SIG_IGN);
  try {
    return twinwatch::cli::Main(argc, argv);
  } catch (const std::exception& error) {
    return twinwatch::cli::Fail(
        twinwatch::cli::FormatAmong(argc, argv),
        twinwatch::Error(absl::StatusCode::kInternal, "unexpected: {}", error.what()));
  }
}
