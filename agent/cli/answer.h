// How a command answers in the format that was asked for: the codes of its end, and what is said
// where it failed. Scripts read stdout and the code, Nagios reads nothing else: there every end has
// its line.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "agent/core/status.h"
#include "exporters/nagios.h"

namespace twinwatch::cli {

inline constexpr char kNagios[] = "nagios";

// --format with all four. Where there is no stream of rows, jsonl is the document too: it is one
// line.
void AddFormat(CLI::App* command, std::string* format);
// Of commands that judge nothing: table, json or jsonl.
void AddFormatWithoutVerdict(CLI::App* command, std::string* format);

// json or jsonl.
bool IsDocument(const std::string& format);

// Prints it; the exit code, which ExitCodeIn is not to be asked for again.
int Tell(const NagiosAnswer& answer);

// The command did its work, and its end is `code`, one of exit_code.h: the code in the format's
// world. An interruption is one in each.
int ExitCodeIn(const std::string& format, int code);

// The command could not do its work: a message on stderr, for Nagios a line on stdout as well. The
// exit code. kCancelled, which is what an interruption leaves, has nothing to say.
int Fail(const std::string& format, const Status& status);

// What --format says among words that could not be parsed, or were not yet.
std::string FormatAmong(int argc, const char* const* argv);

}  // namespace twinwatch::cli
