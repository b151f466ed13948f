#!/usr/bin/env python3
"""The recipes of docs/recipes.md, with HBase's own tools: a copy is proven `same`, and `drift` once a row was changed.

Each copy is written by another program than ours, and is compared under its own name with nothing that replicates.
"""
import contextlib
import shutil
import sys
import tempfile
import time
import unittest
from pathlib import Path

import beds
from bedcase import TIME, BedCase, cell
from running import twinwatch
from verify_schema import check_document, rows_of

sys.path.insert(0, str(beds.REPOSITORY / "tests" / "bed"))
from twinbed import Bed  # noqa: E402
from twinbed.bed import to_stderr  # noqa: E402

COPY_TABLE = "org.apache.hadoop.hbase.mapreduce.CopyTable"
EXPORT = "org.apache.hadoop.hbase.mapreduce.Export"
IMPORT = "org.apache.hadoop.hbase.mapreduce.Import"
CREATE_SNAPSHOT = "org.apache.hadoop.hbase.snapshot.CreateSnapshot"
EXPORT_SNAPSHOT = "org.apache.hadoop.hbase.snapshot.ExportSnapshot"

FAMILIES = [{"name": "f", "scope": 0, "versions": 3}, {"name": "g", "scope": 0}]
ROWS = 500


class Recipe(BedCase):
    def java(self, side, main, *arguments):
        done = self.bed.java(side, main, arguments, timeout=240)
        self.assertEqual(0, done.returncode, f"{main} {arguments}\n{done.stderr[-4000:]}")

    def original(self, table, on=None):
        """Rows in two families, some with older versions, one deleted."""
        on = on or self.on_source
        on("load", table=table, rows=ROWS, timestamp=TIME, durability="SKIP_WAL")
        on("put", table=table, cells=[cell(b"versions", value, timestamp=TIME + n)
                                      for n, value in enumerate((b"a", b"b", b"c"))], durability="SKIP_WAL")
        on("put", table=table, cells=[cell(b"deleted"), cell(b"two", family="f"), cell(b"two", family="g"),
                                      cell(b"\x00\xff", b"")], durability="SKIP_WAL")
        on("delete_row", table=table, row=b"deleted")

    def prove(self, table, copy, target, *arguments, source=None):
        """Same; then one row of the copy is changed, and only that is drift."""
        on = target.helper.call

        def verify(code):
            done = twinwatch("verify", "--source", (source or self.source).zookeeper, "--target", target.zookeeper,
                             "-t", table, *(["--target-table", copy] if copy != table else []),
                             "--confirm", "none", "--format", "json", *arguments, deadline=180)
            self.assert_code(code, done)
            check_document(self, done.json())
            return done.json()

        document = verify(0)
        self.assertEqual("same", document["verdict"])
        self.assertEqual((ROWS + 3, ROWS + 3),
                         (document["tables"][0]["rows_source"], document["tables"][0]["rows_target"]))
        on("put", table=copy, cells=[cell(b"two", b"changed", family="g")])
        document = verify(1)
        self.assertEqual({b"two": "value"}, rows_of(document["drifted"]))


class Export(Recipe):
    def export(self, folder, versions):
        self.create("exported", families=FAMILIES)
        self.original("exported")
        self.java("a", EXPORT, "exported", f"file://{folder}/out", versions)

    def test_into_another_table_of_the_same_cluster(self):
        with tempfile.TemporaryDirectory() as folder:
            self.export(folder, 3)
            self.create("imported", families=FAMILIES)
            self.java("a", IMPORT, "imported", f"file://{folder}/out")
        self.prove("exported", "imported", self.source, "--versions", "all")

    def test_into_another_cluster(self):
        with tempfile.TemporaryDirectory() as folder:
            self.export(folder, 1)
            self.java("b", IMPORT, "exported", f"file://{folder}/out")
        self.prove("exported", "exported", self.target, "--families", "f,g")


class CopyTable(Recipe):
    def test_within_a_cluster(self):
        self.create("copytable", families=FAMILIES)
        self.create("newname", families=FAMILIES)
        self.original("copytable")
        self.java("a", COPY_TABLE, "--versions=3", "--new.name=newname", "copytable")
        self.prove("copytable", "newname", self.source, "--versions", "all")

    def test_across_clusters(self):
        self.create("copytable", families=FAMILIES)
        self.create("newname", families=FAMILIES)
        self.original("copytable")
        self.java("a", COPY_TABLE, f"--peer.adr={self.target.zookeeper}", "--new.name=newname", "copytable")
        self.prove("copytable", "newname", self.target)

    def test_rows_of_a_time_range(self):
        self.create("copytable", families=FAMILIES)
        self.create("newname", families=FAMILIES)
        self.original("copytable")
        self.on_source("put", table="copytable", cells=[cell(b"later", timestamp=TIME + 1000)], durability="SKIP_WAL")
        self.java("a", COPY_TABLE, f"--starttime={TIME}", f"--endtime={TIME + 500}", "--new.name=newname", "copytable")
        self.prove("copytable", "newname", self.source, "--until", TIME + 500)


class Snapshot(Recipe):
    def snapshot(self):
        self.create("snapped", families=FAMILIES, regions=3)
        self.original("snapped")
        name = f"snap-{time.time_ns()}"  # snapshots stay, on a bed that is used again too
        self.java("a", CREATE_SNAPSHOT, "-t", "snapped", "-n", name)
        return name

    def test_a_clone(self):
        name = self.snapshot()
        self.drop("cloned")
        self.addCleanup(self.drop, "cloned")
        self.on_source("clone_snapshot", name=name, table="cloned")
        self.prove("snapped", "cloned", self.source, "--versions", "all")

    def test_a_restored_table(self):
        name = self.snapshot()
        self.drop("cloned")
        self.addCleanup(self.drop, "cloned")
        self.on_source("clone_snapshot", name=name, table="cloned")
        self.on_source("put", table="snapped", cells=[cell(b"after the snapshot"), cell(b"two", b"w")])
        self.on_source("restore_snapshot", name=name, table="snapped")
        self.prove("snapped", "cloned", self.source)

    def test_exported_to_another_cluster(self):
        name = self.snapshot()
        self.java("a", EXPORT_SNAPSHOT, "--snapshot", name, "--copy-to", f"file://{self.bed.dir}/hbase-b",
                  "--mappers", "1", "--no-checksum-verify")  # file:// has no checksums to compare
        self.on_target("drop", table="snapped")
        self.on_target("clone_snapshot", name=name, table="snapped")
        self.prove("snapped", "snapped", self.target, "--families", "f,g")


class FolderCopy(Recipe):
    """A bed of its own: its source is stopped, its folder copied, and the target started on the copy."""

    def test_a_copied_folder(self):
        folder = beds.REPOSITORY / "build" / "bed" / "test-copy"
        if folder.exists():
            Bed.attach(folder).stop(delete=True)
        bed = Bed.start(folder, layout="standalone", hbase=beds.BEDS[self.BED]["hbase"], progress=to_stderr)
        with contextlib.ExitStack() as cleanup:
            cleanup.callback(lambda: Bed.attach(folder).stop(delete=True))
            bed.source.helper.call("create", table="t", families=FAMILIES, regions=3)
            self.original("t", on=bed.source.helper.call)
            bed.source.helper.call("flush", table="t", wait=True)  # a stop does that too, if it is given the time
            bed.stop()
            self.copy_folder(Path(folder))
            bed = Bed.start(folder, progress=to_stderr)
            cleanup.callback(bed.close)
            self.prove("t", "t", bed.target, source=bed.source)

    @staticmethod
    def copy_folder(folder):
        shutil.rmtree(folder / "hbase-b")
        shutil.copytree(folder / "hbase-a", folder / "hbase-b")


if __name__ == "__main__":
    unittest.main(verbosity=2)
