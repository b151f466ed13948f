#include "agent/app/agent.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "agent/app/agent_token.h"
#include "agent/app/drift_api.h"
#include "agent/app/link_repairer.h"
#include "agent/app/link_verifier.h"
#include "agent/app/link_watch.h"
#include "agent/app/rpc_counts.h"
#include "agent/app/service_manager.h"
#include "agent/app/version.h"
#include "agent/app/web.h"
#include "agent/app/web_config.h"
#include "exporters/http/server.h"
#include "probes/api/async.h"
#include "probes/api/helper_thread.h"

namespace twinwatch::app {
namespace {

constexpr std::chrono::milliseconds kTimeToEnd{700};
// A repair ends between two batches, but a job of CopyTable has to be ended first. Less than
// TimeoutStopSec of the unit.
constexpr std::chrono::seconds kTimeToEndRepairs{25};
// Each cluster's Ambari has twenty seconds.
constexpr std::chrono::minutes kCheckWithin{10};
// No turn of a watch takes as long, whatever does not answer.
constexpr absl::Duration kTurnWithin = absl::Minutes(10);

class Agent {
 public:
  explicit Agent(boost::asio::io_context* io)
      : io_(io), server_(io->get_executor(), Handler()), checking_(io->get_executor(), 1) {}

  Status Start(const Config& config, const std::string& listen_address,
               const std::string& ledger_path, const std::string& web_config_file) {
    ASSIGN_OR_RETURN(std::vector<LinkSpec> specs, SpecsOf(config));
    for (LinkSpec& spec : specs) spec.rpcs = rpcs_;
    web_config_file_ = web_config_file;
    ASSIGN_OR_RETURN(http_server::Access access, AccessOf(web_config_file_));
    ASSIGN_OR_RETURN(ledger_, ledger::Ledger::Open(ledger_path, ledger::OpenMode::kCreate));
    const std::filesystem::path folder = std::filesystem::path(ledger_path).parent_path();
    ASSIGN_OR_RETURN(access.token, KeepToken(TokenFile(folder.string())));
    server_.Protect(std::move(access));
    audit_.emplace(std::filesystem::path(ledger_path).replace_filename("audit.log"));
    table_limit_ = config.metrics_table_limit;
    for (size_t i = 0; i < specs.size(); ++i) {
      LinkSpec& spec = specs[i];
      AddTickets(spec);
      const LinkConfig& link = config.links[i];
      watches_.push_back(std::make_unique<LinkWatch>(io_->get_executor(), spec, ledger_.get(),
                                                     [this] { Publish(); }));
      verifiers_.push_back(std::make_unique<LinkVerifier>(
          io_->get_executor(), spec, link.verify, ledger_.get(),
          [watch = watches_.back().get()] { return watch->Lag(); }, [this] { Publish(); }));
      RepairerParts repair;
      repair.executor = io_->get_executor();
      repair.spec = std::move(spec);
      repair.config = link.repair;
      repair.storage_folder = folder.string();
      repair.config_file = config.file;
      repair.ledger = ledger_.get();
      repair.verifier = verifiers_.back().get();
      repair.watch = watches_.back().get();
      repair.changed = [this] { Publish(); };
      repairers_.push_back(std::make_unique<LinkRepairer>(std::move(repair)));
    }
    Publish();
    RETURN_IF_ERROR(server_.Listen(listen_address));
    spdlog::info("msg=\"listening\" address={} port={}", listen_address, server_.port());
    for (const auto& watch : watches_) watch->Start();
    for (const auto& verifier : verifiers_) verifier->Start();
    for (const auto& repairer : repairers_) repairer->Start();
    Spawn(io_->get_executor(), TellManager());
    return absl::OkStatus();
  }

  // The new file is checked; if it is good this one ends, for the program to begin anew with it.
  Task<void> Reload(const ConfigLoader* load) {
    if (stopping_) co_return;
    manager_.Reloading();
    const StatusOr<Config> config = (*load)();
    Status status = config.status();
    if (config.ok()) status = co_await CheckSpecs(*config);
    if (stopping_) co_return;
    status.Update(AccessOf(web_config_file_).status());
    config_is_good_ = status.ok();
    Publish();
    if (status.ok()) {
      spdlog::info("msg=\"begins anew with the new configuration\"");
      begins_anew_ = true;
      Stop();
      co_return;
    }
    spdlog::error("msg=\"the old configuration stays in force: {}\"", Text(status));
    manager_.Ready();
  }

  bool begins_anew() const { return begins_anew_; }

  // What scans have found is recorded, if that takes no longer than a moment.
  void Stop() {
    if (!begins_anew_) manager_.Stopping();
    stopping_ = true;
    server_.Stop();
    for (const auto& verifier : verifiers_) verifier->Stop();
    for (const auto& repairer : repairers_) repairer->Stop();
    Spawn(io_->get_executor(), EndWhenIdle());
  }

 private:
  http_server::Server::Handler Handler() {
    return [this](const http_server::Request& request) {
      http_server::Response response = Answer(request);
      if (request.method != "GET" && response.status == 200) Publish();
      return response;
    };
  }

  Task<void> EndWhenIdle() {
    co_await WaitForIdle(&verifiers_, After(kTimeToEnd));
    co_await WaitForIdle(&repairers_, After(kTimeToEndRepairs));
    io_->stop();
  }

  template <typename Ones>
  static Task<void> WaitForIdle(const Ones* ones, Deadline deadline) {
    const auto idle = [](const auto& one) { return one->IsIdle(); };
    while (!std::all_of(ones->begin(), ones->end(), idle) &&
           std::chrono::steady_clock::now() < deadline) {
      co_await SleepFor(std::chrono::milliseconds(20));
    }
  }

  static StatusOr<http_server::Access> AccessOf(const std::string& web_config_file) {
    if (web_config_file.empty()) return http_server::Access();
    return LoadWebConfig(web_config_file);
  }

  static StatusOr<std::vector<LinkSpec>> SpecsOf(const Config& config) {
    if (config.links.empty()) {
      return Error(absl::StatusCode::kInvalidArgument,
                   "the configuration names no link: there is nothing to watch");
    }
    std::vector<LinkSpec> specs;
    const Caps caps = CapsOf(config);
    for (const LinkConfig& link : config.links) {
      ASSIGN_OR_RETURN(LinkSpec spec, LinkSpecFromConfig(config, link, caps));
      spec.rounds_kept = Watermark::kRounds / config.links.size();
      specs.push_back(std::move(spec));
    }
    return specs;
  }

  // Elsewhere, for Ambari may be long in answering.
  Task<Status> CheckSpecs(Config config) {
    auto checked = std::make_shared<Status>();
    const auto done = std::make_shared<OneShot<bool>>(io_->get_executor());
    const bool begun = checking_.Run(
        [checked, config = std::move(config)] {
          *checked = SpecsOf(config).status();
          return true;
        },
        done);
    if (!begun || !(co_await done->Wait(After(kCheckWithin))).ok()) {
      co_return Error(absl::StatusCode::kDeadlineExceeded,
                      "it is not known where its clusters are: Ambari did not answer in time");
    }
    co_return *checked;
  }

  // Why it is not; empty: it is.
  std::string NotReady() const {
    for (const auto& watch : watches_)
      if (!watch->tried()) return fmt::format("link {} was not read yet", watch->name());
    return "";
  }
  std::string NotHealthy() const {
    for (const auto& watch : watches_) {
      if (absl::Now() - watch->last_turn() > kTurnWithin)
        return fmt::format("the watch of link {} stands still", watch->name());
    }
    return "";
  }

  // That it is ready, and then that it is alive, for as long as it is.
  Task<void> TellManager() {
    while (!NotReady().empty()) co_await SleepFor(std::chrono::milliseconds(100));
    manager_.Ready();
    if (!manager_.watchdog_interval()) co_return;
    const std::chrono::milliseconds interval =
        absl::ToChronoMilliseconds(*manager_.watchdog_interval());
    while (true) {
      if (NotHealthy().empty()) manager_.Alive();
      co_await SleepFor(interval);
    }
  }

  http_server::Response Answer(const http_server::Request& request) {
    if (auto refused = RefuseMethod(request)) return *std::move(refused);
    Served served;
    served.snapshot = snapshot_.get();
    served.history = &history_;
    for (const auto& verifier : verifiers_) served.jobs.links.push_back(&verifier->jobs());
    for (const auto& repairer : repairers_) served.jobs.repairs.push_back(&repairer->repairs());
    served.jobs.audit = &*audit_;
    served.now = absl::Now();
    served.not_ready = NotReady();
    served.not_healthy = NotHealthy();
    for (size_t i = 0; i < watches_.size(); ++i) {
      std::optional<http_server::Response> drift =
          AnswerDrift(request, watches_[i]->name(), ledger_.get(), verifiers_[i]->pair());
      if (drift) return *std::move(drift);
    }
    return Respond(request, served);
  }

  // Everything that is served comes from here; nothing is computed when somebody asks.
  void Publish() {
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->version = Version();
    snapshot->revision = Revision();
    snapshot->table_limit = table_limit_;
    snapshot->config_is_good = config_is_good_;
    for (size_t i = 0; i < watches_.size(); ++i) {
      const LinkVerifier& verifier = *verifiers_[i];
      if (std::optional<LinkSnapshot> link = watches_[i]->Latest()) {
        link->tables = verifier.tables(absl::Now());
        link->ever_drifted = verifier.ever_drifted();
        link->ranges = verifier.ranges();
        link->verify = verifier.totals();
        link->repair = repairers_[i]->repairs().totals();
        snapshot->links.push_back(*std::move(link));
      }
      for (CollectorState& state : watches_[i]->states())
        snapshot->collectors.push_back(std::move(state));
      snapshot->collectors.push_back(verifier.state());
      snapshot->collectors.push_back(repairers_[i]->state(absl::Now()));
      for (Job& job : repairers_[i]->repairs().jobs()) snapshot->jobs.push_back(std::move(job));
      for (Job& job : verifier.jobs().jobs()) snapshot->jobs.push_back(std::move(job));
    }
    for (const auto& [hbase, ticket] : tickets_) {
      if (const std::optional<absl::Time> expires = ticket->expires())
        snapshot->ticket_expires[hbase] = *expires;
    }
    snapshot->rpcs = rpcs_->totals();
    std::stable_partition(snapshot->jobs.begin(), snapshot->jobs.end(),
                          [](const Job& job) { return !job.HasEnded(); });
    history_.Add(snapshot->links, absl::Now());
    snapshot_ = std::move(snapshot);
  }

  void AddTickets(const LinkSpec& spec) {
    if (spec.source_kerberos) tickets_[spec.source.ToString()] = spec.source_kerberos->ticket;
    if (spec.target && spec.target_kerberos)
      tickets_[spec.target->ToString()] = spec.target_kerberos->ticket;
  }

  boost::asio::io_context* io_;
  std::map<std::string, std::shared_ptr<gss::Ticket>> tickets_;  // by cluster
  const std::shared_ptr<RpcCounts> rpcs_ = std::make_shared<RpcCounts>();
  std::unique_ptr<ledger::Ledger> ledger_;
  std::optional<AuditLog> audit_;
  // One of each for a link, in the order of the configuration.
  std::vector<std::unique_ptr<LinkWatch>> watches_;
  std::vector<std::unique_ptr<LinkVerifier>> verifiers_;
  std::vector<std::unique_ptr<LinkRepairer>> repairers_;
  ServiceManager manager_;
  size_t table_limit_ = 0;
  bool config_is_good_ = true;
  bool stopping_ = false;
  bool begins_anew_ = false;
  std::shared_ptr<const Snapshot> snapshot_;
  page::LagHistory history_;
  std::string web_config_file_;
  http_server::Server server_;
  HelperThread checking_;  // of a configuration that is to be the next
};

Task<void> ReloadOnHangUp(Executor executor, Agent* agent, const ConfigLoader* load) {
  boost::asio::signal_set hang_up(executor, SIGHUP);
  while (true) {
    const auto [error, signal] =
        co_await hang_up.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    if (error) co_return;
    co_await agent->Reload(load);
  }
}

// The program once more, in the same process: nothing of the old one is left to be wound up.
Status BeginAnew() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::vector<std::string> arguments;
  for (std::string one; std::getline(file, one, '\0');) arguments.push_back(one);
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  // A hang-up that comes before the new one listens for it must not end it.
  std::signal(SIGHUP, SIG_IGN);
  constexpr unsigned kFirst = 3;
  constexpr int kOnExec = 1 << 2;  // CLOSE_RANGE_CLOEXEC
  close_range(kFirst, ~0U, kOnExec);
  execv("/proc/self/exe", pointers.data());
  return Error(absl::StatusCode::kInternal, "the agent cannot begin anew: {}",
               std::strerror(errno));
}

}  // namespace

Status RunAgent(const Config& config, const std::string& listen_address,
                const std::string& ledger_path, const std::string& web_config_file,
                const ConfigLoader& load) {
  spdlog::set_pattern("ts=%Y-%m-%dT%H:%M:%S.%eZ level=%l %v", spdlog::pattern_time_type::utc);
  boost::asio::io_context io;
  Agent agent(&io);
  // Before anything that takes time: the one before this may have left hang-ups ignored.
  Spawn(io.get_executor(), ReloadOnHangUp(io.get_executor(), &agent, &load));
  RETURN_IF_ERROR(agent.Start(config, listen_address, ledger_path, web_config_file));
  boost::asio::signal_set stop(io, SIGINT, SIGTERM);
  bool ended = false;
  stop.async_wait([&agent, &ended](const boost::system::error_code& error, int signal) {
    if (error) return;
    spdlog::info("msg=\"stopping\" signal={}", signal);
    ended = true;
    agent.Stop();
  });
  io.run();
  return agent.begins_anew() && !ended ? BeginAnew() : absl::OkStatus();
}

}  // namespace twinwatch::app
