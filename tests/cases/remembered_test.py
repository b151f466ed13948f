#!/usr/bin/env python3
"""An agent whose clusters do not answer: what nobody knows it does not say, and what the ledger knows it does. What
commands write to that ledger is seen soon. No bed: nobody listens where the clusters are said to be."""
import contextlib
import os
import subprocess
import unittest

import ledger_test
import running
from ledger_test import FINE, THEN
from running import started, wait_until
from web import fetch, free_address

SOURCE, TARGET = "127.0.0.1:1:/hbase", "127.0.0.1:2:/hbase"


class Remembered(ledger_test.Ledger):
    def setUp(self):
        super().setUp()
        self.address = free_address()
        self.config = self.storage / "twinwatch.yml"
        self.config.write_text(f"""clusters: {{a: {{zookeeper: "{SOURCE}"}}, b: {{zookeeper: "{TARGET}"}}}}
links: [{{name: a-b, source: a, target: b}}]
storage: {{path: "{self.storage}"}}
web: {{listen_address: "{self.address}"}}
""")

    def make(self, target=TARGET):
        subprocess.run([os.environ["TWINWATCH_MAKE_LEDGER"], str(self.file), SOURCE, target], check=True, timeout=30)

    @contextlib.contextmanager
    def agent(self):
        with (self.storage / "agent.log").open("a") as log, \
             started([running.BINARY, "agent", "--config", self.config], stdout=log, stderr=log):
            wait_until("the agent serves metrics", 30, lambda: self.fetch("/metrics")[0] == 200)
            yield

    def fetch(self, path):
        return fetch(f"http://{self.address}{path}")

    def samples(self, *names):
        """Lines of these families."""
        lines = self.fetch("/metrics")[1].splitlines()
        return [line for line in lines if line.startswith(tuple(f"twinwatch_{name}{{" for name in names))]

    def test_what_nobody_knows_is_absent(self):
        with self.agent():
            self.assertNotEqual([], self.samples("collector_success"))
            self.assertEqual([], self.samples("drift_rows", "marker_rows", "verify_unknown_rows", "table_drift_rows",
                                              "drift_rows_detected_total", "heartbeat_uncovered_regionservers"))
            self.assertEqual(404, self.fetch("/api/v1/links/a-b/drift")[0])

    def test_what_was_known_is_remembered_and_commands_are_heard(self):
        self.make()
        self.add(b"a", confirmed_at=THEN)
        self.add(b"b", confirmed_at=THEN, drift_class="extra")
        self.sql("INSERT INTO marks(pair, table_name, kind, at, run, confirm, families_left_out, keys_only)"
                 " VALUES(1, 't', 'full_pass', ?, 'r1', 'position', '', 0)", THEN)
        rows = 'table_drift_rows{link="a-b",table="t"}'
        with self.agent():
            self.assertEqual([f"twinwatch_{rows} 2"], self.samples("table_drift_rows"))
            self.assertIn('twinwatch_drift_rows{link="a-b",class="extra"} 1', self.samples("drift_rows"))
            self.assertEqual(1, len(self.samples("table_full_pass_timestamp_seconds")))
            self.assertEqual(200, self.fetch("/api/v1/links/a-b/drift?class=extra")[0])
            done = self.drift("waive", "-t", "t", "--row", "a", "--reason", "known")
            self.assert_code(FINE, done)
            wait_until("the waiver is seen", 15, lambda: self.samples("table_drift_rows") == [f"twinwatch_{rows} 1"])
            # A page and a document tell the same.
            self.assertIn('"drift_rows":1', self.fetch("/api/v1/status")[1].replace(" ", ""))

    def test_what_is_known_of_others_is_not_shown(self):
        self.make(target="127.0.0.1:3:/hbase")
        self.add(b"a", confirmed_at=THEN)
        with self.agent():
            self.assertEqual([], self.samples("drift_rows", "table_drift_rows"))
            self.assertEqual(404, self.fetch("/api/v1/links/a-b/drift")[0])


if __name__ == "__main__":
    unittest.main()
