#!/usr/bin/env python3
"""`twinwatch repair` on real clusters: planned, applied, looked at again, undone.

Rows are written with SKIP_WAL on both sides unless they are meant to replicate, so nothing is in flight that could
mend what is planted.
"""
import base64
import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "zoo"))

import beds
import zoo_bed
from bedcase import TIME, BedCase, cell
from running import BINARY, environment, twinwatch, wait_until
from zoo_kinds import zoo

LAUNCHERS = beds.REPOSITORY / "tests" / "bed"  # holds `hbase`


class RepairCase(BedCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.plan_file = self.folder / "t.plan"
        self.where = ("--source", f"conf:{self.source.conf_dir}", "--storage.path", self.folder / "state")
        self.env = {"TWINBED_DIR": str(self.bed.dir), "TWINBED_SIDE": "b",
                    "PATH": f"{LAUNCHERS}:{os.environ['PATH']}"}

    def dump(self, cluster, table, **arguments):
        """What a reader of all versions sees (or with raw all that is stored), cell by cell."""
        path = self.folder / "dump"
        cluster.helper.call("dump", table=table, file=str(path), versions="all", **arguments)
        return sorted(path.read_text().splitlines())

    def find(self, table, code=1, *arguments):
        """A verification into the ledger."""
        done = twinwatch("verify", *self.where, "-t", table, "--format", "json", *arguments, deadline=180)
        self.assert_code(code, done)
        return done.json()

    def plan(self, table, *arguments, code=0):
        done = twinwatch("repair", "plan", *self.where, "-t", table, "-o", self.plan_file, "--format", "json",
                         *arguments, deadline=180, env=self.env)
        self.assert_code(code, done)
        return done.json()

    def apply(self, *arguments, code=0, deadline=300):
        done = twinwatch("repair", "apply", self.plan_file, "--storage.path", self.folder / "state", "--format", "json",
                         *arguments, deadline=deadline, env=self.env)
        self.assert_code(code, done)
        return done.json() if done.out else done

    def known(self, table):
        """The states of what the ledger says differs."""
        done = twinwatch("drift", "list", *self.where, "-t", table, "--format", "json")
        return [row["state"] for row in done.json()["rows"]]

    def undo(self, journal, *arguments, code=0):
        done = twinwatch("repair", "undo", journal, "--format", "json", *arguments, deadline=300, env=self.env)
        self.assert_code(code, done)
        return done.json() if done.out else done


class Direct(RepairCase):
    def planted(self, table):
        self.create(table, families=[{"name": "f", "versions": 3}], regions=3)
        self.load_both(table, 200)
        self.plant(table)

    def test_planned_applied_the_same_and_undone(self):
        self.planted("mend")
        before, raw_before = (self.dump(self.target, "mend", raw=raw) for raw in (False, True))
        self.find("mend")
        # The row that is missing was deleted on the target: its marker would hide what is put.
        plan = self.plan("mend", "--allow-deletes", "--allow-compaction")
        self.assertEqual([], plan["refused"])
        self.assertEqual({"direct"}, {r["engine"] for r in plan["ranges"]})
        self.assertEqual(5, sum(r["rows"] for r in plan["ranges"]))

        listed = self.apply()
        self.assertTrue(listed["dry_run"])
        self.assertEqual(raw_before, self.dump(self.target, "mend", raw=True))

        done = self.apply("--execute")
        self.assertEqual((5, 0), (done["rows_written"], done["rows_left"]), done)
        self.assertEqual({"same": 5, "differ": 0, "unknown": 0}, {k: done["after"][k] for k in
                                                                  ("same", "differ", "unknown")})
        self.assertEqual(1, len(done["snapshots"]))
        self.assertEqual(self.dump(self.source, "mend"), self.dump(self.target, "mend"))
        self.assertEqual(self.written(listed), self.added(raw_before, "mend"))
        self.find("mend", 0, "--versions", "all")

        # Applied again nothing more happens.
        raw_after = self.dump(self.target, "mend", raw=True)
        self.apply("--execute")
        self.assertEqual(raw_after, self.dump(self.target, "mend", raw=True))

        left = self.undo(done["journal"], "--execute", code=1)
        self.assertEqual(3, left["rows_left"], left)  # an extra row, and two extra cells: under apply's markers
        self.assertEqual(["confirmed"] * 2, self.known("mend"))
        undone = self.undo(done["journal"], "--execute", "--allow-compaction")
        self.assertEqual((3, 0), (undone["rows_written"], undone["rows_left"]), undone)
        self.assertEqual(before, self.dump(self.target, "mend"))
        self.assertEqual(["confirmed"] * 5, self.known("mend"))
        self.assertEqual(0, self.undo(done["journal"], "--execute")["rows_written"])
        shown = twinwatch("drift", "show", *self.where, "-t", "mend", "--row", "planted-missing")
        self.assertIn("its repair was undone", shown.out)

    # What lay under the marker of the row that was missing is stored before and after.
    HIDDEN = b"planted-missing"

    def written(self, listed):
        return sorted(w for w in self.all_written(listed) if w[0] != self.HIDDEN)

    def all_written(self, listed):
        return ((base64.b64decode(w["row_base64"]), w["type"], w["timestamp"],
                 base64.b64decode(w["qualifier_base64"])) for w in listed["writes"])

    def added(self, raw_before, table):
        """The cells that are stored now and were not, or with another value."""
        fresh = set(self.dump(self.target, table, raw=True)) - set(raw_before)
        kinds = {4: "Put", 8: "Delete", 12: "DeleteColumn"}
        return sorted((base64.b64decode(c["row"]), kinds[c["type"]], c["timestamp"], base64.b64decode(c["qualifier"]))
                      for c in map(json.loads, fresh))

    def test_in_the_ledger_rows_are_planned_repaired_and_rechecked(self):
        self.create("mend2")
        self.load_both("mend2", 20)
        self.on_source("put", table="mend2", cells=[cell(b"lost")], durability="SKIP_WAL")
        self.find("mend2")
        self.plan("mend2")
        shown = twinwatch("drift", "show", *self.where, "-t", "mend2", "--row", "lost")
        self.assertIn("planned", shown.out)
        # Where its ledger is, the plan says.
        self.assert_code(0, twinwatch("repair", "apply", self.plan_file, "--execute", deadline=120))
        shown = twinwatch("drift", "show", *self.where, "-t", "mend2", "--row", "lost")
        self.assert_code(0, shown)
        for state in ("repaired", "rechecked"):
            self.assertIn(state, shown.out)

    def test_rows_that_changed_since_the_plan_are_skipped(self):
        self.create("mend3")
        self.load_both("mend3", 20)
        self.on_source("put", table="mend3", cells=[cell(b"a"), cell(b"b"), cell(b"c")], durability="SKIP_WAL")
        self.find("mend3")
        self.plan("mend3")
        self.on_target("put", table="mend3", cells=[cell(b"a", b"theirs", timestamp=TIME + 5)], durability="SKIP_WAL")
        self.on_source("put", table="mend3", cells=[cell(b"b", b"newer", timestamp=TIME + 5)], durability="SKIP_WAL")
        done = self.apply("--execute", code=1)
        self.assertEqual((1, 2), (done["rows_written"], done["rows_left"]), done)
        self.assertIn("on the target since the plan", json.dumps(done["left"]))
        self.assertIn("on the source since the plan", json.dumps(done["left"]))
        kept = self.on_target("get", table="mend3", row=b"a")["cells"][0]["value"]
        self.assertEqual(b"theirs", base64.b64decode(kept))

    def test_what_does_not_fit_any_more_is_refused(self):
        self.create("mend4")
        self.on_source("put", table="mend4", cells=[cell(b"a")], durability="SKIP_WAL")
        self.find("mend4")
        self.plan("mend4")
        text = self.plan_file.read_text()
        self.plan_file.write_text(text.replace('"rows":1', '"rows":2', 1))
        self.assertIn("edited", self.refused())
        self.plan_file.write_text(text)
        self.on_target("alter_family", table="mend4", family="f", attributes={"VERSIONS": "7"})
        self.assertIn("VERSIONS => 7", self.refused())
        self.assertEqual([], self.dump(self.target, "mend4"))

    def refused(self):
        done = twinwatch("repair", "apply", self.plan_file, "--storage.path", self.folder / "state", "--execute",
                         deadline=120)
        self.assert_code(2, done)
        return " ".join(done.err.split())

    def test_a_marker_of_the_target_hides_a_put(self):
        self.create("mend5")
        self.put_both("mend5", [cell(b"a")])
        self.on_target("delete_row", table="mend5", row=b"a")
        self.find("mend5")
        self.assertIn("--allow-compaction", self.plan("mend5", code=1)["refused"][0]["why"])
        self.plan("mend5", "--allow-compaction")
        self.apply("--execute")
        self.assertEqual(self.dump(self.source, "mend5"), self.dump(self.target, "mend5"))

    def test_no_marker_is_harmless(self):
        """A put with the timestamp of a cell that was removed is hidden: what the plan warns of."""
        self.create("mend6")
        self.on_target("put", table="mend6", cells=[cell(b"a")], durability="SKIP_WAL")
        self.find("mend6")
        done = twinwatch("repair", "plan", *self.where, "-t", "mend6", "--allow-deletes", "-o", self.plan_file)
        self.assertIn("no delete marker is harmless", " ".join(done.out.split()))
        self.apply("--execute")
        self.on_target("put", table="mend6", cells=[cell(b"a", b"later")], durability="SKIP_WAL")
        self.assertEqual([], self.on_target("get", table="mend6", row=b"a")["cells"])

    def test_from_a_report_and_what_no_barrier_confirmed(self):
        self.create("mend7")
        self.on_source("put", table="mend7", cells=[cell(b"a")], durability="SKIP_WAL")
        report = self.folder / "report"
        self.find("mend7", 2, "--confirm", "recheck", "--settle", "1s", "--report", report)
        plan = self.plan("mend7", "--from", report, code=1)
        self.assertIn("--accept-recheck", plan["refused"][0]["why"])
        self.assertEqual(1, len(self.plan("mend7", "--from", report, "--accept-recheck")["ranges"]))
        report.write_text("\n".join(report.read_text().splitlines()[:-1]))
        done = twinwatch("repair", "plan", *self.where, "--from", report)
        self.assert_code(2, done)
        self.assertIn("summary", done.err)

    def test_towards_a_source_it_does_not_go(self):
        self.create("mend8")
        self.on_target("put", table="mend8", cells=[cell(b"a")], durability="SKIP_WAL")
        backwards = ("--source", f"conf:{self.target.conf_dir}", "--target", f"conf:{self.source.conf_dir}",
                     "--storage.path", self.folder / "state")
        found = twinwatch("verify", *backwards, "-t", "mend8", "--confirm", "none")
        self.assert_code(1, found)
        done = twinwatch("repair", "plan", *backwards, "-t", "mend8", "--accept-recheck")
        self.assert_code(2, done)
        self.assertIn("--allow-reverse", done.err)

    def test_killed_at_any_time_it_goes_on(self):
        self.create("mend9", regions=4)
        self.on_source("load", table="mend9", rows=3000, timestamp=TIME, durability="SKIP_WAL")
        self.find("mend9")
        self.plan("mend9", "--engine", "direct")
        for after in (0.6, 1.0, 1.6):
            command = [str(BINARY), "repair", "apply", str(self.plan_file), "--storage.path",
                       str(self.folder / "state"), "--execute", "--rate", "60kB/s"]
            with subprocess.Popen(command, env=environment(self.env), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
                time.sleep(after)  # any moment will do
                process.send_signal(signal.SIGKILL)
        done = self.apply("--execute")
        self.assertEqual(3000, done["after"]["same"], done)
        self.assertEqual(self.dump(self.source, "mend9", raw=True), self.dump(self.target, "mend9", raw=True))
        undone = self.undo(done["journal"], "--execute")
        self.assertEqual([], self.dump(self.target, "mend9"), undone)

    def test_under_writes_none_is_lost(self):
        """Writers go on while rows are mended; what they wrote is there afterwards, on both sides."""
        self.create("mend10", regions=4)
        self.load_both("mend10", 400)
        self.on_source("write_forever", table="mend10", threads=2, rows_per_second=400, rows=400)
        wait_until("writes", 30, lambda: self.on_source("write_counts")["put"] > 200, 0.1)
        lost = [cell(f"lost{i:03}".encode()) for i in range(300)]
        self.on_source("put", table="mend10", cells=lost, durability="SKIP_WAL")
        self.find("mend10")
        self.plan("mend10", "--engine", "direct")
        done = self.apply("--execute")
        self.assertEqual(300, done["rows_written"], done)
        self.on_source("write_stop")
        self.find("mend10", 0, "--versions", "all")


class Zoo(RepairCase):
    """Every kind of difference there is, in all tables of the zoo at once."""

    def test_planted_planned_applied_the_same_and_undone(self):
        tables = zoo(int(os.environ.get("TWINWATCH_ZOO_SEED", "1")), now_ms=time.time_ns() // 1_000_000)
        self.addCleanup(zoo_bed.drop, self.bed, tables)
        zoo_bed.plant(self.bed, tables)
        names = [part for table in tables for part in ("-t", table.name)]
        before = {table.name: self.dump(self.target, table.name) for table in tables}
        look = ("verify", *self.where, *names, "--versions", "all", "--format", "json", "--max-drift", "100000")
        found = twinwatch(*look, deadline=300)
        self.assert_code(1, found)
        drifted = len(found.json()["drifted"])
        planned = twinwatch("repair", "plan", *self.where, *names, "--allow-deletes", "--allow-compaction",
                            "-o", self.plan_file, "--format", "json", deadline=300, env=self.env)
        plan = planned.json()
        refused = {(row["table"], row["row"]) for row in plan["refused"]}
        rows = sum(len(r["drifted"]) for r in plan["ranges"])
        print(f"zoo: {drifted} rows differ, {rows} are repaired, {len(refused)} are not: "
              f"{sorted({row['why'] for row in plan['refused']})}", file=sys.stderr)
        self.assertEqual(drifted, rows + len(refused) + plan["same_now"])
        self.assertGreater(rows, drifted * 0.9)
        applied = self.apply("--execute", deadline=600)
        self.assertEqual((rows, 0), (applied["rows_written"], applied["rows_left"]), applied["left"][:5])
        after = twinwatch(*look, deadline=300)
        self.assertEqual(refused, {(row["table"], row["row"]) for row in after.json()["drifted"]})
        self.undo(applied["journal"], "--execute", "--allow-compaction")
        for table in tables:
            self.assertEqual(before[table.name], self.dump(self.target, table.name), table.name)


class WithoutTwinwatch(RepairCase):
    """What a journal holds, put back by HBase's own Import."""

    def test_a_reader_sees_what_was_there_before(self):
        self.create("mend11", families=[{"name": "f", "versions": 3}])
        self.load_both("mend11", 50)
        self.plant("mend11")
        before = self.dump(self.target, "mend11")
        self.find("mend11")
        self.plan("mend11", "--allow-deletes", "--allow-compaction")
        journal = self.apply("--execute")["journal"]
        self.assertNotEqual(before, self.dump(self.target, "mend11"))
        exported = twinwatch("repair", "undo", journal, "--export", self.folder / "export")
        self.assert_code(0, exported)
        # What apply deleted lies under its markers.
        self.on_target("flush", table="mend11")
        self.on_target("major_compact", table="mend11", wait=True)
        self.bed.java("b", "org.apache.hadoop.hbase.mapreduce.Import",
                      ["mend11", f"file://{self.folder}/export/table-default-mend11"])
        self.assertEqual(before, self.dump(self.target, "mend11"))


class CopyTable(RepairCase):
    """The other engine; with the local job runner."""

    def lost(self, table, rows=300):
        self.create(table, families=[{"name": "f", "versions": 3}], regions=3)
        self.load_both(table, rows)
        self.on_target("put", table=table, cells=[cell(b"older", b"kept", timestamp=TIME - 50)], durability="SKIP_WAL")
        self.on_source("put", table=table, cells=[cell(b"older", b"kept", timestamp=TIME - 50)], durability="SKIP_WAL")
        fresh = [cell(b"lost\\x\x00\xff%03d" % i, timestamp=TIME + 100 + i) for i in range(rows)]
        self.on_source("put", table=table, cells=fresh, durability="SKIP_WAL")
        self.on_target("put", table=table, cells=[cell(fresh[5]["row"], b"wrong", timestamp=TIME + 105)],
                       durability="SKIP_WAL")

    def test_planned_applied_the_same_and_undone(self):
        self.lost("copy")
        before = self.dump(self.target, "copy")
        self.find("copy")
        plan = self.plan("copy", "--engine", "copytable")
        self.assertEqual({"copytable"}, {r["engine"] for r in plan["ranges"]})
        self.assertEqual(TIME + 100, plan["ranges"][0]["since_ms"])
        self.assertEqual(TIME + 400, plan["ranges"][0]["until_ms"])
        self.assertEqual(before, self.dump(self.target, "copy"))
        done = self.apply("--execute")
        self.assertEqual(300, done["after"]["same"], done)
        self.assertEqual(self.dump(self.source, "copy"), self.dump(self.target, "copy"))
        self.find("copy", 0, "--versions", "all")
        self.undo(done["journal"], "--execute")
        self.assertEqual(before, self.dump(self.target, "copy"))
        return done


class OnYarn(CopyTable):
    """The same on a bed of layout yarn."""

    def test_planned_applied_the_same_and_undone(self):
        done = super().test_planned_applied_the_same_and_undone()
        with contextlib.closing(sqlite3.connect(f"file:{done['journal']}?mode=ro", uri=True)) as journal:
            (identity,), = journal.execute("SELECT job FROM copies")
        self.assertRegex(identity, r"^application_\d+_\d+$")
        port = self.bed.state["ports"]["rm-http"]
        with urllib.request.urlopen(f"http://localhost:{port}/ws/v1/cluster/apps/{identity}", timeout=20) as answer:
            told = json.load(answer)["app"]
        self.assertEqual(("FINISHED", "SUCCEEDED"), (told["state"], told["finalStatus"]))


if __name__ == "__main__":
    unittest.main()
