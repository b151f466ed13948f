#!/usr/bin/env python3
"""`twinwatch repair apply` while things fail around it: a region server and a job killed, ZooKeeper gone for a while,
no room for the journal.

Whatever happens, nothing is on the target that the journal does not know, and applying the same plan again ends whole.
"""
import base64
import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import time
import unittest

from bedcase import TIME, cell
from copytable_test import running_with
from repair_test import LAUNCHERS, RepairCase
from running import BINARY, environment, twinwatch, wait_until

SLOWLY = "60kB/s"  # at some 100 B a row


class FaultCase(RepairCase):
    """Rows that the source has and the target does not, planned to be put there."""

    def lost(self, table, engine, rows=3000, **arguments):
        self.create(table, **({"regions": 6} | arguments))
        self.on_source("load", table=table, rows=rows, timestamp=TIME, durability="SKIP_WAL")
        self.find(table)
        self.digest = self.plan(table, "--engine", engine)["plan"].partition(":")[2]

    def journal_path(self):
        return self.folder / "state" / "journals" / f"repair-{self.digest[:12]}.journal"

    @contextlib.contextmanager
    def applying(self, *arguments, env=None, **popen):
        """An apply that runs meanwhile."""
        command = [str(BINARY), "repair", "apply", str(self.plan_file), "--storage.path", str(self.folder / "state"),
                   "--execute", "--format", "json", *arguments]
        with subprocess.Popen(command, env=environment(self.env | (env or {})), text=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, **popen) as process:
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.kill()

    def wait_for_rows(self, table, rows, process):
        """The target has so many, and apply is not at its end yet."""
        wait_until(f"{rows} rows on the target", 60,
                   lambda: self.on_target("count", table=table)["rows"] >= rows or process.poll() is not None, 0.05)
        if process.poll() is not None:
            self.fail(f"it ended too early: {process.communicate()}")

    def end_whole(self, process, rows):
        out, err = process.communicate(timeout=400)
        self.assertEqual(0, process.returncode, err + out)
        self.assert_whole(json.loads(out), rows)

    def assert_whole(self, done, rows):
        self.assertEqual((0, rows), (done["rows_left"], done["after"]["same"]), done)

    def assert_same(self, table):
        """All that is stored, each version."""
        self.assertEqual(self.dump(self.source, table, raw=True), self.dump(self.target, table, raw=True))

    def journaled(self):
        """What the journal says was perhaps written, as the target's dump has it."""
        copies = self.folder / "copied-journal"
        shutil.rmtree(copies, ignore_errors=True)
        copies.mkdir()
        path = self.journal_path()
        for name in (path.name, path.name + "-wal", path.name + "-journal"):
            if (path.parent / name).exists():
                shutil.copy(path.parent / name, copies / name)
        with contextlib.closing(sqlite3.connect(copies / path.name)) as journal:
            if not journal.execute("SELECT 1 FROM sqlite_schema").fetchone():
                return set()
            return set(journal.execute("SELECT rows.row, family, qualifier, timestamp, value FROM writes "
                                       "JOIN rows ON rows.id = writes.row WHERE undo = 0"))

    def on_the_target(self, table):
        cells = map(json.loads, self.dump(self.target, table, raw=True))
        return {(_bytes(c["row"]), c["family"].encode(), _bytes(c["qualifier"]), c["timestamp"], _bytes(c["value"]))
                for c in cells}

    def assert_journal_knows_all(self, table):
        """Returns how many cells there are."""
        written = self.on_the_target(table)
        unknown = written - self.journaled()
        self.assertEqual(set(), unknown, f"{len(unknown)} of {len(written)} cells are in no journal")
        return len(written)

    def undone(self, table):
        undone = self.undo(self.journal_path(), "--execute")
        self.assertEqual(0, undone["rows_left"], undone)
        self.assertEqual([], self.dump(self.target, table))


def _bytes(text):
    return base64.b64decode(text)


class Servers(FaultCase):
    def test_kill_9_of_a_region_server_of_the_target(self):
        self.lost("fault_rs", "direct")
        names = {self.bed.state["ports"][f"rs{n}-b"]: f"rs{n}-b" for n in (1, 2, 3)}
        regions = self.on_target("regions", table="fault_rs")["regions"]
        with self.applying("--rate", SLOWLY) as process:
            self.wait_for_rows("fault_rs", 300, process)
            # That of the last region, to which nothing was written yet.
            name = names[int(regions[-1]["server"].split(",")[1])]
            self.bed.kill(name)
            self.addCleanup(self.bed.wait_ready)
            self.addCleanup(self.bed.start_process, name)
            self.end_whole(process, 3000)
        self.assert_same("fault_rs")
        self.assertEqual(3000, self.assert_journal_knows_all("fault_rs"))
        self.undone("fault_rs")

    def test_zookeeper_of_the_target_is_gone_for_a_while(self):
        """When it begins and in its midst; shorter than a session, after which region servers end themselves."""
        self.lost("fault_zk", "direct")
        self.addCleanup(self.bed.thaw, "zk-b")
        self.bed.freeze("zk-b")
        with self.applying("--rate", SLOWLY) as process:
            time.sleep(3)
            self.assertIsNone(process.poll())
            self.assertFalse(self.journal_path().exists())
            self.bed.thaw("zk-b")
            self.wait_for_rows("fault_zk", 300, process)
            self.bed.freeze("zk-b")
            time.sleep(4)
            self.assertIsNone(process.poll())
            self.bed.thaw("zk-b")
            self.end_whole(process, 3000)
        self.assert_same("fault_zk")
        self.undone("fault_zk")


class Job(FaultCase):
    def test_kill_9_of_the_job(self):
        rows = 6000
        self.lost("fault_job", "copytable", rows)
        launchers = self.folder / "bin"
        launchers.mkdir()
        # One that can be met while it runs: it reads and writes few rows at a time.
        (launchers / "hbase").write_text(f"""#!/bin/sh
[ "${{1##*.}}" = CopyTable ] || exec {LAUNCHERS}/hbase "$@"
class=$1
shift
exec {LAUNCHERS}/hbase "$class" -D hbase.client.scanner.caching=1 -D hbase.client.write.buffer=2048 "$@"
""")
        (launchers / "hbase").chmod(0o700)
        tag = f"twinwatch-{self.digest[:16]}-0"
        with self.applying(env={"PATH": f"{launchers}:{os.environ['PATH']}"}) as process:
            self.wait_for_rows("fault_job", 100, process)
            jobs = running_with(tag)
            self.assertNotEqual([], jobs)
            for number in jobs:
                os.kill(number, signal.SIGKILL)
            out, err = process.communicate(timeout=200)
        self.assertEqual(2, process.returncode, out + err)
        said = " ".join(err.split())
        self.assertIn("killed by signal 9", said)
        self.assertIn("Go on: twinwatch repair apply", said)
        written = self.assert_journal_knows_all("fault_job")
        self.assertTrue(0 < written < rows, written)
        done = self.apply("--execute")
        self.assertEqual(rows, done["after"]["same"], done)
        self.assert_same("fault_job")
        self.assertEqual(rows, self.assert_journal_knows_all("fault_job"))
        self.undone("fault_job")


class NoRoom(FaultCase):
    """For the journal."""

    def test_too_little_is_allowed(self):
        self.lost("fault_max", "direct")
        done = twinwatch("repair", "apply", self.plan_file, "--storage.path", self.folder / "state", "--execute",
                         "--max-journal", "100kB", env=self.env)
        self.assert_code(2, done)
        self.assertIn("--max-journal", done.err)
        self.assertFalse(self.journal_path().exists())
        self.assertEqual([], self.dump(self.target, "fault_max", raw=True))

    def test_it_takes_more_than_was_thought(self):
        # Long keys: the journal holds each twice, once for its index.
        self.create("fault_more", regions=6)
        keys = [b"%02x" % (i % 256) + b"k" * 1000 + b"%05d" % i for i in range(3000)]
        for i in range(0, len(keys), 500):
            self.on_source("put", table="fault_more", cells=[cell(key) for key in keys[i:i + 500]],
                           durability="SKIP_WAL")
        self.find("fault_more")
        self.digest = self.plan("fault_more", "--engine", "direct")["plan"].partition(":")[2]
        allowed = self.plan_file.stat().st_size + len(keys) * 1700
        with self.applying("--max-journal", f"{allowed}B") as process:
            self.broken_off("fault_more", process)
        self.assertLess(self.journal_path().stat().st_size, allowed + 200_000)
        self.goes_on("fault_more")

    def broken_off(self, table, process):
        """It ended with an error, and not all rows are there; returns how many, and what it said."""
        out, err = process.communicate(timeout=120)
        self.assertEqual(2, process.returncode, out + err)
        written = self.assert_journal_knows_all(table)
        self.assertLess(written, 3000)
        return written, " ".join(err.split())

    def goes_on(self, table):
        self.assert_whole(self.apply("--execute"), 3000)
        self.assert_same(table)
        self.undone(table)

    def test_the_disk_is_full(self):
        self.lost("fault_disk", "direct")
        disk = self.journal_path().parent
        disk.mkdir(mode=0o700)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", disk], check=False)
        if mounted.returncode:
            self.skipTest("needs the right to mount a tmpfs")
        self.addCleanup(subprocess.run, ["umount", disk], check=True)
        with self.applying() as process:  # the plan itself does not fit
            written, said = self.broken_off("fault_disk", process)
        self.assertEqual(0, written)
        self.assertIn("no space is left", said)
        subprocess.run(["mount", "-o", "remount,size=1500k", disk], check=True)
        with self.applying() as process:
            written, said = self.broken_off("fault_disk", process)
        self.assertGreater(written, 0)
        self.assertIn("no space is left", said)
        subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
        self.goes_on("fault_disk")

    def test_the_file_may_not_grow(self):
        """As by `ulimit -f`: told to the program, or by a signal that ends it."""
        for told in (True, False):
            with self.subTest(told=told):
                self.lost("fault_limit", "direct")
                # Python ignores this signal, and without restore_signals its children do.
                with self.applying("--rate", SLOWLY, restore_signals=not told) as process:
                    self.wait_for_rows("fault_limit", 300, process)
                    subprocess.run(["prlimit", "--pid", str(process.pid), "--fsize=4096:4096"], check=True)
                    written, said = self.broken_off("fault_limit", process)
                self.assertGreater(written, 0)
                self.assertEqual(2, process.returncode, said)
                self.goes_on("fault_limit")


if __name__ == "__main__":
    unittest.main()
