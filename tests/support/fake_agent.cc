// The agent's web side over a made-up situation, for browsers and fuzzers: no cluster is needed.
//
//   fake_agent SITUATION [ADDRESS [WEB_CONFIG_FILE TOKEN [LEDGER [AUDIT]]]]
//                                      healthy lagging stalled disabled drifted never_verified
//                                      future_cells target_down unread two_links many_servers
//                                      odd_names
//
// Empty arguments are as good as none. With a ledger it has drift too: that of the first pair for
// the first link, and so on. Of each link a full pass runs, which goes on from request to request;
// the audit log is the file AUDIT. Prints the port and serves until it is killed; /whoami is what
// Request::user says, and who says "X-Test-User: NAME" is believed. Times are relative to now, so
// that pages look alive.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/app/drift_api.h"
#include "agent/app/link_jobs.h"
#include "agent/app/web.h"
#include "agent/app/web_config.h"
#include "exporters/http/server.h"
#include "verifier/ledger/ledger.h"

namespace twinwatch {
namespace {

QueueStatus Queue(int server, QueueState state, uint64_t bytes) {
  QueueStatus queue;
  queue.regionserver = fmt::format("rs{}.east.example.com,16020,1795451884000", server);
  queue.queue = "west";
  queue.group = fmt::format("rs{}.east.example.com%2C16020%2C1795451884000", server);
  queue.state = state;
  queue.wals = state == QueueState::kStalled ? 4 : 1;
  queue.bytes = bytes;
  queue.wal = queue.group + ".1795451954218";
  queue.position = 5'000'000;
  queue.oldest_ms = absl::ToUnixMillis(absl::Now() - absl::Minutes(14));
  return queue;
}

TableMarks Table(const std::string& name) {
  TableMarks table;
  table.table = *TableName::Parse(name);
  table.full_pass_at = absl::Now() - absl::Hours(20);
  table.writes_verified_until = absl::Now() - absl::Minutes(4);
  table.confirm = "position+heartbeat";
  table.coverage = 1;
  table.drift.emplace();
  table.future.emplace().as_of = absl::Now() - absl::Minutes(4);
  return table;
}

LinkSnapshot Healthy(int servers = 3) {
  LinkSnapshot link;
  LinkStatus& status = link.status;
  status.link = "east-west";
  status.source = "zk1,zk2,zk3:2181:/hbase";
  status.target = "zk4,zk5,zk6:2181:/hbase";
  status.peer = "west";
  status.peer_enabled = true;
  status.state = QueueState::kOk;
  status.watermark = absl::Now() - absl::Milliseconds(800);
  status.backlog_bytes = 1'200'000;
  status.time_to_drain = absl::Seconds(1);
  status.recovered_queues = 0;
  status.orphan_queues.emplace();
  status.missing_wals.emplace();
  status.hfile_refs = 0;
  status.reported = ReportedSummary{0, 900, 3};
  status.tables = TableCounts{14, 1, 0, 0, 0, {}};
  for (int i = 1; i <= servers; ++i) {
    status.queues.push_back(Queue(i, i % 3 == 0 ? QueueState::kIdle : QueueState::kOk, 400'000));
    HeartbeatView::Server& beats =
        link.heartbeats.servers[fmt::format("rs{}.east.example.com:16020", i)];
    beats.written = absl::Now();
    beats.observed = absl::Now() - absl::Seconds(1);
  }
  link.ever_drifted.emplace();
  link.verify.unknown_rows = 0;
  link.heartbeats.uncovered = 0;
  link.tables = {Table("orders"), Table("ns1:events"), Table("customers")};
  return link;
}

void HoldBack(LinkSnapshot* link, QueueState state, absl::Duration lag, const std::string& why) {
  link->status.state = state;
  link->status.watermark = absl::Now() - lag;
  link->status.why = why;
  link->status.held_by = link->status.queues[0].regionserver;
  link->status.held_why = "its source has not shipped what it wrote";
  link->status.queues[0].state = state;
  link->status.queues[0].why = why;
  link->status.queues[0].bytes = 311'000'000;
  link->status.backlog_bytes = 311'400'000;
  link->status.time_to_drain.reset();
  if (state == QueueState::kStalled) link->status.queues[0].wals = 4;
  link->heartbeats.servers.begin()->second.observed = absl::Now() - lag;
  for (TableMarks& table : link->tables)
    table.writes_verified_until = absl::Now() - lag - absl::Minutes(2);
}

Snapshot Situation(const std::string& name) {
  Snapshot snapshot;
  snapshot.version = "0.1.0";
  snapshot.revision = "fake";
  LinkSnapshot link = Healthy(name == "many_servers" ? 500 : 3);
  std::string target_error;
  if (name == "lagging") {
    HoldBack(&link, QueueState::kLagging, absl::Minutes(7), "more and more waits: 311000000 bytes");
  } else if (name == "stalled") {
    HoldBack(&link, QueueState::kStalled, absl::Minutes(14),
             "it has not moved for 14m3s while bytes wait; the target has no table orders, which "
             "the peer replicates");
  } else if (name == "disabled") {
    HoldBack(&link, QueueState::kDisabled, absl::Hours(3), "peer west is disabled");
    link.status.peer_enabled = false;
  } else if (name == "drifted") {
    link.tables[0].drift->missing = 42;
  } else if (name == "future_cells") {
    link.tables[0].future->markers = 1;
    link.tables[0].future->furthest_ms =
        static_cast<uint64_t>(absl::ToUnixMillis(absl::Now() + absl::Hours(1)));
  } else if (name == "never_verified") {
    link.tables[1].full_pass_at.reset();
  } else if (name == "target_down") {
    target_error = "zk4,zk5,zk6:2181:/hbase: no ZooKeeper answers at zk4,zk5,zk6:2181";
    HoldBack(&link, QueueState::kStalled, absl::Minutes(22),
             "it has not moved for 22m0s while bytes wait; the target does not answer");
  } else if (name == "odd_names") {
    link.status.link = "<script>alert('x')</script>";
    link.status.why = "\"&'<b>";
  }
  const std::string link_name = link.status.link;
  if (name != "unread") snapshot.links.push_back(link);
  if (name == "two_links") {
    LinkSnapshot back = Healthy(2);
    back.status.link = "west-east";
    std::swap(back.status.source, back.status.target);
    snapshot.links.push_back(back);
  }
  const bool is_read = name != "unread";
  const std::string unread = is_read ? "" : "no ZooKeeper answers at zk1,zk2,zk3:2181";
  const auto since = is_read ? std::optional(absl::Now()) : std::nullopt;
  snapshot.collectors = {{"queues:" + link_name, is_read, since, unread},
                         {"heartbeat:" + link_name, is_read, since, unread},
                         {"target:" + link_name, target_error.empty(), since, target_error},
                         {"verify:" + link_name, is_read, since, unread}};
  if (name == "two_links") snapshot.collectors.push_back({"verify:west-east", true, since, ""});
  return snapshot;
}

// A full pass that reads two megabytes and a thousand rows a second, of the same tables as Healthy.
class FakePass {
 public:
  FakePass(const LinkSnapshot& link, int number)
      : jobs_(link.status.link, app::VerifyConfig(), absl::UTCTimeZone()) {
    const bool moves =
        link.status.state == QueueState::kOk || link.status.state == QueueState::kLagging;
    if (moves && link.status.watermark) lag_ = absl::Now() - *link.status.watermark;
    now_ = absl::Now() - absl::Minutes(12);
    jobs_.Begin(
        JobKind::kIncrementalPass,
        {fmt::format("20261123T162204Z-{:04x}", number), now_, {{*TableName::Parse("orders")}}},
        now_);
    jobs_.End(JobKind::kIncrementalPass, absl::OkStatus(), "same", now_);
    governor_ = jobs_.pacing().BeginFull();
    jobs_.Begin(
        JobKind::kFullPass,
        {fmt::format("20261123T163804Z-{:04x}", 0x1f3a + number),
         now_,
         {{*TableName::Parse("orders"), 40}, {kTable, 1000}, {*TableName::Parse("customers"), 8}}},
        now_);
    jobs_.Rows(JobKind::kFullPass, *TableName::Parse("orders"), 1'200'000);
    for (int second = 0; second < 720; ++second) GoOn(now_ + absl::Seconds(1));
    jobs_.Look(lag_, absl::Now());
  }

  app::LinkJobs* jobs() { return &jobs_; }

  // To `now`, as long as nothing holds it.
  void GoOn(absl::Time now) {
    const double seconds = absl::ToDoubleSeconds(now - now_);
    now_ = now;
    if (runs_ && !governor_->status().ok()) {
      runs_ = false;
      jobs_.End(JobKind::kFullPass, governor_->status(), "unknown", now);
      jobs_.pacing().EndFull();
    }
    if (runs_ && !governor_->paused()) {
      ServerAnswer answer;
      answer.bytes = static_cast<uint64_t>(seconds * 2e6);
      governor_->Took(answer, {});
      fraction_ += (1 - fraction_) * seconds / 3600;
      rows_ += seconds * 1000;
      jobs_.Progress(JobKind::kFullPass, kTable, fraction_, "");
      jobs_.Rows(JobKind::kFullPass, kTable, static_cast<uint64_t>(rows_));
    }
    jobs_.Look(lag_, now);
  }

 private:
  static inline const TableName kTable{"ns1", "events"};

  app::LinkJobs jobs_;
  std::optional<absl::Duration> lag_;
  absl::Time now_;
  Governor* governor_ = nullptr;
  bool runs_ = true;
  double fraction_ = 0;
  double rows_ = 0;
};

// An hour in which the lag came to what it is now.
void Remember(const Snapshot& snapshot, page::LagHistory* history) {
  for (int minute = 60; minute >= 0; --minute) {
    std::vector<LinkSnapshot> links = snapshot.links;
    for (LinkSnapshot& link : links) {
      if (!link.status.watermark) continue;
      const absl::Duration lag = absl::Now() - *link.status.watermark;
      const absl::Time then = absl::Now() - absl::Minutes(minute);
      link.status.watermark = then - std::max(lag - absl::Minutes(minute), absl::Seconds(1));
      for (QueueStatus& queue : link.status.queues)
        *queue.bytes = *queue.bytes / (1 + static_cast<uint64_t>(minute));
    }
    history->Add(links, absl::Now() - absl::Minutes(minute));
  }
}

// Of the links in the order in which they verify.
std::optional<http_server::Response> Drift(const http_server::Request& request,
                                           const Snapshot& snapshot, ledger::Ledger* ledger) {
  constexpr std::string_view kVerifier = "verify:";
  ledger::PairId pair = 0;
  for (const CollectorState& collector : snapshot.collectors) {
    if (!collector.name.starts_with(kVerifier)) continue;
    const std::string_view link = std::string_view(collector.name).substr(kVerifier.size());
    auto answer = app::AnswerDrift(request, link, ledger, ++pair);
    if (answer) return answer;
  }
  return std::nullopt;
}

int Main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr,
               "usage: fake_agent SITUATION [ADDRESS [WEB_CONFIG_FILE TOKEN [LEDGER [AUDIT]]]]\n");
    return 3;
  }
  spdlog::set_level(spdlog::level::off);  // stdout has the port alone, and nobody reads it later
  boost::asio::io_context io;
  page::LagHistory history;
  const std::string name = argv[1];
  Remember(Situation(name), &history);
  std::unique_ptr<ledger::Ledger> ledger;
  if (argc > 5 && *argv[5] != '\0') {
    auto opened = ledger::Ledger::Open(argv[5], ledger::OpenMode::kCreate);
    if (!opened.ok()) {
      fmt::print(stderr, "{}\n", Text(opened.status()));
      return 2;
    }
    ledger = *std::move(opened);
  }
  std::optional<app::AuditLog> audit;
  if (argc > 6 && *argv[6] != '\0') audit.emplace(argv[6]);
  std::vector<std::unique_ptr<FakePass>> passes;
  const Snapshot at_first = Situation(name);
  for (const LinkSnapshot& link : at_first.links)
    passes.push_back(std::make_unique<FakePass>(link, static_cast<int>(passes.size())));
  http_server::Server server(io.get_executor(), [&](http_server::Request request) {
    if (request.user.empty()) request.user = request.Header("x-test-user");
    if (request.path == "/whoami") return http_server::Response{200, "text/plain", request.user};
    Snapshot snapshot = Situation(name);
    if (ledger) {
      if (auto drift = Drift(request, snapshot, ledger.get())) return *std::move(drift);
    }
    app::Served served;
    served.jobs.audit = audit ? &*audit : nullptr;
    for (const auto& pass : passes) {
      pass->GoOn(absl::Now());
      served.jobs.links.push_back(pass->jobs());
      for (Job& job : pass->jobs()->jobs()) snapshot.jobs.push_back(std::move(job));
    }
    served.snapshot = &snapshot;
    served.history = &history;
    served.now = absl::Now();
    return app::Respond(request, served);
  });
  if (argc > 4 && (*argv[3] != '\0' || *argv[4] != '\0')) {
    StatusOr<http_server::Access> access = http_server::Access();
    if (*argv[3] != '\0') access = app::LoadWebConfig(argv[3]);
    if (!access.ok()) {
      fmt::print(stderr, "{}\n", Text(access.status()));
      return 2;
    }
    access->token = argv[4];
    server.Protect(*std::move(access));
  }
  const Status status = server.Listen(argc > 2 ? argv[2] : "127.0.0.1:0");
  if (!status.ok()) {
    fmt::print(stderr, "{}\n", Text(status));
    return 2;
  }
  fmt::print("{}\n", server.port());
  std::fflush(stdout);
  io.run();
  return 0;
}

}  // namespace
}  // namespace twinwatch

int main(int argc, char** argv) { return twinwatch::Main(argc, argv); }
