#!/usr/bin/env python3
"""`verify --resume`, and an agent that is started again: at most a checkpoint's work is done twice."""
import json
import re
import shlex
import signal
import subprocess
import unittest
from pathlib import Path

import running
from bedcase import TIME, cell
from ledgercase import LedgerCase
from running import started, twinwatch, wait_until
from verify_schema import check_document, check_stream, rows_of

ROWS = 60_000


class Resume(LedgerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for on in (cls.on_source, cls.on_target):
            if on("exists", table="long")["exists"]:
                on("drop", table="long")
            on("create", table="long", regions=4)
            on("load", table="long", rows=ROWS, timestamp=TIME, durability="SKIP_WAL")
            cls.addClassCleanup(on, "drop", table="long")
        cls.differing = {b"%04d-planted" % i: "missing" if i % 1000 else "cells" for i in range(0, 10_000, 500)}
        missing, other = ([row for row, c in cls.differing.items() if c == name] for name in ("missing", "cells"))
        cls.on_source("put", table="long", cells=[cell(row) for row in missing + other], durability="SKIP_WAL")
        cls.on_target("put", table="long", cells=[cell(row, qualifier=b"other") for row in other],
                      durability="SKIP_WAL")
        cls.rows_source = ROWS + len(missing + other)
        cls.rows_target = ROWS + len(other)

    def check_whole(self, table):
        self.assertEqual((self.rows_source, self.rows_target, [], 0),
                         (table["rows_source"], table["rows_target"], table["unverified_ranges"],
                          table["unknown_rows"]))
        for name in ("missing", "cells"):
            self.assertEqual(sum(c == name for c in self.differing.values()),
                             table["drift"][name] + table["suspects"][name], name)

    def test_killed_again_and_again_it_counts_each_row_once(self):
        for confirm in (["none"], ["recheck", "--settle", "1s"]):
            with self.subTest(confirm[0]):
                self.break_off(self.arguments("-t", "long", "--confirm", *confirm, "--rate", "600KB/s"))
                [(run, _)] = self.checkpoints()
                [(left,)] = self.ledger(f"SELECT count(*) FROM todo WHERE run = '{run}' AND start != '' AND stop != ''")
                self.assertGreater(left, 0)
                if confirm == ["none"]:
                    self.break_off(self.arguments("--resume", run, "--rate", "600KB/s"))
                report = Path(self.folder) / "report"
                done = twinwatch(*self.arguments("--resume", run, "--format", "json", "--report", report))
                self.assert_code(1 if confirm == ["none"] else 2, done)
                document = done.json()
                self.assertEqual(run, document["run"])
                self.check_whole(document["tables"][0])
                self.assertEqual(self.differing, rows_of(document["drifted"]))
                lines = [json.loads(line) for line in report.read_text().splitlines()]
                self.assertEqual(self.differing, rows_of(check_stream(self, lines)))
                again = twinwatch(*self.arguments("--resume", run, "--format", "json")).json()
                self.assertEqual(document["tables"], again["tables"])
                self.assertEqual(self.differing, rows_of(again["drifted"]))
                for path in Path(self.folder).glob("ledger.sqlite*"):
                    path.unlink()

    def test_interrupted_it_says_how_to_go_on(self):
        err = self.break_off(self.arguments("-t", "long", "--confirm", "none", "--rate", "600KB/s"), signal.SIGINT)
        hint = re.search(r"^Resume: twinwatch (verify --resume .*(?:\n  .*)*)", err, re.MULTILINE)
        self.assertTrue(hint, err)
        done = twinwatch(*shlex.split(hint[1]), "--format", "json")
        self.assert_code(1, done)
        check_document(self, done.json())
        self.check_whole(done.json()["tables"][0])

    def test_bad_usage(self):
        self.assert_code(2, twinwatch(*self.arguments("--resume", "x")))  # no ledger
        twinwatch(*self.arguments("-t", "long", "--confirm", "none", "--stop-row", "user1"))
        done = twinwatch(*self.arguments("--resume", "x"))
        self.assert_code(2, done)
        self.assertIn("knows of no run x", done.err)
        for more in (["-t", "long"], ["--since", "-1h"], ["--confirm", "none"], ["--seed", "1"]):
            done = twinwatch(*self.arguments("--resume", "x", *more))
            self.assert_code(3, done)
            self.assertIn("leave out", done.err)


class AgentStartedAgain(LedgerCase):
    """Its full pass goes on where it was."""

    def agent(self, rate):
        config = Path(self.folder) / "twinwatch.yml"
        config.write_text(f"""clusters:
  a: {{zookeeper: "{self.source.zookeeper}"}}
  b: {{zookeeper: "{self.target.zookeeper}"}}
links:
  - {{name: a-b, source: a, target: b, verify: {{rate: {rate}, tables: {{include: ["equal"]}}}}}}
storage: {{path: "{self.folder}"}}
web: {{listen_address: "127.0.0.1:0"}}
""")
        return ["agent", "--config", str(config)]

    def test_full_pass(self):
        self.create("equal", regions=4)
        self.load_both("equal", ROWS)
        self.break_off(self.agent("300KB/s"))
        [(run, begun, ended)] = self.ledger("SELECT id, begun, ended FROM runs")
        self.assertIsNone(ended)
        with started([running.BINARY, *self.agent("20MB/s")], stdout=subprocess.PIPE,
                     stderr=subprocess.STDOUT) as process:
            wait_until("the end of the full pass", 90,
                       lambda: self.ledger(f"SELECT 1 FROM runs WHERE id = '{run}' AND ended IS NOT NULL"))
            process.terminate()
            log = process.communicate(timeout=20)[0]
        self.assertIn(f'run={run} msg="goes on with the full pass', log)
        self.assertEqual([(run, begun)], self.ledger("SELECT run, at FROM marks WHERE kind = 'full_pass'"))
        self.assertEqual([(1,)], self.ledger("SELECT count(*) FROM runs WHERE kind = 'full'"))


if __name__ == "__main__":
    unittest.main()
