#!/usr/bin/env python3
"""Folders that are written for HBase's Import: HBase's own Import reads them, with the command of their README, and
what is in the table then is what was written, cell by cell.
"""
import base64
import json
import os
import random
import tempfile
import time
import unittest
from pathlib import Path

from bedcase import TIME, BedCase, cell
from running import REPOSITORY, run

MAKE_EXPORT = Path(os.environ.get("TWINWATCH_MAKE_EXPORT") or
                   REPOSITORY / "build" / "release" / "tests" / "cases" / "make_export")
EXPORT = "org.apache.hadoop.hbase.mapreduce.Export"
WITH_TAGS = "-Dhbase.client.rpc.codec=org.apache.hadoop.hbase.codec.KeyValueCodecWithTags"
WITH_MARKERS = "-Dhbase.mapreduce.include.deleted.rows=true"

FAMILIES = [{"name": "f", "versions": 10}, {"name": "g", "versions": 10}]
PUT, DELETE, DELETE_FAMILY_VERSION, DELETE_COLUMN, DELETE_FAMILY = 4, 8, 10, 12, 14
TTL_MS = 1 << 41  # far beyond today, counted from TIME


def stored(row, qualifier=b"q", value=b"", family="f", timestamp=TIME, type=PUT, **more):
    """A cell as the helper dumps it."""
    text = {name: base64.b64encode(bytes_).decode()
            for name, bytes_ in (("row", row), ("qualifier", qualifier), ("value", value))}
    return {"row": text["row"], "family": family, "qualifier": text["qualifier"], "timestamp": timestamp,
            "type": type, "value": text["value"], **more}


# In HBase's order; as bytes of HBase's own Export in tests/golden/wire.txt (export-file).
SMALL = [
    stored(b"\x00\xff", b"", b""),
    stored(b"\x00\xff", b"\xff\x00", b"\x00\xff", family="g"),
    stored(b"markers", b"", type=DELETE_FAMILY, timestamp=TIME + 3),
    stored(b"markers", b"", type=DELETE_FAMILY, timestamp=TIME + 2),
    stored(b"markers", b"", type=DELETE_FAMILY_VERSION, timestamp=TIME + 1),
    stored(b"markers", b"a", type=DELETE_COLUMN, timestamp=TIME + 9),
    stored(b"markers", b"b", type=DELETE, timestamp=TIME + 8),
    stored(b"markers", b"b", b"hidden", timestamp=TIME + 8),
    stored(b"markers", b"b", b"seen", timestamp=TIME + 7),
    stored(b"ttl", b"q", b"v", ttl_ms=TTL_MS),
]


def as_lines(cells):
    return "".join(json.dumps(c) + "\n" for c in cells)


def without_sync(file):
    """The bytes of a sequence file with its sync marker, which is random, blanked out."""
    at = 4 + 1 + file[4]
    at += 1 + file[at] + 2 + 4
    return file[:at] + bytes(16) + file[at + 16:]


class ExportCase(BedCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def create_on_target(self, table):
        self.drop(table)
        self.on_target("create", table=table, families=FAMILIES)
        self.addCleanup(self.drop, table)

    def export(self, name, table, lines, *more):
        done = run([MAKE_EXPORT, self.folder / name, table, *more], stdin=lines)
        self.assert_code(0, done)
        self.assertEqual({"part-m-00000", "_README.txt"}, {p.name for p in (self.folder / name).iterdir()})
        return self.folder / name

    def java(self, main, *arguments):
        done = self.bed.java("b", main, arguments, timeout=120)
        self.assertEqual(0, done.returncode, f"{main} {arguments}\n{done.stderr[-4000:]}")

    def put_back(self, folder, *more):
        """As the README in it says: a shell reads the command, `hbase` is the bed's."""
        readme = (folder / "_README.txt").read_text()
        command = readme[readme.index("  hbase "):].split("\n\n")[0]
        words = run(["sh", "-c", 'hbase() { printf "%s\\n" "$@"; }\n' + command])
        self.assert_code(0, words)
        main, *arguments = words.out.splitlines()
        self.java(main, *more, *arguments)

    def raw(self, table):
        """Everything that is stored, delete markers too."""
        file = self.folder / f"{table}.dump"
        self.on_target("dump", table=table, file=str(file), raw=True, versions="all")
        return file.read_text()


class Export(ExportCase):
    def test_all_comes_back_cell_by_cell(self):
        """What a table holds is written, put into an empty one, and is the same: in splits that begin at sync markers."""
        self.create_on_target("before")
        put = [cell(row, value, qualifier, family=family, timestamp=TIME + n)
               for n, value in enumerate((b"", b"\x00", b"\xff" * 9, "ü".encode()))
               for row in (b"\x00", b"\x00\x00", b"\xff\xff", b"r" * 1000)
               for family, qualifier in (("f", b""), ("f", b"\x00"), ("g", b"\xff"))]
        put.append(cell(b"large", random.Random(1).randbytes(5_000_000), timestamp=TIME))
        self.on_target("put", table="before", cells=put, durability="SKIP_WAL")
        self.on_target("load_wide", table="before", row=b"wide", columns=10_000, bytes=200)
        for n, kind in enumerate(("delete", "delete_column", "delete_family", "delete_family_version")):
            rows = (b"\x00", b"\xff\xff", f"only {kind}".encode())
            qualifier = {} if kind.startswith("delete_family") else {"qualifier": b"\x00"}
            self.on_target("put", table="before", durability="SKIP_WAL", cells=[
                {"row": row, "family": "f", "timestamp": TIME + n, "type": kind, **qualifier} for row in rows])
        before = self.raw("before")
        self.assertEqual({PUT, DELETE, DELETE_FAMILY_VERSION, DELETE_COLUMN, DELETE_FAMILY},
                         {json.loads(line)["type"] for line in before.splitlines()})

        self.create_on_target("after")
        folder = self.export("all", "after", before)
        self.put_back(folder, "-Dmapreduce.input.fileinputformat.split.maxsize=3000000")
        self.assertEqual(before.count("\n"), self.raw("after").count("\n"))
        self.assertTrue(before == self.raw("after"), "cells differ")  # assertEqual would print megabytes

    def test_hbases_own_export_writes_the_same_bytes(self):
        self.create_on_target("exported")
        ours = self.export("ours", "exported", as_lines(SMALL))
        self.put_back(ours)
        self.java(EXPORT, WITH_MARKERS, WITH_TAGS, "exported", f"file://{self.folder}/theirs", 1000)
        theirs = (self.folder / "theirs" / "part-m-00000").read_bytes()
        self.assertEqual(without_sync(theirs).hex(), without_sync((ours / "part-m-00000").read_bytes()).hex())


class Onward(ExportCase):
    def test_what_travels_on_from_a_cluster_that_replicates_too(self):
        """Import marks its writes with the id of the cluster that it writes to, which holds no replication up."""
        # A new peer begins with the current WAL: edits of a table of an earlier run would arrive in one of the same name.
        table = f"twoway{time.time_ns()}"
        self.create(table)
        self.on_target("peer_add", id="back", cluster_key=self.source.zookeeper)
        self.addCleanup(self.on_target, "peer_remove", id="back")
        self.put_back(self.export("plain", table, as_lines([stored(b"plain")])))
        self.wait_for_row(table, b"plain", self.on_source)

        self.put_back(self.export("onward", table, as_lines([stored(b"stays")]), "--replicates-onward"))
        # Within a batch nothing is in order; a row that is written when another has arrived is in a later one.
        for row in (b"later", b"latest"):
            self.on_target("put", table=table, cells=[cell(row)])
            self.wait_for_row(table, row, self.on_source)
        self.assertTrue(self.on_target("get", table=table, row=b"stays")["cells"])
        self.assertEqual([], self.on_source("get", table=table, row=b"stays")["cells"])


if __name__ == "__main__":
    unittest.main()
