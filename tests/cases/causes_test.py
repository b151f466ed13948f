#!/usr/bin/env python3
"""Likely causes with their evidence, on a real pair: planted one by one, named by `drift list` and `drift show`."""
import contextlib
import socket
import sqlite3
import tempfile
import time
import unittest
from pathlib import Path

import running
from bedcase import BedCase, cell
from running import started, twinwatch, wait_until

DAY_MS = 86_400_000


def now_ms():
    return int(time.time() * 1000)


def wait_for_next_ms():
    """What is written from here on has a later timestamp than what was written before."""
    now = now_ms()
    wait_until("the clock has moved on", 5, lambda: now_ms() > now + 1, 0.001)


class CauseCase(BedCase):
    def setUp(self):
        self.storage = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def look(self, table):
        """A verification that remembers; what differs is drift on the user's word."""
        done = self.verify("--confirm", "none", "--storage.path", self.storage, table=table)
        self.assertIn(done.code, (0, 1), str(done))

    def drift(self, *arguments):
        done = twinwatch("drift", *arguments, "--storage.path", self.storage, deadline=30)
        self.assert_code(1, done)
        return done

    def assert_cause(self, table, row, cause, *evidence):
        """`list` and `show` name the cause of the row that differs, and what supports it."""
        [found] = [r for r in self.drift("list", "-t", table, "--format", "json").json()["rows"] if r["row"] == row]
        self.assertIn(cause, found["cause"] or "none", str(found))
        for part in evidence:
            self.assertIn(part, found["evidence"], str(found))
        shown = " ".join(self.drift("show", "-t", table).out.split())
        self.assertIn(cause, shown)
        self.assertIn(evidence[0], shown)
        return found


class OfTheRow(CauseCase):
    def test_a_cells_ttl_that_did_not_travel(self):
        self.create("cellttl")
        now = now_ms()
        over, still = cell(b"r", qualifier=b"over", timestamp=now), cell(b"r", qualifier=b"still", timestamp=now)
        self.on_source("put", table="cellttl", cells=[over], ttl_ms=1000, durability="SKIP_WAL")
        self.on_source("put", table="cellttl", cells=[still], ttl_ms=DAY_MS, durability="SKIP_WAL")
        self.on_target("put", table="cellttl", cells=[over, still], durability="SKIP_WAL")
        wait_until("the cell has ended", 10, lambda: len(self.on_source("get", table="cellttl", row=b"r")["cells"]) == 1)
        self.look("cellttl")
        self.assert_cause("cellttl", "r", "TTL was lost on the way", f"TTL of {DAY_MS} ms on the source and none on",
                          "f:still of", "hbase.replication.rpc.codec")

    def test_a_row_of_which_nothing_lives_on_the_source_any_more(self):
        self.create("ttlover")
        now = now_ms()
        over, still = cell(b"r", timestamp=now), cell(b"s", timestamp=now)
        self.on_source("put", table="ttlover", cells=[over], ttl_ms=1000, durability="SKIP_WAL")
        self.on_source("put", table="ttlover", cells=[still], ttl_ms=DAY_MS, durability="SKIP_WAL")
        self.on_target("put", table="ttlover", cells=[over, still], durability="SKIP_WAL")
        wait_until("the row has ended", 10, lambda: not self.on_source("get", table="ttlover", row=b"r")["cells"])
        self.look("ttlover")
        self.assert_cause("ttlover", "r", "TTL was lost on the way", f"in row s has a TTL of {DAY_MS} ms on the source")

    def test_a_cells_ttl_that_both_sides_have_is_none(self):
        self.create("ttlonboth")
        kept = cell(b"r", qualifier=b"kept", timestamp=now_ms())
        self.on_both("put", table="ttlonboth", cells=[kept], ttl_ms=DAY_MS, durability="SKIP_WAL")
        self.on_target("put", table="ttlonboth", cells=[cell(b"r", timestamp=now_ms())], durability="SKIP_WAL")
        self.look("ttlonboth")
        self.assert_cause("ttlonboth", "r", "written at the target", "no trace of f:q of")

    def test_written_at_the_target_only(self):
        self.create("attarget")
        self.on_target("put", table="attarget", cells=[cell(b"r", timestamp=now_ms())], durability="SKIP_WAL")
        self.look("attarget")
        self.assert_cause("attarget", "r", "written at the target", "the source holds no trace of f:q of")

    def test_a_table_that_skips_the_wal(self):
        self.create("skips", durability="SKIP_WAL", target={"durability": "SYNC_WAL"})
        self.on_source("put", table="skips", cells=[cell(b"r", timestamp=now_ms())])
        self.look("skips")
        self.assert_cause("skips", "r", "written with SKIP_WAL", "DURABILITY of skips is SKIP_WAL on the source")

    def test_rows_that_are_not_read_have_the_causes_that_need_no_reading(self):
        families = [{"name": "f", "scope": 1, "attributes": {"VERSIONS": "2"}}]
        self.create("many", families=families, target={"families": [{"name": "f", "scope": 1}]})
        self.on_source("load", table="many", rows=700, timestamp=now_ms(), durability="SKIP_WAL")
        self.look("many")
        rows = self.drift("list", "-t", "many", "--format", "json").json()["rows"]
        self.assertEqual([700, {"VERSIONS is 2 on the source and 1 on the target"}],
                         [len(rows), {row["evidence"] for row in rows}])


class OfTheLink(CauseCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(self.reset_peers)

    def put_unseen(self, table, row):
        """On the source alone, for good: the WAL does not have it."""
        self.on_source("put", table=table, cells=[cell(row, timestamp=now_ms())], durability="SKIP_WAL")

    def test_disabled_as_two_verifications_saw(self):
        self.create("off")
        self.on_source("peer_disable", id="1")
        self.look("off")
        self.put_unseen("off", b"while")
        wait_for_next_ms()
        self.on_source("peer_enable", id="1")
        wait_for_next_ms()
        self.put_unseen("off", b"behind")
        self.look("off")
        found = self.assert_cause("off", "while", "while the peer was disabled", "the peer was disabled from 20")
        self.assertIn(" to 20", found["evidence"].split(", and")[0])
        [behind] = [r for r in self.drift("list", "--format", "json").json()["rows"] if r["row"] == "behind"]
        self.assertIsNone(behind["cause"])

    @contextlib.contextmanager
    def agent(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            address = f"127.0.0.1:{server.getsockname()[1]}"
        config = self.storage / "twinwatch.yml"
        config.write_text(f"""clusters:
  a: {{zookeeper: "{self.source.zookeeper}"}}
  b: {{zookeeper: "{self.target.zookeeper}"}}
links:
  - {{name: a-b, source: a, target: b, verify: {{tables: {{include: ["nothing"]}}}}}}
storage: {{path: "{self.storage}"}}
web: {{listen_address: "{address}"}}
""")
        with (self.storage / "agent.log").open("w") as log:
            with started([running.BINARY, "agent", "--config", config], stdout=log, stderr=log):
                yield

    def noted(self):
        file = self.storage / "ledger.sqlite"
        if not file.exists():
            return []
        with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as ledger:
            try:
                return [state for (state,) in ledger.execute("SELECT state FROM peer_states ORDER BY id")]
            except sqlite3.OperationalError:  # not made yet
                return []

    def test_removed_and_disabled_as_the_agent_saw(self):
        self.create("watched")
        states = ["enabled"]

        def step(state, op, **arguments):
            states.append(state)
            self.on_source(op, id="1", **arguments)
            wait_until(f"the agent has seen {states}", 20, lambda: self.noted() == states)

        with self.agent():
            wait_until("the agent has seen the peer", 30, lambda: self.noted() == states)
            step("removed", "peer_remove")
            self.put_unseen("watched", b"removed")
            step("enabled", "peer_add", cluster_key=self.target.zookeeper)
            step("disabled", "peer_disable")
            self.put_unseen("watched", b"disabled")
            step("enabled", "peer_enable")
        self.look("watched")
        self.assert_cause("watched", "removed", "while the peer was removed", "the peer was removed from 20")
        self.assert_cause("watched", "disabled", "while the peer was disabled", "the peer was disabled from 20")


if __name__ == "__main__":
    unittest.main(verbosity=2)
