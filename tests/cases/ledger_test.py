#!/usr/bin/env python3
"""`twinwatch drift` on ledgers that were written before: no cluster is asked."""
import base64
import contextlib
import os
import sqlite3
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from running import twinwatch

FINE, RED, COULD_NOT_TELL, BAD_USAGE = 0, 1, 2, 3
A, B, C = "zk1,zk2:2181:/hbase", "zk3:2181:/hbase", "zk4:2181:/hbase"
THEN = 1795451884000


class Ledger(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.storage = Path(folder.name)
        self.file = self.storage / "ledger.sqlite"

    def make(self):
        """A ledger with one pair, as verify makes it: a small program of the tests' writes it."""
        subprocess.run([os.environ["TWINWATCH_MAKE_LEDGER"], str(self.file), A, B], check=True, timeout=30)
        return self

    def sql(self, statement, *values):
        with contextlib.closing(sqlite3.connect(self.file)) as connection, connection:
            return connection.execute(statement, values).fetchall()

    def add(self, row, state="confirmed", drift_class="missing", table="t", pair=1, **columns):
        values = {"pair": pair, "table_name": table, "row": row, "class": drift_class, "state": state,
                  "first_seen": THEN, "last_seen": THEN, "run": "r1", "breadth": 3} | columns
        if state == "confirmed":
            values.setdefault("confirmed_by", "position")
        self.sql(f"INSERT INTO drift({', '.join(values)}) VALUES({', '.join('?' * len(values))})", *values.values())

    def drift(self, *arguments, env=None):
        return twinwatch("drift", *arguments, "--storage.path", self.storage, deadline=30, env=env)

    def assert_code(self, code, done):
        self.assertEqual(code, done.code, str(done))

    def refused(self, code, *arguments, says=()):
        done = self.drift(*arguments)
        self.assert_code(code, done)
        self.assertTrue(done.err.startswith("twinwatch: "), str(done))
        for word in says:
            self.assertIn(word, " ".join(done.err.split()), str(done))
        return done


class NothingKnown(Ledger):
    def test_no_ledger_is_not_fine(self):
        for arguments in ([], ["list"], ["list", "--format", "json"], ["show", "-t", "t"],
                          ["waive", "-t", "t", "--reason", "x"]):
            with self.subTest(arguments):
                self.refused(COULD_NOT_TELL, *arguments, says=["nothing is known yet", str(self.file)])
        self.assertEqual([], list(self.storage.iterdir()))

    def test_nagios_says_so_on_stdout(self):
        done = self.drift("--format", "nagios")
        self.assert_code(3, done)
        self.assertRegex(done.out, r"^UNKNOWN - nothing is known yet.*\n$")

    def test_a_pair_over_which_no_run_ended(self):
        self.make()
        self.refused(COULD_NOT_TELL, "list", says=["nothing is known yet", "no run over it has ended"])

    def test_another_table_or_pair(self):
        self.make().add(b"a")
        self.refused(COULD_NOT_TELL, "list", "-t", "t", "-t", "u", says=["table u"])
        self.refused(COULD_NOT_TELL, "list", "--source", C, says=["this pair", A])
        self.refused(COULD_NOT_TELL, "show", "-t", "t", "--row", "b", says=["row b of t"])
        self.refused(COULD_NOT_TELL, "waive", "-t", "t", "--row", "b", "--reason", "x", says=["nothing to waive"])

    def test_where_it_is_looked_for(self):
        env = {"XDG_STATE_HOME": str(self.storage)}
        done = twinwatch("drift", deadline=30, env=env)
        self.assertIn(f"{self.storage}/twinwatch/ledger.sqlite", "".join(done.err.split("\n  ")), str(done))
        config = self.storage / "tw.yml"
        config.write_text(f"clusters: {{a: {{zookeeper: '{A}'}}}}\nlinks: [{{name: l, source: a}}]\n"
                          f"storage: {{path: {self.storage}/there}}\n")
        done = twinwatch("drift", "--config", config, deadline=30, env=env)
        self.assertIn(f"{self.storage}/there/ledger.sqlite", "".join(done.err.split()), str(done))


class Known(Ledger):
    def setUp(self):
        super().setUp()
        self.make()

    def test_list(self):
        self.add(b"\x00\xff", cause="a cause", evidence="why", drift_class="extra")
        self.add(b"a", "suspected")
        self.add(b"b", "waived", waived="known", waived_by="ann", waived_at=THEN)
        self.add(b"c", "rechecked", resolved=THEN)
        done = self.drift("--format", "json")
        self.assert_code(RED, done)
        document = done.json()
        rows = document.pop("rows")
        self.assertEqual({"schema_version": 1, "command": "drift list"}, document)
        self.assertEqual([b"\x00\xff", b"a", b"b"], [base64.b64decode(row["row_base64"]) for row in rows])
        self.assertEqual(
            {"table": "t", "row": "\\x00\\xFF", "row_base64": "AP8=", "class": "extra", "state": "confirmed",
             "first_seen": "2026-11-23T16:38:04Z", "last_seen": "2026-11-23T16:38:04Z", "confirmed_by": "position",
             "cause": "a cause", "evidence": "why", "waived": None}, rows[0])
        self.assertEqual(("suspected", None), (rows[1]["state"], rows[1]["confirmed_by"]))
        self.assertEqual("known", rows[2]["waived"])
        self.assertEqual(rows, self.drift("list", "--format", "jsonl").json_lines())
        text = self.drift("list")
        self.assert_code(RED, text)
        self.assertEqual("DRIFT: 1 row of 1 table is known to differ; 1 row is suspected; 1 waived",
                         text.out.splitlines()[-1])
        self.assertIn(f"twinwatch drift show -t t --storage.path {self.storage}", text.out)

    def test_exit_codes(self):
        self.add(b"a", "waived", waived="known", waived_by="ann", waived_at=THEN)
        self.add(b"m", drift_class="marks")
        self.assert_code(FINE, self.drift())
        self.assert_code(0, self.drift("--format", "nagios"))
        self.add(b"b", "suspected")
        self.assert_code(COULD_NOT_TELL, self.drift())
        self.assert_code(3, self.drift("--format", "nagios"))
        self.add(b"c", "repaired", confirmed_by="position")
        self.assert_code(RED, self.drift())
        self.assert_code(2, self.drift("--format", "nagios"))

    def test_a_table_alone(self):
        self.add(b"a", table="ns:t")
        self.add(b"a", "suspected")
        self.assert_code(COULD_NOT_TELL, self.drift("-t", "t"))
        done = self.drift("list", "-t", "ns:t", "--format", "json")
        self.assert_code(RED, done)
        self.assertEqual(["ns:t"], [row["table"] for row in done.json()["rows"]])

    def test_more_rows_than_a_terminal_is_shown(self):
        for number in range(150):
            self.add(b"%03d" % number)
        self.assertEqual(150, len(self.drift("--format", "json").json()["rows"]))
        self.assertIn("50 rows more: twinwatch drift list -t t --format jsonl", self.drift().out)

    def test_show(self):
        self.add(b"a\x00", cause="a cause", evidence="why", confirmed_at=THEN)
        done = self.drift("show", "-t", "t", "--row", "a\\x00")
        self.assert_code(RED, done)
        for words in ("missing: only on the source", "replication had passed it at 2026-11-23T16:38:04Z",
                      "likely cause: a cause", "evidence: why"):
            self.assertIn(words, done.out)
        table = self.drift("show", "-t", "t")
        self.assert_code(RED, table)
        self.assertIn("full pass began never", table.out)

    def test_show_in_every_format(self):
        self.add(b"a", cause="a cause")
        for form in ("json", "jsonl"):
            table = self.drift("show", "-t", "t", "--format", form)
            self.assert_code(RED, table)
            self.assertEqual(1, len(table.out.splitlines()), str(table))
            self.assertEqual(("drift show", "t", 1), (table.json()["command"], table.json()["table"]["table"],
                                                      table.json()["table"]["confirmed"]["missing"]))
            row = self.drift("show", "-t", "t", "--row", "a", "--format", form)
            self.assert_code(RED, row)
            self.assertEqual(("drift show", "YQ==", "a cause"), (row.json()["command"], row.json()["row"]["row_base64"],
                                                                 row.json()["row"]["cause"]))
        done = self.drift("show", "-t", "t", "--format", "nagios")
        self.assert_code(2, done)
        self.assertRegex(done.out, r"^DRIFT - 1 rows of t \| drift_rows=1;0;0 .*\n$")
        self.assert_unknown("--row", "show", "-t", "t", "--row", "a", "--format", "nagios")

    def assert_unknown(self, says, *arguments):
        """Nagios is told on stdout that nothing could be told, and why."""
        done = self.drift(*arguments)
        self.assert_code(3, done)
        self.assertRegex(done.out, r"^UNKNOWN - .*\n$")
        self.assertIn(says, done.out)

    def test_waive_as_a_document(self):
        self.add(b"a")
        self.assert_unknown("drift waive", "waive", "-t", "t", "--reason", "old", "--format", "nagios")
        done = self.drift("waive", "-t", "t", "--reason", "old", "--format", "json")
        self.assert_code(FINE, done)
        waived = done.json()
        self.assertEqual(("drift waive", "t", 1, "old", A), (waived["command"], waived["table"], waived["rows"],
                                                             waived["reason"], waived["pair"]["source"]))

    def test_waive(self):
        for row in (b"a", b"b", b"c"):
            self.add(row)
        done = self.drift("waive", "-t", "t", "--row", "a", "--reason", "moved, see ticket 7")
        self.assert_code(FINE, done)
        self.assertIn("WAIVED: 1 row of t", done.out)
        self.assert_code(RED, self.drift())
        self.assert_code(FINE, self.drift("waive", "-t", "t", "--start-row", "b", "--reason", "old"))
        self.assert_code(FINE, self.drift())
        rows = self.drift("--format", "json").json()["rows"]
        self.assertEqual(["moved, see ticket 7", "old", "old"], [row["waived"] for row in rows])
        shown = self.drift("show", "-t", "t", "--row", "a")
        self.assert_code(FINE, shown)
        self.assertRegex(shown.out, r"waived by \S+: moved, see ticket 7")

    def test_bad_usage(self):
        self.add(b"a")
        self.refused(BAD_USAGE, "waive", "-t", "t", says=["--reason"])
        self.refused(BAD_USAGE, "waive", "--reason", "x", says=["-t TABLE"])
        self.refused(BAD_USAGE, "waive", "-t", "t", "--reason", "x", "--row", "a", "--start-row", "a", says=["--row"])
        self.refused(BAD_USAGE, "waive", "-t", "t", "--reason", "x", "--start-row", "b", "--stop-row", "a")
        self.refused(BAD_USAGE, "show", "-t", "t", "--row", "\\q")
        self.refused(BAD_USAGE, "waive", "-t", "t", "--reason", "x", "--format", "xml", says=["--format"])
        self.refused(BAD_USAGE, "list", "-t", "no/table")
        self.refused(BAD_USAGE, "list", "--format", "xml")
        self.assert_code(RED, self.drift())

    def test_several_pairs(self):
        self.add(b"a")
        self.sql("INSERT INTO pairs VALUES(2, 'id-a', 'id-c', ?, ?, '', 0)", A, C)
        self.add(b"b", pair=2)
        rows = self.drift("--format", "json").json()["rows"]
        self.assertEqual([("a", A, B), ("b", A, C)], [(row["row"], row["source"], row["target"]) for row in rows])
        # The order of the quorum does not matter.
        rows = self.drift("--source", "zk2,zk1:2181:/hbase", "--target", C, "--format", "json").json()["rows"]
        self.assertEqual(["b"], [row["row"] for row in rows])
        self.assertNotIn("source", rows[0])
        self.refused(BAD_USAGE, "show", "-t", "t", says=["several pairs", "--target"])
        self.assert_code(RED, self.drift("show", "-t", "t", "--source", A, "--target", B))


class Unreadable(Ledger):
    """Never fine, never a crash, and the file is left as it is."""

    def test_garbage(self):
        self.file.write_bytes(b"x" * 9000)
        self.refused(COULD_NOT_TELL, "list", says=[str(self.file), "damaged", "left as it is"])
        self.assertEqual(b"x" * 9000, self.file.read_bytes())

    def test_a_newer_version(self):
        self.make()
        self.sql("PRAGMA user_version = 99")
        self.refused(COULD_NOT_TELL, "list", says=[str(self.file), "version 99"])

    def test_a_lock_that_is_not_given_back(self):
        self.make().add(b"a")
        with contextlib.closing(sqlite3.connect(self.file, isolation_level=None)) as other:
            other.execute("PRAGMA locking_mode = EXCLUSIVE")
            other.execute("BEGIN EXCLUSIVE")
            self.refused(COULD_NOT_TELL, "list", says=[str(self.file), "locked by another process"])
            other.execute("COMMIT")

    def test_a_state_that_does_not_exist(self):
        self.make().add(b"a", "dreamt")
        self.refused(COULD_NOT_TELL, "list", says=[str(self.file), "dreamt"])

    @unittest.skipUnless(Path("/dev/full").exists() and os.geteuid() == 0, "mounts a small file system")
    def test_a_full_disk(self):
        full = self.storage / "full"
        full.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", full], check=False).returncode != 0:
            self.skipTest("no permission to mount")
        self.addCleanup(subprocess.run, ["umount", full], check=True)
        self.file = full / "ledger.sqlite"
        self.make().add(b"a")
        room = os.statvfs(full)
        (full / "filler").write_bytes(b"x" * (room.f_bavail * room.f_frsize))
        self.storage = full
        self.refused(COULD_NOT_TELL, "waive", "-t", "t", "--reason", "x" * 20_000, says=["no space is left"])
        (full / "filler").unlink()
        self.assert_code(RED, self.drift())


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
