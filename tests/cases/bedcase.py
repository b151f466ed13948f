"""A test case on one of the shared beds: peer 1 from source to target, and tables with known differences.

Rows are written with SKIP_WAL to both sides unless a test wants them replicated: then nothing is in flight
that could undo what a test plants on the target.
"""
import os
import unittest

import beds
from running import twinwatch, wait_until

TIME = 1_700_000_000_000  # a timestamp for cells, long past
HEARTBEATS = "twinwatch:heartbeat"

# What a row's first difference is called, in the order in which they are looked for.
CLASSES = ("missing", "extra", "value", "cells")


def cell(row, value=b"v", qualifier=b"q", family="f", timestamp=TIME, **more):
    """A cell as the helper's put takes it."""
    return {"row": row, "family": family, "qualifier": qualifier, "value": value, "timestamp": timestamp, **more}


class BedCase(unittest.TestCase):
    """Attached to the bed BED for the whole class; tables are made afresh."""

    BED = os.environ.get("TWINWATCH_TEST_BED", "standalone")
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.bed = beds.attach(cls.BED)
        cls.addClassCleanup(cls.bed.close)
        cls.source, cls.target = cls.bed.source, cls.bed.target
        cls.reset_peers()

    @classmethod
    def reset_peers(cls):
        """Peer 1, enabled, is the only one."""
        peers = {peer["id"]: peer for peer in cls.on_source("peers")["peers"]}
        for other in peers.keys() - {"1"}:
            cls.on_source("peer_remove", id=other)
        if "1" not in peers:
            cls.on_source("peer_add", id="1", cluster_key=cls.target.zookeeper)
        elif not peers["1"]["enabled"]:
            cls.on_source("peer_enable", id="1")

    @classmethod
    def init_heartbeats(cls):
        """The heartbeat table on both sides, seen to travel."""
        done = twinwatch("heartbeat", "init", "--source", f"conf:{cls.source.conf_dir}", "--execute", deadline=200)
        if done.code:
            raise AssertionError(str(done))

    def without_heartbeats(self):
        """For what a cluster without heartbeats answers: an earlier test may have left the table."""
        self.drop(HEARTBEATS)

    @classmethod
    def on_source(cls, op, **arguments):
        return cls.source.helper.call(op, **arguments)

    @classmethod
    def on_target(cls, op, **arguments):
        return cls.target.helper.call(op, **arguments)

    def on_both(self, op, **arguments):
        self.on_source(op, **arguments)
        self.on_target(op, **arguments)

    def drop(self, table):
        for on in (self.on_source, self.on_target):
            if on("exists", table=table)["exists"]:
                on("drop", table=table)

    def create(self, table, target=None, **arguments):
        """A fresh table on both sides; target: arguments that are other ones there. Dropped at the end."""
        self.drop(table)
        self.on_source("create", table=table, **arguments)
        self.on_target("create", table=table, **(arguments | (target or {})))
        self.addCleanup(self.drop, table)

    def put_both(self, table, cells):
        self.on_both("put", table=table, cells=cells, durability="SKIP_WAL")

    def load_both(self, table, rows, **arguments):
        self.on_both("load", table=table, rows=rows, timestamp=TIME, durability="SKIP_WAL", **arguments)

    def plant(self, table):
        """One row of each class, and two of `cells`; the rows as {key: class}."""
        rows = {name: f"planted-{name}".encode() for name in ("missing", "extra", "value", "column", "time")}
        self.put_both(table, [cell(row) for name, row in rows.items() if name != "extra"])
        self.on_target("delete_row", table=table, row=rows["missing"])
        self.on_target("put", table=table, cells=[
            cell(rows["extra"]), cell(rows["value"], b"another"), cell(rows["column"], qualifier=b"other"),
            cell(rows["time"], timestamp=TIME + 1)], durability="SKIP_WAL")
        return {rows["missing"]: "missing", rows["extra"]: "extra", rows["value"]: "value",
                rows["column"]: "cells", rows["time"]: "cells"}

    def verify(self, *arguments, table=None, deadline=180):
        """`twinwatch verify` from the source's cluster key; the peer names the target."""
        tables = ["-t", table] if table else []
        return twinwatch("verify", "--source", self.source.zookeeper, *tables, *arguments, deadline=deadline)

    def wait_for_row(self, table, row, on=None):
        """The target shows this row."""
        on = on or self.on_target
        wait_until(f"row {row} in {table}", 60, lambda: on("get", table=table, row=row)["cells"], 0.1)

    def assert_code(self, code, done):
        self.assertEqual(code, done.code, str(done))
