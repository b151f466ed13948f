#include "agent/cli/answer.h"

#include <fmt/format.h>

#include <string_view>

#include "agent/cli/exit_code.h"
#include "agent/cli/terminal.h"

namespace twinwatch::cli {

void AddFormat(CLI::App* command, std::string* format) {
  command->add_option("--format", *format, "table, json, jsonl or nagios")
      ->check(CLI::IsMember({"table", "json", "jsonl", "nagios"}));
}

void AddFormatWithoutVerdict(CLI::App* command, std::string* format) {
  command->add_option("--format", *format, "table, json or jsonl")
      ->check(CLI::IsMember({"table", "json", "jsonl"}));
}

bool IsDocument(const std::string& format) { return format == "json" || format == "jsonl"; }

int Tell(const NagiosAnswer& answer) {
  fmt::print("{}\n", answer.line);
  return static_cast<int>(answer.state);
}

int ExitCodeIn(const std::string& format, int code) {
  if (format != kNagios || code == kInterrupted) return code;
  switch (code) {
    case kFine:
      return static_cast<int>(NagiosState::kOk);
    case kRed:
      return static_cast<int>(NagiosState::kCritical);
    default:
      return static_cast<int>(NagiosState::kUnknown);
  }
}

int Fail(const std::string& format, const Status& status) {
  if (absl::IsCancelled(status)) return kInterrupted;
  const int code = PrintError(status);
  return format == kNagios ? Tell(ToNagios(NagiosState::kUnknown, Text(status))) : code;
}

std::string FormatAmong(int argc, const char* const* argv) {
  constexpr std::string_view kOption = "--format";
  std::string format = "table";
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--") break;
    if (word == kOption && i + 1 < argc) format = argv[i + 1];
    if (word.starts_with(kOption) && word.substr(kOption.size()).starts_with('='))
      format = word.substr(kOption.size() + 1);
  }
  return format;
}

}  // namespace twinwatch::cli
