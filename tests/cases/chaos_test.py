#!/usr/bin/env python3
"""`twinwatch verify` while everything that can befall two clusters does: no false drift, and none missed.

Writers write 5,000 times a second (put, overwrite, delete, increment), servers are killed, regions move, the peer is
off and on, drift is planted, and verify runs again and again. In the end the ground truth decides, not expectation:
writers stop, queues drain, and both sides are dumped. Every row that a run called drift must differ there, or have
cells in its history, which the table keeps, that the other side never had: writers may have mended it since. Every row
that differs must have been reported. A disabled peer is an answer at once, by contract: unknown rows of runs that
met one are counted apart. What was measured is written to build/chaos/<bed>-<name>.json.
"""
import json
import time
import unittest

import beds
from bedcase import BedCase
from chaos.drift import KEEPS, Planter, only_in_one, rows_that_differ
from chaos.events import Events
from chaos.runs import Runs
from running import wait_until
from twinbed.helper import Helper
from znodes import Znodes

TABLE = "chaos"
MEASURED = beds.REPOSITORY / "build" / "chaos"

ALL_EVENTS = ["split", "merge", "move", "move", "plant", "kill_source_server", "kill_target_server", "lose_session",
              "lose_own_session", "restart_zookeeper", "peer_off_and_on", "plant", "stop_target"]


class Chaos(BedCase):
    WRITES = 5000       # a second
    STATIC_ROWS = 40_000
    WRITTEN_ROWS = 40_000
    QUIET = 60          # seconds from the last write to the last run

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.init_heartbeats()
        writer = Helper(cls.bed.java_command("a", "BedHelper", heap="512m", log_name="writer"),
                        cls.bed.dir / "log" / "writer.err")
        cls.writer = writer
        cls.addClassCleanup(writer.close)

    def prepare(self, **writer):
        self.create(TABLE, regions=8, families=[KEEPS])
        self.on_source("load", table=TABLE, rows=self.STATIC_ROWS, bytes=60)
        self.on_target("wait_rows", table=TABLE, rows=self.STATIC_ROWS, seconds=300)
        self.writer.call("write_forever", table=TABLE, threads=8, batch=50, rows_per_second=self.WRITES,
                         makes_up_seconds=60, bytes=60, rows=self.WRITTEN_ROWS,
                         kinds=["put"] * 4 + ["overwrite"] * 2 + ["delete", "increment"] * 2, **writer)
        self.addCleanup(self.writer.close)  # and the threads with it
        wait_until("the writers write", 120, lambda: self.writer.call("write_counts")["put"] > 5000)

    def survive(self, name, schedule, seed=1, **writer):
        """The whole of it; `schedule` makes the events' schedule of an Events."""
        self.prepare(**writer)
        runs, planter = Runs(self.bed, TABLE), Planter(self.bed, TABLE, seed)
        events = Events(self.bed, TABLE, seed, runs, planter)
        begun = time.monotonic()
        events.begin(schedule(events))
        while not events.is_over():
            runs.once()
        events.join(1)
        written = self.writer.call("write_stop")
        stopped = time.monotonic()
        drained = self.drain()
        differ = rows_that_differ(self.bed, TABLE)
        time.sleep(max(0, stopped + self.QUIET - time.monotonic()))
        last = runs.once()
        measured = self.measure(begun, stopped, runs.all, planter, differ, written, events)
        measured |= {"drained_after_seconds": drained, "last": last.summary(begun)}
        self.record(name, measured)
        self.judge(measured, last, differ, planter)
        return measured

    def judge(self, measured, last, differ, planter):
        self.assertEqual([], measured["false_drift"])
        self.assertEqual([], measured["missed"])
        self.assertGreater(measured["in_flight"], 0, "nothing was on its way: it proves nothing")
        self.assertEqual({row for row in planter.rows if row not in differ}, set(), "planted, and yet the same")
        self.assertEqual([], measured["planted_otherwise"], "called another class than was planted")
        # a minute after it is quiet nothing is left open, and all that differs is named
        self.assertEqual((0, [], ""), (last.unknown, last.unverified, last.error))
        self.assertEqual(set(differ), set(last.drift))
        self.assertLessEqual(measured["unknown_rate"], 0.001)

    def measure(self, begun, stopped, runs, planter, differ, written, events):
        """All that is judged, as JSON-ready values."""
        false, mended, missed, otherwise, excused = [], [], [], [], 0
        for number, run in enumerate(runs):
            for row in run.drift.keys() - differ.keys():
                evidence = self.evidence(number, run, row, begun)
                (mended if any(evidence["only_in"].values()) else false).append(evidence)
            otherwise += [f"{row} {kind}, not {planter.rows[row][0]}" for row, kind in run.drift.items()
                          if row in planter.rows and planter.rows[row][0] != kind]
            silent = [row for row, (_, there) in planter.rows.items()
                      if there < run.begun and row not in run.drift and row in differ]
            excused += len([row for row in silent if run.says_nothing_of(row)])
            silent = [row for row in silent if not run.says_nothing_of(row)]
            if len(silent) > run.unknown:  # unknown rows are counted, not named
                missed += [f"run {number}: {row}" for row in silent]
            else:
                excused += len(silent)
        never = set(differ) - {row for run in runs for row in run.drift}
        met_peer_off = [run for run in runs
                        if any(run.begun < end and run.ended > start for start, end in events.peer_was_off)]
        judged = [run for run in runs if run not in met_peer_off]
        rows, unknown = sum(run.rows for run in runs), sum(run.unknown for run in judged)
        writes = sum(written[kind] for kind in ("put", "overwrite", "delete", "increment"))
        return {"rows_checked": rows, "runs": len(runs), "seconds": round(stopped - begun, 1),
                "writes_per_second": round(writes / (stopped - begun)), "written": written,
                "in_flight": sum(run.in_flight for run in runs), "unknown": unknown,
                "unknown_rate": unknown / max(1, sum(run.rows for run in judged)),
                "unknown_while_peer_off": sum(run.unknown for run in met_peer_off),
                "planted": len(planter.rows), "differ": len(differ),
                "differ_by_itself": self.by_itself([row for row in differ if row not in planter.rows]),
                "runs_with_unverified_ranges": sum(bool(run.unverified or run.error) for run in runs),
                "false_drift": false, "mended_by_later_writes": mended,
                "missed": missed + [f"never: {row}" for row in never], "not_told_but_said_so": excused,
                "planted_otherwise": otherwise, "events": events.log, "each_run": [run.summary(begun) for run in runs]}

    def by_itself(self, rows):
        """What HBase has lost on the way, nobody's plan; some of it with its cells, for people to look at."""
        some = sorted(rows)[::len(rows) // 3 + 1]
        return {"rows": len(rows), "some": {str(row): only_in_one(self.bed, TABLE, row) for row in some}}

    def evidence(self, number, run, row, begun):
        return {"run": number, "at": round(run.begun - begun, 1), "row": str(row), "class": run.drift[row],
                "barrier": run.barrier, "only_in": only_in_one(self.bed, TABLE, row)}

    def record(self, name, measured):
        MEASURED.mkdir(parents=True, exist_ok=True)
        (MEASURED / f"{self.BED}-{name}.json").write_text(json.dumps(measured, indent=1, default=str) + "\n")
        shown = {key: value for key, value in measured.items() if key not in ("each_run", "events", "written")}
        print(json.dumps(shown | {"written": measured["written"]}, default=str)[:3000], flush=True)

    def drain(self, seconds=300):
        """Every WAL of now has left every queue, and no dead server's queue is left; after how many seconds."""
        begun = time.monotonic()
        before = self.queued()[0]
        self.on_source("roll_wals")

        def gone():
            wals, dead = self.queued()
            return not dead and not wals & before
        wait_until("the queues are drained", seconds, gone, 0.5)
        return round(time.monotonic() - begun, 1)

    def queued(self):
        """(the WALs in any queue, the queues that dead servers left)"""
        live = set(self.on_source("servers")["servers"])
        for _ in range(20):  # a queue that goes while it is read
            try:
                with Znodes(self.source.zookeeper.removesuffix(":/hbase")) as znodes:
                    root, wals, dead = "/hbase/replication/rs", set(), []
                    for server in znodes.children(root):
                        for queue in znodes.children(f"{root}/{server}"):
                            found = znodes.children(f"{root}/{server}/{queue}")
                            wals |= {wal for wal in found if not wal.endswith(".meta")}
                            if "-" in queue or server not in live:
                                dead.append(queue)
                    return wals, dead
            except OSError:
                time.sleep(0.2)
        raise AssertionError("the queues cannot be read")


class Short(Chaos):
    """In a minute: what a night in production may bring."""

    def test_a_minute_of_chaos(self):
        self.survive("short", lambda events: events.script([
            (0, "plant", 8), (2, "split", "a"), (6, "move", "a"), (8, "kill_source_server", "rs2-a"), (9, "plant", 4),
            (10, "peer_off_and_on", 4), (12, "move", "b"), (14, "merge", "a"), (60, "plant", 4), (66, "move", "a")]))


class Long(Chaos):
    STATIC_ROWS = 400_000

    def endure(self, seconds, name, seed, events=(), **writer):
        return self.survive(name, lambda e: e.shuffled(seconds, ALL_EVENTS + list(events)), seed, **writer)

    def test_chaos(self):
        self.assertGreaterEqual(self.endure(600, "chaos", seed=2)["rows_checked"], 1_000_000)

    def test_async_wal_writers(self):
        self.endure(300, "async", seed=3, durability="ASYNC_WAL")

    def test_bulk_loads(self):
        self.endure(300, "bulk", seed=4, events=["bulk_load"] * 4)


class IdleReaders(Long):
    """replication.source.sleepforretries as HBase has it, 1000: for a bed with that."""

    test_async_wal_writers = test_bulk_loads = None

    def test_chaos(self):
        self.assertEqual(1000, self.bed.state["sleep_for_retries"])
        self.endure(300, "sleep1000", seed=5)


if __name__ == "__main__":
    unittest.main(verbosity=2)
