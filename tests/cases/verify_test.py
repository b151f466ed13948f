#!/usr/bin/env python3
"""`twinwatch verify` on two real clusters: every planted difference is named, and nothing else."""
import json
import subprocess
import tempfile
import unittest
from pathlib import Path

from bedcase import CLASSES, TIME, BedCase, cell
from running import started, twinwatch, wait_until
from verify_schema import check_document, check_stream, rows_of

import running


def printed(key):
    """A row key as HBase prints it."""
    return "".join(chr(b) if 0x20 <= b <= 0x7e and b != 0x5c else f"\\x{b:02X}" for b in key)


class Verify(BedCase):
    def compare(self, table, *arguments, code, confirm="none", deadline=180):
        """One document of --format json, its schema checked; exit code and verdict must agree."""
        done = self.verify("--confirm", confirm, "--format", "json", *arguments, table=table, deadline=deadline)
        self.assert_code(code, done)
        document = done.json()
        check_document(self, document)
        self.assertEqual({0: "same", 1: "drift", 2: "unknown"}[code], document["verdict"])
        return document

    def with_drift(self, table="drift", rows=2000, **arguments):
        self.create(table, **arguments)
        self.load_both(table, rows)
        return self.plant(table)

    def test_equal_tables_are_the_same(self):
        self.create("same", regions=4)
        self.load_both("same", 3000)
        document = self.compare("same", code=0)
        [table] = document["tables"]
        self.assertEqual("full", document["scope"])
        self.assertEqual("none", document["confirm"])
        self.assertEqual((3000, 3000, 3000), (table["rows_source"], table["rows_target"], table["cells_source"]))
        self.assertGreater(table["bytes_read"], 2 * 3000 * 100)
        self.assertEqual([], document["drifted"])

    def test_replicated_rows_are_the_same(self):
        self.create("replicated", regions=2)
        self.on_source("load", table="replicated", rows=3000)
        self.on_target("wait_rows", table="replicated", rows=3000)
        self.compare("replicated", code=0)

    def test_empty_tables_are_the_same(self):
        self.create("empty", regions=3)
        self.assertEqual(0, self.compare("empty", code=0)["tables"][0]["rows_source"])

    def test_each_class_is_named_row_by_row_and_none_besides(self):
        planted = self.with_drift(regions=4)
        document = self.compare("drift", code=1)
        self.assertEqual(planted, rows_of(document["drifted"]))
        self.assertEqual({"missing": 1, "extra": 1, "value": 1, "cells": 2, "marks": 0},
                         document["tables"][0]["drift"])
        self.assertEqual({"none"}, {row["confirmed_by"] for row in document["drifted"]})

    def test_each_class_in_a_whole_zoo_of_rows(self):
        self.create("many", regions=4)
        self.load_both("many", 2000)
        keys = [f"{n:04x}-zoo".encode() for n in range(0, 65536, 512)]
        expected = {key: CLASSES[i % 4] for i, key in enumerate(keys)}
        of = {name: [key for key in keys if expected[key] == name] for name in CLASSES}
        self.put_both("many", [cell(key) for key in keys if expected[key] != "extra"])
        for key in of["missing"]:
            self.on_target("delete_row", table="many", row=key)
        self.on_target("put", table="many", cells=[cell(key) for key in of["extra"]]
                       + [cell(key, b"w") for key in of["value"]]
                       + [cell(key, qualifier=b"r") for key in of["cells"]])
        document = self.compare("many", code=1)
        self.assertEqual(expected, rows_of(document["drifted"]))

    def test_text_names_the_rows_and_ends_with_the_verdict(self):
        planted = self.with_drift(regions=2)
        done = self.verify("--confirm", "none", table="drift")
        self.assert_code(1, done)
        lines = done.out.splitlines()
        for key, name in planted.items():
            self.assertEqual(1, sum(line.split() == [name, printed(key)] for line in lines), str(done))
        self.assertEqual(len(planted), sum(line.split()[:1] != [] and line.split()[0] in CLASSES
                                           for line in lines), str(done))
        self.assertTrue(lines[-1].startswith("DRIFT: 5 rows"), str(done))
        self.assertLessEqual(max(map(len, lines)), 80, str(done))

    def test_text_of_equal_tables(self):
        self.create("same")
        self.load_both("same", 100)
        done = self.verify("--confirm", "none", table="same")
        self.assert_code(0, done)
        self.assertTrue(done.out.splitlines()[-1].startswith("SAME: 100 rows of 1 table"), str(done))

    def test_jsonl_and_report_are_the_same_stream(self):
        planted = self.with_drift()
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "report.jsonl"
            done = self.verify("--confirm", "none", "--format", "jsonl", "--report", report, table="drift")
            self.assert_code(1, done)
            self.assertEqual(planted, rows_of(check_stream(self, done.json_lines())))
            self.assertEqual(done.out, report.read_text())

    def test_nagios(self):
        self.with_drift()
        done = self.verify("--confirm", "none", "--format", "nagios", table="drift")
        self.assert_code(2, done)  # drift, in that world's codes
        self.assertRegex(done.out, r"^DRIFT - 5 rows of drift \| drift_rows=5;0;0 .*rows=\d+\n$")
        self.create("same")
        done = self.verify("--confirm", "none", "--format", "nagios", table="same")
        self.assert_code(0, done)
        self.assertEqual(1, len(done.out.splitlines()))

    def test_families_that_are_not_replicated_are_left_out_and_named(self):
        self.create("families", families=[{"name": "f", "scope": 1}, {"name": "local", "scope": 0}])
        self.put_both("families", [cell(b"r")])
        self.on_target("put", table="families", cells=[cell(b"r", family="local"), cell(b"s", family="local")])
        [table] = self.compare("families", code=0)["tables"]
        self.assertEqual(["local"], table["families_left_out"])
        text = self.verify("--confirm", "none", table="families")
        self.assertIn("local", text.out)
        document = self.compare("families", "--families", "f,local", code=1)
        self.assertEqual({b"r": "cells", b"s": "extra"}, rows_of(document["drifted"]))
        document = self.compare("families", "--families", "local", code=1)
        self.assertEqual({b"r": "extra", b"s": "extra"}, rows_of(document["drifted"]))

    def test_the_peers_own_list_of_families_counts(self):
        self.create("listed", families=[{"name": "f", "scope": 1}, {"name": "g", "scope": 1}])
        self.put_both("listed", [cell(b"r")])
        self.on_target("put", table="listed", cells=[cell(b"r", family="g")])
        self.addCleanup(self.reset_peers)
        self.on_source("peer_remove", id="1")
        self.addCleanup(self.on_source, "peer_remove", id="2")
        self.on_source("peer_add", id="2", cluster_key=self.target.zookeeper, table_cfs={"listed": ["f"]})
        [table] = self.compare("listed", code=0)["tables"]
        self.assertEqual(["g"], table["families_left_out"])

    def test_start_and_stop_row_with_escapes(self):
        self.create("range")
        keys = [b"a", b"b\x00", b"b\x00\x00", b"b\xff", b"c", b"c\\", b"d"]
        self.on_target("put", table="range", cells=[cell(key) for key in keys])
        self.assertEqual(set(keys), set(rows_of(self.compare("range", code=1)["drifted"])))
        for start, stop, first, last in ((r"b\x00\x00", "c", 2, 4), (r"b\xFF", r"c\x5c", 3, 5), ("c", "", 4, 7),
                                         ("", r"b\x00", 0, 1)):
            arguments = (["--start-row", start] if start else []) + (["--stop-row", stop] if stop else [])
            document = self.compare("range", *arguments, code=1)
            self.assertEqual("range", document["scope"])
            self.assertEqual(set(keys[first:last]), set(rows_of(document["drifted"])), (start, stop))
        self.compare("range", "--start-row", "x", code=0)

    def test_all_versions(self):
        self.create("versions", families=[{"name": "f", "scope": 1, "versions": 3}])
        for timestamp in (TIME, TIME + 1, TIME + 2):
            self.put_both("versions", [cell(b"r", timestamp=timestamp), cell(b"s", timestamp=timestamp)])
        self.on_target("put", table="versions", cells=[cell(b"r", b"other", timestamp=TIME + 1)])
        self.assertEqual(2, self.compare("versions", code=0)["tables"][0]["cells_source"])
        document = self.compare("versions", "--versions", "all", code=1)
        self.assertEqual({b"r": "value"}, rows_of(document["drifted"]))
        self.assertEqual(6, document["tables"][0]["cells_source"])
        self.compare("versions", "--versions", "1", code=0)
        self.assertEqual({b"r": "value"}, rows_of(self.compare("versions", "--versions", "2", code=1)["drifted"]))

    def test_max_drift_bounds_the_list_and_not_the_counts(self):
        self.create("bounded")
        keys = [f"{n:03}".encode() for n in range(50)]
        self.on_target("put", table="bounded", cells=[cell(key) for key in keys])
        document = self.compare("bounded", "--max-drift", "7", code=1)
        self.assertEqual(keys[:7], sorted(rows_of(document["drifted"])))
        self.assertEqual(50, document["tables"][0]["drift"]["extra"])
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "report.jsonl"
            self.compare("bounded", "--max-drift", "7", "--report", report, code=1)
            lines = [json.loads(line) for line in report.read_text().splitlines()]
            self.assertEqual(set(keys), set(rows_of(check_stream(self, lines))))

    def test_any_number_of_streams_finds_the_same(self):
        planted = self.with_drift(regions=6)
        for streams in ("1", "3", "16"):
            document = self.compare("drift", "--streams", streams, code=1)
            self.assertEqual(planted, rows_of(document["drifted"]))

    def test_recheck_finds_suspects_and_never_drift(self):
        planted = self.with_drift()
        for confirm in ("recheck", "auto"):
            with self.subTest(confirm):
                document = self.compare("drift", "--settle", "1s", confirm=confirm, code=2)
                self.assertEqual("recheck", document["confirm"])
                self.assertEqual(planted, rows_of(document["drifted"]))
                self.assertEqual({None}, {row["confirmed_by"] for row in document["drifted"]})
                [table] = document["tables"]
                self.assertEqual(0, sum(table["drift"].values()))
                self.assertEqual({"missing": 1, "extra": 1, "value": 1, "cells": 2, "marks": 0},
                                 table["suspects"])

    def test_rows_that_arrive_meanwhile_were_in_flight(self):
        self.create("flight")
        self.load_both("flight", 500)
        self.addCleanup(self.reset_peers)
        self.on_source("peer_disable", id="1")
        self.on_source("put", table="flight", cells=[cell(f"late-{n}".encode()) for n in range(20)])
        command = [running.BINARY, "verify", "--source", self.source.zookeeper, "-t", "flight",
                   "--confirm", "recheck", "--settle", "20s", "--format", "json"]
        with started(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            self.assertIn("read again", process.stderr.readline())  # said when the first look is over
            self.on_source("peer_enable", id="1")
            self.on_target("wait_rows", table="flight", rows=520)
            out, _ = process.communicate(timeout=90)
        self.assertEqual(0, process.returncode, out)
        document = json.loads(out)
        check_document(self, document)
        self.assertEqual("same", document["verdict"])
        self.assertEqual(20, document["tables"][0]["in_flight"])

    def test_without_lengths_and_heartbeats_there_is_no_barrier(self):
        self.without_heartbeats()
        self.with_drift()
        done = self.verify("--confirm", "barrier", table="drift")
        self.assert_code(2, done)
        self.assertIn("barrier", done.err)

    def test_regions_that_differ_on_the_two_sides(self):
        self.create("borders", splits=[b"b", b"m", b"t"], target={"splits": [b"c", b"d", b"m\x00", b"x", b"y"]})
        keys = [bytes([c]) for c in range(ord("a"), ord("z") + 1)] + [b"\x00", b"\xff\xff\xff", b"b", b"m", b"m\x00"]
        self.put_both("borders", [cell(key) for key in keys])
        self.compare("borders", code=0)
        edges = [b"a", b"b", b"c", b"d", b"m", b"m\x00", b"t", b"x", b"y", b"z", b"\x00", b"\xff\xff\xff"]
        for key in edges:
            self.on_target("delete_row", table="borders", row=key)
        self.assertEqual({key: "missing" for key in edges}, rows_of(self.compare("borders", code=1)["drifted"]))

    def test_regions_that_begin_with_any_bytes(self):
        # hbase:meta orders regions by their start keys, not by the bytes of its own rows: a comma counts there
        borders = [b"\x00\x00\x00\x01", b"\x10", b"+", b",", b",,", b"-", b"a", b"a\x00", b"a,", b"a,b", b"\xff"]
        self.create("binary", splits=borders, target={"splits": borders[::2]})
        self.put_both("binary", [cell(key) for key in borders])
        self.assertEqual(len(borders), self.compare("binary", code=0)["tables"][0]["rows_source"])
        self.on_target("put", table="binary", cells=[cell(key + b"!") for key in borders])
        self.assertEqual({key + b"!": "extra" for key in borders}, rows_of(self.compare("binary", code=1)["drifted"]))

    def test_empty_regions_and_rows_before_the_first_and_behind_the_last(self):
        self.create("edges", splits=[b"b", b"c", b"d", b"e"])
        self.put_both("edges", [cell(b"b5"), cell(b"d5")])
        extra = [b"\x00", b"a", b"c1", b"d5\x00", b"e", b"\xff"]
        self.on_target("put", table="edges", cells=[cell(key) for key in extra])
        self.assertEqual({key: "extra" for key in extra}, rows_of(self.compare("edges", code=1)["drifted"]))

    def test_one_side_empty(self):
        self.create("half", regions=2)
        self.on_source("load", table="half", rows=1500, durability="SKIP_WAL")
        document = self.compare("half", "--max-drift", "10", code=1)
        self.assertEqual(1500, document["tables"][0]["drift"]["missing"])
        self.assertEqual((1500, 0), (document["tables"][0]["rows_source"], document["tables"][0]["rows_target"]))

    def test_keys_and_values_of_any_bytes(self):
        self.create("bytes")
        keys = [b"\x00", b"\x00\x00", b"\x00\xff", b"\xff", b"\xff\x00", b"\xff\xff", b"\\x00", "ü".encode(), b'"']
        cells = [cell(key, bytes(range(256)), qualifier) for key in keys for qualifier in (b"", b"\x00", b"\xff")]
        cells += [cell(b"no-value", b"", b""), cell(b"no-value", b"", b"q")]
        self.put_both("bytes", cells)
        self.compare("bytes", code=0)
        self.on_target("put", table="bytes", cells=[cell(key, b"", b"") for key in keys])
        self.on_target("put", table="bytes", cells=[cell(b"no-value", b"x", b"")])
        document = self.compare("bytes", code=1)
        self.assertEqual({key: "value" for key in [*keys, b"no-value"]}, rows_of(document["drifted"]))
        self.assertEqual({printed(key) for key in [*keys, b"no-value"]}, {row["row"] for row in document["drifted"]})

    def test_a_table_that_only_the_source_has(self):
        self.create("alone")
        self.load_both("alone", 10)
        self.on_target("drop", table="alone")
        done = self.verify("--confirm", "none", table="alone")
        self.assert_code(2, done)
        self.assertIn("alone", done.out + done.err)
        self.assertIn(self.target.zookeeper, done.out + done.err)

    def test_without_t_every_table_in_the_peers_scope(self):
        self.create("scope1")
        self.create("scope2")
        self.create("local", families=[{"name": "f", "scope": 0}])
        self.on_target("put", table="scope2", cells=[cell(b"r")])
        document = self.compare(None, code=1)
        verdicts = {table["table"]: table["verdict"] for table in document["tables"]}
        self.assertEqual("same", verdicts["scope1"])
        self.assertEqual("drift", verdicts["scope2"])
        self.assertNotIn("local", verdicts)

    def test_several_tables(self):
        self.create("one")
        self.create("two")
        self.on_target("put", table="two", cells=[cell(b"r")])
        done = self.verify("--confirm", "none", "--format", "json", "-t", "one", "-t", "two")
        self.assert_code(1, done)
        self.assertEqual({"one": "same", "two": "drift"},
                         {table["table"]: table["verdict"] for table in done.json()["tables"]})

    def test_global_options_before_the_command(self):
        self.create("same")
        done = twinwatch("--source", self.source.zookeeper, "--target", self.target.zookeeper, "verify", "-t", "same",
                         "--confirm", "none")
        self.assert_code(0, done)

    def test_conf_folder_as_source(self):
        self.create("same")
        done = twinwatch("verify", "--source", f"conf:{self.source.conf_dir}", "-t", "same", "--confirm", "none")
        self.assert_code(0, done)


class Memory(BedCase):
    """64 MB and four times the largest cell, whatever a table is like."""

    LIMIT = 64 << 20

    def compare(self, table, expected, largest_cell, *arguments):
        done = self.verify("--confirm", "none", "--format", "json", *arguments, table=table)
        self.assert_code(1 if expected else 0, done)
        self.assertEqual(expected, rows_of(done.json()["drifted"]))
        self.assertLess(done.peak_bytes, self.LIMIT + 4 * largest_cell, str(done))

    def test_a_row_of_100_000_columns(self):
        self.create("wide")
        for on in (self.on_source, self.on_target):
            on("load_wide", table="wide", row=b"wide", columns=100_000)
        self.on_target("wait_rows", table="wide", rows=1)
        # written at two times: the columns agree, their timestamps do not
        self.compare("wide", {b"wide": "cells"}, 100)

    def test_a_row_of_100_000_columns_that_is_the_same(self):
        self.create("wide")
        self.on_source("load_wide", table="wide", row=b"wide", columns=100_000)
        wait_until("the wide row has arrived", 120,
                   lambda: self.on_target("digest", table="wide") == self.on_source("digest", table="wide"))
        self.compare("wide", {}, 100)
        self.on_target("put", table="wide", cells=[cell(b"wide", qualifier=b"q00050000")])
        self.on_target("put", table="wide", cells=[cell(b"wide", qualifier=b"q99999999")])
        self.compare("wide", {b"wide": "cells"}, 100)

    def test_cells_of_10_mb(self):
        size = 10 << 20
        self.create("large", families=[{"name": "f", "scope": 0}])
        for n in range(6):  # one by one: all at once would be one request
            self.put_both("large", [cell(f"row{n}".encode(), bytes([n]) * (size - 1000))])
        self.compare("large", {}, size, "--families", "f")
        self.on_target("put", table="large", cells=[cell(b"row3", b"\x03" * (size - 1001) + b"x")])
        self.compare("large", {b"row3": "value"}, size, "--families", "f")

    def test_many_rows_that_all_differ(self):
        self.create("many", regions=4)
        self.load_both("many", 100_000)
        self.on_target("load", table="many", rows=100_000, timestamp=TIME, seed=2, durability="SKIP_WAL")
        done = self.verify("--confirm", "none", "--format", "json", "--max-drift", "10", table="many")
        self.assert_code(1, done)
        self.assertEqual(100_000, done.json()["tables"][0]["drift"]["value"])
        self.assertLess(done.peak_bytes, self.LIMIT, f"{done.peak_bytes:,}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
