// HBaseCopier on its own, for the tests on the bed. Not shipped.
//
//   copier copy --command "hbase" --logs FOLDER --tag TAG --source KEY --target KEY --table T
//       [--target-table T] [--start BASE64] [--stop BASE64] [--since MS] [--until MS] [--families
//       f,g]
//       [--versions N] [--seconds S]
//     a JSON document a line: {"share":…,"application":…} as it goes on, at the end
//     {"ok":true,"rows":…,"log":…,"ms":…} or {"ok":false,"code":…,"error":…}
//   copier end --command "hbase" --logs FOLDER --tag TAG [--seconds S]
//
// Exit 1 with the error. SIGTERM gives up.
#include <absl/strings/escaping.h>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <csignal>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "probes/copytable/hbase_copier.h"

namespace twinwatch {
namespace {

using nlohmann::json;

volatile std::sig_atomic_t given_up = 0;

class Printer : public CopyObserver {
 public:
  void Progressed(const CopyProgress& progress) override {
    const json line = {{"share", progress.share}, {"application", progress.application_id}};
    std::cout << line.dump() << std::endl;
  }
  bool GivenUp() const override { return given_up != 0; }
};

struct Options {
  std::string command, logs, start, stop, table, target_table;
  uint64_t since = 0, until = 0;
  uint32_t seconds = 120;
  CopyRequest request;
};

int Tell(const Status& status, json ok) {
  if (status.ok()) {
    ok["ok"] = true;
    std::cout << ok.dump() << std::endl;
    return 0;
  }
  const json failed = {{"ok", false},
                       {"code", absl::StatusCodeToString(status.code())},
                       {"error", std::string(Text(status))}};
  std::cout << failed.dump(-1, ' ', true, json::error_handler_t::replace) << std::endl;
  return 1;
}

Task<void> Copy(Options options, int* code) {
  copytable::HBaseCopier copier(options.command, options.logs);
  Printer printer;
  const StatusOr<CopyOutcome> outcome =
      co_await copier.Copy(options.request, After(std::chrono::seconds(options.seconds)), &printer);
  json told = json::object();
  if (outcome.ok()) {
    told["rows"] = outcome->rows_read ? json(*outcome->rows_read) : json();
    told["log"] = outcome->log_path;
    told["ms"] = outcome->took.count();
  }
  *code = Tell(outcome.status(), told);
}

Task<void> End(Options options, int* code) {
  copytable::HBaseCopier copier(options.command, options.logs);
  const Status status = co_await copier.EndLeftOver(options.request.tag,
                                                    After(std::chrono::seconds(options.seconds)));
  *code = Tell(status, json::object());
}

std::string FromBase64(const std::string& text) {
  std::string bytes;
  if (!absl::Base64Unescape(text, &bytes)) throw CLI::ValidationError("not base64: " + text);
  return bytes;
}

TableName ParseTable(const std::string& text) {
  const StatusOr<TableName> table = TableName::Parse(text);
  if (!table.ok()) throw CLI::ValidationError(table.status().ToString());
  return *table;
}

int Main(int argc, char** argv) {
  CLI::App app;
  app.require_subcommand(1);
  Options options;
  CopyRequest& request = options.request;
  CLI::App* copy = app.add_subcommand("copy");
  CLI::App* end = app.add_subcommand("end");
  for (CLI::App* verb : {copy, end}) {
    verb->add_option("--command", options.command)->required();
    verb->add_option("--logs", options.logs)->required();
    verb->add_option("--tag", request.tag)->required();
    verb->add_option("--seconds", options.seconds);
  }
  copy->add_option("--source", request.source_key)->required();
  copy->add_option("--target", request.target_key)->required();
  copy->add_option("--table", options.table)->required();
  copy->add_option("--target-table", options.target_table);
  copy->add_option("--start", options.start);
  copy->add_option("--stop", options.stop);
  const CLI::Option* since = copy->add_option("--since", options.since);
  const CLI::Option* until = copy->add_option("--until", options.until);
  copy->add_option("--families", request.families)->delimiter(',');
  copy->add_option("--versions", request.versions);
  try {
    app.parse(argc, argv);
    if (copy->parsed()) {
      request.table = ParseTable(options.table);
      request.target_table =
          ParseTable(options.target_table.empty() ? options.table : options.target_table);
      request.range = {FromBase64(options.start), FromBase64(options.stop)};
    }
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  if (since->count() > 0) request.since_ms = options.since;
  if (until->count() > 0) request.until_ms = options.until;
  std::signal(SIGTERM, [](int) { given_up = 1; });

  boost::asio::io_context io;
  int code = 0;
  Spawn(io.get_executor(), copy->parsed() ? Copy(options, &code) : End(options, &code));
  io.run();
  return code;
}

}  // namespace
}  // namespace twinwatch

int main(int argc, char** argv) { return twinwatch::Main(argc, argv); }
