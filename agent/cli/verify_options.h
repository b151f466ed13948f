// What `twinwatch verify` is told on its command line, and the request that it makes of it.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <vector>

#include "agent/app/verify_run.h"

namespace twinwatch::cli {

// As typed.
struct VerifyOptions {
  std::vector<std::string> tables;
  std::string start_row;
  std::string stop_row;
  std::vector<std::string> families;
  std::string versions = "1";
  bool raw = false;
  std::string since;
  std::string until;
  std::string depth = "values";
  std::string sample;
  std::string seed;
  std::string target_table;
  std::string confirm = "auto";
  std::string barrier_timeout = "10m";
  std::string settle = "30s";
  std::string extra = "report";
  bool fail_fast = false;
  std::string rate;
  std::string format = "table";
  std::string report;
  int streams = 2;
  size_t max_drift = 1000;
  std::string resume;
  std::vector<std::string> of_the_run;  // options that were typed, and do not go with `resume`
};

void AddVerifyOptions(CLI::App* verify, VerifyOptions* options);

// kInvalidArgument names the flag with the value that cannot be.
StatusOr<app::VerifyRequest> ToRequest(const VerifyOptions& options);

// Those that may change from one process to the next that works on a run: rate, streams, how many
// rows are listed.
Status SetWhatMayChange(const VerifyOptions& options, app::VerifyRequest* request);

// What was asked for besides tables, as a report remembers it.
std::map<std::string, std::string> OptionsThatCount(const app::VerifyRequest& request);

}  // namespace twinwatch::cli
