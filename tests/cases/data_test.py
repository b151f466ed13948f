#!/usr/bin/env python3
"""All kinds of HBase's data, and the options that choose what of it is compared, on two real clusters.

What is asked for is planted row by row and must be named exactly. verify_test.py has any bytes as keys and values,
wide rows, cells of 10 MB and `--versions`.
"""
import time
import unittest

from bedcase import TIME, BedCase, cell
from running import wait_until
from verify_schema import check_document, rows_of

ENCODINGS = ("NONE", "PREFIX", "DIFF", "FAST_DIFF", "ROW_INDEX_V1")


class DataCase(BedCase):
    def compare(self, table, *arguments, code, deadline=180):
        """One document of --format json with --confirm none; exit code and verdict must agree."""
        done = self.verify("--confirm", "none", "--format", "json", *arguments, table=table, deadline=deadline)
        self.assert_code(code, done)
        document = done.json()
        check_document(self, document)
        self.assertEqual({0: "same", 1: "drift", 2: "unknown"}[code], document["verdict"])
        return document

    def flush(self, table):
        self.on_both("flush", table=table, wait=True)


class KindsOfData(DataCase):
    def check_family(self, name, attributes, versions=1, values=None):
        """A family of these attributes, flushed: the same at first, then three rows differ."""
        self.create(name, families=[{"name": "f", "scope": 1, "versions": versions, "attributes": attributes}],
                    splits=[b"r5"])
        keys = [f"r{n:03}".encode() for n in range(200)]
        values = values or (lambda key: b"value of " + key)
        self.put_both(name, [cell(key, values(key), qualifier) for key in keys for qualifier in (b"", b"q\x00", b"\xff")])
        self.flush(name)
        [table] = self.compare(name, code=0)["tables"]
        self.assertEqual((200, 200, 600), (table["rows_source"], table["rows_target"], table["cells_source"]))
        self.on_target("put", table=name, cells=[
            cell(keys[7], values(keys[7])[:-1] + b"\x00", b""), cell(keys[100], b"", b"q\x00\x00"), cell(b"r", b"")])
        self.on_target("delete_row", table=name, row=keys[199])
        self.flush(name)
        document = self.compare(name, code=1)
        self.assertEqual({keys[7]: "value", keys[100]: "cells", b"r": "extra", keys[199]: "missing"},
                         rows_of(document["drifted"]))

    def test_data_block_encodings(self):
        for encoding in ENCODINGS:
            with self.subTest(encoding):
                self.check_family("encoded", {"DATA_BLOCK_ENCODING": encoding})

    def test_compression(self):
        self.check_family("compressed", {"COMPRESSION": "GZ"}, values=lambda key: key * 500)

    def test_encodings_that_differ_on_the_two_sides(self):
        self.create("mixed", families=[{"name": "f", "attributes": {"DATA_BLOCK_ENCODING": "FAST_DIFF"}}],
                    target={"families": [{"name": "f", "attributes": {"COMPRESSION": "GZ", "BLOOMFILTER": "NONE"}}]})
        self.load_both("mixed", 500)
        self.flush("mixed")
        self.assertEqual(500, self.compare("mixed", code=0)["tables"][0]["rows_source"])

    def test_mob(self):
        # above the threshold values lie in files of their own, and a reader sees no difference
        self.check_family("mob", {"IS_MOB": "true", "MOB_THRESHOLD": "100"}, values=lambda key: key * 100)
        self.check_family("mob", {"IS_MOB": "true", "MOB_THRESHOLD": "100000"})

    def test_timestamps_of_the_future_and_of_1970(self):
        self.create("times")
        future = int(time.time() * 1000) + 10 * 365 * 86_400_000
        stamps = {b"first": 0, b"second": 1, b"future": future, b"last": 2 ** 63 - 2}
        self.put_both("times", [cell(key, timestamp=stamp) for key, stamp in stamps.items()])
        self.compare("times", code=0)
        self.on_target("put", table="times", cells=[cell(b"future", timestamp=future + 1),
                                                   cell(b"last", b"w", timestamp=2 ** 63 - 2),
                                                   cell(b"first", b"x", timestamp=1)])
        document = self.compare("times", code=1)
        self.assertEqual({b"first": "cells", b"future": "cells", b"last": "value"}, rows_of(document["drifted"]))

    def test_a_marker_of_the_future_hides_what_is_written_now(self):
        self.create("masked")
        future = int(time.time() * 1000) + 86_400_000
        self.on_target("put", table="masked",
                       cells=[cell(b"r", family="f", qualifier=b"", value=b"", timestamp=future, type="delete_family")])
        self.put_both("masked", [cell(b"r"), cell(b"s")])
        self.assertEqual({b"r": "missing"}, rows_of(self.compare("masked", code=1)["drifted"]))

    def test_rows_past_their_ttl_are_gone_on_both_sides(self):
        self.create("ttl", families=[{"name": "f", "ttl": 3600}])
        now = int(time.time() * 1000)
        self.put_both("ttl", [cell(b"alive", timestamp=now), cell(b"over", timestamp=now - 3_700_000)])
        self.on_target("put", table="ttl", cells=[cell(b"also over", timestamp=now - 3_700_000)])
        [table] = self.compare("ttl", code=0)["tables"]
        self.assertEqual(1, table["rows_source"])

    def test_a_cell_at_the_end_of_its_ttl_may_be_seen_on_one_side_and_not_later(self):
        # With --confirm none nothing is looked at twice: what ends between the two reads may be called a difference.
        self.create("edge", families=[{"name": "f", "ttl": 4}])
        now = int(time.time() * 1000)
        self.put_both("edge", [cell(f"r{n}".encode(), timestamp=now) for n in range(50)])
        done = self.verify("--confirm", "none", "--format", "json", table="edge")
        self.assertIn(done.code, (0, 1), str(done))
        wait_until("they have ended", 20, lambda: self.on_source("count", table="edge")["rows"] == 0)
        self.assertEqual(0, self.compare("edge", code=0)["tables"][0]["rows_source"])

    def test_a_ttl_that_differs_is_seen_as_what_a_reader_sees(self):
        self.create("ttls", families=[{"name": "f", "ttl": 3600}], target={"families": [{"name": "f"}]})
        now = int(time.time() * 1000)
        self.put_both("ttls", [cell(b"alive", timestamp=now), cell(b"over", timestamp=now - 3_700_000)])
        self.assertEqual({b"over": "extra"}, rows_of(self.compare("ttls", code=1)["drifted"]))


class Raw(DataCase):
    def test_markers_count_as_marks_and_fail_nothing(self):
        self.create("markers")
        keys = [f"r{n}".encode() for n in range(6)]
        self.put_both("markers", [cell(key) for key in keys])
        old = {"timestamp": TIME - 10, "value": b""}
        self.on_target("put", table="markers", cells=[
            cell(keys[0], type="delete_column", **old), cell(keys[1], type="delete_family", qualifier=b"", **old),
            cell(b"nothing but a marker", type="delete", **old)])
        self.compare("markers", code=0)
        document = self.compare("markers", "--raw", code=0)
        marks = {keys[0]: "marks", keys[1]: "marks", b"nothing but a marker": "marks"}
        self.assertEqual(marks, rows_of(document["drifted"]))
        self.assertEqual({"missing": 0, "extra": 0, "value": 0, "cells": 0, "marks": 3}, document["tables"][0]["drift"])
        done = self.verify("--confirm", "none", "--raw", table="markers")
        self.assert_code(0, done)
        self.assertIn("  marks    r0\n", done.out)
        self.assertTrue(done.out.splitlines()[-1].startswith("SAME: "), str(done))
        self.assertLessEqual(max(map(len, done.out.splitlines())), 80, str(done))

    def test_the_other_classes_are_as_without(self):
        self.create("rawdrift", regions=3)
        self.load_both("rawdrift", 300)
        planted = self.plant("rawdrift")  # its missing row is a deleted one, whose marker the target still has
        self.assertEqual(planted, rows_of(self.compare("rawdrift", "--raw", code=1)["drifted"]))

    def test_what_a_compaction_threw_away_on_one_side_is_no_drift(self):
        self.create("compacted")
        self.put_both("compacted", [cell(f"r{n}".encode()) for n in range(20)])
        self.put_both("compacted", [cell(b"r3", b"w", timestamp=TIME + 1)])
        # not replicated: the source's marker must not come to the target after its compaction
        self.put_both("compacted", [cell(b"r7", type="delete_family", qualifier=b"", value=b"")])
        self.flush("compacted")
        self.on_target("major_compact", table="compacted", wait=True)
        self.compare("compacted", code=0)
        document = self.compare("compacted", "--raw", code=0)
        # r3 has an older version on the source alone: a cell that no reader sees is no marker
        self.assertEqual({b"r7": "marks"}, rows_of(document["drifted"]))


class Windows(DataCase):
    def test_rows_are_chosen_by_time_and_judged_whole(self):
        self.create("window", families=[{"name": "f", "scope": 1, "versions": 1}])
        self.put_both("window", [cell(f"r{n}".encode(), timestamp=TIME + n) for n in range(10)])
        self.on_target("put", table="window", cells=[cell(b"r2", b"w", timestamp=TIME + 2),
                                                    cell(b"r8", b"w", timestamp=TIME + 8),
                                                    cell(b"x", timestamp=TIME + 9)])
        document = self.compare("window", "--since", TIME + 5, code=1)
        self.assertEqual("since", document["scope"])
        self.assertEqual({b"r8": "value", b"x": "extra"}, rows_of(document["drifted"]))
        self.assertEqual(5, document["tables"][0]["rows_source"])
        self.assertEqual({b"r2": "value"}, rows_of(self.compare("window", "--until", TIME + 5, code=1)["drifted"]))
        self.compare("window", "--since", TIME + 3, "--until", "2023-11-14T22:13:20.008Z", code=0)

    def test_an_older_version_that_a_flush_threw_away_on_one_side(self):
        # bed/README.md: a closed window shows what a flush has not thrown away yet; readers see the same
        self.create("flushed", families=[{"name": "f", "scope": 1, "versions": 1}])
        for timestamp in (TIME, TIME + 20):
            self.put_both("flushed", [cell(b"r", timestamp=timestamp)])
        self.on_target("flush", table="flushed", wait=True)
        [table] = self.compare("flushed", "--since", TIME - 5, "--until", TIME + 10, code=0)["tables"]
        self.assertEqual((1, 0), (table["rows_source"], table["rows_target"]))

    def test_relative_times(self):
        self.create("recent")
        now = int(time.time() * 1000)
        self.put_both("recent", [cell(b"old", timestamp=now - 7_200_000), cell(b"new", timestamp=now)])
        [table] = self.compare("recent", "--since", "-1h", code=0)["tables"]
        self.assertEqual(1, table["rows_source"])
        [table] = self.compare("recent", "--until", "-1h", code=0)["tables"]
        self.assertEqual(1, table["rows_source"])

    def test_times_that_are_none(self):
        for arguments in (["--since", "yesterday"], ["--until", "-2"], ["--since", "2", "--until", "2"]):
            self.assert_code(3, self.verify(*arguments, table="any"))

    def test_keys_alone(self):
        self.create("keys")
        self.put_both("keys", [cell(key, b"v" * 1000) for key in (b"a", b"b", b"c")])
        self.on_target("put", table="keys", cells=[cell(b"a", b"w"), cell(b"b", timestamp=TIME + 1)])
        document = self.compare("keys", "--depth", "keys", code=1)
        self.assertEqual("keys", document["scope"])
        self.assertEqual({b"b": "cells"}, rows_of(document["drifted"]))
        self.assertLess(document["tables"][0]["bytes_read"], 1000)
        self.assertIn("no values", self.verify("--confirm", "none", "--depth", "keys", table="keys").out)


class TargetTable(DataCase):
    def test_another_name_on_the_target(self):
        self.create("original")
        self.create("renamed")
        self.on_source("put", table="original", cells=[cell(b"a"), cell(b"b")], durability="SKIP_WAL")
        self.on_target("put", table="renamed", cells=[cell(b"a"), cell(b"c")])
        document = self.compare("original", "--target-table", "renamed", code=1)
        self.assertEqual({b"b": "missing", b"c": "extra"}, rows_of(document["drifted"]))

    def test_common_families_are_compared_and_the_rest_is_named(self):
        self.create("wide1", families=[{"name": "f", "scope": 0}, {"name": "g"}])
        self.create("wide2", families=[{"name": "f"}, {"name": "h"}])
        for on, table, other in ((self.on_source, "wide1", "g"), (self.on_target, "wide2", "h")):
            on("put", table=table, cells=[cell(b"r"), cell(b"r", family=other)], durability="SKIP_WAL")
        [table] = self.compare("wide1", "--target-table", "wide2", code=0)["tables"]
        self.assertEqual(["g", "h"], sorted(table["families_left_out"]))
        self.assertIn("only one side has them", self.verify("--confirm", "none", "--target-table", "wide2",
                                                            table="wide1").out)

    def test_bad_usage(self):
        self.assert_code(3, self.verify("--target-table", "x", "-t", "a", "-t", "b"))
        self.assert_code(3, self.verify("--target-table", "x"))
        self.assert_code(3, self.verify("--target-table", "no table", table="a"))

    def test_a_table_is_not_compared_with_itself(self):
        self.create("self")
        done = self.verify("--target", self.source.zookeeper, table="self")
        self.assert_code(2, done)
        self.assertIn("with itself", done.err)


if __name__ == "__main__":
    unittest.main(verbosity=2)
