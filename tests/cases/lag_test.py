#!/usr/bin/env python3
"""The agent's lag against the truth, in every situation in which HBase's own numbers lie.

The error may be two heartbeats, four times replication.source.sleepforretries and a round trip at most, and the lag
must never be below the truth. What was measured is written to build/lag/<bed>-<name>.json, and printed as the rows of
docs/lag.md.
"""
import contextlib
import json
import tempfile
import time
import unittest
from datetime import datetime
from pathlib import Path

import beds
from bedcase import BedCase
from lag.truth import REGIONS, Truth, table_row
from running import twinwatch, wait_until
from running_agent import RunningAgent
from stranger import Stranger
from twinbed.helper import Helper
from znodes import close_replication

TABLE = "truth"
MEASURED = beds.REPOSITORY / "build" / "lag"
ROUND_TRIP = 1.0  # seconds: both clusters, agent and writers share two cores


class Lag(BedCase):
    SLEEP_FOR_RETRIES = 0.2  # of the bed

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.init_heartbeats()

    @classmethod
    def helper(cls, side, name):
        """A process of its own: other ops need not wait for it."""
        made = Helper(cls.bed.java_command(side, "BedHelper", heap="256m", log_name=name),
                      cls.bed.dir / "log" / f"{name}.err")
        cls.addClassCleanup(made.close)
        return made

    def setUp(self):
        self.agent = RunningAgent(self.bed, Path(self.enterContext(tempfile.TemporaryDirectory())))
        self.create(TABLE, splits=[region.encode() for region in REGIONS[1:]])
        self.create("load", regions=6)
        self.writer, self.reader = self.helper("a", "truth-writer"), self.helper("b", "truth-reader")
        self.load = self.helper("a", "truth-load")
        self.truth = Truth(self.writer, self.reader, TABLE, self.agent.address)

    @contextlib.contextmanager
    def phase(self, name, seconds=0):
        """All that is sampled meanwhile is of this situation, which lasts for some seconds behind the block."""
        self.truth.phase = name
        yield
        time.sleep(seconds)
        self.truth.phase = "between"

    def is_caught_up(self):
        lag = self.agent.link()["lag_seconds"]
        return lag is not None and lag < self.bound()

    def bound(self):
        return 2 * 1.0 + 4 * self.SLEEP_FOR_RETRIES + ROUND_TRIP

    def wait_caught_up(self):
        wait_until("the lag is small again", 300, self.is_caught_up, 0.5)

    def test_every_situation(self):
        with self.agent.running():
            self.truth.begin()
            self.addCleanup(self.truth.end)
            self.healthy()
            self.headers_only()
            self.bulk_loaded()
            self.stuck()
            self.server_killed()
        self.disabled()
        with self.agent.running():
            self.target_stopped()
            self.asynchronous()
        self.truth.end()
        self.record("situations")
        self.judge("target stopped", "peer disabled", "one of two sources stuck")

    def healthy(self):
        wait_until("a first watermark", 60, lambda: self.agent.link()["watermark"])
        self.wait_caught_up()
        with self.phase("idle", 8):
            pass
        self.truth.write()
        with self.phase("a few writes", 8):
            pass
        self.load.call("write_forever", table="load", threads=4, batch=50, rows_per_second=3000, bytes=100, rows=20_000,
                       kinds=["overwrite"])
        with self.phase("busy: 3,000 rows/s", 10):
            pass
        self.load.call("write_stop")

    def headers_only(self):
        """Sources do not move over a WAL that holds nothing but its header."""
        self.writer.call("truth_stop")
        self.wait_caught_up()
        with self.phase("WALs of only a header"):
            for _ in range(8):
                self.on_source("roll_wals")
                time.sleep(0.5)
        self.truth.write()

    def bulk_loaded(self):
        with self.phase("bulk loads under way"):
            for number in range(4):
                before = self.on_target("count", table="load")["rows"]
                # Keys of its own each time, so each must make the table longer.
                self.load.call("bulk_load", table="load", rows=20_000, seed=1000 + number)
                loaded = time.time()
                wait_until("its watermark is past the load", 60, lambda: self.watermark() > loaded + 1, 0.1)
                self.assertEqual(before + 20_000, self.on_target("count", table="load")["rows"],
                                 "the watermark promised rows that are not there")

    def watermark(self):
        watermark = self.agent.link()["watermark"]
        return datetime.fromisoformat(watermark).timestamp() if watermark else 0

    def stuck(self):
        """A table of one region that the target lacks holds up one of the two region servers."""
        self.wait_caught_up()
        self.on_source("create", table="stuck")
        self.addCleanup(self.drop, "stuck")
        with self.phase("one of two sources stuck"):
            self.on_source("load", table="stuck", rows=10)
            wait_until("a server that holds it back is named", 60, lambda: self.agent.link()["held_by"])
            wait_until("it is stalled, and why", 120, lambda: self.is_stalled_because_of("stuck"))
        self.on_target("create", table="stuck")
        self.wait_caught_up()

    def is_stalled_because_of(self, table):
        link = self.agent.link()
        return link["state"] == "stalled" and f"no table {table}" in (link["why"] or "")

    def server_killed(self):
        with self.phase("source server killed"):
            self.bed.kill("rs2-a")
            wait_until("the queue of the dead was shipped", 180, self.is_caught_up_again, 0.5)
        self.bed.start_process("rs2-a")
        self.bed.wait_ready(180)
        self.wait_caught_up()

    def is_caught_up_again(self):
        link = self.agent.link()
        return link["recovered_queues"] == 0 and self.is_caught_up() and len(link["queues"]) == 1

    def disabled(self):
        with self.agent.running() as process:
            # A source that is made anew ships its WALs from the beginning: bulk loads would be copied once more, and
            # nothing behind them can be proven meanwhile.
            self.on_source("roll_wals")
            wait_until("the WALs of before are shipped", 60,
                       lambda: all(queue["wals"] == 1 for queue in self.agent.link()["queues"]))
            self.wait_caught_up()
            self.addCleanup(self.reset_peers)
            self.on_source("peer_disable", id="1")
            with self.phase("peer disabled", 18):
                pass
            before = self.agent.link()["watermark"]
            process.kill()
        with self.agent.running():
            with self.phase("agent restarted meanwhile", 6):
                pass
            self.assertGreaterEqual(self.agent.link()["watermark"], before)
            self.assertEqual("disabled", self.agent.link()["state"])
            self.assertGreater(self.agent.link()["lag_seconds"], 18)
            with self.phase("peer enabled again", 3):
                self.on_source("peer_enable", id="1")
                self.wait_caught_up()

    def target_stopped(self):
        servers = [name for name in self.bed.info()["processes"] if name.startswith("rs") and name.endswith("-b")]
        self.wait_caught_up()
        self.truth.set_target_down(True)
        with self.phase("target stopped", 18):
            for server in servers:
                self.bed.kill(server)
            self.truth.target_is_dead()
        for server in servers:
            self.bed.start_process(server)
        self.bed.wait_ready(240)
        self.truth.set_target_down(False)
        with self.phase("target started again", 3):
            self.wait_caught_up()

    def asynchronous(self):
        self.writer.call("truth_stop")
        self.truth.phase = "between"
        done = twinwatch("lag", "--config", self.agent.config, "--wait-until", "now", "--timeout", "60s", "--format", "json")
        self.assert_code(0, done)
        self.assertTrue(done.json()["links"][0]["reached"])
        self.truth.write(durability="ASYNC_WAL")
        with self.phase("ASYNC_WAL writers", 10):
            pass
        self.writer.call("truth_stop")

    def record(self, name):
        situations = dict.fromkeys(s.phase for s in self.truth.samples)
        rows = [table_row(self.truth, situation) for situation in situations]
        MEASURED.mkdir(parents=True, exist_ok=True)
        (MEASURED / f"{self.BED}-{name}.json").write_text(
            json.dumps({"rows": rows, "samples": [vars(s) for s in self.truth.samples]}, indent=1) + "\n")
        for row in rows:
            print("| " + " | ".join(str(value) for value in row.values()) + " |", flush=True)

    def judge(self, *those_that_wait):
        self.assertEqual([], [s for s in self.truth.samples if s.under > 0], "the watermark promised too much")
        late = [s for s in self.truth.samples if (self.truth.excess(s) or 0) > self.bound()]
        self.assertEqual([], [(s.phase, s.lag, s.true_lag, self.truth.excess(s)) for s in late[:20]])
        for situation in those_that_wait:
            self.assertGreater(max(s.true_lag for s in self.truth.of(situation)), 15,
                               f"{situation}: nothing waited, it proves nothing")


class InShort(Lag):
    """Without those situations that take minutes."""

    test_every_situation = None

    def test_quick_situations(self):
        with self.agent.running():
            self.truth.begin()
            self.addCleanup(self.truth.end)
            self.healthy()
            self.headers_only()
            self.bulk_loaded()
        self.disabled()
        with self.agent.running():
            self.asynchronous()
        self.truth.end()
        self.judge("peer disabled")


class Idle(Lag):
    """Sources of 2.6 sleep ever longer when they find nothing: not with heartbeats."""

    test_every_situation = None

    def test_ten_idle_minutes(self):
        with self.agent.running():
            self.truth.begin()
            self.addCleanup(self.truth.end)
            self.wait_caught_up()
            with self.phase("idle for ten minutes", 600):
                pass
        self.truth.end()
        self.assertEqual([], [s for s in self.truth.of("idle for ten minutes") if s.lag > self.bound()])
        self.record("idle")


class Closed(Lag):
    """ZooKeeper's replication znodes are closed to the agent, as on secured clusters."""

    test_every_situation = None
    # In the others sources begin anew, or a dead server is waited for: nothing can be proven for some seconds more.
    HEALTHY = ("idle", "a few writes", "busy: 3,000 rows/s", "WALs of only a header", "bulk loads under way")

    def bound(self):
        """A beat counts one beat later, when a look at the master has begun behind that."""
        return super().bound() + 2 * 1.0

    def judge(self, *those_that_wait):
        samples = self.truth.samples
        self.assertEqual([], [s for s in samples if s.under > 0], "the watermark promised too much")
        late = [s for s in samples if s.phase in self.HEALTHY and (self.truth.excess(s) or 0) > self.bound()]
        self.assertEqual([], [(s.phase, s.lag, s.true_lag, self.truth.excess(s)) for s in late[:20]])
        for situation in those_that_wait:
            self.assertGreater(max(s.true_lag for s in self.truth.of(situation)), 15,
                               f"{situation}: nothing waited, it proves nothing")

    def setUp(self):
        super().setUp()
        quorum = self.bed.source.zookeeper.rpartition(":")[0]
        close_replication(self, quorum)
        stranger = Stranger(quorum)
        self.addCleanup(stranger.close)
        self.agent = RunningAgent(self.bed, Path(self.enterContext(tempfile.TemporaryDirectory())),
                                  f'zookeeper: "{stranger.address}:/hbase"')
        self.truth = Truth(self.writer, self.reader, TABLE, self.agent.address)

    def test_with_closed_znodes(self):
        with self.agent.running():
            self.truth.begin()
            self.addCleanup(self.truth.end)
            self.healthy()
            self.headers_only()
            self.bulk_loaded()
            self.flapping()
            self.server_killed()
        self.disabled_closed()
        self.truth.end()
        self.record("closed")
        self.judge("source server killed", "peer disabled")

    def flapping(self):
        """Sources are made anew between two looks of the agent's: they ship what they have shipped once more."""
        self.wait_caught_up()
        self.addCleanup(self.reset_peers)
        with self.phase("peer disabled and enabled again and again"):
            for _ in range(12):
                self.on_source("peer_disable", id="1")
                self.on_source("peer_enable", id="1")
                time.sleep(0.7)
        self.wait_caught_up()

    def server_killed(self):
        """With edits waiting."""
        self.wait_caught_up()
        before = self.agent.link()["watermark"]
        self.on_source("peer_disable", id="1")
        with self.phase("source server killed"):
            time.sleep(2)
            port = self.bed.info()["processes"]["rs2-a"]["port"]
            self.bed.kill("rs2-a")
            wait_until("the dead server holds the watermark", 120, lambda: f",{port}," in (self.agent.link()["held_by"] or ""))
            time.sleep(15)
            self.assertGreater(self.agent.link()["lag_seconds"], 15)
            self.assertIsNotNone(self.agent.link()["held_why"])
            self.on_source("peer_enable", id="1")
            wait_until("what it left was shipped", 180, self.is_caught_up, 0.2)
        self.assertGreater(self.agent.link()["watermark"], before)
        self.bed.start_process("rs2-a")
        self.bed.wait_ready(180)
        self.wait_caught_up()

    def disabled_closed(self):
        with self.agent.running() as process:
            self.wait_caught_up()
            self.on_source("peer_disable", id="1")
            with self.phase("peer disabled", 18):
                pass
            before = self.agent.link()["watermark"]
            process.kill()
        with self.agent.running():
            with self.phase("agent restarted meanwhile", 4):
                pass
            link = self.agent.link()
            self.assertGreaterEqual(link["watermark"], before)
            self.assertEqual("disabled", link["state"])
            self.assertGreater(link["lag_seconds"], 18)
            with self.phase("peer enabled again", 3):
                self.on_source("peer_enable", id="1")
                self.wait_caught_up()


class ClosedInShort(Closed):
    test_with_closed_znodes = None

    def test_quick_situations(self):
        with self.agent.running():
            self.truth.begin()
            self.addCleanup(self.truth.end)
            self.healthy()
            self.flapping()
        self.disabled_closed()
        self.truth.end()
        self.judge("peer disabled")


class SleepsAsHBaseDoes(Lag):
    """replication.source.sleepforretries 1000, as HBase has it: for a bed with that."""

    SLEEP_FOR_RETRIES = 1.0


class IdleAsHBaseSleeps(Idle):
    SLEEP_FOR_RETRIES = 1.0


if __name__ == "__main__":
    unittest.main(verbosity=2)
