// The HBase client on its own, for the tests on the bed and the benchmark. Not shipped.
//
//   probe scan KEY TABLE [--batch-bytes N] [--step | --pause-ms N]
//       {"row":BASE64,"cells":N} for each row
//   probe get KEY TABLE ROW        one cell a line, as the helper's get prints them
//   probe put KEY TABLE            takes such lines from stdin
//   probe put-guarded KEY TABLE [--origin CLUSTER_ID]
//       takes {"cell":such a line,"ttl_ms":N,"guard":{"family","qualifier","timestamp","value"}}
//       from stdin (no "value": there is no such cell); an empty line ends a call, which prints
//       {"outcome":...} or {"error":...} of each
//   probe compact KEY TABLE ROW [--seconds N], probe snapshot KEY TABLE NAME [--seconds N]
//   probe regions KEY TABLE, probe tables KEY, probe id KEY
//   probe scan-both KEY KEY TABLE [--streams N]
//       both sides at once, rows only counted
//   probe gets KEY TABLE --seconds N
//       one row after the other, 200 a second, of all over the table: how long the answers took
//   probe future KEY TABLE         seconds to look for cells of the future, and to read everything
//
// With --step it prints {"batch":N} before it asks for another batch, and waits for a byte on
// stdin: a test does something to the cluster in between. Exit 1 and the error on stderr when the
// cluster refuses.
#include <absl/strings/escaping.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read.hpp>
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "agent/core/bytes.h"
#include "probes/hbase/hbase_cluster.h"
#include "verifier/run/future_cells.h"

namespace twinwatch {
namespace {

using nlohmann::json;

struct Options {
  std::string key, other_key, table, row;
  uint64_t batch_bytes = 2u << 20;
  int pause_ms = 0;
  bool step = false;
  int streams = 2;
  int seconds = 10;
  std::string origin, snapshot;
};

// Something done with one cluster.
using Action = Task<Status> (*)(Cluster* cluster, TableName table, const Options& options);

Task<std::unique_ptr<boost::asio::posix::stream_descriptor>> OpenStdin() {
  const Executor executor = co_await boost::asio::this_coro::executor;
  co_return std::make_unique<boost::asio::posix::stream_descriptor>(executor, ::dup(STDIN_FILENO));
}

Task<void> BetweenBatches(const Options& options, boost::asio::posix::stream_descriptor* input,
                          int batch) {
  if (options.step) {
    std::cout << json{{"batch", batch}} << std::endl;
    char go = 0;
    const auto buffer = boost::asio::buffer(&go, 1);
    co_await boost::asio::async_read(*input, buffer,
                                     boost::asio::as_tuple(boost::asio::use_awaitable));
  }
  if (options.pause_ms > 0) co_await SleepFor(std::chrono::milliseconds(options.pause_ms));
}

Task<Status> Scan(Cluster* cluster, TableName table, const Options& options) {
  const auto input = co_await OpenStdin();
  ScanSpec spec;
  spec.table = std::move(table);
  spec.batch_bytes = options.batch_bytes;
  const std::unique_ptr<RowScanner> scanner = cluster->Scan(std::move(spec));
  uint64_t cells = 0;
  bool last = false;
  for (int number = 1; !last; ++number) {
    CO_ASSIGN_OR_RETURN(const CellBatch batch, co_await scanner->Next());
    for (const RowPiece& piece : batch.pieces) {
      if (piece.starts) cells = 0;
      cells += piece.end_cell - piece.first_cell;
      if (piece.ends) std::cout << json{{"row", ToBase64(piece.row)}, {"cells", cells}} << '\n';
    }
    last = batch.last;
    if (!last) co_await BetweenBatches(options, input.get(), number);
  }
  co_return absl::OkStatus();
}

json ToJson(const Cell& cell) {
  return {{"row", ToBase64(cell.row)},
          {"family", cell.family},
          {"qualifier", ToBase64(cell.qualifier)},
          {"timestamp", cell.timestamp_ms},
          {"type", static_cast<int>(cell.type)},
          {"value", ToBase64(cell.value)}};
}

std::string Bytes(const json& cell, const char* field) {
  std::string bytes;
  if (!absl::Base64Unescape(cell.at(field).get<std::string>(), &bytes)) {
    throw std::runtime_error(fmt::format("{} is no base64", field));
  }
  return bytes;
}

Cell FromJson(const json& cell) {
  Cell made;
  made.row = Bytes(cell, "row");
  made.family = cell.at("family").get<std::string>();
  made.qualifier = Bytes(cell, "qualifier");
  made.timestamp_ms = cell.at("timestamp").get<uint64_t>();
  made.type = static_cast<CellType>(cell.at("type").get<int>());
  made.value = Bytes(cell, "value");
  return made;
}

Task<Status> Get(Cluster* cluster, TableName table, const Options& options) {
  CO_ASSIGN_OR_RETURN(const std::string row, FromStringBinary(options.row));
  CO_ASSIGN_OR_RETURN(const std::vector<Cell> cells, co_await cluster->Get(std::move(table), row));
  for (const Cell& cell : cells) std::cout << ToJson(cell) << '\n';
  co_return absl::OkStatus();
}

Task<Status> Put(Cluster* cluster, TableName table, const Options&) {
  std::vector<Cell> cells;
  for (std::string line; std::getline(std::cin, line);)
    cells.push_back(FromJson(json::parse(line)));
  const size_t count = cells.size();
  CO_RETURN_IF_ERROR(co_await cluster->Write(std::move(table), std::move(cells)));
  std::cout << json{{"cells", count}} << '\n';
  co_return absl::OkStatus();
}

GuardedWrite GuardedFromJson(const json& line) {
  GuardedWrite write;
  write.cell = FromJson(line.at("cell"));
  if (line.contains("ttl_ms")) write.ttl_ms = line.at("ttl_ms").get<uint64_t>();
  const json& guard = line.at("guard");
  write.guard.family = guard.at("family").get<std::string>();
  write.guard.qualifier = Bytes(guard, "qualifier");
  write.guard.timestamp_ms = guard.at("timestamp").get<uint64_t>();
  if (guard.contains("value")) write.guard.value = Bytes(guard, "value");
  return write;
}

Task<void> PutGuardedNow(Cluster* cluster, TableName table, std::vector<GuardedWrite> writes,
                         std::string origin) {
  const std::vector<StatusOr<GuardedOutcome>> outcomes =
      co_await cluster->WriteGuarded(std::move(table), std::move(writes), std::move(origin));
  for (const StatusOr<GuardedOutcome>& outcome : outcomes) {
    if (outcome.ok()) {
      const bool written = *outcome == GuardedOutcome::kWritten;
      std::cout << json{{"outcome", written ? "written" : "guard failed"}} << '\n';
    } else {
      std::cout << json{{"error", Text(outcome.status())},
                        {"code", absl::StatusCodeToString(outcome.status().code())}}
                << '\n';
    }
  }
  std::cout.flush();
}

Task<Status> PutGuarded(Cluster* cluster, TableName table, const Options& options) {
  std::vector<GuardedWrite> writes;
  for (std::string line; std::getline(std::cin, line);) {
    if (line.empty()) {
      co_await PutGuardedNow(cluster, table, writes, options.origin);
      writes.clear();
    } else {
      writes.push_back(GuardedFromJson(json::parse(line)));
    }
  }
  co_return absl::OkStatus();
}

Task<Status> Compact(Cluster* cluster, TableName table, const Options& options) {
  CO_ASSIGN_OR_RETURN(std::string row, FromStringBinary(options.row));
  const Deadline deadline = After(std::chrono::seconds(options.seconds));
  co_return co_await cluster->FlushAndCompact(std::move(table), std::move(row), deadline);
}

Task<Status> Snapshot(Cluster* cluster, TableName table, const Options& options) {
  const Deadline deadline = After(std::chrono::seconds(options.seconds));
  const Status taken = co_await cluster->TakeSnapshot(std::move(table), options.snapshot, deadline);
  std::cout << json{{"code", absl::StatusCodeToString(taken.code())}} << '\n';
  co_return taken;
}

Task<Status> Id(Cluster* cluster, TableName, const Options&) {
  CO_ASSIGN_OR_RETURN(const ClusterInfo info, co_await cluster->Describe());
  std::cout << json{{"id", info.cluster_id}} << '\n';
  co_return absl::OkStatus();
}

Task<Status> Regions(Cluster* cluster, TableName table, const Options&) {
  CO_ASSIGN_OR_RETURN(const std::vector<RegionLocation> regions,
                      co_await cluster->Regions(std::move(table)));
  for (const RegionLocation& region : regions) {
    std::cout << json{{"start", ToBase64(region.range.start)},
                      {"end", ToBase64(region.range.stop)},
                      {"server", region.server.ToString()}}
              << '\n';
  }
  co_return absl::OkStatus();
}

Task<Status> Tables(Cluster* cluster, TableName, const Options&) {
  CO_ASSIGN_OR_RETURN(const std::vector<TableDescriptor> tables, co_await cluster->Tables());
  for (const TableDescriptor& table : tables) {
    json families = json::object();
    for (const FamilyDescriptor& family : table.families) families[family.name] = family.scope;
    std::cout << json{{"table", table.table.ToString()}, {"families", families}} << '\n';
  }
  co_return absl::OkStatus();
}

// The rows of one side, counted by several streams that take the regions one after the other.
struct Count {
  Cluster* cluster = nullptr;
  TableName table;
  std::vector<RegionLocation> regions;
  size_t next_region = 0;
  uint64_t rows = 0;
  uint64_t bytes = 0;
  Status status;
};

Task<void> CountRegions(Count* count) {
  while (count->next_region < count->regions.size() && count->status.ok()) {
    ScanSpec spec;
    spec.table = count->table;
    spec.range = count->regions[count->next_region++].range;
    const std::unique_ptr<RowScanner> scanner = count->cluster->Scan(std::move(spec));
    for (bool last = false; !last;) {
      const StatusOr<CellBatch> batch = co_await scanner->Next();
      if (!batch.ok()) {
        count->status = batch.status();
        co_return;
      }
      for (const RowPiece& piece : batch->pieces) count->rows += piece.ends;
      count->bytes += batch->bytes;
      last = batch->last;
    }
  }
}

Task<Status> ScanBoth(Cluster* a, TableName table, const Options& options) {
  const Executor executor = co_await boost::asio::this_coro::executor;
  CO_ASSIGN_OR_RETURN(const ClusterKey key, ClusterKey::Parse(options.other_key));
  const rpc::Login login{"probe", std::nullopt};
  CO_ASSIGN_OR_RETURN(const std::unique_ptr<Cluster> b,
                      co_await hbase::Connect(executor, key, login));
  const auto begun = std::chrono::steady_clock::now();
  std::vector<Count> sides(2);
  std::vector<Task<void>> streams;
  for (Count& side : sides) {
    side.cluster = &side == &sides[0] ? a : b.get();
    side.table = table;
    CO_ASSIGN_OR_RETURN(side.regions, co_await side.cluster->Regions(table));
    for (int i = 0; i < options.streams; ++i) streams.push_back(CountRegions(&side));
  }
  co_await RunAll(std::move(streams));
  for (const Count& side : sides) CO_RETURN_IF_ERROR(side.status);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  std::cout << json{{"rows", {sides[0].rows, sides[1].rows}},
                    {"bytes", sides[0].bytes + sides[1].bytes},
                    {"seconds", took.count()}}
            << '\n';
  co_return absl::OkStatus();
}

// How long it takes to look for cells of the future in a table, and to read all of it.
Task<Status> Future(Cluster* cluster, TableName table, const Options&) {
  const auto seconds_since = [](std::chrono::steady_clock::time_point begun) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  };
  const auto begun = std::chrono::steady_clock::now();
  FutureScan scan;
  scan.cluster = cluster;
  scan.table = table;
  Governor governor;
  std::function<absl::Time()> clock = &absl::Now;
  CO_ASSIGN_OR_RETURN(const FutureCells found,
                      co_await FindFutureCells(std::move(scan), &governor, std::move(clock)));
  const double looking = seconds_since(begun);
  const auto read_from = std::chrono::steady_clock::now();
  Count count;
  count.cluster = cluster;
  count.table = table;
  CO_ASSIGN_OR_RETURN(count.regions, co_await cluster->Regions(table));
  co_await CountRegions(&count);
  CO_RETURN_IF_ERROR(count.status);
  std::cout << json{{"found", found.Sum()},
                    {"rows", count.rows},
                    {"seconds", looking},
                    {"seconds_to_read_all", seconds_since(read_from)}}
            << '\n';
  co_return absl::OkStatus();
}

// Some ten thousand row keys from all over the table.
Task<StatusOr<std::vector<std::string>>> SomeRows(Cluster* cluster, TableName table) {
  constexpr size_t kEvery = 100;
  ScanSpec spec;
  spec.table = std::move(table);
  spec.first_cell_only = true;
  const std::unique_ptr<RowScanner> scanner = cluster->Scan(std::move(spec));
  std::vector<std::string> rows;
  size_t seen = 0;
  for (bool last = false; !last;) {
    CO_ASSIGN_OR_RETURN(const CellBatch batch, co_await scanner->Next());
    for (const RowPiece& piece : batch.pieces) {
      if (seen++ % kEvery == 0) rows.emplace_back(piece.row);
    }
    last = batch.last;
  }
  if (rows.empty()) co_return absl::NotFoundError("the table has no rows");
  co_return rows;
}

Task<Status> Gets(Cluster* cluster, TableName table, const Options& options) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds kEvery(5);
  CO_ASSIGN_OR_RETURN(const std::vector<std::string> rows, co_await SomeRows(cluster, table));
  std::mt19937 random(1);
  std::vector<int64_t> took_us;
  const Clock::time_point end = Clock::now() + std::chrono::seconds(options.seconds);
  for (Clock::time_point due = Clock::now(); due < end; due += kEvery) {
    co_await SleepUntil(due);
    // From when it was due: an answer that is late makes the next one late too.
    CO_RETURN_IF_ERROR((co_await cluster->Get(table, rows[random() % rows.size()])).status());
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - due);
    took_us.push_back(took.count());
  }
  std::sort(took_us.begin(), took_us.end());
  std::cout << json{{"gets", took_us.size()},
                    {"p50_us", took_us[took_us.size() / 2]},
                    {"p99_us", took_us[took_us.size() * 99 / 100]}}
            << '\n';
  co_return absl::OkStatus();
}

Task<Status> ConnectAndAct(Action action, const Options& options) {
  const Executor executor = co_await boost::asio::this_coro::executor;
  CO_ASSIGN_OR_RETURN(const ClusterKey key, ClusterKey::Parse(options.key));
  TableName table;
  if (!options.table.empty()) {
    CO_ASSIGN_OR_RETURN(table, TableName::Parse(options.table));
  }
  const rpc::Login login{"probe", std::nullopt};
  CO_ASSIGN_OR_RETURN(const std::unique_ptr<Cluster> cluster,
                      co_await hbase::Connect(executor, key, login));
  co_return co_await action(cluster.get(), table, options);
}

Task<void> Root(Action action, const Options& options, boost::asio::io_context* io,
                Status* status) {
  *status = co_await ConnectAndAct(action, options);
  io->stop();
}

int Main(int argc, char** argv) {
  CLI::App app("The HBase client on its own");
  app.require_subcommand(1);
  Options options;
  Action action = nullptr;
  const auto command = [&](const char* name, Action act, bool takes_table = true) {
    CLI::App* sub = app.add_subcommand(name);
    sub->add_option("KEY", options.key)->required();
    if (act == ScanBoth) sub->add_option("OTHER_KEY", options.other_key)->required();
    if (takes_table) sub->add_option("TABLE", options.table)->required();
    sub->callback([&action, act] { action = act; });
    return sub;
  };
  CLI::App* scan = command("scan", Scan);
  scan->add_option("--batch-bytes", options.batch_bytes);
  scan->add_option("--pause-ms", options.pause_ms);
  scan->add_flag("--step", options.step);
  command("get", Get)->add_option("ROW", options.row)->required();
  command("put", Put);
  command("put-guarded", PutGuarded)->add_option("--origin", options.origin);
  CLI::App* compact = command("compact", Compact);
  compact->add_option("ROW", options.row)->required();
  compact->add_option("--seconds", options.seconds);
  CLI::App* snapshot = command("snapshot", Snapshot);
  snapshot->add_option("NAME", options.snapshot)->required();
  snapshot->add_option("--seconds", options.seconds);
  command("id", Id, false);
  command("regions", Regions);
  command("tables", Tables, false);
  command("gets", Gets)->add_option("--seconds", options.seconds);
  command("future", Future);
  command("scan-both", ScanBoth)->add_option("--streams", options.streams);
  CLI11_PARSE(app, argc, argv);

  boost::asio::io_context io;
  Status status;
  Spawn(io.get_executor(), Root(action, options, &io, &status));
  io.run();
  std::cout.flush();
  if (status.ok()) return 0;
  std::cerr << "probe: " << Text(status) << '\n';
  return 1;
}

}  // namespace
}  // namespace twinwatch

int main(int argc, char** argv) { return twinwatch::Main(argc, argv); }
