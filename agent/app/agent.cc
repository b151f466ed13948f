#include "agent/app/agent.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <memory>
#include <utility>
#include <vector>

#include "agent/app/link_verifier.h"
#include "agent/app/link_watch.h"
#include "agent/app/version.h"
#include "exporters/http/server.h"
#include "exporters/metrics.h"
#include "exporters/process_stats.h"
#include "exporters/status_json.h"
#include "probes/api/async.h"

namespace twinwatch::app {
namespace {

constexpr std::chrono::milliseconds kTimeToEnd{700};
constexpr char kText[] = "text/plain; charset=utf-8";

// The landing page that exporters have; the status page takes its place when it exists.
constexpr char kLanding[] =
    "<!doctype html><html lang=\"en\"><title>Twinwatch</title><h1>Twinwatch</h1>"
    "<p><a href=\"/metrics\">metrics</a> <a href=\"/api/v1/status\">status</a></p></html>\n";

class Agent {
 public:
  explicit Agent(boost::asio::io_context* io) : io_(io), server_(io->get_executor(), Handler()) {}

  Status Start(const Config& config, const std::string& listen_address,
               const std::string& ledger_path) {
    if (config.links.empty()) {
      return Error(absl::StatusCode::kInvalidArgument,
                   "the configuration names no link: there is nothing to watch");
    }
    ASSIGN_OR_RETURN(ledger_, ledger::Ledger::Open(ledger_path, ledger::OpenMode::kCreate));
    for (const LinkConfig& link : config.links) {
      ASSIGN_OR_RETURN(LinkSpec spec, LinkSpecFromConfig(config, link));
      watches_.push_back(std::make_unique<LinkWatch>(io_->get_executor(), spec, ledger_.get(),
                                                     [this] { Publish(); }));
      verifiers_.push_back(std::make_unique<LinkVerifier>(
          io_->get_executor(), std::move(spec), link.verify, ledger_.get(),
          [watch = watches_.back().get()] { return watch->Lag(); }, [this] { Publish(); }));
    }
    Publish();
    RETURN_IF_ERROR(server_.Listen(listen_address));
    spdlog::info("msg=\"listening\" address={} port={}", listen_address, server_.port());
    for (const auto& watch : watches_) watch->Start();
    for (const auto& verifier : verifiers_) verifier->Start();
    return absl::OkStatus();
  }

  // What scans have found is recorded, if that takes no longer than a moment.
  void Stop() {
    server_.Stop();
    for (const auto& verifier : verifiers_) verifier->Stop();
    Spawn(io_->get_executor(), EndWhenIdle());
  }

 private:
  http_server::Server::Handler Handler() {
    return [this](const http_server::Request& request) { return Answer(request); };
  }

  Task<void> EndWhenIdle() {
    const Deadline deadline = After(kTimeToEnd);
    const auto idle = [](const auto& verifier) { return verifier->IsIdle(); };
    while (!std::all_of(verifiers_.begin(), verifiers_.end(), idle) &&
           std::chrono::steady_clock::now() < deadline) {
      co_await SleepFor(std::chrono::milliseconds(20));
    }
    io_->stop();
  }

  http_server::Response Answer(const http_server::Request& request) const {
    if (request.path == "/metrics") {
      return {200, kMetricsContentType, MetricsText(*snapshot_, ReadProcessStats())};
    }
    if (request.path == "/-/healthy") return {200, kText, "healthy\n"};
    if (request.path == "/-/ready") return Ready();
    if (request.path == "/api/v1/status") {
      return {200, "application/json", StatusDocument("status", snapshot_->links) + "\n"};
    }
    if (request.path == "/") return {200, "text/html; charset=utf-8", kLanding};
    return {404, kText, "no such page\n"};
  }

  http_server::Response Ready() const {
    for (const auto& watch : watches_) {
      if (!watch->tried())
        return {503, kText, "not ready: " + watch->queues_state().name + " was not read yet\n"};
    }
    return {200, kText, "ready\n"};
  }

  // Everything that is served comes from here; nothing is computed when somebody asks.
  void Publish() {
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->version = Version();
    snapshot->revision = Revision();
    for (size_t i = 0; i < watches_.size(); ++i) {
      const LinkVerifier& verifier = *verifiers_[i];
      if (std::optional<LinkSnapshot> link = watches_[i]->Latest()) {
        link->tables = verifier.tables();
        link->verify = verifier.totals();
        snapshot->links.push_back(*std::move(link));
      }
      snapshot->collectors.push_back(watches_[i]->queues_state());
      snapshot->collectors.push_back(verifier.state());
    }
    snapshot_ = std::move(snapshot);
  }

  boost::asio::io_context* io_;
  std::unique_ptr<ledger::Ledger> ledger_;
  // One of each for a link, in the order of the configuration.
  std::vector<std::unique_ptr<LinkWatch>> watches_;
  std::vector<std::unique_ptr<LinkVerifier>> verifiers_;
  std::shared_ptr<const Snapshot> snapshot_;
  http_server::Server server_;
};

// A hang-up would end the process; nothing is read again yet, and whoever asks should know.
Task<void> SayThatNothingIsReloaded(Executor executor) {
  boost::asio::signal_set hang_up(executor, SIGHUP);
  while (true) {
    const auto [error, signal] =
        co_await hang_up.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    if (error) co_return;
    spdlog::warn("msg=\"the configuration is not reloaded in this version: restart\" signal={}",
                 signal);
  }
}

}  // namespace

Status RunAgent(const Config& config, const std::string& listen_address,
                const std::string& ledger_path) {
  spdlog::set_pattern("ts=%Y-%m-%dT%H:%M:%S.%eZ level=%l %v", spdlog::pattern_time_type::utc);
  boost::asio::io_context io;
  Agent agent(&io);
  RETURN_IF_ERROR(agent.Start(config, listen_address, ledger_path));
  boost::asio::signal_set stop(io, SIGINT, SIGTERM);
  stop.async_wait([&agent](const boost::system::error_code& error, int signal) {
    if (error) return;
    spdlog::info("msg=\"stopping\" signal={}", signal);
    agent.Stop();
  });
  Spawn(io.get_executor(), SayThatNothingIsReloaded(io.get_executor()));
  io.run();
  return absl::OkStatus();
}

}  // namespace twinwatch::app
