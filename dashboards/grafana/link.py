"""One link: which region server is behind, and what holds it up?"""
from build import CRITICAL, FINE, PLAIN, WARNING, above, bars, below, chart, column, line, stat, table, words

UID = "twinwatch-link"
TITLE = "Twinwatch: link"
QUESTION = "How far behind is this link, which server holds it back, and what does HBase say?"
VARIABLES = (("regionserver", "Region server", "twinwatch_queue_wals{L}"),)

LAG = "time() - min(twinwatch_watermark_timestamp_seconds{L})"
# How far the newest beat seen on the target is behind the newest written; counted from the first where none was seen.
BEATS = """max by (regionserver) (twinwatch_heartbeat_written_timestamp_seconds{S} - (
             twinwatch_heartbeat_observed_timestamp_seconds{S}
             or min_over_time(twinwatch_heartbeat_written_timestamp_seconds{S}[1h])))"""
BYTES = """max by (link, regionserver) (twinwatch_queue_bytes{S})
           or max by (link, regionserver) (twinwatch_queue_wals{S}) * NaN"""
LATENCY = "sum by (le) (rate(twinwatch_heartbeat_latency_seconds_bucket{L}[$__rate_interval]))"
CLOCKS = """max by (hbase) (abs(twinwatch_clock_offset_seconds{J}))
            and on (hbase) label_replace(twinwatch_link_info{L}, "hbase", "$1", "source", "(.*)")"""

FIRST = (
    line(
        4,
        stat("Behind", LAG, "s", above(300, 1800),
             """What a failover now would lose: the age of the watermark. Orange (TwinwatchLagHigh): see which server is
             worst, below. Red (TwinwatchRPOAtRisk): do not fail over unless the loss is accepted. Not known
             (TwinwatchWatermarkUnknown): twinwatch lag says what is missing.""", unknown_colour=CRITICAL),
        stat("HBase says", "max(twinwatch_source_reported_lag_seconds{S})", "s", None,
             """ReplicationLag as HBase reports it, the worst server. It shows 0 for a disabled peer and for a reader
             that is stuck: where it is far below Behind, do not trust it.""", "UNKNOWN", PLAIN),
        stat("Peer", "min(twinwatch_peer_enabled{L})", "none", below(1, WARNING),
             """Orange (TwinwatchPeerDisabled): nothing reaches the target, and the source keeps all WALs. Find out who
             disabled it and why; then enable_peer in the hbase shell.""",
             mappings=words({0: ("DISABLED", WARNING), 1: ("enabled", FINE)})),
        stat("Waiting", f"sum({BYTES})", "bytes", above(5e9),
             """WAL bytes that the target does not have. Not known when the length of one WAL cannot be read. Orange
             (TwinwatchBacklogGrowing, if it still grows): the peer's bandwidth, the target's load."""),
        stat("Stalled", 'sum(max by (state) (twinwatch_queues{L,state=~"stalled|rewound"}))', "none",
             above(critical=1), """Red (TwinwatchQueueStalled): edits wait and nothing moves, or a position went back.
             twinwatch queues --stalled names server, WAL and likely cause."""),
        stat("Beats late", f"max({BEATS})", "s", above(critical=600),
             """How far the newest heartbeat on the target is behind the newest written, at the worst server. Red
             (TwinwatchHeartbeatLost, if none arrives at all): the queue does not pass them on; see its server,
             below."""),
        stat("Full in", "min(twinwatch_runway_seconds{L}) or 0 * max(twinwatch_retained_wal_bytes{L}) - 1", "s",
             below(86400, CRITICAL),
             """At the present slope of the WALs kept for this peer. Red (TwinwatchRunwayShort): enable or remove the
             peer, or add space, today.""", mappings=words({-1: ("not in sight", FINE)})),
        stat("WALs gone", "max(twinwatch_missing_wals{L})", "none", above(critical=1),
             """Queued WALs that are in none of their folders. Red (TwinwatchMissingWALs): their edits are likely lost
             on the target; note the time, then twinwatch verify --since.""")),
    line(
        10,
        chart("Our lag beside HBase's own", "s", above(300, 1800),
              """Ours is measured by heartbeats and positions; HBase's by what its shippers last had in hand, so it may
              stay at 0 while ours rises. Orange (TwinwatchLagHigh) and red (TwinwatchRPOAtRisk) are judged by ours.""",
              (LAG, "Twinwatch: age of the watermark"),
              ("max(twinwatch_source_reported_lag_seconds{S})", "HBase: ReplicationLag")),
        chart("Beats under way, by region server", "s", above(critical=600),
              """One line that rises alone: that server's queue is stuck. All rise: the peer, the target or the network.
              Red (TwinwatchHeartbeatLost, if none arrives at all): beats are written and do not reach the target.""",
              (BEATS, "{{regionserver}}"))),
)
SERVERS = (
    line(7, table(
        "Region servers", """The worst first. Bytes that are not known: lengths of WALs cannot be read (conf:DIR is
        needed). Orange in Waiting (TwinwatchBacklogGrowing, if it still grows): bandwidth, or this server. Red in Beats
        under way (TwinwatchHeartbeatLost, if none arrives at all): its queue is stuck; see its log and twinwatch
        queues.""",
        {"regionserver": ("Region server", None)},
        "max by (regionserver) (twinwatch_queue_wals{S})",
        (
            column("WALs", "max by (regionserver) (twinwatch_queue_wals{S})", width=90, unknown="none"),
            column("Waiting", "max by (regionserver) (twinwatch_queue_bytes{S})", "bytes", above(5e9), width=120),
            column("Beats under way", BEATS, "s", above(critical=600), "no heartbeat", width=150),
            column("Newest beat seen",
                   "time() - max by (regionserver) (twinwatch_heartbeat_observed_timestamp_seconds{S})", "s", None,
                   "never", width=150),
            column("Position moved",
                   "time() - max by (regionserver) (twinwatch_queue_position_last_change_timestamp_seconds{S})", "s",
                   unknown="not seen yet", width=150),
            column("Oldest WAL made",
                   "time() - min by (regionserver) (twinwatch_queue_oldest_wal_timestamp_seconds{S})", "s",
                   unknown="none waits", width=150),
        ), sort="Beats under way")),
    line(
        7,
        chart("Waiting, by region server", "bytes", None,
              """A server far above the others has a hot region, or its reader is stuck; one that is not shown has WALs
              whose length is not known.""",
              ("max by (regionserver) (twinwatch_queue_bytes{S})", "{{regionserver}}"), stacked=True),
        chart("WALs, by region server", "none", None,
              """The one being written counts, so 1 is the least. A steady rise: the reader does not get on.""",
              ("max by (regionserver) (twinwatch_queue_wals{S})", "{{regionserver}}")),
        chart("Time since the position moved", "s", None,
              """Long while nothing is written is normal. Long while bytes wait is a stalled queue; see twinwatch
              queues.""",
              ("time() - max by (regionserver) (twinwatch_queue_position_last_change_timestamp_seconds{S})",
               "{{regionserver}}")),
        chart("Queues by state", "none", None,
              """Anything stalled, rewound or unknown for long wants a look: twinwatch queues says why.""",
              ("sum by (state) (max by (link, state) (twinwatch_queues{L})) > 0", "{{state}}"), stacked=True)),
)
BEATING = (line(
    7,
    chart("From write to target", "s", None,
          """How long heartbeats took. The median is the usual delay of an edit. A gap: none arrived. When both rise,
          the target is slow or the backlog is long.""",
          (f"histogram_quantile(0.5, {LATENCY})", "half of them within"),
          (f"histogram_quantile(0.99, {LATENCY})", "99 of 100 within")),
    chart("Heartbeats written, and failed", "ops", None,
          """Failures: the agent may not write to the heartbeat table, or a region server does not answer. twinwatch
          heartbeat status.""",
          ("sum(rate(twinwatch_heartbeat_writes_total{L}[$__rate_interval]))", "tried"),
          ("sum(rate(twinwatch_heartbeat_write_failures_total{L}[$__rate_interval]))", "failed"),
          ("sum(rate(twinwatch_heartbeat_out_of_order_total{L}[$__rate_interval]))", "seen out of order")),
    chart("Clock offset of the source", "s", above(1),
          """Largest difference of a region server's clock from the agent's. Orange (TwinwatchClockSkew): lag means
          little; chronyc tracking on both.""", (CLOCKS, "{{hbase}}")),
    stat("No heartbeat", "max(twinwatch_heartbeat_uncovered_regionservers{L})", "none", above(1),
         """Live region servers that hold no region of the heartbeat table, so their lag is known by positions alone.
         Orange (TwinwatchHeartbeatUncovered): twinwatch heartbeat status says which."""),
    widths=[7, 7, 6, 4]),)
LEFT = (line(
    7,
    chart("Recovered and orphan queues, HFiles that wait", "none", None,
          """Recovered queues should drain within hours. Orphans (TwinwatchOrphanQueues) never do: HBCK2 replication -f.
          HFiles that stay: the target cannot copy them.""",
          ("max(twinwatch_recovered_queues{L})", "recovered queues"),
          ("max(twinwatch_undeleted_queues{L})", "orphan queues"),
          ("max(twinwatch_hfile_refs{L})", "HFiles")),
    chart("Kept for the peer alone", "bytes", None,
          """Closed WALs that are kept only because this peer has not read them; when it grows for long, enable, mend or
          remove the peer.""", ("max(twinwatch_retained_wal_bytes{L})", "bytes")),
    bars("Tables by status", "none",
         """Tables of the source. Orange (TwinwatchTablesNotReplicable): their edits can block every queue; make the
         table on the target. Unscoped ones are not replicated at all; is that meant?""",
         "max by (status) (twinwatch_tables{L})", "{{status}}",
         {name: above(1) for name in ("missing_on_target", "schema_mismatch")}),
    widths=[9, 8, 7]),)
ROWS = (
    ("How far behind is this link?", FIRST),
    ("Which region server?", SERVERS),
    ("Heartbeats", BEATING),
    ("What is kept, left over or left out", LEFT),
)
