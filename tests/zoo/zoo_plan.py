"""What a zoo is made of: tables, the cells that each side holds, and what every view must say of them.

A plan is values alone and follows from its seed: the same seed plants the same cells. zoo_kinds.py says which kinds
of difference there are, zoo_bed.py plants a plan on two real clusters, zoo_fake_test.cc on two in memory.
"""
import base64
import random
from dataclasses import dataclass, field

TIME = 1_700_000_000_000  # of what is planted, unless a kind says otherwise
DAY = 86_400_000
SINCE = TIME - DAY  # where the view `since` begins: rows that are there for company alone are older
BEFORE_SINCE = SINCE - DAY

# How the same rows may be looked at, and what `twinwatch verify` must be told for it.
VIEWS = {
    "default": [],
    "versions": ["--versions", "all"],
    "raw": ["--raw"],
    "since": ["--since", str(SINCE)],
    "keys": ["--depth", "keys"],
}


@dataclass(frozen=True)
class Cell:
    row: bytes
    family: str
    qualifier: bytes
    timestamp: int
    value: bytes = b""
    type: str = "put"

    def place(self):
        """Where it is stored: a later write to the same place wins."""
        return self.row, self.family, self.qualifier, self.timestamp, self.type


@dataclass(frozen=True)
class Sizes:
    """The same zoo may be planted smaller where nothing is measured by it."""
    columns: int = 20_000  # of a wide row: with 100 bytes each wider than a batch of 2 MB
    small_cells: int = 3_000
    large: int = (10 << 20) - 1000  # bytes of a large cell: HBase refuses 10 MiB with its key
    company: int = 200  # rows that are the same on both sides, a table


@dataclass
class Kind:
    """One kind of difference (or of what looks like one), and its rows: {row: {view: class or None}}."""
    name: str
    table: str
    how: str
    rows: dict = field(default_factory=dict)

    def expected(self, view):
        return {row: of[view] for row, of in self.rows.items() if of[view]}


class Table:
    """One table of the zoo while it is planned."""

    def __init__(self, name, families, source_splits, target_splits, seed, sizes):
        self.name, self.families, self.sizes = name, families, sizes
        self.splits = {"source": sorted(source_splits), "target": sorted(target_splits)}
        self.random = random.Random(f"{seed} {name}")
        self.cells = {"source": {}, "target": {}}
        self.kinds = []

    def kind(self, name, how):
        kind = Kind(name, self.name, how)
        self.kinds.append(kind)
        return kind

    def key(self, name):
        """A key that nothing else uses, somewhere among the company."""
        return b"%08x-%s" % (self.random.getrandbits(32), name.encode())

    def source(self, *cells):
        self._put("source", cells)

    def target(self, *cells):
        self._put("target", cells)

    def both(self, *cells):
        self.source(*cells)
        self.target(*cells)

    def company(self, family):
        """Rows that are the same on both sides, older than the window of `since`."""
        for n in range(self.sizes.company):
            row = b"%08x" % self.random.getrandbits(32)
            columns = [b"q", b"r"][:1 + n % 2]
            self.both(*(Cell(row, family, q, BEFORE_SINCE, self.random.randbytes(40)) for q in columns))

    def _put(self, side, cells):
        for cell in cells:
            self.cells[side][cell.place()] = cell

    def expected(self, view):
        """{row: class} of the whole table."""
        return {row: name for kind in self.kinds for row, name in kind.expected(view).items()}

    def kind_of(self, row):
        return next((kind.name for kind in self.kinds if row in kind.rows), None)

    def to_json(self):
        def text(data):
            return base64.b64encode(data).decode()

        return {
            "table": self.name, "families": self.families,
            "splits": {side: [text(split) for split in splits] for side, splits in self.splits.items()},
            "cells": {side: [{"row": text(c.row), "family": c.family, "qualifier": text(c.qualifier),
                              "timestamp": c.timestamp, "type": c.type, "value": text(c.value)}
                             for c in cells.values()] for side, cells in self.cells.items()},
            "kinds": [{"kind": kind.name, "how": kind.how, "rows": [text(row) for row in kind.rows],
                       "expected": {view: {text(row): name for row, name in kind.expected(view).items()}
                                    for view in VIEWS}} for kind in self.kinds],
        }


def seen(default, **other):
    """A class for every view: that of `default` unless told otherwise, None where it must not be named."""
    unknown = other.keys() - VIEWS.keys()
    if unknown:
        raise ValueError(f"no such view: {unknown}")
    return {view: other.get(view, default) for view in VIEWS}


MISSING, EXTRA, CELLS = seen("missing"), seen("extra"), seen("cells")
VALUE = seen("value", keys=None)  # what --depth keys does not claim to see
SAME = seen(None)
MARKS = seen(None, raw="marks")
