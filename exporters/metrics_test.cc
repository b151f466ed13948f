#include "exporters/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "exporters/catalogue.h"

namespace twinwatch {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

Snapshot OneLink() {
  Snapshot snapshot;
  snapshot.version = "1.2.3";
  snapshot.revision = "abc";
  LinkSnapshot& link = snapshot.links.emplace_back();
  link.status.link = "a-b";
  link.status.source = "zk1:2181:/hbase";
  link.status.peer = "1";
  link.status.peer_enabled = true;
  for (int i = 1; i <= 2; ++i) {
    QueueStatus& queue = link.status.queues.emplace_back();
    queue.regionserver = "rs1,16020," + std::to_string(i);
    queue.state = QueueState::kOk;
    queue.wals = 2;
    queue.oldest_ms = 1000000 * i;
  }
  link.verify.rows_compared = 5;
  snapshot.collectors.push_back({"queues:a-b", true, absl::FromUnixSeconds(77)});
  return snapshot;
}

std::string Text(const Snapshot& snapshot) { return MetricsText(snapshot, std::nullopt); }

TEST(Metrics, ValuesOfALink) {
  const std::string text = Text(OneLink());
  EXPECT_THAT(text, HasSubstr("twinwatch_peer_enabled{link=\"a-b\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("twinwatch_queues{link=\"a-b\",state=\"ok\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("twinwatch_queues{link=\"a-b\",state=\"stalled\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("twinwatch_queue_wals{link=\"a-b\",regionserver=\"rs1:16020\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("twinwatch_queue_oldest_wal_timestamp_seconds{link=\"a-b\","
                              "regionserver=\"rs1:16020\"} 1000\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE twinwatch_verify_rows_compared_total counter\n"));
  EXPECT_THAT(
      text,
      HasSubstr(
          "twinwatch_collector_last_success_timestamp_seconds{collector=\"queues:a-b\"} 77\n"));
}

TEST(Metrics, BytesAndMissingWals) {
  Snapshot snapshot = OneLink();
  LinkStatus& link = snapshot.links[0].status;
  link.queues[0].bytes = 5;
  EXPECT_THAT(Text(snapshot), Not(HasSubstr("twinwatch_queue_bytes")));
  EXPECT_THAT(Text(snapshot), Not(HasSubstr("twinwatch_missing_wals")));
  link.queues[1].bytes = 7;
  link.missing_wals = {"g.17"};
  EXPECT_THAT(Text(snapshot),
              HasSubstr("twinwatch_queue_bytes{link=\"a-b\",regionserver=\"rs1:16020\"} 12\n"));
  EXPECT_THAT(Text(snapshot), HasSubstr("twinwatch_missing_wals{link=\"a-b\"} 1\n"));
}

TEST(Metrics, HFilesThatAreNotKnownAreAbsent) {
  Snapshot snapshot = OneLink();
  for (const char* name : {"hfile_refs{", "recovered_queues", "undeleted_queues"})
    EXPECT_THAT(Text(snapshot), Not(HasSubstr(std::string("twinwatch_") + name)));
  snapshot.links[0].status.hfile_refs = 0;
  EXPECT_THAT(Text(snapshot), HasSubstr("twinwatch_hfile_refs{link=\"a-b\"} 0\n"));
  EXPECT_THAT(Text(snapshot), Not(HasSubstr("twinwatch_hfile_refs_leaked")));
  EXPECT_THAT(Text(snapshot), Not(HasSubstr("twinwatch_hfiles_gone")));
  snapshot.links[0].status.hfiles.leaked = 4;
  snapshot.links[0].status.hfiles.gone = 0;
  EXPECT_THAT(Text(snapshot), HasSubstr("twinwatch_hfile_refs_leaked{link=\"a-b\"} 4\n"));
  EXPECT_THAT(Text(snapshot), HasSubstr("twinwatch_hfiles_gone{link=\"a-b\"} 0\n"));
}

TEST(Metrics, NeverIsAnAbsentSeries) {
  Snapshot snapshot = OneLink();
  snapshot.links[0].tables.emplace_back().table = *TableName::Parse("t");
  EXPECT_THAT(Text(snapshot), Not(HasSubstr("twinwatch_table_full_pass_timestamp_seconds")));
  snapshot.links[0].tables[0].full_pass_at = absl::FromUnixSeconds(50);
  EXPECT_THAT(
      Text(snapshot),
      HasSubstr("twinwatch_table_full_pass_timestamp_seconds{link=\"a-b\",table=\"t\"} 50\n"));
}

TEST(Metrics, TheLagThatHBaseReportsOfEachServer) {
  Snapshot snapshot = OneLink();
  EXPECT_THAT(Text(snapshot), Not(HasSubstr("source_reported_lag")));
  ReportedSummary& reported = snapshot.links[0].status.reported.emplace();
  EXPECT_THAT(Text(snapshot), Not(HasSubstr("source_reported_lag")));  // UNKNOWN, of all
  reported.lag_ms_of = {{"rs1:16020", 1500}};
  EXPECT_THAT(Text(snapshot),
              HasSubstr("twinwatch_source_reported_lag_seconds{link=\"a-b\",regionserver=\"rs1:"
                        "16020\"} 1.5\n"));
}

TEST(Metrics, RangesByState) {
  Snapshot snapshot = OneLink();
  EXPECT_THAT(Text(snapshot), Not(HasSubstr("twinwatch_verify_ranges{")));
  snapshot.links[0].ranges = RangeStates{5, 2, 3, 0};
  for (const char* sample :
       {"state=\"match\"} 5", "state=\"drift\"} 2", "state=\"pending\"} 3", "state=\"error\"} 0"}) {
    EXPECT_THAT(Text(snapshot),
                HasSubstr(fmt::format("twinwatch_verify_ranges{{link=\"a-b\",{}\n", sample)));
  }
}

TEST(Metrics, CallsByClusterAndMethod) {
  Snapshot snapshot = OneLink();
  EXPECT_THAT(Text(snapshot), Not(HasSubstr("hbase_rpcs")));
  snapshot.rpcs["zk1:2181:/hbase"]["Scan"] = {7, 2};
  const std::string labels = "{hbase=\"zk1:2181:/hbase\",method=\"Scan\"}";
  EXPECT_THAT(Text(snapshot), HasSubstr("twinwatch_hbase_rpcs_total" + labels + " 7\n"));
  EXPECT_THAT(Text(snapshot), HasSubstr("twinwatch_hbase_rpc_failures_total" + labels + " 2\n"));
}

TEST(Metrics, WhatNobodyKnowsYetIsAbsent) {
  Snapshot snapshot = OneLink();
  LinkSnapshot& link = snapshot.links[0];
  link.tables.emplace_back().table = *TableName::Parse("t");
  for (const char* name :
       {"drift_rows", "drift_rows_detected_total", "marker_rows", "verify_unknown_rows",
        "heartbeat_uncovered_regionservers", "table_drift_rows"}) {
    EXPECT_THAT(Text(snapshot), Not(HasSubstr(fmt::format("twinwatch_{}{{", name))));
  }
  link.ever_drifted.emplace();
  link.verify.unknown_rows = 0;
  link.heartbeats.uncovered = 0;
  link.tables[0].drift.emplace();
  for (const char* sample :
       {"drift_rows{link=\"a-b\",class=\"missing\"}", "marker_rows{link=\"a-b\"}",
        "drift_rows_detected_total{link=\"a-b\",class=\"cells\"}",
        "verify_unknown_rows{link=\"a-b\"}", "heartbeat_uncovered_regionservers{link=\"a-b\"}",
        "table_drift_rows{link=\"a-b\",table=\"t\"}"}) {
    EXPECT_THAT(Text(snapshot), HasSubstr(fmt::format("twinwatch_{} 0\n", sample)));
  }
}

TEST(Metrics, HeartbeatsAndWatermark) {
  Snapshot snapshot = OneLink();
  EXPECT_THAT(Text(snapshot), Not(HasSubstr("twinwatch_watermark_timestamp_seconds")));
  EXPECT_THAT(Text(snapshot), Not(HasSubstr("twinwatch_clock_offset_seconds")));
  LinkSnapshot& link = snapshot.links[0];
  link.status.watermark = absl::FromUnixMillis(1500);
  link.heartbeats.servers["rs1:16020"].written = absl::FromUnixSeconds(3);
  link.heartbeats.latency.Add(0.4);
  link.heartbeats.latency.Add(90);
  link.heartbeats.clock_offset = -absl::Milliseconds(250);
  const std::string text = Text(snapshot);
  EXPECT_THAT(text, HasSubstr("twinwatch_watermark_timestamp_seconds{link=\"a-b\"} 1.5\n"));
  EXPECT_THAT(text, HasSubstr("twinwatch_heartbeat_written_timestamp_seconds{link=\"a-b\","
                              "regionserver=\"rs1:16020\"} 3\n"));
  EXPECT_THAT(text, Not(HasSubstr("twinwatch_heartbeat_observed_timestamp_seconds")));
  EXPECT_THAT(text,
              HasSubstr("twinwatch_heartbeat_latency_seconds_bucket{link=\"a-b\",le=\"0.5\"} 1\n"));
  EXPECT_THAT(
      text, HasSubstr("twinwatch_heartbeat_latency_seconds_bucket{link=\"a-b\",le=\"+Inf\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("twinwatch_clock_offset_seconds{hbase=\"zk1:2181:/hbase\"} -0.25\n"));
  link.target_clock_offset = absl::Seconds(2);
  EXPECT_THAT(Text(snapshot),
              HasSubstr(fmt::format("twinwatch_clock_offset_seconds{{hbase=\"{}\"}} 2\n",
                                    link.status.target)));
}

TEST(Metrics, TicketsOfKerberos) {
  Snapshot snapshot = OneLink();
  EXPECT_THAT(Text(snapshot), Not(HasSubstr("kerberos")));
  snapshot.ticket_expires["zk1:2181:/hbase"] = absl::FromUnixSeconds(1795456800);
  EXPECT_THAT(Text(snapshot),
              HasSubstr("twinwatch_kerberos_ticket_expiry_timestamp_seconds{hbase=\"zk1:2181:/"
                        "hbase\"} 1795456800\n"));
}

TEST(Metrics, ALinkThatCannotBeReadHasNoAudits) {
  Snapshot snapshot = OneLink();
  snapshot.links[0].status.peer_enabled.reset();
  EXPECT_THAT(Text(snapshot), Not(HasSubstr("twinwatch_undeleted_queues")));
  EXPECT_THAT(Text(snapshot), Not(HasSubstr("twinwatch_queues{")));
  EXPECT_THAT(Text(snapshot), Not(HasSubstr("twinwatch_peer_enabled")));
}

TEST(Metrics, OfTooManyTablesTheWorstAreShown) {
  Snapshot snapshot = OneLink();
  snapshot.table_limit = 2;
  for (const char* name : {"old", "drifted", "fresh"}) {
    TableMarks& table = snapshot.links[0].tables.emplace_back();
    table.table = *TableName::Parse(name);
    table.full_pass_at = absl::FromUnixSeconds(name == std::string("old") ? 10 : 20);
    table.coverage = name == std::string("old") ? 0.5 : 1;
  }
  snapshot.links[0].tables[1].drift.emplace().missing = 3;
  snapshot.links[0].tables[0].drift.emplace();
  snapshot.links[0].ever_drifted.emplace();
  const std::string text = Text(snapshot);
  EXPECT_THAT(text, HasSubstr("twinwatch_table_drift_rows{link=\"a-b\",table=\"drifted\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("twinwatch_table_drift_rows{link=\"a-b\",table=\"old\"} 0\n"));
  EXPECT_THAT(text, Not(HasSubstr("table=\"fresh\"")));
  EXPECT_THAT(text, HasSubstr("coverage_ratio{link=\"a-b\",table=\"old\"} 0.5\n"));
  EXPECT_THAT(text, HasSubstr("twinwatch_table_metrics_dropped{link=\"a-b\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("twinwatch_drift_rows{link=\"a-b\",class=\"missing\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("twinwatch_verify_coverage_ratio{link=\"a-b\"} 0.833"));
}

TEST(Metrics, CellsOfTheFutureWhereTheyWereLookedFor) {
  Snapshot snapshot = OneLink();
  snapshot.table_limit = 2;
  for (const char* name : {"unseen", "fine", "ahead"})
    snapshot.links[0].tables.emplace_back().table = *TableName::Parse(name);
  snapshot.links[0].tables[1].future.emplace();
  snapshot.links[0].tables[2].future = FutureCells{3, 1, false, 1, {}, {}};
  std::string text = Text(snapshot);
  EXPECT_THAT(text, HasSubstr("twinwatch_table_future_cells{link=\"a-b\",table=\"ahead\"} 4\n"));
  EXPECT_THAT(text, Not(HasSubstr("twinwatch_table_future_cells{link=\"a-b\",table=\"unseen\"}")));
  snapshot.table_limit = 3;
  text = Text(snapshot);
  EXPECT_THAT(text, HasSubstr("twinwatch_table_future_cells{link=\"a-b\",table=\"fine\"} 0\n"));
  EXPECT_THAT(text, Not(HasSubstr("twinwatch_table_future_cells{link=\"a-b\",table=\"unseen\"}")));
}

Job Repair(JobState state, std::optional<absl::Time> ended = std::nullopt) {
  Job job;
  job.link = "a-b";
  job.kind = JobKind::kRepair;
  job.state = state;
  job.ended = ended;
  return job;
}

TEST(Metrics, RepairsByState) {
  Snapshot snapshot = OneLink();
  snapshot.links[0].repair = {7, 2, 1};
  Job other = Repair(JobState::kPaused);
  other.link = "b-a";
  Job pass = Repair(JobState::kPaused);
  pass.kind = JobKind::kFullPass;
  snapshot.jobs = {Repair(JobState::kAwaitingApproval), other, pass};
  const auto jobs = [](const char* state, int count) {
    return HasSubstr(
        fmt::format("twinwatch_repair_jobs{{link=\"a-b\",state=\"{}\"}} {}\n", state, count));
  };
  EXPECT_THAT(Text(snapshot), jobs("awaiting_approval", 1));
  EXPECT_THAT(Text(snapshot), jobs("paused", 0));
  EXPECT_THAT(Text(snapshot), jobs("failed", 0));
  EXPECT_THAT(Text(snapshot),
              HasSubstr("twinwatch_repair_rows_written_total{link=\"a-b\",op=\"put\"} 7\n"));
  EXPECT_THAT(Text(snapshot), HasSubstr("twinwatch_repair_conflicts_total{link=\"a-b\"} 2\n"));
  EXPECT_THAT(Text(snapshot), HasSubstr("twinwatch_repair_failures_total{link=\"a-b\"} 1\n"));

  // Of those that ended the latest that came to its end counts.
  const absl::Time then = absl::FromUnixSeconds(100);
  snapshot.jobs = {Repair(JobState::kCancelled, then + absl::Seconds(3)),
                   Repair(JobState::kFailed, then + absl::Seconds(2)),
                   Repair(JobState::kDone, then)};
  EXPECT_THAT(Text(snapshot), jobs("failed", 1));
  snapshot.jobs.push_back(Repair(JobState::kDone, then + absl::Seconds(4)));
  EXPECT_THAT(Text(snapshot), jobs("failed", 0));
}

TEST(Metrics, AGoneLinkLeavesNoSeries) {
  Snapshot snapshot = OneLink();
  snapshot.links.clear();
  EXPECT_THAT(Text(snapshot), Not(HasSubstr("a-b\"}  1")));
  EXPECT_THAT(Text(snapshot), Not(HasSubstr("twinwatch_peer_enabled")));
}

TEST(Metrics, OddNamesAreEscaped) {
  Snapshot snapshot = OneLink();
  snapshot.links[0].status.link = "a\"b\\c\nd";
  EXPECT_THAT(Text(snapshot), HasSubstr("link=\"a\\\"b\\\\c\\nd\""));
}

TEST(Metrics, EachFamilyIsInTheCatalogue) {
  std::istringstream lines(MetricsText(OneLink(), ProcessStats{}));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# TYPE ")) {
      const std::string name = line.substr(7, line.find(' ', 7) - 7);
      EXPECT_EQ(MetricNamed(name).name, name);
    }
  }
}

TEST(OpenMetrics, TheSameValues) {
  Snapshot snapshot = OneLink();
  snapshot.links[0].heartbeats.latency.Add(1.5);
  const std::string text = OpenMetricsText(snapshot, std::nullopt);
  EXPECT_THAT(text, HasSubstr("# TYPE twinwatch_verify_rows_compared counter\n"));
  EXPECT_THAT(text, HasSubstr("\ntwinwatch_verify_rows_compared_total{link=\"a-b\"} 5\n"));
  EXPECT_THAT(text, HasSubstr("# UNIT twinwatch_heartbeat_latency_seconds seconds\n"));
  EXPECT_THAT(text, HasSubstr("_bucket{link=\"a-b\",le=\"1.0\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("_sum{link=\"a-b\"} 1.5\n"));
  EXPECT_THAT(text, EndsWith("\n# EOF\n"));
  EXPECT_TRUE(WantsOpenMetrics("application/openmetrics-text;version=1.0.0,text/plain;q=0.5"));
  EXPECT_FALSE(WantsOpenMetrics("text/plain;version=0.0.4"));
}

TEST(OpenMetrics, OddNamesAreEscaped) {
  Snapshot snapshot = OneLink();
  snapshot.links[0].status.link = "a\"b\\c\nd";
  EXPECT_THAT(OpenMetricsText(snapshot, std::nullopt), HasSubstr("link=\"a\\\"b\\\\c\\nd\""));
}

TEST(Catalogue, HelpIsOneLineAndNamesAreUnique) {
  std::set<std::string_view> names;
  for (const MetricInfo& info : Catalogue()) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_EQ(info.help.find('\n'), std::string_view::npos);
    EXPECT_EQ(info.type == MetricType::kCounter, info.name.ends_with("_total")) << info.name;
  }
}

TEST(ProcessStats, OfThisProcess) {
  const std::optional<ProcessStats> stats = ReadProcessStats();
  ASSERT_TRUE(stats);
  EXPECT_GT(stats->resident_bytes, 1e5);
  EXPECT_GT(stats->open_fds, 2);
  EXPECT_GT(stats->start_time_seconds, 1.6e9);
}

}  // namespace
}  // namespace twinwatch
