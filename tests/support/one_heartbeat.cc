// The old mistake, kept: a barrier that takes one heartbeat seen on the target for proof that all
// written before it has arrived. The bed shows that it calls rows drift that are on their way; the
// real barriers, begun in the same situation, do not. Not shipped.
//
//   one_heartbeat --source conf:DIR --table T [--start-row R] --barrier one|heartbeats|auto
//
// verifies the rows with that barrier. After the first look it prints {"waiting":true} and waits
// for a byte on stdin before it begins the barrier, so that a test decides what happens first.
// Then it prints what was found.
//
// Two sandwiches would hide the mistake if each brought a heartbeat of its own: the second one
// travels behind the whole batch of the first. So the mistaken barrier writes one alone and holds
// it for proof of every sandwich, and here sandwiches follow each other at once, for all barriers.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read.hpp>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "agent/app/cluster_spec.h"
#include "agent/app/link.h"
#include "agent/core/bytes.h"
#include "probes/replication/heartbeat_reader.h"
#include "probes/replication/heartbeat_table.h"
#include "probes/replication/heartbeat_writer.h"
#include "probes/replication/replication_barrier.h"
#include "verifier/run/verify_table.h"

namespace twinwatch {
namespace {

using nlohmann::json;

struct Options {
  std::string source, table, start_row, barrier;
  int timeout_seconds = 120;
};

class OneHeartbeatBarrier : public Barrier {
 public:
  OneHeartbeatBarrier(BarrierParts parts, HeartbeatWriter writer)
      : parts_(std::move(parts)), writer_(std::move(writer)) {}

  BarrierKind kind() const override { return BarrierKind::kHeartbeats; }

  Task<StatusOr<BarrierPass>> Pass(Deadline deadline) override {
    BarrierPass pass;
    pass.begun = absl::Now();
    if (!round_) {
      CO_ASSIGN_OR_RETURN(const ClusterInfo info, co_await parts_.source->Describe());
      const HeartbeatEpoch epoch = EpochOf(info.live_servers, std::nullopt, 0);
      CO_ASSIGN_OR_RETURN(round_, co_await writer_.Beat(1, info.live_servers, epoch, absl::Now()));
      std::cout << json{{"beat", true}} << std::endl;
    }
    while (true) {
      CO_ASSIGN_OR_RETURN(const bool arrived,
                          co_await HaveArrived(parts_.target, parts_.heartbeat_table, *round_));
      if (arrived) break;
      if (std::chrono::steady_clock::now() >= deadline)
        co_return absl::DeadlineExceededError("the heartbeat has not been seen");
      co_await SleepFor(std::chrono::milliseconds(2));
    }
    pass.passed = absl::Now();
    co_return pass;
  }

 private:
  BarrierParts parts_;
  HeartbeatWriter writer_;
  std::optional<BeatRound> round_;
};

// Waits for a word from outside before the first Pass.
class Gate : public Barrier {
 public:
  explicit Gate(Barrier* barrier) : barrier_(barrier) {}

  BarrierKind kind() const override { return barrier_->kind(); }

  Task<StatusOr<BarrierPass>> Pass(Deadline deadline) override {
    if (!open_) {
      open_ = true;
      std::cout << json{{"waiting", true}} << std::endl;
      const Executor executor = co_await boost::asio::this_coro::executor;
      boost::asio::posix::stream_descriptor input(executor, ::dup(STDIN_FILENO));
      char go = 0;
      const auto buffer = boost::asio::buffer(&go, 1);
      co_await boost::asio::async_read(input, buffer,
                                       boost::asio::as_tuple(boost::asio::use_awaitable));
    }
    ++passes;
    co_return co_await barrier_->Pass(deadline);
  }

  int passes = 0;

 private:
  Barrier* barrier_;
  bool open_ = false;
};

class Nobody : public VerifyObserver {
 public:
  void OnFinding(const Finding&) override {}
  void OnProgress(const TableName&, double, uint64_t, std::string_view) override {}
};

Task<StatusOr<std::unique_ptr<Barrier>>> MakeBarrier(BarrierParts parts, std::string name) {
  if (name != "one") co_return co_await OpenBarrier(std::move(parts));
  CO_ASSIGN_OR_RETURN(const ClusterInfo info, co_await parts.source->Describe());
  HeartbeatWriter writer(parts.source, parts.heartbeat_table, info.cluster_id, parts.writer_id);
  co_return std::make_unique<OneHeartbeatBarrier>(std::move(parts), std::move(writer));
}

json ToJson(const TableResult& result, const Gate& gate) {
  json out = {{"drift", result.drift.Sum()},
              {"in_flight", result.in_flight},
              {"unknown", result.unknown_rows},
              {"rows", std::max(result.rows_source, result.rows_target)},
              {"passes", gate.passes},
              {"barrier", ToString(gate.kind())},
              {"seconds", absl::ToDoubleSeconds(result.took)}};
  for (const UnverifiedRange& range : result.unverified) out["unverified"].push_back(range.why);
  return out;
}

Task<Status> Verify(const Options& options) {
  const Executor executor = co_await boost::asio::this_coro::executor;
  app::LinkSpec spec;
  CO_ASSIGN_OR_RETURN(spec.source, app::ResolveClusterSpec(options.source));
  spec.source_wals = app::WalHomeOfSpec(options.source);
  CO_ASSIGN_OR_RETURN(const std::unique_ptr<app::Link> link,
                      co_await app::OpenLink(executor, std::move(spec), app::Sides::kBoth));
  if (!link->peer) co_return absl::NotFoundError("there is no peer");

  BarrierParts parts;
  parts.source = link->source.get();
  parts.target = link->target.get();
  if (options.barrier == "auto") parts.wals = link->source_wals.get();
  parts.no_wals = "they are not to be used";
  parts.peer = *link->peer;
  CO_ASSIGN_OR_RETURN(parts.heartbeat_table, TableName::Parse(kHeartbeatTable));
  parts.writer_id = NewWriterId();
  CO_ASSIGN_OR_RETURN(const std::unique_ptr<Barrier> barrier,
                      co_await MakeBarrier(std::move(parts), options.barrier));
  Gate gate(barrier.get());

  TablePair pair;
  pair.source = link->source.get();
  pair.target = link->target.get();
  CO_ASSIGN_OR_RETURN(pair.source_table, TableName::Parse(options.table));
  pair.target_table = pair.source_table;
  pair.families = {"f"};
  VerifyTableOptions how;
  CO_ASSIGN_OR_RETURN(how.range.start, FromStringBinary(options.start_row));
  how.confirm = Confirm::kBarrier;
  how.barriers.forward = &gate;
  how.confirming.barrier_timeout = absl::Seconds(options.timeout_seconds);
  how.confirming.between = absl::ZeroDuration();
  Nobody nobody;
  const TableResult result = co_await VerifyTable(std::move(pair), std::move(how), &nobody);
  std::cout << ToJson(result, gate) << std::endl;
  if (result.error) co_return absl::InternalError(ToAbsl(*result.error));
  co_return absl::OkStatus();
}

Task<void> Root(const Options& options, boost::asio::io_context* io, Status* status) {
  *status = co_await Verify(options);
  io->stop();
}

int Main(int argc, char** argv) {
  CLI::App app("A verification with the barrier that is none");
  Options options;
  app.add_option("--source", options.source)->required();
  app.add_option("--table", options.table)->required();
  app.add_option("--start-row", options.start_row);
  app.add_option("--barrier", options.barrier)
      ->required()
      ->check(CLI::IsMember({"one", "heartbeats", "auto"}));
  app.add_option("--timeout", options.timeout_seconds);
  CLI11_PARSE(app, argc, argv);

  boost::asio::io_context io;
  Status status;
  Spawn(io.get_executor(), Root(options, &io, &status));
  io.run();
  if (status.ok()) return 0;
  std::cerr << "one_heartbeat: " << Text(status) << '\n';
  return 1;
}

}  // namespace
}  // namespace twinwatch

int main(int argc, char** argv) { return twinwatch::Main(argc, argv); }
