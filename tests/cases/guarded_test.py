#!/usr/bin/env python3
"""Writes under a guard, compactions and snapshots, as HBase's own Java client sees them: what a repair does to a
target. One `probe put-guarded` stays for a whole test, so it knows where regions were before they moved.
"""
import base64
import json
import threading
import time
import unittest

import running
from bedcase import TIME, BedCase, cell
from running import probe, started, wait_until

DELETE, DELETE_FAMILY_VERSION, DELETE_COLUMN, DELETE_FAMILY = 8, 10, 12, 14
WRITTEN, FAILED = {"outcome": "written"}, {"outcome": "guard failed"}


def encoded(one):
    return {name: base64.b64encode(value).decode() if isinstance(value, bytes) else value
            for name, value in one.items()}


def write(row, value=b"new", type=4, guard=None, ttl_ms=None, qualifier=b"q", family="f", timestamp=TIME,
          guard_at=None):
    """A write whose guard is in its own column and at its own timestamp."""
    guarded = {"family": family, "qualifier": qualifier, "timestamp": guard_at or timestamp}
    if guard is not None:
        guarded["value"] = guard
    line = {"cell": encoded({**cell(row, value, qualifier, family, timestamp), "type": type}), "guard": encoded(guarded)}
    return line if ttl_ms is None else line | {"ttl_ms": ttl_ms}


def marker(row, type, timestamp=TIME, qualifier=b"q", **more):
    return write(row, b"", type, timestamp=timestamp, qualifier=qualifier, **more)


class Writer:
    """A `probe put-guarded`, ended with the test."""

    def __init__(self, test, cluster, table, *arguments):
        self.process = test.enterContext(started(
            [running.PROBE, "put-guarded", cluster.zookeeper, table, *arguments], stdin=-1, stdout=-1))
        deadline = threading.Timer(200, self.process.kill)
        deadline.start()
        test.addCleanup(deadline.cancel)

    def __call__(self, *writes):
        self.process.stdin.write("".join(json.dumps(one) + "\n" for one in writes) + "\n")
        self.process.stdin.flush()
        return [json.loads(self.process.stdout.readline()) for _ in writes]


class Case(BedCase):
    def create_on_target(self, table, **arguments):
        self.drop(table)
        self.addCleanup(self.drop, table)
        self.on_target("create", table=table, **arguments)

    def stored(self, table, row, raw=True):
        """(type, timestamp, value) of each cell of a row."""
        cells = self.on_target("get", table=table, row=row, raw=raw, versions=100)["cells"]
        return [(one["type"], one["timestamp"], base64.b64decode(one["value"])) for one in cells]

    def shown(self, table, row):
        return [value for _, _, value in self.stored(table, row, raw=False)]


class Guarded(Case):
    def test_a_write_is_done_only_if_its_guard_holds(self):
        self.create_on_target("guards", families=[{"name": "f", "versions": 5}])
        rows = [b"right", b"wrong", b"there", b"absent", b"older"]
        self.on_target("put", table="guards", cells=[cell(row, b"old") for row in rows if row != b"absent"])
        self.on_target("put", table="guards", cells=[cell(b"older", b"newer", timestamp=TIME + 5)])
        to = Writer(self, self.target, "guards")
        self.assertEqual([WRITTEN, FAILED, FAILED, WRITTEN, WRITTEN, FAILED],
                         to(write(b"right", guard=b"old"), write(b"wrong", guard=b"another"), write(b"there"),
                            write(b"absent"), write(b"older", guard=b"old"),
                            write(b"older", guard=b"old", guard_at=TIME + 5)))
        self.assertEqual([[b"new"], [b"old"], [b"old"], [b"new"], [b"newer"]],
                         [self.shown("guards", row)[:1] for row in rows])
        self.assertEqual([(4, TIME + 5, b"newer"), (4, TIME, b"new")], self.stored("guards", b"older", raw=False))
        # the guard of one column for a write to another, at another time
        self.assertEqual([WRITTEN, FAILED], to(
            write(b"wrong", qualifier=b"q", guard=b"old", guard_at=TIME, timestamp=TIME + 9),
            write(b"wrong", qualifier=b"q", guard=b"old", guard_at=TIME + 8, timestamp=TIME + 10)))
        self.assertEqual([(4, TIME + 9, b"new"), (4, TIME, b"old")], self.stored("guards", b"wrong", raw=False))

    def test_an_empty_value_and_no_cell_are_the_same(self):
        self.create_on_target("empty")
        rows = [b"empty", b"none", b"full"]
        self.on_target("put", table="empty", cells=[cell(b"empty", b""), cell(b"full", b"x"), cell(b"empty2", b"")])
        to = Writer(self, self.target, "empty")
        self.assertEqual([WRITTEN, WRITTEN, FAILED, WRITTEN, FAILED],
                         to(write(b"empty"), write(b"none", guard=b""), write(b"full", guard=b""),
                            write(b"empty2", guard=b""), write(b"full", guard=b"x", guard_at=TIME - 1)))
        self.assertEqual([[b"new"], [b"new"], [b"x"]], [self.shown("empty", row) for row in rows])

    def test_a_version_that_no_reader_sees_but_is_stored_is_seen_by_a_guard(self):
        self.create_on_target("hidden")
        self.on_target("put", table="hidden", cells=[cell(b"a", b"old"), cell(b"a", b"newer", timestamp=TIME + 5)])
        to = Writer(self, self.target, "hidden")
        self.assertEqual([b"newer"], self.shown("hidden", b"a"))
        self.assertEqual([WRITTEN], to(write(b"a", guard=b"old")))
        self.on_target("flush", table="hidden")  # which drops it
        self.assertEqual([FAILED], to(write(b"a", guard=b"new")))
        # a marker counts wherever it lies
        self.on_target("put", table="hidden", cells=[cell(b"a", b"", timestamp=TIME + 9, type="delete_column")])
        self.assertEqual([FAILED], to(write(b"a", guard=b"newer", guard_at=TIME + 5)))

    def test_what_cannot_be_written_fails_alone(self):
        self.create_on_target("bad")
        to = Writer(self, self.target, "bad")
        done = to(write(b"a"), write(b"b", family="nosuch"), write(b"c", timestamp=2 ** 63 - 1), write(b"d"))
        self.assertEqual([WRITTEN, WRITTEN], [done[0], done[3]])
        self.assertEqual(["FAILED_PRECONDITION", "INVALID_ARGUMENT"], [one["code"] for one in done[1:3]])
        self.assertIn("nosuch", done[1]["error"])
        self.assertEqual("NOT_FOUND", Writer(self, self.target, "nosuchtable")(write(b"a"))[0]["code"])

    def test_a_cell_has_the_ttl_that_it_is_given(self):
        self.create_on_target("ttl")
        now = time.time_ns() // 1_000_000
        self.assertEqual([WRITTEN] * 3, Writer(self, self.target, "ttl")(
            write(b"soon", timestamp=now, ttl_ms=6000), write(b"late", timestamp=now, ttl_ms=86_400_000),
            write(b"none", timestamp=now)))
        self.assertEqual([b"new"], self.shown("ttl", b"soon"))
        wait_until("the cell is gone", 30, lambda: not self.shown("ttl", b"soon"))
        self.assertEqual([[b"new"], [b"new"]], [self.shown("ttl", row) for row in (b"late", b"none")])

    def test_markers_of_all_types(self):
        self.create_on_target("markers", families=[{"name": "f", "versions": 5}])
        types = {b"version": DELETE, b"column": DELETE_COLUMN, b"family": DELETE_FAMILY,
                 b"family-version": DELETE_FAMILY_VERSION}
        for row in types:
            self.on_target("put", table="markers", cells=[
                cell(row, b"%d" % n, qualifier, timestamp=TIME + n) for n in range(3) for qualifier in (b"q", b"r")])
        to = Writer(self, self.target, "markers")
        family = (DELETE_FAMILY, DELETE_FAMILY_VERSION)
        writes = [marker(row, type, TIME + 1, qualifier=b"" if type in family else b"q") for row, type in types.items()]
        for one in writes:
            one["guard"] = encoded({"family": "f", "qualifier": b"q", "timestamp": TIME + 1, "value": b"not this"})
        self.assertEqual([FAILED] * 4, to(*writes))
        for one in writes:
            one["guard"] = encoded({"family": "f", "qualifier": b"q", "timestamp": TIME + 1, "value": b"1"})
        self.assertEqual([WRITTEN] * 4, to(*writes))
        for row, type in types.items():
            self.assertIn((type, TIME + 1, b""), self.stored("markers", row))
        self.assertEqual({b"version": 5, b"column": 4, b"family": 2, b"family-version": 4},
                         {row: len(self.shown("markers", row)) for row in types})

    def test_writes_to_one_row_are_done_in_their_order(self):
        self.create_on_target("order", regions=16)
        rows = [f"{n * 7:05x}".encode()[-4:] + b"%d" % n for n in range(300)]
        steps = [None, b"1", b"2", b"3"]
        writes = [write(row, b"%d" % (n + 1), guard=guard) for n, guard in enumerate(steps) for row in rows]
        self.assertEqual([WRITTEN] * len(writes), Writer(self, self.target, "order")(*writes))
        self.assertEqual({b"4"}, {value for row in rows for value in self.shown("order", row)})
        together = [write(b"0", b"%d" % (n + 1), guard=b"%d" % n if n else None) for n in range(1000)]
        self.assertEqual([WRITTEN] * 1000, Writer(self, self.target, "order")(*together))
        self.assertEqual([b"1000"], self.shown("order", b"0"))

    def test_a_region_that_was_split_is_found_again(self):
        self.create_on_target("split")
        self.on_target("put", table="split", cells=[cell(b"%04d" % n) for n in range(100)])
        to = Writer(self, self.target, "split")
        rows = [b"%04d" % n for n in range(0, 100, 5)]
        self.assertEqual([WRITTEN] * len(rows), to(*(write(row, b"1", guard=b"v") for row in rows)))
        self.on_target("split", table="split", row=b"0050")
        self.assertEqual([WRITTEN] * len(rows), to(*(write(row, b"2", guard=b"1") for row in rows)))
        self.assertEqual({b"2"}, {value for row in rows for value in self.shown("split", row)})

    @unittest.skipUnless(BedCase.BED.startswith("distributed"), "regions move between servers")
    def test_a_region_that_was_moved_is_found_again(self):
        # The source of this bed has two servers.
        self.drop("moved")
        self.addCleanup(self.drop, "moved")
        self.on_source("create", table="moved", splits=[b"m"], families=[{"name": "f", "scope": 0}])
        to = Writer(self, self.source, "moved")
        rows = (b"a", b"b", b"x")
        self.assertEqual([WRITTEN] * 3, to(*(write(row, b"1") for row in rows)))
        servers = self.on_source("servers")["servers"]
        here = self.on_source("regions", table="moved")["regions"][0]["server"]
        self.on_source("balancer", on=False)
        self.on_source("move", table="moved", row=b"a", server=next(one for one in servers if one != here))
        self.assertEqual([WRITTEN] * 3, to(*(write(row, b"2", guard=b"1") for row in rows)))

    def test_writes_with_an_origin_do_not_travel_back(self):
        self.create("two-way")
        self.on_target("peer_add", id="back", cluster_key=self.source.zookeeper)
        self.addCleanup(self.on_target, "peer_remove", id="back")
        origin = probe("id", self.source.zookeeper).json_lines()[0]["id"]
        with_origin = Writer(self, self.target, "two-way", "--origin", origin)
        without = Writer(self, self.target, "two-way")
        self.assertEqual([WRITTEN] * 2, with_origin(write(b"put"), write(b"ttl", ttl_ms=2 ** 50)))
        self.put_source_only("two-way", b"kept")
        self.on_target("put", table="two-way", cells=[cell(b"kept")])
        self.assertEqual([WRITTEN], with_origin(marker(b"kept", DELETE, guard=b"v")))
        self.assertEqual([WRITTEN], without(write(b"last")))
        self.wait_for_row("two-way", b"last", self.on_source)  # all before it in the same WAL has been shipped
        on_source = {row: self.on_source("get", table="two-way", row=row)["cells"] != []
                     for row in (b"put", b"ttl", b"kept")}
        self.assertEqual({b"put": False, b"ttl": False, b"kept": True}, on_source)
        self.assertEqual([], self.shown("two-way", b"kept"))
        bad = Writer(self, self.target, "two-way", "--origin", "none")(write(b"bad"))
        self.assertEqual("INVALID_ARGUMENT", bad[0]["code"])

    def put_source_only(self, table, row):
        self.on_source("put", table=table, cells=[cell(row)], durability="SKIP_WAL")


class Compactions(Case):
    def compact(self, table, row, code=0, *arguments):
        done = probe("compact", self.target.zookeeper, table, row, "--seconds", "60", *arguments, deadline=100)
        self.assert_code(code, done)
        return done

    def test_a_marker_and_what_it_covers_are_gone(self):
        self.create_on_target("gone", regions=4, families=[{"name": "f"}, {"name": "g"}])
        for family in "fg":
            self.on_target("put", table="gone", cells=[cell(b"0", family=family), cell(b"ffff", family=family)])
        self.on_target("flush", table="gone")
        for row in (b"0", b"ffff"):  # the markers lie in memory
            self.on_target("put", table="gone", cells=[cell(row, b"", family=family, type="delete_family")
                                                       for family in "fg"])
        self.assertEqual(4, len(self.stored("gone", b"0")))
        self.compact("gone", "0")
        self.assertEqual([], self.stored("gone", b"0"))
        self.assertEqual(4, len(self.stored("gone", b"ffff")), "a region that nobody named")

    def test_again_and_again_and_of_nothing(self):
        self.create_on_target("again")
        self.compact("again", "a")
        for value in (b"1", b"2"):
            self.on_target("put", table="again", cells=[cell(b"a", value)])
            self.compact("again", "a")
            self.compact("again", "a")
            self.on_target("put", table="again", cells=[cell(b"a", b"", type="delete")])
            self.compact("again", "a")
            self.assertEqual([], self.stored("again", b"a"))

    def test_many_files(self):
        self.create_on_target("many")
        for n in range(12):  # HBase begins compactions of its own meanwhile
            self.on_target("put", table="many", cells=[cell(b"%02d" % n), cell(b"gone", b"%d" % n, timestamp=TIME + n)])
            self.on_target("put", table="many", cells=[cell(b"gone", b"", timestamp=TIME + n, type="delete")])
            self.on_target("flush", table="many")
        self.compact("many", "gone")
        self.assertEqual([], self.stored("many", b"gone"))
        self.assertEqual(12, self.on_target("count", table="many")["rows"])

    def test_a_family_that_keeps_deleted_cells_keeps_them(self):
        self.create_on_target("keeps", families=[{"name": "f", "attributes": {"KEEP_DELETED_CELLS": "TRUE"}}])
        self.on_target("put", table="keeps", cells=[cell(b"a"), cell(b"a", b"", type="delete_column")])
        self.compact("keeps", "a")
        self.assertEqual([(DELETE_COLUMN, TIME, b""), (4, TIME, b"v")], self.stored("keeps", b"a"))

    def test_a_region_that_was_split_is_compacted_where_the_row_is(self):
        self.create_on_target("halves")
        self.on_target("put", table="halves", cells=[cell(b"a"), cell(b"b"), cell(b"y")])
        self.on_target("split", table="halves", row=b"m")
        self.on_target("put", table="halves", cells=[cell(b"y", b"", type="delete_column")])
        self.compact("halves", "y")
        self.assertEqual([], self.stored("halves", b"y"))
        self.assertEqual([b"v"], self.shown("halves", b"a"))

    def test_a_table_that_may_not_be_compacted(self):
        self.create_on_target("never", compaction=False)
        self.on_target("put", table="never", cells=[cell(b"a")])
        done = self.compact("never", "a", 1)
        self.assertIn("ignores it", done.err)
        self.assertIn("no table nosuch", probe("compact", self.target.zookeeper, "nosuch", "a").err)


class Snapshots(Case):
    def test_a_snapshot_is_complete_and_its_name_is_taken(self):
        self.create_on_target("pictured", regions=4)
        self.on_target("load", table="pictured", rows=500)
        name = f"snapshot-{time.time_ns()}"
        self.assert_code(0, probe("snapshot", self.target.zookeeper, "pictured", name, "--seconds", "60"))
        self.on_target("truncate", table="pictured")
        self.drop("developed")
        self.addCleanup(self.drop, "developed")
        self.on_target("clone_snapshot", name=name, table="developed")
        self.assertEqual(500, self.on_target("count", table="developed")["rows"])
        again = probe("snapshot", self.target.zookeeper, "pictured", name)
        self.assert_code(1, again)
        self.assertEqual([{"code": "ALREADY_EXISTS"}], again.json_lines())
        nothing = probe("snapshot", self.target.zookeeper, "nosuch", name + "-2")
        self.assert_code(1, nothing)
        self.assertIn("nosuch", nothing.err)


if __name__ == "__main__":
    unittest.main(verbosity=2)
