"""Six hours of an agent that watches two links, as OpenMetrics with timestamps. All times are minutes from the begin.

east-west  healthy, but its peer is disabled from 180 to 216; it has caught up by 228. At 270 a pass ends and has found
           drift. One table was not compared for 15 days.
east-lab   healthy until 288; then the queue of one region server stands still, until the end. One table was never
           compared, and one does not fit the target.
The agent is restarted at 120. Prometheus also watches something else."""
import math
import random

BEGIN = 1768459020  # 2026-01-15 06:37 UTC
MINUTES = 360
STEP = 30
END = BEGIN + 60 * MINUTES
DAY = 1440
JOB = {"job": "twinwatch", "instance": "agent:9919"}
OTHER = {"job": "node", "instance": "node:9100"}  # down, and none of our business
SERVERS = tuple(f"rs{n}.east.example:16020" for n in (1, 2, 3))
STUCK = SERVERS[1]
LINKS = ("east-west", "east-lab")
TABLES = {"east-west": ("orders", "customers", "ns1:events", "ns1:clicks", "audit"),
          "east-lab": ("metrics", "sessions")}
BOUNDS = (0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 7200.0)
RESTARTED = 120
DISABLED, ENABLED, CAUGHT_UP = 180, 216, 228
FOUND = 270
STALLED = 288
WRITTEN = {"east-west": 2.2e6, "east-lab": 1.5e6}  # bytes a second and server
SPACE = 130e9
WAL = 128e6


def lag(link, server, minute):
    """Seconds; a wave of a second or two when all is well."""
    usual = 1.2 + 0.6 * math.sin(minute / 7 + len(link) + len(server)) + 0.3 * math.sin(minute * 1.7)
    if link == "east-west" and DISABLED <= minute < CAUGHT_UP:
        behind = 60 * (min(minute, ENABLED) - DISABLED)
        return usual + behind * (1 - max(0, minute - ENABLED) / (CAUGHT_UP - ENABLED))
    if link == "east-lab" and server == STUCK and minute >= STALLED:
        return usual + 60 * (minute - STALLED)
    return usual


def state(link, server, minute):
    if link == "east-west" and DISABLED <= minute < ENABLED:
        return "disabled"
    if lag(link, server, minute) < 10:
        return "ok"
    return "stalled" if link == "east-lab" and minute > STALLED + 12 else "lagging"


def waiting(link, server, minute):
    return max(0, lag(link, server, minute) - 1) * WRITTEN[link]


def retained(link, minute):
    return sum(waiting(link, server, minute) // WAL * WAL for server in SERVERS)


def worst(link, minute):
    return max(lag(link, server, minute) for server in SERVERS)


def stands(link, server, minute):
    """When the position last moved."""
    if state(link, server, minute) == "disabled":
        return DISABLED
    return STALLED if lag(link, server, minute) > 10 and link == "east-lab" else minute - 0.1


def clock(minute):
    return BEGIN + 60 * minute


def queues(link, minute):
    yield "link_info", {"source": "east", "target": link[5:], "peer": link[5:]}, 1
    yield "peer_enabled", {}, 0 if state(link, SERVERS[0], minute) == "disabled" else 1
    for name in ("idle", "ok", "lagging", "stalled", "rewound", "disabled", "unknown"):
        yield "queues", {"state": name}, sum(state(link, server, minute) == name for server in SERVERS)
    for server in SERVERS:
        of = {"regionserver": server}
        behind = waiting(link, server, minute)
        yield "queue_wals", of, 1 + behind // WAL
        yield "queue_bytes", of, behind
        yield "queue_oldest_wal_timestamp_seconds", of, clock((minute - lag(link, server, minute) / 60) // 60 * 60)
        yield "queue_position_last_change_timestamp_seconds", of, clock(stands(link, server, minute))
        yield "source_reported_lag_seconds", of, 9 if link == "east-west" and ENABLED <= minute < CAUGHT_UP else 0
    growing = worst(link, minute) > 60 and not ENABLED <= minute < CAUGHT_UP
    yield "retained_wal_bytes", {}, retained(link, minute)
    if growing:
        slope = WRITTEN[link] * (len(SERVERS) if link == "east-west" else 1)
        yield "runway_seconds", {}, (SPACE - retained(link, minute)) / slope
    yield "recovered_queues", {}, 1 if link == "east-west" and 60 <= minute < 75 else 0
    for name in ("undeleted_queues", "missing_wals"):
        yield name, {}, 0
    yield "hfile_refs", {}, 4 if 30 <= minute < 40 else 0
    for name in ("hfile_refs_leaked", "hfiles_gone"):
        yield name, {}, 0
    fits = {"replicated": len(TABLES[link]), "unscoped": 2, "schema_mismatch": 1 if link == "east-lab" else 0}
    for name in ("replicated", "unscoped", "missing_on_target", "schema_mismatch", "excluded"):
        yield "tables", {"status": name}, fits.get(name, 0)


def heartbeats(link, minute):
    for server in SERVERS:
        of = {"regionserver": server}
        yield "heartbeat_written_timestamp_seconds", of, clock(minute) - 0.4
        yield "heartbeat_observed_timestamp_seconds", of, clock(minute) - lag(link, server, minute)
    yield "heartbeat_uncovered_regionservers", {}, 1 if minute < 4 else 0
    yield "watermark_timestamp_seconds", {}, clock(minute) - worst(link, minute)


def drift(link, minute):
    """Class -> rows, by table."""
    if link == "east-lab" or minute < FOUND:
        return {}
    return {"orders": {"missing": 42}, "ns1:events": {"value": 3, **({"extra": 2} if minute >= 330 else {})}}


def verification(link, minute):
    found = drift(link, minute)
    for name in ("missing", "extra", "value", "cells"):
        yield "drift_rows", {"class": name}, sum(rows.get(name, 0) for rows in found.values())
    for name, ranges in {"match": 400, "drift": 3 if found else 0, "pending": 12, "error": 0}.items():
        yield "verify_ranges", {"state": name}, ranges
    yield "marker_rows", {}, 5 if found else 0
    yield "verify_unknown_rows", {}, 3 if found else 0
    yield "table_metrics_dropped", {}, 0
    full = {"orders": 234, "customers": 240, "ns1:events": 246, "ns1:clicks": -2 * DAY, "audit": -15 * DAY,
            "metrics": -3 * DAY}
    fresh = {table: full.get(table, -99 * DAY) > -7 * DAY for table in TABLES[link]}
    for table in TABLES[link]:
        of = {"table": table}
        yield "table_drift_rows", of, sum(found.get(table, {}).values())
        if table in full:
            yield "table_future_cells", of, 2 if table == "customers" and link == "east-west" else 0
        if table in found:
            yield "table_drift_oldest_timestamp_seconds", of, clock(FOUND)
        passed = full.get(table)
        if passed is not None:
            passed = passed if minute > FOUND or passed < 0 else passed - 2 * DAY
            yield "table_full_pass_timestamp_seconds", of, clock(passed)
            held = STALLED if link == "east-lab" else (DISABLED if minute < CAUGHT_UP else 9999)
            yield "table_writes_verified_until_timestamp_seconds", of, clock(min(minute // 10 * 10 - 1, held))
        yield "table_verify_oldest_range_timestamp_seconds", of, clock(-90 if passed is None else passed)
        yield "table_verify_coverage_ratio", of, int(fresh[table])
    yield "verify_coverage_ratio", {}, sum(fresh.values()) / len(fresh)
    # The first plan is approved an hour after it was made, and goes wrong; the next is being waited for.
    waits = link == "east-west" and (FOUND + 2 <= minute < FOUND + 30 or minute >= FOUND + 40)
    jobs = {"awaiting_approval": waits, "failed": link == "east-west" and minute >= FOUND + 31,
            "running": link == "east-west" and minute == FOUND + 30}
    for name in ("planned", "awaiting_approval", "waiting", "running", "paused", "failed"):
        yield "repair_jobs", {"state": name}, int(jobs.get(name, False))


def agent(minute):
    yield "build_info", {"version": "1.0.0", "revision": "9c2f1ab"}, 1
    yield "config_last_reload_successful", {}, 1
    yield "kerberos_ticket_expiry_timestamp_seconds", {"hbase": "east"}, clock(minute // 300 * 300 + 600)
    yield "clock_offset_seconds", {"hbase": "east"}, 0.03 + 0.02 * math.sin(minute / 40)
    for link in LINKS:
        verified = clock(minute // 10 * 10 if link == "east-west" else min(minute // 10 * 10, STALLED))
        for name, time in (("queues", clock(minute) - 1), ("heartbeat", clock(minute) - 1),
                           ("target", clock(minute) - 2), ("verify", verified)):
            of = {"collector": f"{name}:{link}"}
            yield "collector_success", of, 1
            yield "collector_last_success_timestamp_seconds", of, time


def process(minute):
    started = RESTARTED if minute >= RESTARTED else -2 * DAY
    yield "process_start_time_seconds", {}, clock(started)
    yield "process_resident_memory_bytes", {}, 38e6 + 12e6 * math.tanh((minute - started) / 60)
    yield "process_open_fds", {}, 31


class Counters:
    """What only grows, until the agent is restarted."""

    def __init__(self):
        self.values, self.buckets, self.random = {}, {}, random.Random(7)

    def add(self, name, labels, by):
        key = name, tuple(labels.items())
        self.values[key] = self.values.get(key, 0) + by
        return name, labels, self.values[key]

    def restart(self):
        self.values.clear()
        self.buckets.clear()

    def of_verification(self, link, minute):
        passing = link == "east-west" and 234 <= minute < FOUND
        brief = minute % 10 < 1.5 and state(link, STUCK, minute) == "ok"
        rows = self.random.uniform(75e3, 85e3) if passing else self.random.uniform(2e3, 4e3) if brief else 0
        yield self.add("verify_rows_compared_total", {"link": link}, int(rows * STEP))
        yield self.add("verify_ranges_compared_total", {"link": link}, round(rows / 6000 + (1 if brief else 0)))
        for method in ("Scan", "Multi", "GetClusterStatus"):
            of_cluster = {"hbase": link.partition("-")[2], "method": method}
            yield self.add("hbase_rpcs_total", of_cluster, int(STEP))
            yield self.add("hbase_rpc_failures_total", of_cluster, 0)
        failing = 1 if passing and 250 <= minute < 256 else 0
        yield self.add("verify_range_failures_total", {"link": link}, failing)
        for name in ("missing", "extra", "value", "cells"):
            now, before = (sum(rows.get(name, 0) for rows in drift(link, at).values())
                           for at in (minute, minute - STEP / 60))
            yield self.add("drift_rows_detected_total", {"link": link, "class": name}, now - before)
        repaired = link == "east-west" and minute == FOUND + 30
        yield self.add("repair_rows_written_total", {"link": link, "op": "put"}, 17 * repaired)
        yield self.add("repair_conflicts_total", {"link": link}, 2 * repaired)
        yield self.add("repair_failures_total", {"link": link}, 1 * repaired)

    def of_heartbeats(self, link, minute):
        tried = STEP * len(SERVERS)
        failed = 2 if 119 < minute < 122 else 0
        yield self.add("heartbeat_writes_total", {"link": link}, tried)
        yield self.add("heartbeat_write_failures_total", {"link": link}, failed)
        yield self.add("heartbeat_out_of_order_total", {"link": link}, 1 if minute == 75 else 0)
        taken = [lag(link, server, minute) * self.random.uniform(0.3, 1.1) for server in SERVERS for _ in range(STEP)
                 if state(link, server, minute) in ("ok", "lagging")]
        counts = self.buckets.setdefault(link, [0] * len(BOUNDS) + [0, 0.0])
        for seconds in taken:
            counts[sum(bound < seconds for bound in BOUNDS)] += 1
            counts[-1] += seconds
        total = 0
        for bound, count in zip((*map(str, BOUNDS), "+Inf"), counts):
            total += count
            yield "heartbeat_latency_seconds_bucket", {"link": link, "le": bound}, total
        yield "heartbeat_latency_seconds_count", {"link": link}, total
        yield "heartbeat_latency_seconds_sum", {"link": link}, counts[-1]

    def of_process(self, minute):
        busy = 0.6 if 234 <= minute < FOUND else 0.03
        yield self.add("process_cpu_seconds_total", {}, STEP * busy * self.random.uniform(0.9, 1.1))


def samples():
    """(metric, labels, value, time), in the order of time."""
    counters = Counters()
    for step in range(60 * MINUTES // STEP + 1):
        minute = step * STEP / 60
        yield "up", OTHER, 0, clock(minute)
        for name, _, value in process(0):
            yield name, OTHER, 1000 * value, clock(minute)
        yield "process_cpu_seconds_total", OTHER, 60 * minute, clock(minute)
        if minute == RESTARTED:
            counters.restart()
            yield "up", JOB, 0, clock(minute)
            continue
        found = [*agent(minute), *process(minute), *counters.of_process(minute)]
        for link in LINKS:
            for values in (queues, heartbeats, verification):
                found += [(name, {"link": link, **labels}, value) for name, labels, value in values(link, minute)]
            found += [*counters.of_verification(link, minute), *counters.of_heartbeats(link, minute)]
        yield "up", JOB, 1, clock(minute)
        for name, labels, value in found:
            name = name if name.startswith("process_") else f"twinwatch_{name}"
            yield name, {**JOB, **labels}, value, clock(minute)


def family(metric, is_histogram):
    base = metric.removesuffix("_bucket").removesuffix("_count").removesuffix("_sum")
    return base if is_histogram(base) else metric.removesuffix("_total")


def write_open_metrics(file, kinds):
    """`kinds` is {metric: gauge, counter or histogram}."""
    families = {}
    for name, labels, value, time in samples():
        base = family(name, lambda base: kinds.get(base) == "histogram")
        text = ",".join(f'{label}="{value}"' for label, value in labels.items())
        families.setdefault(base, []).append(f"{name}{{{text}}} {value:.10g} {time:.0f}\n")
    for base, lines in families.items():
        file.write(f"# TYPE {base} {kinds.get(base) or kinds.get(base + '_total') or 'gauge'}\n")
        file.writelines(lines)
    file.write("# EOF\n")
