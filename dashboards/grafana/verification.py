"""Tables: what was compared, when, and what differs?"""
from build import CRITICAL, FINE, WARNING, above, bars, below, chart, column, line, stat, table, words

UID = "twinwatch-verification"
TITLE = "Twinwatch: verification"
QUESTION = "What was compared, up to when, and what differs?"
VARIABLES = (("table", "Table", "twinwatch_table_drift_rows{L}"),)

OLDEST_COMPARISON = "time() - min by (link, table) (twinwatch_table_verify_oldest_range_timestamp_seconds{T})"
OLDEST_DRIFT = "time() - min by (link, table) (twinwatch_table_drift_oldest_timestamp_seconds{T})"
PUTS_UNVERIFIED = "time() - max by (link, table) (twinwatch_table_writes_verified_until_timestamp_seconds{T})"
FULL_PASS = "time() - max by (link, table) (twinwatch_table_full_pass_timestamp_seconds{T})"
FUTURE = "max by (link, table) (twinwatch_table_future_cells{T})"
DRIFT = "max by (link, table) (twinwatch_table_drift_rows{T})"
FAILED = "sum by (link) (rate(twinwatch_verify_range_failures_total{L}[$__rate_interval]))"
COMPARED = "sum by (link) (rate(twinwatch_verify_ranges_compared_total{L}[$__rate_interval]))"
NO_TABLE = "or 0 * count(twinwatch_table_drift_rows{T})"

FIRST = (
    line(
        4,
        stat("In time", "min(max by (link) (twinwatch_verify_coverage_ratio{L}))", "percentunit",
             below(1, WARNING),
             """How much of the tables was compared within verify.freshness, at the worst link, whichever tables are
             chosen. Orange: the column In time below says which; window or rate too small?""", decimals=0),
        stat("Tables differ", f"count({DRIFT} > 0) {NO_TABLE}", "none", above(1),
             """Orange (TwinwatchDriftDetected): tables with rows proven to differ; the table below names them,
             twinwatch drift list the rows."""),
        stat("Rows differ", f"sum({DRIFT})", "short", above(1),
             """Proven, and neither mended nor waived. Orange (TwinwatchDriftDetected): twinwatch drift list names rows,
             class, and the likely cause; mend or waive them."""),
        stat("Oldest drift", f"max({OLDEST_DRIFT}) {NO_TABLE}", "s", above(1, 86400),
             """Since when the oldest unresolved difference is confirmed. Orange: there is one. Red
             (TwinwatchDriftUnresolved): decide, mend it or waive it with a reason.""",
             mappings=words({0: ("none", FINE)})),
        stat("Not judged", "sum(max by (link) (twinwatch_verify_unknown_rows{L}))", "short", above(1),
             """Rows of all tables of which the latest pass could not tell whether they differ. Orange: not fine, and
             not drift; they kept changing, or replication did not pass them in time."""),
        stat("Oldest pass", f"max({OLDEST_COMPARISON})", "s", above(14 * 86400),
             """The table that waits longest to be compared as a whole; one never compared counts from when it was first
             seen. Orange (TwinwatchVerificationStale): window, rate, or errors in the agent's log."""),
        stat("Unverified", f"max({PUTS_UNVERIFIED})", "s", None,
             """How far back all puts are compared, at the worst table; tables that were never compared are left out.
             Deletes are proven by full passes alone.""", "never", WARNING),
        stat("No pass yet", f"""count({DRIFT} unless max by (link, table)
             (twinwatch_table_full_pass_timestamp_seconds{{T}})) {NO_TABLE}""", "none", above(1),
             """Tables of which no full pass ended well. Orange: nothing is proven of them yet; it ends with the first
             full pass, see Rows compared for how fast that goes.""")),
    line(10, table(
        "Tables", """The most drift first. Orange in Rows differ (TwinwatchDriftDetected): twinwatch drift list -t
        TABLE. Red in Differ since (TwinwatchDriftUnresolved): older than a day, decide. Orange in Last compared
        (TwinwatchVerificationStale): not compared for two weeks. Orange in Of the future (TwinwatchFutureCells): cells
        on the target that would hide what is written after a failover; twinwatch verify -t TABLE.""",
        {"link": ("Link", 110), "table": ("Table", None)},
        DRIFT,
        (
            column("Rows differ", DRIFT, "short", above(1), width=110),
            column("Differ since", OLDEST_DRIFT, "s", above(critical=86400), "-", width=120),
            column("Of the future", FUTURE, "short", above(1), "?", width=120),
            column("In time", "max by (link, table) (twinwatch_table_verify_coverage_ratio{T})", "percentunit",
                   below(1, WARNING), width=100, mappings=words({0: ("NO", WARNING), 1: ("yes", "text")}), unknown_colour=WARNING),
            column("Last compared", OLDEST_COMPARISON, "s", above(14 * 86400), width=130),
            column("Last full pass", FULL_PASS, "s", None, "never", WARNING, width=130),
            column("Puts unverified", PUTS_UNVERIFIED, "s", None, "never", WARNING, width=170),
        ), sort="Rows differ")),
)
DRIFTS = (line(
    7,
    chart("Rows that differ, by class", "short", None,
          """missing: only on the source. extra: only on the target. value: same cells, another value. cells: other
          columns or timestamps. The class hints at the cause: twinwatch drift list. All tables.""",
          ("sum by (class) (max by (link, class) (twinwatch_drift_rows{L}))", "{{class}}"), stacked=True),
    chart("Rows that differ, by table", "short", above(1),
          """The ten worst. Orange (TwinwatchDriftDetected): twinwatch drift list -t TABLE.""",
          (f"topk(10, {DRIFT} > 0)", "{{link}} {{table}}"), no_value="none"),
    chart("Newly confirmed rows", "short", None,
          """Rows confirmed as drift in each interval. Bursts belong to passes; a trickle that does not end: something
          still makes the sides differ.""",
          ("sum by (class) (increase(twinwatch_drift_rows_detected_total{L}[$__rate_interval]))", "{{class}}")),
    chart("Not judged, and markers only", "short", None,
          """Rows not judged: see above. Rows of which only delete markers differ are no drift: readers see the
          same.""",
          ("sum(max by (link) (twinwatch_verify_unknown_rows{L}))", "not judged"),
          ("sum(max by (link) (twinwatch_marker_rows{L}))", "only markers differ"))),)
PROGRESS = (line(
    7,
    chart("Rows compared", "rowsps", None,
          """How fast verification reads. 0 for long: it waits for verify.window or verify.max_lag, or all is verified;
          the agent's log says which.""",
          ("sum by (link) (rate(twinwatch_verify_rows_compared_total{L}[$__rate_interval]))", "{{link}}")),
    chart("Comparisons that fail", "percentunit", above(0.05),
          """Of the key ranges tried. Orange (TwinwatchVerificationFailing): the agent's log has the error: permissions,
          timeouts, regions in transition.""", (f"{FAILED} / ({FAILED} + {COMPARED})", "{{link}}")),
    chart("Share of tables compared in time", "percentunit", below(1, WARNING),
          """Within verify.freshness: 1 for a table that was compared as a whole, else the share of its key ranges that
          the full pass under way has read. Orange: below 1; a window or a rate that is too small is the usual cause.""", ("max by (link) (twinwatch_verify_coverage_ratio{L})", "{{link}}"),
          limits="off", max=1)),)
AGES = (line(
    7,
    chart("Time since a table was compared as a whole", "s", above(14 * 86400),
          """The ten oldest. Orange (TwinwatchVerificationStale): window, rate, or errors; the agent's log.""",
          (f"topk(10, {OLDEST_COMPARISON})", "{{link}} {{table}}")),
    chart("Puts not yet verified, by table", "s", None,
          """The ten worst tables: how far back puts are not compared yet. It rises between passes and falls with each;
          one that only rises has no passes.""", (f"topk(10, {PUTS_UNVERIFIED})", "{{link}} {{table}}")),
    bars("Tables by status", "none",
         """Tables of the source. Orange (TwinwatchTablesNotReplicable): make them on the target. Unscoped ones are not
         replicated and not compared; is that meant?""",
         "sum by (status) (max by (link, status) (twinwatch_tables{L}))", "{{status}}",
         {name: above(1) for name in ("missing_on_target", "schema_mismatch")}),
    stat("Not shown", "sum(max by (link) (twinwatch_table_metrics_dropped{L}))", "none", above(1),
         """Tables left out of all that is said by table here, because of metrics.table_limit; the worst are kept.
         Orange: raise the limit, or ask twinwatch status."""),
    widths=[8, 7, 6, 3]),)
REPAIRS = (line(
    7,
    chart("Repair jobs", "none", None,
          """The agent's, of all links, by state. planned waits for nobody: twinwatch repair apply shows and does it. waiting
          is for a window, or for the link. twinwatch jobs names them, and why they wait.""",
          ("sum by (state) (max by (link, state) (twinwatch_repair_jobs{L}))", "{{state}}"), stacked=True),
    stat("Repair failed", 'sum(max by (link) (twinwatch_repair_jobs{L,state="failed"}))', "none", above(1),
         """Links whose last repair ended badly. Orange (TwinwatchRepairFailed): twinwatch jobs says why, and how it is
         taken back."""),
    stat("To decide", """sum(max by (link, state)
         (twinwatch_repair_jobs{L,state=~"awaiting_approval|paused"}))""", "none", above(1),
         """Repairs that wait for approval, or were paused. Orange (TwinwatchRepairBlocked, after four hours): twinwatch
         jobs approve, resume or cancel."""),
    chart("Rows repaired", "short", None,
          """Rows that repairs wrote in each interval; those left alone, for they had changed since the plan; and those
          that differed still afterwards: somebody else writes them.""",
          ("sum(increase(twinwatch_repair_rows_written_total{L}[$__rate_interval]))", "written"),
          ("sum(increase(twinwatch_repair_conflicts_total{L}[$__rate_interval]))", "left alone"),
          ("sum(increase(twinwatch_repair_failures_total{L}[$__rate_interval]))", "differ still")),
    widths=[9, 3, 3, 9]),)
ROWS = (
    ("Is it a twin?", FIRST),
    ("What differs", DRIFTS),
    ("What is repaired", REPAIRS),
    ("How fast it is compared", PROGRESS),
    ("Up to when it is proven", AGES),
)
