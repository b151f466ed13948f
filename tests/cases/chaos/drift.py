"""Drift that is planted while writers write, and the truth in the end.

Planted rows lie between the writers' rows, in all regions, and nobody else writes them. On the source they are
written as if the target had them already (its cluster id among theirs): in the WAL, so that a killed server does not
lose them, and never replicated. The target replicates to nobody.
"""
import json
import random
import tempfile
import time
from pathlib import Path

from twinbed.helper import unb64

TIME = 1_700_000_000_000

# A family that never forgets: whether a row differed once is seen in the end, whatever was written to it since.
KEEPS = {"name": "f", "scope": 1, "versions": 1_000_000, "attributes": {"KEEP_DELETED_CELLS": "TRUE"}}


class Planter:
    """`rows` is {key: (class, when it was there)}; from then on each run has to report it."""

    def __init__(self, bed, table, seed):
        self.bed, self.table, self.random = bed, table, random.Random(seed)
        self.rows = {}
        self._target_id = bed.target.helper.call("status")["cluster_id"]

    def plant(self, count):
        for _ in range(count):
            kind = ("missing", "extra", "value", "cells")[len(self.rows) % 4]
            row = b"%04x-planted-%03d" % (self.random.randrange(65536), len(self.rows))
            if kind != "extra":
                self._put(self.bed.source, row, b"q0", b"v", cluster_ids=[self._target_id])
            if kind != "missing":
                self._put(self.bed.target, row, b"q0", b"other" if kind == "value" else b"v")
            if kind == "cells":
                self._put(self.bed.target, row, b"more", b"v")
            self.rows[row] = (kind, time.monotonic())

    def _put(self, cluster, row, qualifier, value, **more):
        cell = {"row": row, "family": "f", "qualifier": qualifier, "value": value, "timestamp": TIME}
        cluster.helper.call("put", table=self.table, cells=[cell], **more)


def rows_that_differ(bed, table, folder=None):
    """{row: (cells of the source, cells of the target)} as a reader sees them; both sides must be at rest."""
    with tempfile.TemporaryDirectory() as temporary:
        sides = []
        for cluster in (bed.source, bed.target):
            file = Path(folder or temporary) / f"{table}-{cluster.side}.jsonl"
            cluster.helper.call("dump", table=table, file=str(file))
            sides.append(_rows(file))
    source, target = sides
    return {row: (source.get(row), target.get(row)) for row in source.keys() | target.keys()
            if source.get(row) != target.get(row)}


def only_in_one(bed, table, row):
    """What was ever written to a row on one side alone, delete markers too: of a table that KEEPS all of it."""
    source, target = ({json.dumps(cell, sort_keys=True) for cell in cluster.helper.call(
        "get", table=table, row=row, versions="all", raw=True)["cells"]} for cluster in (bed.source, bed.target))
    return {"source": sorted(source - target), "target": sorted(target - source)}


def _rows(file):
    rows = {}
    with open(file) as lines:
        for line in lines:
            row = json.loads(line)["row"]
            rows.setdefault(row, []).append(line)
    return {unb64(row): cells for row, cells in rows.items()}
