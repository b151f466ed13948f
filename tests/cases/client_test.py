#!/usr/bin/env python3
"""Our HBase client against what HBase's own Java client sees: single rows, and scans while regions split, merge
and move and processes are killed. `probe --step` stops between batches, so that what happens, happens in the
middle of a scan and not before or after it.

The chaos wants the distributed bed; the rest runs on any (TWINWATCH_TEST_BED).
"""
import base64
import collections
import json
import threading
import unittest

import running
from bedcase import TIME, BedCase, cell
from running import probe, started

ROWS = 200_000


def wire(cells):
    """Cells as the probe takes them."""
    return "".join(json.dumps({name: base64.b64encode(value).decode() if isinstance(value, bytes) else value
                               for name, value in one.items()}) + "\n" for one in cells)


class SingleRows(BedCase):
    def test_puts_and_deletes_are_as_the_java_client_reads_them(self):
        self.create("single", regions=4, families=[{"name": "f", "versions": 5}, {"name": "g"}])
        rows = [b"\x00", b"", b"\xff", b"00", b"9f", b"ffff"][2:] + [b"\x00", b"a\x00b"]
        cells = [{**cell(row, bytes(range(256)), qualifier, family, TIME + n), "type": 4}
                 for row in rows for family in "fg" for n, qualifier in enumerate((b"", b"q", b"\x00\xff"))]
        done = probe("put", self.source.zookeeper, "single", stdin=wire(cells))
        self.assertEqual(0, done.code, str(done))
        for row in rows:
            self.assert_same_row("single", row, 6)
        deletes = [{**cell(rows[0], b"", b"q", "f", TIME + 1), "type": 8},
                   {**cell(rows[1], b"", b"q", "f", TIME + 5), "type": 12},
                   {**cell(rows[2], b"", b"", "g", TIME + 5), "type": 14}]
        self.assertEqual(0, probe("put", self.source.zookeeper, "single", stdin=wire(deletes)).code)
        for row, left in zip(rows, (5, 5, 3, 6)):
            self.assert_same_row("single", row, left)

    def assert_same_row(self, table, row, cells):
        theirs = self.on_source("get", table=table, row=row)["cells"]
        self.assertEqual(cells, len(theirs))
        done = probe("get", self.source.zookeeper, table, "".join(f"\\x{b:02x}" for b in row))
        self.assertEqual(theirs, done.json_lines(), str(done))

    def test_many_rows_in_many_regions(self):
        self.create("multi", regions=16)
        cells = [{**cell(f"{n * 7:05x}".encode()[-4:] + b"%d" % n, b"x" * 50), "type": 4} for n in range(3000)]
        self.assertEqual(0, probe("put", self.source.zookeeper, "multi", stdin=wire(cells)).code)
        self.assertEqual(3000, self.on_source("count", table="multi")["rows"])
        mine = probe("scan", self.source.zookeeper, "multi").json_lines()
        self.assertEqual(sorted(one["row"] for one in cells), [base64.b64decode(line["row"]) for line in mine])

    def test_regions_and_tables(self):
        self.create("regions", splits=[b"\x00", b"b,c", b"\xff"], families=[{"name": "f", "scope": 1},
                                                                            {"name": "g", "scope": 0}])
        theirs = [{name: region[name] for name in ("start", "end", "server")}
                  for region in self.on_source("regions", table="regions")["regions"]]
        self.assertEqual(theirs, probe("regions", self.source.zookeeper, "regions").json_lines())
        tables = probe("tables", self.source.zookeeper).json_lines()
        self.assertIn({"table": "regions", "families": {"f": 1, "g": 0}}, tables)

    def test_a_row_that_is_not_there(self):
        self.create("none")
        self.assertEqual("", probe("get", self.source.zookeeper, "none", "x").out)

    def test_wide_rows_come_whole(self):
        self.create("wide")
        self.on_source("load_wide", table="wide", row=b"w", columns=30_000)
        self.on_source("put", table="wide", cells=[cell(b"v"), cell(b"x")])
        done = probe("scan", self.source.zookeeper, "wide", "--batch-bytes", "20000")
        self.assertEqual([(b"v", 1), (b"w", 30_000), (b"x", 1)], rows_and_cells(done.json_lines()), str(done)[:2000])


def rows_and_cells(lines):
    return [(base64.b64decode(line["row"]), line["cells"]) for line in lines if "row" in line]


class Scan:
    """A scan of the source that waits between its batches."""

    def __init__(self, test, table, batch_bytes):
        self.test, self.lines, self.batches, self.stands = test, [], 0, False
        self.process = test.enterContext(started(
            [running.PROBE, "scan", test.source.zookeeper, table, "--step", "--batch-bytes", batch_bytes],
            stdin=-1, stdout=-1, stderr=-1))
        self.deadline = threading.Timer(300, self.process.kill)
        self.deadline.start()
        test.addCleanup(self.deadline.cancel)

    def until_batches(self, count):
        """Go on to the end of that batch, and stand there; false when the scan has ended before."""
        while self.batches < count:
            if self.stands:
                self.go_on()
            line = self.process.stdout.readline()
            if not line:
                return False
            one = json.loads(line)
            self.stands = "batch" in one
            if self.stands:
                self.batches = one["batch"]
            else:
                self.lines.append(one)
        return True

    def go_on(self):
        self.stands = False
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def during(self, happens):
        """That happens while the scan works on its next batch, and has asked for the one behind it."""
        self.test.assertTrue(self.stands, "the scan ended too early")
        self.go_on()
        happens()

    def to_the_end(self):
        self.until_batches(10 ** 9)
        self.test.assertEqual(0, self.process.wait(10), self.process.stderr.read())
        return rows_and_cells(self.lines)


@unittest.skipUnless(BedCase.BED.startswith("distributed"), "for the distributed bed")
class Chaos(BedCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.on_source("balancer", on=False)
        cls.addClassCleanup(cls.bed.close)

    def setUp(self):
        self.servers = sorted(self.on_source("servers")["servers"])
        self.assertEqual(2, len(self.servers))

    def process_of(self, server):
        """The name in the bed of a region server's process."""
        port = int(server.split(",")[1])
        return next(name for name, p in self.bed.info()["processes"].items() if p["port"] == port)

    def server_of(self, table, row):
        for region in self.on_source("regions", table=table)["regions"]:
            start, end = base64.b64decode(region["start"]), base64.b64decode(region["end"])
            if start <= row and (not end or row < end):
                return region["server"]
        raise AssertionError(f"no region of {table} holds {row}")

    def other_than(self, server):
        return next(s for s in self.servers if s != server)

    def load(self, table, rows=ROWS, regions=4):
        self.drop(table)
        self.on_source("create", table=table, regions=regions, families=[{"name": "f", "scope": 0}])
        self.on_source("load", table=table, rows=rows, columns=1)
        self.addCleanup(self.drop, table)

    def assert_each_once(self, got, rows, cells):
        counts = collections.Counter(row for row, _ in got)
        self.assertEqual([], [row for row, n in counts.items() if n > 1][:5], "rows that came twice")
        self.assertEqual(rows, len(counts), "rows that came")
        self.assertEqual(sorted(counts), [row for row, _ in got], "rows in order")
        self.assertEqual({cells}, {n for _, n in got})

    def test_each_row_once_while_regions_split_merge_and_move(self):
        self.load("chaos")
        scan = Scan(self, "chaos", 100_000)
        here = b"1000"
        scan.until_batches(20)
        scan.during(lambda: self.on_source("split", table="chaos", row=here))
        scan.until_batches(40)
        at = base64.b64decode(scan.lines[-1]["row"])
        scan.during(lambda: self.on_source("move", table="chaos", row=at,
                                           server=self.other_than(self.server_of("chaos", at))))
        scan.until_batches(60)
        at = base64.b64decode(scan.lines[-1]["row"])
        scan.during(lambda: self.on_source("split", table="chaos", row=at + b"\x00"))
        scan.until_batches(90)
        last = [region["encoded"] for region in self.on_source("regions", table="chaos")["regions"]][-2:]
        scan.during(lambda: self.on_source("merge", table="chaos", first=last[0], second=last[1]))
        scan.until_batches(120)
        at = base64.b64decode(scan.lines[-1]["row"])
        scan.during(lambda: self.on_source("split", table="chaos", row=at[:-1] + b"\xff"))
        self.assert_each_once(scan.to_the_end(), ROWS, 1)

    def test_each_row_once_while_its_region_server_is_killed(self):
        self.load("killed")
        scan = Scan(self, "killed", 100_000)
        scan.until_batches(30)
        at = base64.b64decode(scan.lines[-1]["row"])
        process = self.process_of(self.server_of("killed", at))
        self.addCleanup(self.bed.wait_ready, 180)
        scan.during(lambda: self.bed.kill(process))
        self.addCleanup(lambda: None if self.runs(process) else self.bed.start_process(process))
        scan.until_batches(60)  # read from the other one
        scan.during(lambda: self.bed.start_process(process))
        self.assert_each_once(scan.to_the_end(), ROWS, 1)

    def runs(self, process):
        return self.bed.info()["processes"][process]["alive"]

    def test_a_row_wider_than_a_batch_while_its_region_moves(self):
        self.drop("wide")
        self.on_source("create", table="wide", splits=[b"m"], families=[{"name": "f", "scope": 0}])
        self.addCleanup(self.drop, "wide")
        for row in (b"a", b"b", b"n", b"o"):
            self.on_source("load_wide", table="wide", row=row, columns=20_000)
        scan = Scan(self, "wide", 50_000)
        for batches, row in ((10, b"a"), (60, b"a"), (160, b"n")):
            scan.until_batches(batches)
            scan.during(lambda row=row: self.on_source("move", table="wide", row=row,
                                                       server=self.other_than(self.server_of("wide", row))))
        self.assertEqual([(row, 20_000) for row in (b"a", b"b", b"n", b"o")], scan.to_the_end())

    def test_zookeeper_is_killed_and_started_during_a_scan(self):
        self.load("quorum", rows=50_000)
        scan = Scan(self, "quorum", 100_000)
        scan.until_batches(5)
        self.addCleanup(self.bed.wait_ready, 180)
        scan.during(lambda: self.bed.kill("zk-a"))
        scan.until_batches(10)
        scan.during(lambda: self.bed.start_process("zk-a"))
        scan.until_batches(15)
        at = base64.b64decode(scan.lines[-1]["row"])
        # a region that moves must be found with the new session
        scan.during(lambda: (self.bed.wait_ready(120), self.on_source(
            "move", table="quorum", row=at, server=self.other_than(self.server_of("quorum", at)))))
        self.assert_each_once(scan.to_the_end(), 50_000, 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
