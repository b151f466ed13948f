#!/usr/bin/env python3
"""Writes digests.json: test vectors for docs/digests.md, by an implementation that shares nothing with
the C++ one but the specification. Needs Python's xxhash (Debian: python3-xxhash)."""
import json
import os
import struct

import xxhash

SEED = 0x5457443100000001


def row_digest(row, cells):
    data = struct.pack("<I", len(row)) + row
    for family, qualifier, timestamp, kind, value in cells:
        data += struct.pack("<B", len(family)) + family
        data += struct.pack("<I", len(qualifier)) + qualifier
        data += struct.pack("<QBI", timestamp, kind, len(value)) + value
    return xxhash.xxh3_128_intdigest(data, seed=SEED)


ROWS = [
    ("one put", b"r1", [(b"f", b"q", 1700000000000, 4, b"v")]),
    ("empty qualifier and value", b"r2", [(b"f", b"", 0, 4, b"")]),
    ("bytes 0x00 and 0xFF", b"\x00\xff", [(b"f", b"\x00", 2**63 - 1, 4, b"\xff\x00")]),
    ("several families, versions and a marker", b"r3",
     [(b"a", b"q", 20, 12, b""), (b"a", b"q", 20, 4, b"new"), (b"a", b"q", 10, 4, b"old"),
      (b"b", b"", 30, 14, b"")]),
    ("300 cells", b"wide", [(b"f", b"q%05d" % i, 1000 + i, 4, b"x" * i) for i in range(300)]),
    ("a value of 1 MB", b"big", [(b"f", b"q", 1, 4, b"0123456789abcdef" * 65536)]),
    ("no cells", b"gone", []),
]


def main():
    vectors, total = [], 0
    for name, row, cells in ROWS:
        digest = row_digest(row, cells)
        total = (total + digest) % 2**128
        shown = [] if name.startswith(("300", "a value")) else [
            [f.hex(), q.hex(), str(t), k, v.hex()] for f, q, t, k, v in cells]
        vectors.append({"name": name, "row": row.hex(), "cells": shown, "digest": f"{digest:032x}"})
    out = {"rows": vectors, "sum_of_all": f"{total:032x}"}
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "digests.json")
    with open(path, "w") as file:
        json.dump(out, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
