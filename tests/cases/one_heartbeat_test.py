#!/usr/bin/env python3
"""One heartbeat seen on the target proves nothing: the mistake, kept as a test double, calls rows drift that are on
their way. The real barriers, begun in the same situation, call none so.

A backlog behind a disabled peer is shipped in one batch: tables whose names sort (by Java's hash, as the sink has it)
before and after the heartbeat table's, dealt out to three target servers at once (replication.source.ratio 1.0). The
heartbeat was written last, and overtakes. For all barriers the two sandwiches follow each other at once here, not 2 s
apart, else the rows would have come in meanwhile and the mistake would only seldom show.
"""
import json
import os
import subprocess
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import running
from bedcase import BedCase
from running import twinwatch, wait_until

PROGRAM = Path(os.environ.get("TWINWATCH_ONE_HEARTBEAT")
               or running.REPOSITORY / "build" / "release" / "tests" / "cases" / "one_heartbeat")
TABLES = ("orders", "t", "customers")  # the sink's order; the heartbeat table comes after orders
ROWS, A_WRITE = 20_000, 10             # of each table, and rows in one WAL entry
LAST = 500                             # rows that are verified: those that were written last
ROUNDS = 8                             # at the most, until the mistake was seen


class Verification:
    """One table's last rows by one barrier; begins when it is told to, after the first look."""

    def __init__(self, conf, table, start_row, barrier):
        self.table, self.barrier = table, barrier
        self._process = subprocess.Popen(
            [PROGRAM, "--source", f"conf:{conf}", "--table", table, "--start-row", start_row, "--barrier", barrier],
            text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=running.environment())

    def expect(self, key):
        """Its next line, which has to hold this."""
        line = self._process.stdout.readline()
        if key not in line:
            raise AssertionError(f"{self.table}, {self.barrier}: {line}{self._process.stderr.read()}")
        return json.loads(line)

    def go(self):
        self._process.stdin.write("!")
        self._process.stdin.flush()

    def close(self):
        if self._process.poll() is None:
            self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            pipe.close()
        self._process.wait()


class OneHeartbeat(BedCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.init_heartbeats()

    def test_it_reports_false_drift_and_the_real_barriers_none(self):
        told = {"one": [], "heartbeats": [], "auto": []}
        for number in range(ROUNDS):
            for found in self.round(number):
                told[found["by"]].append(found)
            print(json.dumps({by: [(f["table"], f["drift"], f["in_flight"], f["unknown"]) for f in found[-3:]]
                              for by, found in told.items()}), flush=True)
            if number >= 2 and any(found["drift"] for found in told["one"]):
                break
        for by in ("heartbeats", "auto"):
            self.assertEqual([], [found for found in told[by] if found["drift"] or found["unknown"]], by)
            # and it was no proof of nothing: rows were on their way, and judged by a barrier
            self.assertGreater(sum(found["in_flight"] for found in told[by]), 0, by)
        self.assertTrue(any(found["drift"] for found in told["one"]), told["one"])

    def round(self, number):
        """What each barrier says of each table, while the same backlog is shipped to all of them."""
        for n, table in enumerate(TABLES):
            self.create(table)
            self.move(self.on_source, table, self.port("rs1-a"))
            self.move(self.on_target, table, self.port(f"rs{n + 1}-b"))
        # a source whose peer was disabled begins its WAL anew: what was before stays out of it
        self.on_source("roll_wals")
        wait_until("each queue holds its new WAL alone", 60, self.queues_hold_one_wal)
        self.on_source("peer_disable", id="1")
        self.addCleanup(self.reset_peers)
        for table in TABLES:
            self.on_source("load_rows", table=table, rows=ROWS, rows_a_write=A_WRITE)
        start = f"{ROWS - LAST:08d}"
        all_of_them = [Verification(self.source.conf_dir, table, start, barrier)
                       for barrier in ("one", "heartbeats", "auto") for table in TABLES]
        for verification in all_of_them:
            self.addCleanup(verification.close)
        for verification in all_of_them:
            verification.expect("waiting")
        mistaken = [v for v in all_of_them if v.barrier == "one"]
        for verification in mistaken:  # its heartbeat stands behind the rows, in their batch
            verification.go()
        for verification in mistaken:
            verification.expect("beat")
        self.on_source("peer_enable", id="1")
        for verification in all_of_them:  # these refuse a disabled peer: they begin while the backlog is shipped
            if verification.barrier != "one":
                verification.go()
        with ThreadPoolExecutor(len(all_of_them)) as pool:
            found = list(pool.map(lambda v: v.expect("drift") | {"by": v.barrier, "table": v.table}, all_of_them))
        for table in TABLES:
            self.on_target("wait_rows", table=table, rows=ROWS, seconds=120)
        return found

    def queues_hold_one_wal(self):
        done = twinwatch("queues", "--source", f"conf:{self.source.conf_dir}", "--for", "200ms", "--format", "json")
        queues = done.json()["links"][0]["queues"] if done.out else []
        return queues and all(queue["wals"] == 1 for queue in queues)

    def port(self, name):
        return f"localhost,{self.bed.info()['processes'][name]['port']}"

    def move(self, on, table, server):
        wait_until(f"{table} is moved", 60, lambda: on("move", table=table, server=server), 0.5)


if __name__ == "__main__":
    unittest.main(verbosity=2)
