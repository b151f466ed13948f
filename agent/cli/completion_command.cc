// `twinwatch completion bash|zsh|fish`: a script for the shell to read.
#include <fmt/format.h>

#include <memory>

#include "agent/cli/commands.h"
#include "agent/cli/completion.h"
#include "agent/cli/exit_code.h"

namespace twinwatch::cli {

void AddCompletion(CLI::App* app, Run* run) {
  auto shell = std::make_shared<std::string>();
  CLI::App* completion = app->add_subcommand("completion", "prints a completion script");
  completion->add_option("shell", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  completion->callback([app, run, shell] {
    *run = [app, shell] {
      fmt::print("{}", *shell == "bash"  ? BashCompletion(*app)
                       : *shell == "zsh" ? ZshCompletion(*app)
                                         : FishCompletion(*app));
      return kFine;
    };
  });
}

}  // namespace twinwatch::cli
