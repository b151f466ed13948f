#!/usr/bin/env python3
"""`twinwatch queues` and `status` against the replication queues of a real cluster.

The recovered queue wants the distributed bed; the rest runs on any (TWINWATCH_TEST_BED).
"""
import re
import tempfile
import unittest
from pathlib import Path

from bedcase import BedCase, cell
from running import twinwatch, wait_until
from stranger import Stranger
from znodes import close_replication

LINK = {"link", "peer", "peer_enabled", "state", "why", "lag_seconds", "watermark", "held_by", "held_why", "backlog_bytes",
        "drain_seconds", "runway_seconds", "retained_wal_bytes", "recovered_queues", "orphan_queues",
        "missing_wals", "hfile_refs", "leaked_hfile_refs", "hfiles_gone", "hbase_reports", "queues", "tables"}
QUEUE = {"regionserver", "queue", "recovered", "group", "state", "why", "wals", "bytes", "wal", "position", "oldest"}
STATES = {"idle", "ok", "lagging", "stalled", "rewound", "disabled", "unknown"}
# What needs heartbeats or a history: null as long as there are none, never 0.
NOT_KNOWN = {"lag_seconds", "watermark", "held_by", "held_why", "drain_seconds", "runway_seconds", "retained_wal_bytes"}
# What needs the lengths of WALs.
OF_LENGTHS = {"backlog_bytes", "missing_wals"}
TRAILER = 8  # of a WAL that was closed


def check_document(test, document, command, lengths=False):
    """The contract's document, checked key by key; gives its one link. lengths: those of WALs are known."""
    test.assertEqual({"schema_version", "command", "links"}, set(document))
    test.assertEqual((1, command), (document["schema_version"], document["command"]))
    [link] = document["links"]
    test.assertEqual(LINK, set(link))
    test.assertIn(link["state"], STATES)
    test.assertEqual({name: None for name in NOT_KNOWN}, {name: link[name] for name in NOT_KNOWN})
    for name in OF_LENGTHS if not lengths else ():
        test.assertIsNone(link[name], name)
    for name in ("recovered_queues", "orphan_queues", "hfile_refs", *(OF_LENGTHS if lengths else ())):
        test.assertIsInstance(link[name], int, name)
    if link["hbase_reports"] is not None:  # as of a peer that was added just now
        test.assertEqual({"lag_seconds", "age_of_last_shipped_seconds", "log_queue"}, set(link["hbase_reports"]))
    for queue in link["queues"]:
        test.assertEqual(QUEUE, set(queue))
        test.assertIn(queue["state"], STATES)
        test.assertIsInstance(queue["bytes"], int if lengths else type(None))
        test.assertGreaterEqual(queue["wals"], 1)
        test.assertRegex(queue["regionserver"], r"^localhost,\d+,\d+$")
        if queue["state"] == "unknown":
            test.assertTrue(queue["why"])
    return link


class Case(BedCase):
    def look(self, command="queues", look_for="2s", code=None, lengths=False):
        """The one link of the JSON document, its schema checked; lengths: by the configuration folder."""
        where = f"conf:{self.source.conf_dir}" if lengths else self.source.zookeeper
        done = twinwatch(command, "--source", where, "--for", look_for, "--format", "json", deadline=60)
        link = check_document(self, done.json(), command, lengths)
        if code is not None:
            self.assert_code(code, done)
        return link


class Queues(Case):
    def rest(self):
        """Nothing is shipped any more: positions stand still."""
        self.on_source("roll_wals")
        last = []

        def stands():
            last.append([(q["regionserver"], q["wal"], q["position"]) for q in self.look(look_for="1s")["queues"]])
            return len(last) > 2 and last[-1] == last[-2]
        wait_until("the queues stand still", 60, stands, 0)

    def test_a_queue_that_stands_still_is_unknown(self):
        self.rest()
        link = self.look(code=2)
        self.assertEqual("1", link["peer"])
        self.assertTrue(link["peer_enabled"])
        self.assertEqual("unknown", link["state"])
        self.assertIsNotNone(link["hbase_reports"])
        self.assertEqual({"unknown"}, {queue["state"] for queue in link["queues"]})
        servers = self.on_source("servers")["servers"]
        self.assertEqual(sorted(servers), sorted(queue["regionserver"] for queue in link["queues"]))
        self.assertEqual({"1"}, {queue["queue"] for queue in link["queues"]})
        self.assertEqual({False}, {queue["recovered"] for queue in link["queues"]})
        self.assertEqual((0, 0, 0), (link["recovered_queues"], link["orphan_queues"], link["hfile_refs"]))

    def test_queues_that_move_are_ok(self):
        self.create("busy", regions=4)
        self.on_source("write_forever", table="busy", threads=2, rows_per_second=500, kinds=["put"])
        self.addCleanup(self.on_source, "write_stop")
        self.on_target("wait_rows", table="busy", rows=200)
        link = self.look(look_for="5s", code=0)
        self.assertEqual("ok", link["state"])
        self.assertEqual({"ok"}, {queue["state"] for queue in link["queues"]})
        for queue in link["queues"]:
            self.assertGreater(queue["position"], 0)

    def test_a_disabled_peer(self):
        self.create("waiting")
        self.addCleanup(self.reset_peers)
        self.on_source("peer_disable", id="1")
        self.on_source("load", table="waiting", rows=1000)
        for command in ("queues", "status"):
            link = self.look(command, code=1)
            self.assertEqual("disabled", link["state"])
            self.assertFalse(link["peer_enabled"])
            self.assertTrue(link["why"])
            self.assertEqual({"disabled"}, {queue["state"] for queue in link["queues"]})
        done = twinwatch("queues", "--source", self.source.zookeeper, "--for", "1s")
        self.assert_code(1, done)
        self.assertIn("DISABLED", done.out.splitlines()[0])
        self.assertTrue(done.out.splitlines()[-1].startswith("DISABLED"), str(done))
        self.reset_peers()
        self.on_target("wait_rows", table="waiting", rows=1000)

    def test_text(self):
        self.rest()
        done = twinwatch("queues", "--source", self.source.zookeeper, "--for", "1s")
        self.assert_code(2, done)
        lines = done.out.splitlines()
        self.assertRegex(lines[0], r"^LINK \S+  peer 1 ENABLED")
        self.assertIn("REGION SERVER", done.out)
        self.assertIn("HBase itself reports: ", done.out)
        self.assertTrue(lines[-1].startswith("UNKNOWN"), str(done))
        self.assertLessEqual(max(map(len, lines)), 80, str(done))
        status = twinwatch("status", "--source", self.source.zookeeper, "--for", "1s")
        self.assert_code(2, status)
        self.assertLessEqual(max(map(len, status.out.splitlines())), 80, str(status))

    def test_nagios(self):
        self.addCleanup(self.reset_peers)
        self.on_source("peer_disable", id="1")
        done = twinwatch("queues", "--source", self.source.zookeeper, "--for", "1s", "--format", "nagios")
        self.assert_code(2, done)
        self.assertEqual(1, len(done.out.splitlines()), str(done))

    def test_one_of_several_peers(self):
        self.addCleanup(self.reset_peers)
        self.on_source("peer_add", id="other", cluster_key=self.target.zookeeper, enabled=False)
        done = twinwatch("queues", "--source", self.source.zookeeper, "--for", "1s", "--format", "json")
        self.assertNotEqual(0, done.code, str(done))
        self.assertIn("--peer", done.err, str(done))
        done = twinwatch("queues", "--source", self.source.zookeeper, "--peer", "other", "--for", "1s",
                         "--format", "json")
        self.assert_code(1, done)
        self.assertEqual("other", check_document(self, done.json(), "queues")["peer"])


class Lengths(Case):
    """What waits, in bytes: on the standalone bed by the files' sizes, on the distributed one by WebHDFS."""

    ROWS, VALUE = 500, 1000

    def idle(self):
        """The link once nothing waits, and the WALs that were read to their ends have left the queues."""
        def nothing_waits():
            link = self.look(look_for="1s", lengths=True)
            idle = {(queue["state"], queue["wals"]) for queue in link["queues"]} == {("idle", 1)}
            return link if link["backlog_bytes"] == 0 and idle else None
        return wait_until("nothing waits", 120, nothing_waits, 0)

    def disable(self):
        self.addCleanup(self.reset_peers)
        self.on_source("peer_disable", id="1")

    def length(self, queue):
        """Of the WAL that the queue stands in, as Java's own client reads it."""
        path = f"{self.wal_dir()}/WALs/{queue['regionserver']}/{queue['wal']}"
        if path.startswith("file://"):
            return Path(path.removeprefix("file://")).stat().st_size
        with tempfile.TemporaryDirectory() as folder:
            done = self.bed.java("a", "org.apache.hadoop.fs.FsShell", ["-copyToLocal", path, f"{folder}/wal"])
            self.assertEqual(0, done.returncode, done.stderr)
            return (Path(folder) / "wal").stat().st_size

    def wal_dir(self):
        site = (self.source.conf_dir / "hbase-site.xml").read_text()
        return re.search(r"<name>hbase.rootdir</name><value>([^<]*)</value>", re.sub(r">\s+<", "><", site))[1]

    def test_an_idle_pair(self):
        link = self.idle()
        self.assertEqual(("ok", 0), (link["state"], link["missing_wals"]))
        for command in ("queues", "status"):
            link = self.look(command, code=0, lengths=True)
            self.assertEqual({0}, {queue["bytes"] for queue in link["queues"]})
        done = twinwatch("queues", "--source", f"conf:{self.source.conf_dir}", "--for", "1s")
        self.assert_code(0, done)
        self.assertIn("behind 0 B", done.out.splitlines()[0])
        self.assertTrue(done.out.splitlines()[-1].startswith("OK"), str(done))

    def test_wals_that_hold_nothing_are_idle(self):
        self.idle()
        self.on_source("roll_wals")
        link = self.idle()
        for queue in link["queues"]:
            self.assertEqual(85, self.length(queue), queue)

    def test_rows_that_wait(self):
        """Grows by what is written, and is the file's length less the position; all of it is shipped in the end."""
        self.create("waiting", regions=4)
        self.idle()
        self.disable()
        before = self.look(look_for="0s", code=1, lengths=True)
        self.on_source("load", table="waiting", rows=self.ROWS, bytes=self.VALUE)
        after = self.look(look_for="0s", code=1, lengths=True)
        self.assertEqual("disabled", after["state"])
        self.assertEqual(after["backlog_bytes"], sum(queue["bytes"] for queue in after["queues"]))
        grown = after["backlog_bytes"] - before["backlog_bytes"]
        self.assertGreaterEqual(grown, self.ROWS * self.VALUE)
        self.assertLess(grown, 2 * self.ROWS * self.VALUE)
        self.check_lengths(after)
        self.on_source("roll_wals")
        rolled = self.look(look_for="0s", code=1, lengths=True)
        self.assertLessEqual(abs(rolled["backlog_bytes"] - after["backlog_bytes"]), 1000 * len(rolled["queues"]))
        self.reset_peers()
        self.on_target("wait_rows", table="waiting", rows=self.ROWS)
        self.idle()

    def check_lengths(self, link):
        for queue in link["queues"]:
            self.assertEqual(1, queue["wals"], queue)
            waiting = self.length(queue) - max(queue["position"] or 0, 85)
            self.assertEqual(waiting if waiting > TRAILER else 0, queue["bytes"], queue)

    def test_rows_that_are_shipped_meanwhile(self):
        self.create("busy", regions=4)
        self.on_source("write_forever", table="busy", threads=2, rows_per_second=500, kinds=["put"])
        self.addCleanup(self.on_source, "write_stop")
        self.on_target("wait_rows", table="busy", rows=200)
        for _ in range(3):
            self.assertEqual("ok", self.look(look_for="2s", code=0, lengths=True)["state"])

    def test_the_hint_can_be_typed(self):
        done = twinwatch("status", "--source", f"conf:{self.source.conf_dir}", "--peer", "1", "--for", "0s")
        [hint] = [line for line in done.out.splitlines() if line.startswith("Queues: ")]
        self.assertEqual(f"Queues: twinwatch queues --source conf:{self.source.conf_dir} --peer 1", hint)


class Closed(Case):
    """ZooKeeper does not let us read what is below /hbase/replication, as on secured clusters."""

    def setUp(self):
        quorum = self.source.zookeeper.rpartition(":")[0]
        close_replication(self, quorum)
        stranger = Stranger(quorum)
        self.addCleanup(stranger.close)
        self.closed = f"{stranger.address}:/hbase"

    def test_what_the_master_reports_is_shown_and_what_is_missing_is_said(self):
        done = twinwatch("queues", "--source", self.closed, "--for", "1s", "--format", "json", deadline=60)
        self.assert_code(2, done)
        [link] = done.json()["links"]
        self.assertEqual(("1", True, "unknown"), (link["peer"], link["peer_enabled"], link["state"]))
        self.assertIn("does not let us read /hbase/replication", link["why"])
        for name in ("recovered_queues", "orphan_queues", "missing_wals", "hfile_refs", "hfiles_gone", "backlog_bytes",
                     "lag_seconds", "watermark"):
            self.assertIsNone(link[name], name)
        self.assertIsNotNone(link["hbase_reports"])
        [queue] = link["queues"]
        self.assertEqual(("1", "unknown", None, None), (queue["queue"], queue["state"], queue["bytes"], queue["position"]))
        self.assertGreaterEqual(queue["wals"], 1)

    def test_text(self):
        done = twinwatch("queues", "--source", self.closed, "--for", "1s", deadline=60)
        self.assert_code(2, done)
        self.assertIn("does not let us read", done.out)
        self.assertLessEqual(max(len(line) for line in done.out.splitlines()), 80, done.out)

    def test_a_disabled_peer_is_told_all_the_same(self):
        self.addCleanup(self.reset_peers)
        self.on_source("peer_disable", id="1")
        done = twinwatch("status", "--source", self.closed, "--for", "1s", "--format", "json", deadline=60)
        self.assert_code(1, done)
        self.assertEqual("disabled", done.json()["links"][0]["state"])

    def lag(self, *arguments):
        return twinwatch("lag", "--source", self.closed, "--storage.path", self.storage, *arguments, deadline=120)

    def test_the_lag_goes_by_heartbeats_once_no_dead_server_can_have_left_anything(self):
        self.init_heartbeats()
        self.storage = self.enterContext(tempfile.TemporaryDirectory())
        done = self.lag("--format", "json", "--timeout", "3s")
        self.assert_code(2, done)
        [link] = done.json()["links"]
        self.assertEqual((None, None, "earlier servers"), (link["lag_seconds"], link["watermark"], link["held_by"]))
        self.assertIn("may have died unseen", link["why"])
        shows_queues = not self.bed.info()["hbase"].startswith("2.4.")
        if not shows_queues:
            self.assertIn("--waive-server earlier", link["why"])
            self.assert_code(0, self.lag("--waive-server", "earlier", "--reason", "a bed that is new"))
            self.assertIn("a bed that is new", (Path(self.storage) / "audit.log").read_text())
        self.create("closed")
        self.on_source("load", table="closed", rows=20)
        self.assertEqual(1, self.verify("--confirm", "none").json()["schema_version"])  # makes the ledger
        done = self.lag("--format", "json")
        self.assert_code(0, done)
        [link] = done.json()["links"]
        self.assertLess(link["lag_seconds"], 5)
        # The ledger knows the servers now: the barrier need not wait for what unknown ones have left.
        same = self.verify("--confirm", "barrier")
        self.assert_code(0, same)
        self.assertEqual("heartbeats", same.json()["confirm"])
        self.on_source("put", table="closed", cells=[cell(b"lost")], durability="SKIP_WAL")
        drifted = self.verify("--confirm", "barrier", "--barrier-timeout", "25s")
        self.assert_code(1, drifted)
        [found] = drifted.json()["drifted"]
        self.assertEqual(("lost", "missing", "heartbeats"), (found["row"], found["class"], found["confirmed_by"]))

    def verify(self, *arguments):
        return twinwatch("verify", "--source", self.closed, "--storage.path", self.storage, "-t", "closed", "--format",
                         "json", *arguments, deadline=120)

    def test_a_server_that_lives_cannot_be_waived(self):
        self.storage = self.enterContext(tempfile.TemporaryDirectory())
        done = self.lag("--waive-server", "nohost,1,1", "--reason", "no")
        self.assert_code(2, done)
        self.assertIn("waits for earlier", done.err)
        self.assert_code(3, self.lag("--waive-server", "nohost", "--reason", "no"))
        self.assert_code(3, self.lag("--waive-server", "nohost,1,1"))


@unittest.skipUnless(BedCase.BED.startswith("distributed"), "for the distributed bed")
class Recovered(Case):
    def test_the_queue_of_a_dead_server_is_shown_as_recovered(self):
        self.create("claimed", regions=8)
        self.addCleanup(self.bed.wait_ready, 180)
        self.addCleanup(self.reset_peers)
        self.on_source("peer_disable", id="1")
        self.on_source("load", table="claimed", rows=4000)
        port = self.bed.info()["processes"]["rs2-a"]["port"]
        self.bed.kill("rs2-a")
        self.addCleanup(self.bed.start_process, "rs2-a")
        link = wait_until("the dead server's queue is claimed", 180, self.claimed, 0.5)
        [queue] = [queue for queue in link["queues"] if queue["recovered"]]
        self.assertNotIn(f",{port},", queue["regionserver"])
        self.assertRegex(queue["queue"], rf"^1-localhost,{port},\d+$")
        self.assertEqual(1, link["recovered_queues"])
        self.on_source("peer_enable", id="1")
        self.on_target("wait_rows", table="claimed", rows=4000)
        wait_until("the recovered queue is gone", 120, lambda: self.look(look_for="1s")["recovered_queues"] == 0, 0.5)

    def claimed(self):
        link = self.look(look_for="1s", code=1)
        # a dead server's queue counts before another server has claimed it
        return link if any(queue["recovered"] for queue in link["queues"]) else None


if __name__ == "__main__":
    unittest.main(verbosity=2)
