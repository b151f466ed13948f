"""All links: how far behind is each, and is it a twin?"""
from build import CRITICAL, FINE, PLAIN, WARNING, above, below, chart, column, line, stat, table, words

UID = "twinwatch-overview"
TITLE = "Twinwatch: overview"
QUESTION = "How far behind is each standby, and is it a twin?"
VARIABLES = ()

LAG_BY_LINK = "time() - min by (link) (twinwatch_watermark_timestamp_seconds{L})"
# Where the bytes of one queue are not known, nor is the sum.
BYTES = """max by (link, regionserver) (twinwatch_queue_bytes{L})
           or max by (link, regionserver) (twinwatch_queue_wals{L}) * NaN"""
STILL = 'max by (link, state) (twinwatch_queues{L,state=~"stalled|rewound"})'
# Every job has process_ metrics; $job may be all of them.
OF_AGENTS = "and on (job, instance) twinwatch_build_info{J}"
HERE_AND_NOW = "${datasource:queryparam}&${job:queryparam}&${__url_time_range}"

FIRST = (
    line(
        4,
        stat("Worst lag", f"max({LAG_BY_LINK})", "s", above(300, 1800),
             """What a failover now would lose, at the worst link. Orange (TwinwatchLagHigh): twinwatch lag says which
             server holds it back. Red (TwinwatchRPOAtRisk): do not fail over unless the loss is accepted; look for the
             cause on the link's dashboard.""", unknown_colour=CRITICAL),
        stat("Unmeasured",
             """count(max by (link) (twinwatch_link_info{L}) unless max by (link)
             (twinwatch_watermark_timestamp_seconds{L})) or 0 * count(twinwatch_link_info{L})""", "none",
             above(critical=1),
             """Links without a watermark: no alert on lag can fire for them, and the worst lag leaves them out. Red
             (TwinwatchWatermarkUnknown): run twinwatch lag and twinwatch heartbeat status for the link."""),
        stat("Waiting", f"sum({BYTES})", "bytes", above(5e9),
             """WAL bytes that the target does not have yet. Not known where lengths of WALs cannot be read. Orange
             (TwinwatchBacklogGrowing, if it still grows): see What waits, below."""),
        stat("Peers off",
             "count(min by (link) (twinwatch_peer_enabled{L}) == 0) or 0 * count(twinwatch_peer_enabled{L})", "none",
             above(1),
             """Orange (TwinwatchPeerDisabled): nothing reaches the target of these links, and the source keeps all
             WALs. Find out who disabled the peer and why, then enable_peer in the hbase shell."""),
        stat("Stalled", f"sum({STILL})", "none", above(critical=1),
             """Queues that do not move while edits wait, or that went back. Red (TwinwatchQueueStalled): twinwatch
             queues --stalled names server, WAL and likely cause."""),
        stat("Rows differ", "sum(max by (link, class) (twinwatch_drift_rows{L}))", "short", above(1),
             """Rows proven to differ and neither mended nor waived. Orange (TwinwatchDriftDetected): twinwatch drift
             list names them, since when, and the likely cause."""),
        stat("Not judged", "sum(max by (link) (twinwatch_verify_unknown_rows{L}))", "short", above(1),
             """Rows of which the latest pass could not tell whether they differ: they kept changing, or replication did
             not pass them in time. Orange: this is not fine and not drift; the next pass looks again."""),
        stat("In time", "min(max by (link) (twinwatch_verify_coverage_ratio{L}))", "percentunit",
             below(1, WARNING),
             """How much of the tables was compared within verify.freshness (of each the share of its key ranges; all
             tables weigh the same), at the worst link. Orange: the verification dashboard names the tables; a window or
             a rate that is too small is the usual cause.""", decimals=0)),
    line(5, table(
        "Links", """One row for each link; click a link for its details. Orange and red are as in the boxes above. Red
        in Behind (TwinwatchRPOAtRisk): do not fail over there unless the loss is accepted.""",
        {"link": ("Link", 110), "source": ("Source", None), "target": ("Target", None), "peer": ("Peer", 60)},
        "max by (link) (twinwatch_link_info{L})",
        (
            column("", "max by (link, source, target, peer) (twinwatch_link_info{L})"),
            column("Peer is", "min by (link) (twinwatch_peer_enabled{L})", width=85, unknown_colour=WARNING,
                   mappings=words({0: ("DISABLED", WARNING), 1: ("enabled", "text")})),
            column("Behind", LAG_BY_LINK, "s", above(300, 1800), unknown_colour=CRITICAL, width=90),
            column("Waiting", f"sum by (link) ({BYTES})", "bytes", above(5e9), width=90),
            column("Stalled", f"sum by (link) ({STILL})", "none", above(critical=1), width=95),
            column("Rows differ", "sum by (link) (max by (link, class) (twinwatch_drift_rows{L}))", "short", above(1),
                   width=100),
            column("Not judged", "max by (link) (twinwatch_verify_unknown_rows{L})", "short", above(1), width=95),
            column("In time", "max by (link) (twinwatch_verify_coverage_ratio{L})", "percentunit", below(1, WARNING),
                   width=80),
            column("Oldest comparison",
                   "time() - min by (link) (twinwatch_table_verify_oldest_range_timestamp_seconds{L})", "s",
                   above(14 * 86400), width=140),
        ),
        links=[("Link", "Details", f"/d/twinwatch-link?var-link=${{__value.text}}&{HERE_AND_NOW}")], sort="Behind")),
    line(
        5,
        chart("Behind, by link", "s", above(300, 1800),
              """Age of the watermark: every edit written before it is on the target. A gap means not known. Orange
              (TwinwatchLagHigh) and red (TwinwatchRPOAtRisk): open the link's dashboard for the server that holds it
              back.""", (LAG_BY_LINK, "{{link}}")),
        chart("Rows that differ, by link", "short", above(1),
              """Orange (TwinwatchDriftDetected): rows are proven to differ; the verification dashboard has tables and
              classes, twinwatch drift list the rows.""",
              ("sum by (link) (max by (link, class) (twinwatch_drift_rows{L}))", "{{link}}"))),
)
WAITS = (line(
    7,
    chart("Waiting to be shipped, by link", "bytes", above(5e9),
          """WAL bytes not yet shipped; servers whose WAL lengths are not known are left out. Orange
          (TwinwatchBacklogGrowing, if it still grows): more is written than is shipped; see the peer's bandwidth and
          the target's load.""",
          ("sum by (link) (max by (link, regionserver) (twinwatch_queue_bytes{L}))", "{{link}}")),
    chart("Kept for the peer alone", "bytes", None,
          """Closed WALs that are kept only because this peer has not read them. When it grows for long, enable, mend or
          remove the peer before the space is gone.""",
          ("max by (link) (twinwatch_retained_wal_bytes{L})", "{{link}}")),
    chart("Time until the source is full", "s", below(86400, CRITICAL),
          """At the present slope of what is kept. Empty while nothing grows. Red (TwinwatchRunwayShort): enable or
          remove the peer, or add space, today.""", ("min by (link) (twinwatch_runway_seconds{L})", "{{link}}"),
          no_value="nothing grows", limits="area"),
    chart("Queues by state", "none", None,
          """All WAL queues of the links. Anything stalled, rewound or unknown for long wants a look: twinwatch
          queues.""",
          ("sum by (state) (max by (link, state) (twinwatch_queues{L})) > 0", "{{state}}"), stacked=True)),)
LOST = (
    line(
        4,
        stat("WALs gone", "sum(max by (link) (twinwatch_missing_wals{L}))", "none", above(critical=1),
             """Queued WALs that are in none of their folders. Red (TwinwatchMissingWALs): their edits are likely lost
             on the target; note the time, then twinwatch verify --since."""),
        stat("HFiles gone", "sum(max by (link) (twinwatch_hfiles_gone{L}))", "none", above(critical=1),
             """Bulk-loaded files that are still to be copied and are nowhere. Red (TwinwatchHFileGone): HBase passes
             over them; twinwatch queues names them, load them again."""),
        stat("Misfit tables",
             'sum(max by (link, status) (twinwatch_tables{L,status=~"missing_on_target|schema_mismatch"}))', "none",
             above(1), """Tables in scope that the target lacks, or has with other families. Orange
             (TwinwatchTablesNotReplicable): their edits can block every queue; make the table on the target."""),
        stat("No heartbeat", "sum(max by (link) (twinwatch_heartbeat_uncovered_regionservers{L}))", "none",
             above(1), """Live region servers of the source that hold no region of the heartbeat table. Orange
             (TwinwatchHeartbeatUncovered): twinwatch heartbeat status says which.""")),
    line(
        4,
        stat("Orphan queues", "sum(max by (link) (twinwatch_undeleted_queues{L}))", "none", above(1),
             """Queues of peers that no longer exist; their WALs are never deleted. Orange (TwinwatchOrphanQueues):
             HBCK2 replication -f removes them."""),
        stat("Recovered queues", "sum(max by (link) (twinwatch_recovered_queues{L}))", "none", None,
             """Queues of dead region servers that others still drain. Not bad in itself; when it stays for hours, look
             with twinwatch queues whether they move."""),
        stat("HFiles that wait", "sum(max by (link) (twinwatch_hfile_refs{L}))", "short", None,
             """Bulk-loaded files to be copied to the target. When it stays, the target cannot read the source's HDFS,
             or the peer's servers do not know its configuration."""),
        stat("Leaked refs", "sum(max by (link) (twinwatch_hfile_refs_leaked{L}))", "none", above(1),
             """Refs of bulk-loaded files that nobody will take away; their files are never deleted. Orange
             (TwinwatchHFileRefsLeaked): twinwatch queues names them, remove their znodes.""")),)
AGENT = (
    line(
        5,
        stat("Agent", "min(up{J} and on (job, instance) last_over_time(twinwatch_build_info{J}[1d]))", "none",
             below(1, CRITICAL),
             """Whether Prometheus reaches every agent of the last day. Red (TwinwatchAgentDown, TwinwatchAgentAbsent):
             all else here is old or missing; systemctl status twinwatch.""", "ABSENT", CRITICAL,
             mappings=words({0: ("DOWN", CRITICAL), 1: ("up", FINE)})),
        stat("Config", "min(twinwatch_config_last_reload_successful{J})", "none", below(1, WARNING),
             """Whether the last reload worked. Orange (TwinwatchConfigReloadFailed): the agent runs with its old
             configuration; twinwatch config check says what is wrong with the new one.""",
             mappings=words({0: ("not loaded", WARNING), 1: ("loaded", FINE)})),
        stat("Ticket", "min(twinwatch_kerberos_ticket_expiry_timestamp_seconds{J}) - time()", "s",
             below(3600, WARNING),
             """When the first ticket of an agent ends; nothing where no cluster is secured. Orange
             (TwinwatchKerberosTicketExpiring): no KDC renews it; kinit -k on the agent's machine says why.""",
             "not used", PLAIN),
        table("Agents", """Version and age of each agent. Two agents that watch the same link should have the same
              version; an age of minutes that stays so means that it is restarted again and again: journalctl -u
              twinwatch.""",
              {"instance": ("Agent", None), "version": ("Version", 130), "revision": ("Revision", 130)},
              "max by (instance) (twinwatch_build_info{J})",
              (column("", "max by (instance, version, revision) (twinwatch_build_info{J})"),
               column("Runs for", f"time() - max by (instance) (process_start_time_seconds{{J}} {OF_AGENTS})", "s",
                      width=120),
               column("Open files", f"max by (instance) (process_open_fds{{J}} {OF_AGENTS})", width=120))),
        widths=[3, 3, 3, 15]),
    line(
        7,
        chart("Collectors: last success", "s", above(300),
              """What a collector feeds is as of then. Orange (TwinwatchCollectorStale): the agent's log says what
              failed. Verifications, which may run for days, are left out.""",
              ("""time() - min by (collector) (
                    twinwatch_collector_last_success_timestamp_seconds{J,collector!~"verify:.*"}
                    or twinwatch_collector_success{J,collector!~"verify:.*"} * 0
                      + on (job, instance) group_left () process_start_time_seconds{J})""", "{{collector}}")),
        chart("Clock offset of the clusters", "s", above(1),
              """Largest difference of a region server's clock from the agent's, either way. Orange
              (TwinwatchClockSkew): lag means little; chronyc tracking on the agent and on the servers.""",
              ("max by (hbase) (abs(twinwatch_clock_offset_seconds{J}))", "{{hbase}}")),
        chart("Memory of the agent", "bytes", None, """Resident memory. It is bounded; when it keeps growing for a day,
              report it.""",
              (f"max by (instance) (process_resident_memory_bytes{{J}} {OF_AGENTS})", "{{instance}}")),
        chart("CPU of the agent", "percentunit", None, """Of one core. It is high while tables are verified; lower
              verify.rate if that disturbs its machine.""",
              (f"max by (instance) (rate(process_cpu_seconds_total{{J}}[$__rate_interval]) {OF_AGENTS})",
               "{{instance}}"))),
)
ROWS = (
    ("How far behind, and is it a twin?", FIRST),
    ("What waits", WAITS),
    ("What is lost, left over or left out", LOST),
    ("The agent", AGENT),
)
