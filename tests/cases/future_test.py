#!/usr/bin/env python3
"""Cells and delete markers of the future on the target: `verify` and `status` say so until they are gone.

They are planted an hour ahead. What removes them, as on any HBase: a delete of exactly that version, a flush and a
major compaction, which drops the marker too.
"""
import base64
import contextlib
import json
import tempfile
import time
import unittest
from pathlib import Path

import running
from bedcase import TIME, BedCase, cell
from running import probe, started, twinwatch, wait_until
from verify_schema import check_document
from web import fetch, free_address


class Future(BedCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.ahead = int(time.time() * 1000) + 3_600_000
        self.until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.ahead // 1000))
        self.places = ["--source", f"conf:{self.source.conf_dir}", "--storage.path", self.folder / "state"]

    def compare(self, table, *arguments, code=0, confirm="none"):
        """What `verify` found of the future in its only table."""
        done = twinwatch("verify", *self.places, "-t", table, "--confirm", confirm, "--format", "json", *arguments,
                         deadline=180)
        self.assert_code(code, done)
        check_document(self, done.json())
        [result] = done.json()["tables"]
        return result["future"]

    def status(self, code, *arguments):
        done = twinwatch(*(arguments or ("status",)), *self.places, "--for", "1s")
        self.assert_code(code, done)
        return done.out

    def mark(self, row, type="delete_family", **more):
        return cell(row, b"", b"", timestamp=self.ahead, type=type, **more)

    def remove(self, table, row):
        """The version of `row` that lies ahead, and every marker of the table."""
        self.on_target("put", table=table, cells=[cell(row, b"", timestamp=self.ahead, type="delete")])
        self.on_target("flush", table=table, wait=True)
        self.on_target("major_compact", table=table, wait=True)

    def test_what_is_on_the_target_alone(self):
        self.create("ahead", regions=3)
        self.load_both("ahead", 300)
        none = {"cells": 0, "delete_markers": 0, "at_least": False, "furthest": None, "rows": []}
        self.assertEqual(none, self.compare("ahead"))
        self.status(0)
        self.on_target("put", table="ahead", cells=[self.mark(b"gone"), cell(b"put", timestamp=self.ahead - 1)])
        found = self.compare("ahead", code=1)  # the put is drift by itself, the marker is not
        self.assertEqual((1, 1, False, self.until), (found["cells"], found["delete_markers"], found["at_least"],
                                                     found["furthest"]))
        self.assertEqual([(b"gone", "f", self.ahead, True), (b"put", "f", self.ahead - 1, False)],
                         [(base64.b64decode(row["row_base64"]), row["family"], row["timestamp_ms"],
                           row["delete_marker"]) for row in found["rows"]])
        text = self.status(1)
        self.assertIn("ahead: 1 cell and 1 delete marker on the target are of the future", " ".join(text.split()))
        self.assertTrue(text.splitlines()[-1].startswith("FUTURE: 1 table"), text)
        self.assertIn("ahead: 1 cell and 1 delete marker", self.status(1, "queues"))
        [link] = json.loads(self.status(1, "status", "--format", "json"))["links"]
        [table] = [table for table in link["tables"] if table["table"] == "ahead"]
        self.assertEqual((1, 1, self.until), tuple(table[f"future_{name}"] for name in ("cells", "markers", "until")))
        self.ahead -= 1
        self.remove("ahead", b"put")
        self.assertEqual(none, self.compare("ahead"))
        self.status(0)

    def test_a_marker_hides_what_is_written_later(self):
        # why it matters: a reader of the target does not see a row that was written after the marker
        self.create("hidden")
        self.on_target("put", table="hidden", cells=[self.mark(b"row")])
        now = int(time.time() * 1000)
        self.on_target("put", table="hidden", cells=[cell(b"row", timestamp=now)])
        self.assertEqual([], self.on_target("get", table="hidden", row=b"row")["cells"])
        done = twinwatch("verify", *self.places, "-t", "hidden", "--confirm", "none")
        self.assert_code(0, done)
        self.assertIn(f"  future   row  f, {self.until}, delete marker\n", done.out)
        self.assertTrue(done.out.splitlines()[-1].startswith("SAME: "), str(done))
        self.assertLessEqual(max(map(len, done.out.splitlines())), 80, str(done))

    def test_what_came_through_replication_is_the_same_and_said(self):
        self.create("both")
        self.on_source("put", table="both", cells=[cell(b"row", timestamp=self.ahead), self.mark(b"other")])
        self.wait_for_row("both", b"row")
        wait_until("the marker has come", 60, lambda: self.compare("both")["delete_markers"] == 1, 0.1)
        self.assertEqual(1, self.compare("both")["cells"])
        self.status(1)

    def test_families_ranges_and_less(self):
        self.create("parts", families=[{"name": "f", "scope": 1}, {"name": "local", "scope": 0}])
        self.on_target("put", table="parts", cells=[self.mark(b"m", family="local")])
        self.assertEqual(0, self.compare("parts")["delete_markers"])
        self.on_target("put", table="parts", cells=[self.mark(b"m")])
        self.assertEqual(0, self.compare("parts", "--start-row", "n")["delete_markers"])
        self.assertEqual(1, self.compare("parts", "--start-row", "m")["delete_markers"])
        self.status(0)  # of a range nothing is remembered
        self.assertIsNone(self.compare("parts", "--depth", "keys"))
        self.assertIsNone(self.compare("parts", "--since", "-1h"))
        self.assertEqual(1, self.compare("parts")["delete_markers"])

    def test_the_last_timestamps_that_hbase_has(self):
        self.create("last")
        last = 2 ** 63 - 2
        self.put_both("last", [cell(b"row", timestamp=last)])
        found = self.compare("last")
        self.assertEqual((1, "9999-12-31T23:59:59Z"), (found["cells"], found["furthest"]))
        self.assertEqual(last, found["rows"][0]["timestamp_ms"])
        self.status(1)

    def test_it_costs_little_where_there_are_none(self):
        # servers leave out files by the time range that they hold; what was read of them would be all of it
        self.create("old", regions=4)
        self.on_target("load", table="old", rows=200_000, timestamp=TIME, durability="SKIP_WAL")
        self.on_target("flush", table="old", wait=True)
        done = probe("future", self.target.zookeeper, "old")
        self.assertEqual(0, done.code, str(done))
        told = done.json()
        self.assertEqual((0, 200_000), (told["found"], told["rows"]))
        self.assertLess(told["seconds"], told["seconds_to_read_all"] / 4, told)

    @contextlib.contextmanager
    def agent(self, table):
        address = free_address()
        config = self.folder / "twinwatch.yml"
        config.write_text(f"""clusters:
  a: {{hbase_conf_dir: "{self.source.conf_dir}"}}
  b: {{zookeeper: "{self.target.zookeeper}"}}
links:
  - {{name: a-b, source: a, target: b, verify: {{incremental: 1s, tables: {{include: ["{table}"]}}}}}}
storage: {{path: "{self.folder}/agent"}}
web: {{listen_address: "{address}"}}
""")
        with (self.folder / "agent.log").open("a") as log, \
             started([running.BINARY, "agent", "--config", config], stdout=log, stderr=log) as process:
            wait_until("the agent is ready", 60, lambda: fetch(f"http://{address}/-/ready")[0] == 200)
            yield f"http://{address}"
            process.terminate()
            process.wait(20)

    def test_the_agent_looks_in_each_interval_and_remembers(self):
        self.create("watched")
        self.load_both("watched", 100)

        def series(url):
            """The value of the metric; none where there is none."""
            lines = fetch(f"{url}/metrics")[1].splitlines()
            return [line.rpartition(" ")[2] for line in lines if line.startswith("twinwatch_table_future_cells{")]

        with self.agent("watched") as url:
            wait_until("it has looked", 60, lambda: series(url) == ["0"])
            self.on_target("put", table="watched", cells=[self.mark(b"row")])
            wait_until("it has seen the marker", 60, lambda: series(url) == ["1"])
            done = twinwatch("status", "--agent", url)
            self.assert_code(1, done)
            self.assertTrue(done.out.splitlines()[-1].startswith("FUTURE: "), str(done))
            self.assertIn("of the future", fetch(f"{url}/link/a-b")[1])
        self.on_target("flush", table="watched", wait=True)
        with self.agent("watched") as url:
            # from the ledger, whatever it has seen since
            wait_until("it remembers", 60, lambda: series(url) == ["1"])
            self.on_target("major_compact", table="watched", wait=True)
            wait_until("it has seen that the marker is gone", 60, lambda: series(url) == ["0"])
            self.on_target("put", table="watched", cells=[self.mark(b"row")])
            wait_until("it has seen another one", 60, lambda: series(url) == ["1"])
            self.drop("watched")
            # a pass that fails on its way is tried again after a minute
            wait_until("it has forgotten the table", 120, lambda: series(url) == [])


if __name__ == "__main__":
    unittest.main()
