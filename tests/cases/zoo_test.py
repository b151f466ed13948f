#!/usr/bin/env python3
"""The zoo on two real clusters: every kind of difference is named, row by row, in every view, and nothing else.

TWINWATCH_ZOO_SEED plants the same kinds elsewhere.
"""
import os
import sys
import time
import unittest
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "zoo"))

import zoo_bed  # noqa: E402
import zoo_docs  # noqa: E402
from bedcase import BedCase, cell  # noqa: E402
from running import twinwatch  # noqa: E402
from zoo_kinds import TTL_SECONDS, zoo  # noqa: E402
from zoo_plan import VIEWS  # noqa: E402

SEED = int(os.environ.get("TWINWATCH_ZOO_SEED", "1"))


def now_ms():
    return time.time_ns() // 1_000_000


class Zoo(BedCase):
    """Planted once; every view looks at it in one process over all its tables."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tables = zoo(SEED, now_ms=now_ms())
        cls.addClassCleanup(zoo_bed.drop, cls.bed, cls.tables)
        zoo_bed.plant(cls.bed, cls.tables)

    def look(self, view, confirm, *arguments):
        """Exactly the planted rows, each with its class, and every table judged as a whole."""
        done = zoo_bed.verify(self.bed, self.tables, view, confirm, *arguments)
        document = done.json()
        named = zoo_bed.named_rows(document)
        for table in self.tables:
            kinds = {row: (found, table.kind_of(row)) for row, found in named.get(table.name, {}).items()}
            expected = {row: (found, table.kind_of(row)) for row, found in table.expected(view).items()}
            self.assertEqual(expected, kinds, table.name)
        for table in document["tables"]:
            self.assertEqual((None, 0, 0, []), (table["error"], table["unknown_rows"], table["in_flight"],
                                                table["unverified_ranges"]), str(done))
        return done, document

    def confirmed(self, view):
        done, document = self.look(view, "auto")
        self.assert_code(1, done)
        self.assertEqual("drift", document["verdict"])
        by = {row["confirmed_by"] for row in document["drifted"] if row["class"] != "marks"}
        self.assertLessEqual(by, {"position", "position+heartbeat"}, str(done))
        self.assertIn(document["confirm"], by)
        self.assertEqual({0}, {sum(table["suspects"].values()) for table in document["tables"]})
        return document

    def test_a_reader_s_view(self):
        document = self.confirmed("default")
        self.assertEqual(["local"], document["tables"][0]["families_left_out"])

    def test_all_versions(self):
        self.confirmed("versions")

    def test_raw(self):
        document = self.confirmed("raw")
        marks = sum(table["drift"]["marks"] for table in document["tables"])
        self.assertEqual(marks, sum(row["class"] == "marks" for row in document["drifted"]))
        self.assertGreater(marks, 0)

    def test_since(self):
        self.assertEqual("since", self.confirmed("since")["scope"])

    def test_keys(self):
        self.assertEqual("keys", self.confirmed("keys")["scope"])

    def test_on_the_user_s_word(self):
        for view in VIEWS:
            with self.subTest(view):
                self.assert_code(1, self.look(view, "none")[0])

    def test_recheck_finds_the_same_rows_as_suspects(self):
        done, document = self.look("default", "recheck", "--settle", "1s")
        self.assert_code(2, done)
        self.assertEqual({None}, {row["confirmed_by"] for row in document["drifted"]})
        self.assertEqual({0}, {sum(table["drift"].values()) for table in document["tables"]})


class Expiring(BedCase):
    """A row that one side never had, and whose time ends while it is looked at."""

    def at_the_edge(self, confirm, lives_ms, *arguments):
        self.create("expiring", families=[{"name": "t", "ttl": TTL_SECONDS}])
        row = cell(b"edge", family="t", timestamp=now_ms() - TTL_SECONDS * 1000 + lives_ms)
        self.on_source("put", table="expiring", cells=[row], durability="SKIP_WAL")
        done = twinwatch("verify", "--source", f"conf:{self.source.conf_dir}", "-t", "expiring", "--confirm", confirm,
                         "--format", "json", *arguments)
        self.assert_code(0, done)
        self.assertEqual("same", done.json()["verdict"], str(done))
        return done.json()["tables"][0]

    def test_it_is_no_suspect_once_it_has_expired(self):
        self.assertEqual(1, self.at_the_edge("recheck", 10_000, "--settle", "12s")["in_flight"])

    def test_it_is_no_drift(self):
        self.at_the_edge("auto", 2_500)


class PeersTools(BedCase):
    """VerifyReplication and HashTable + SyncTable over the same rows: what docs/zoo.md is made of."""

    def test_what_each_tool_says_is_told_row_by_row(self):
        tables = zoo(SEED, now_ms=now_ms())
        self.addCleanup(zoo_bed.drop, self.bed, tables)
        results = zoo_docs.look(self.bed, SEED, tables, peers_tools=True)
        self.assertEqual([], results.wrong)
        page = zoo_docs.page(results)
        for kind in (kind for table in tables for kind in table.kinds):
            self.assertIn(f"| {kind.name} | ", page)
        for tool in zoo_docs.TOOLS:  # that rows are named proves that what the tool prints was understood
            silent = {table.name for table in tables if not results.seen[tool][table.name]}
            self.assertEqual({"zoo_moved"} if tool == "SyncTable" else set(), silent, tool)
        for tool, table, code, counters, others in results.notes:
            self.assertEqual((0, []), (code, others), (tool, table, counters))


if __name__ == "__main__":
    unittest.main(verbosity=2)
