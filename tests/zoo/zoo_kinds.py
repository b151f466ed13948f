"""The catalogue: every kind of difference that `verify` must find, and of what must not be taken for one.

    zoo(seed, sizes, now_ms) -> [Table]

Each function below plants the kinds of one table. What a view must say of a row is written beside the row.
"""
import random

from zoo_plan import (BEFORE_SINCE, CELLS, DAY, EXTRA, MARKS, MISSING, SAME, TIME, VALUE, Cell, Sizes, Table, seen)

TTL_SECONDS = 3600
FUTURE = 4_102_444_800_000  # the year 2100


def zoo(seed, sizes=Sizes(), now_ms=0):
    """now_ms: the clock that TTLs are measured by; without it the table of TTLs is left out."""
    tables = [plant(seed, sizes) for plant in (_rows, _edges, _bytes, _moved, _wide)]
    if now_ms:
        tables.append(_ttl(seed, sizes, now_ms))
    for table in tables:
        rows = [row for kind in table.kinds for row in kind.rows]
        assert len(rows) == len(set(rows)), f"{table.name}: a row is planted twice"
    return tables


def _family(name, scope=1, versions=1, source=None, target=None, **more):
    return {"name": name, "scope": scope, "versions": versions, "source": source or {}, "target": target or {}, **more}


def _put(row, value=b"v", qualifier=b"q", family="f", at=TIME):
    return Cell(row, family, qualifier, at, value)


def _mark(row, kind, qualifier=b"q", family="f", at=TIME):
    return Cell(row, family, b"" if kind.startswith("delete_family") else qualifier, at, b"", kind)


def _hex_splits(rng, count):
    return [b"%08x" % n for n in rng.sample(range(1 << 32), count)]


def _rows(seed, sizes):
    """Rows anywhere in a table whose regions are cut differently on the two sides."""
    rng = random.Random(f"{seed} splits")
    mob = {"IS_MOB": "true", "MOB_THRESHOLD": "100"}
    table = Table("zoo_rows", [
        _family("f"), _family("g"), _family("local", scope=0), _family("v", versions=3),
        _family("mob", source=mob, target=mob),
        _family("packed", source={"DATA_BLOCK_ENCODING": "FAST_DIFF", "COMPRESSION": "GZ"}),
    ], _hex_splits(rng, 4), _hex_splits(rng, 3), seed, sizes)
    table.company("f")
    _whole_rows(table)
    _values(table)
    _sets_of_cells(table)
    _versions(table)
    _markers(table)
    _families(table)
    return table


def _whole_rows(t):
    kind = t.kind("missing-row", "a row on the source alone")
    row = t.key(kind.name)
    t.source(_put(row), _put(row, b"w", b"r"))
    kind.rows[row] = MISSING

    kind = t.kind("extra-row", "a row on the target alone")
    row = t.key(kind.name)
    t.target(_put(row), _put(row, b"w", b"r"))
    kind.rows[row] = EXTRA

    kind = t.kind("skip-wal", "written on the source with SKIP_WAL: never replicated")
    row = t.key(kind.name)
    t.source(_put(row))
    kind.rows[row] = MISSING

    kind = t.kind("neighbours", "twenty rows in a row, one side and the other by turns")
    stem = t.key(kind.name)
    for n in range(20):
        row = stem + b"-%02d" % n
        (t.source if n % 2 else t.target)(_put(row))
        kind.rows[row] = MISSING if n % 2 else EXTRA


def _values(t):
    kind = t.kind("other-value", "the same timestamp, another value")
    row = t.key(kind.name)
    t.source(_put(row, b"source"))
    t.target(_put(row, b"target"))
    kind.rows[row] = VALUE

    kind = t.kind("flipped-bit", "one bit of a value of 1,000 bytes")
    row, value = t.key(kind.name), bytearray(t.random.randbytes(1000))
    t.source(_put(row, bytes(value)))
    value[t.random.randrange(1000)] ^= 1 << t.random.randrange(8)
    t.target(_put(row, bytes(value)))
    kind.rows[row] = VALUE

    kind = t.kind("swapped-values", "two neighbours hold each other's value")
    row = t.key(kind.name)
    one, two = row + b"-1", row + b"-2"
    t.source(_put(one, b"one"), _put(two, b"two"))
    t.target(_put(one, b"two"), _put(two, b"one"))
    kind.rows.update({one: VALUE, two: VALUE})

    kind = t.kind("swapped-columns", "two columns of a row hold each other's value")
    row = t.key(kind.name)
    t.source(_put(row, b"one", b"a"), _put(row, b"two", b"b"))
    t.target(_put(row, b"two", b"a"), _put(row, b"one", b"b"))
    kind.rows[row] = VALUE

    kind = t.kind("empty-value", "an empty value on the one side")
    for n, (source, target) in enumerate(((b"", b"x"), (b"x", b""), (b"", b"\x00"))):
        row = t.key(f"{kind.name}-{n}")
        t.source(_put(row, source))
        t.target(_put(row, target))
        kind.rows[row] = VALUE

    kind = t.kind("old-value", "another value in a cell older than the window of --since")
    row = t.key(kind.name)
    t.source(_put(row, b"source", at=BEFORE_SINCE))
    t.target(_put(row, b"target", at=BEFORE_SINCE))
    kind.rows[row] = seen("value", keys=None, since=None)


def _sets_of_cells(t):
    for name, how, cell in (
            ("missing-column", "a column on the source alone", {"qualifier": b"other"}),
            ("empty-qualifier", "a cell with an empty qualifier on the source alone", {"qualifier": b""}),
            ("empty-cell", "a cell without qualifier and value on the source alone", {"qualifier": b"", "value": b""})):
        kind = t.kind(name, how)
        row = t.key(name)
        t.both(_put(row))
        t.source(_put(row, **cell))
        kind.rows[row] = CELLS

    kind = t.kind("extra-column", "a column on the target alone")
    row = t.key(kind.name)
    t.both(_put(row))
    t.target(_put(row, qualifier=b"zzz"))
    kind.rows[row] = CELLS

    kind = t.kind("other-timestamp", "the same value, a millisecond later")
    row = t.key(kind.name)
    t.source(_put(row))
    t.target(_put(row, at=TIME + 1))
    kind.rows[row] = CELLS

    kind = t.kind("value-and-cells", "another value in one column, another column besides")
    row = t.key(kind.name)
    t.source(_put(row, b"source"))
    t.target(_put(row, b"target"), _put(row, qualifier=b"z"))
    kind.rows[row] = CELLS

    kind = t.kind("future-timestamp", "a cell of the year 2100 on the target hides the source's")
    row = t.key(kind.name)
    t.both(_put(row))
    t.target(_put(row, b"future", at=FUTURE))
    kind.rows[row] = CELLS


def _versions(t):
    older = seen(None, versions="value")
    kind = t.kind("older-version", "an older version has another value")
    row = t.key(kind.name)
    t.both(_put(row, b"new", family="v", at=TIME + 2))
    t.source(_put(row, b"source", family="v"))
    t.target(_put(row, b"target", family="v"))
    kind.rows[row] = older

    kind = t.kind("older-version-missing", "an older version on the source alone")
    row = t.key(kind.name)
    t.both(_put(row, b"new", family="v", at=TIME + 2))
    t.source(_put(row, b"old", family="v"))
    kind.rows[row] = seen(None, versions="cells")

    kind = t.kind("older-version-back", "the newest version was lost on the target: an older one is seen")
    row = t.key(kind.name)
    t.both(_put(row, b"old", family="v"))
    t.source(_put(row, b"new", family="v", at=TIME + 2))
    kind.rows[row] = CELLS


def _markers(t):
    for name, how, marker in (
            ("marker-only", "a marker on the source alone that hides nothing", "delete_column"),
            ("family-marker-only", "a family's marker on the source alone that hides nothing", "delete_family")):
        kind = t.kind(name, how)
        row = t.key(name)
        t.both(_put(row, at=TIME + 5))
        t.source(_mark(row, marker, at=TIME))
        kind.rows[row] = MARKS

    kind = t.kind("marker-without-row", "a marker on the target alone, in a row that no side has")
    row = t.key(kind.name)
    t.target(_mark(row, "delete_family"))
    kind.rows[row] = MARKS

    kind = t.kind("hidden-on-both", "a put and its marker on the source, nothing on the target")
    row = t.key(kind.name)
    t.source(_put(row), _mark(row, "delete_column", at=TIME + 1))
    kind.rows[row] = MARKS

    for name, how, marker in (
            ("lost-row-marker", "the target lost the marker of a row, which came back", "delete_family"),
            ("lost-column-marker", "the target lost the marker of a row's only column", "delete_column")):
        kind = t.kind(name, how)
        row = t.key(name)
        t.both(_put(row))
        t.source(_mark(row, marker, at=TIME + 1))
        kind.rows[row] = EXTRA

    kind = t.kind("lost-marker-of-two", "the target lost the marker of one of two columns")
    row = t.key(kind.name)
    t.both(_put(row), _put(row, qualifier=b"r"))
    t.source(_mark(row, "delete_column", b"r", at=TIME + 1))
    kind.rows[row] = CELLS

    kind = t.kind("lost-version-marker", "the target lost the marker of the newest version alone")
    row = t.key(kind.name)
    t.both(_put(row, b"old", family="v"), _put(row, b"new", family="v", at=TIME + 2))
    t.source(_mark(row, "delete", family="v", at=TIME + 2))
    kind.rows[row] = CELLS

    kind = t.kind("future-marker", "a marker of the year 2100 on the target hides the row there")
    row = t.key(kind.name)
    t.both(_put(row))
    t.target(_mark(row, "delete_family", at=FUTURE))
    kind.rows[row] = MISSING


def _families(t):
    for family, name, how in (("g", "second-family", "another value in the second family"),
                              ("packed", "encoded", "another value, FAST_DIFF and GZ on the source alone")):
        kind = t.kind(name, how)
        row = t.key(name)
        t.both(_put(row))
        t.source(_put(row, b"source", family=family))
        t.target(_put(row, b"target", family=family))
        kind.rows[row] = VALUE

    kind = t.kind("encoded-alike", "the same cells, FAST_DIFF and GZ on the source alone")
    for n in range(5):
        row = t.key(f"{kind.name}-{n}")
        t.both(_put(row, t.random.randbytes(200), family="packed"))
        kind.rows[row] = SAME

    kind = t.kind("other-family", "the same cell in another family")
    row = t.key(kind.name)
    t.source(_put(row, family="f"))
    t.target(_put(row, family="g"))
    kind.rows[row] = CELLS

    kind = t.kind("not-in-scope", "a difference in a family that is not replicated")
    row = t.key(kind.name)
    t.both(_put(row))
    t.target(_put(row, family="local"))
    kind.rows[row] = SAME
    row = t.key(kind.name + "-alone")
    t.target(_put(row, family="local"))
    kind.rows[row] = SAME

    kind = t.kind("mob", "one byte of a value of 5,000 that is kept as MOB")
    row, value = t.key(kind.name), t.random.randbytes(5000)
    t.source(_put(row, value, family="mob"))
    t.target(_put(row, value[:-1] + bytes([value[-1] ^ 0xff]), family="mob"))
    kind.rows[row] = VALUE
    kind = t.kind("mob-missing", "a MOB value on the source alone")
    row = t.key(kind.name)
    t.both(_put(row))
    t.source(_put(row, value, family="mob"))
    kind.rows[row] = CELLS


def _edges(seed, sizes):
    """The borders of the key space and of regions; one region has no row on the source."""
    source = [b"20", b"40", b"60", b"80"]
    target = [b"2", b"40", b"50", b"60\x00", b"80", b"e0"]
    table = Table("zoo_edges", [_family("f")], source, target, seed, sizes)
    for n in range(sizes.company):
        row = b"%08x" % table.random.getrandbits(32)
        if not b"60" <= row < b"80" and b"01" < row < b"f":
            table.both(_put(row, at=BEFORE_SINCE))

    kind = table.kind("before-the-first", "rows on the target before the source's first")
    for row in (b"\x01", b"00"):
        table.target(_put(row))
        kind.rows[row] = EXTRA
    kind = table.kind("first-row", "the source's first row is missing")
    table.source(_put(b"000"))
    kind.rows[b"000"] = MISSING
    kind = table.kind("last-row", "the source's last row is missing")
    table.source(_put(b"fffffffff"))
    kind.rows[b"fffffffff"] = MISSING
    kind = table.kind("after-the-last", "rows on the target after the source's last")
    for row in (b"ffffffffff", b"~"):
        table.target(_put(row))
        kind.rows[row] = EXTRA

    kind = table.kind("at-a-border", "rows whose key is a border of regions of one side or both")
    for row, missing in ((b"20", True), (b"40", False), (b"80", True), (b"2", False), (b"50", True), (b"e0", False)):
        (table.source if missing else table.target)(_put(row))
        kind.rows[row] = MISSING if missing else EXTRA
    kind = table.kind("before-a-border", "rows just before a border")
    for row, missing in ((b"1\xff\xff", False), (b"3\xff\xff\xff\xff", True), (b"4\xff", False), (b"7\xff\xff", False)):
        (table.source if missing else table.target)(_put(row))
        kind.rows[row] = MISSING if missing else EXTRA
    kind = table.kind("behind-a-border", "rows just behind a border")
    for row, missing in ((b"20\x00", False), (b"40\x00", True), (b"80\x00", False)):
        (table.source if missing else table.target)(_put(row))
        kind.rows[row] = MISSING if missing else EXTRA
    kind = table.kind("source-empty-region", "rows on the target in a region that is empty on the source")
    for row in (b"60", b"60\x00", b"6f", b"70"):
        table.target(_put(row))
        kind.rows[row] = EXTRA
    return table


def _bytes(seed, sizes):
    """Keys of 0x00 and 0xFF, up to the end of the key space; regions begin with such keys too."""
    table = Table("zoo_bytes", [_family("f")], [b"\x00\x00", b"\x80", b"\xff\xff"], [b"\x00", b"\xff", b"\xff" * 8],
                  seed, sizes)
    kinds = {"zero-keys": table.kind("zero-keys", "keys of 0x00 bytes: missing, extra, another value, the same"),
             "ff-keys": table.kind("ff-keys", "keys of 0xFF bytes up to the end of the key space, likewise")}
    zeros = [b"\x00", b"\x00\x00", b"\x00\x01", b"\x00" * 9, b"\x00" * 200, b"\x00\xff", b"a\x00", b"a\x00\x00", b"a"]
    swapped = bytes(255 - b if b in (0, 255) else b for b in range(256))
    ffs = [key.translate(swapped) for key in zeros if key != b"a"]
    ffs += [b"\xff\xff\xff\xff", b"\xff" * 1000, b"\xff" * 999 + b"\xfe"]
    for name, keys in (("zero-keys", zeros), ("ff-keys", ffs)):
        for n, key in enumerate(keys):
            what = (table.random.randrange(4) + n) % 4
            if what == 0:
                table.source(_put(key))
            elif what == 1:
                table.target(_put(key))
            else:
                table.source(_put(key))
                table.target(_put(key, b"v" if what == 3 else b"\x00"))
            kinds[name].rows[key] = (MISSING, EXTRA, VALUE, SAME)[what]
    return table


def _moved(seed, sizes):
    """Alone in a table: cells that are the same bytes in the same order, cut otherwise into row, family, qualifier."""
    t = Table("zoo_moved", [_family("f"), _family("ff")], [], [], seed, sizes)
    t.company("f")

    kind = t.kind("moved-bytes", "a byte moved from the qualifier into the row key")
    row = t.key(kind.name)
    t.source(_put(row, qualifier=b"fq"))
    t.target(_put(row + b"f", qualifier=b"q"))
    kind.rows.update({row: MISSING, row + b"f": EXTRA})

    kind = t.kind("moved-into-family", "a byte moved from the qualifier into the family's name")
    row = t.key(kind.name)
    t.source(_put(row, family="f", qualifier=b"fq"))
    t.target(_put(row, family="ff", qualifier=b"q"))
    kind.rows[row] = CELLS
    return t


def _wide(seed, sizes):
    """Rows of many cells, and large cells."""
    table = Table("zoo_wide", [_family("f")], [b"m"], [b"g", b"w4"], seed, sizes)
    many, last = sizes.columns, sizes.columns - 1
    somewhere = table.random.randrange(1, last)
    for name, at in (("first", 0), ("middle", many // 2), ("last", last), ("random", somewhere)):
        kind = table.kind(f"wide-row-{name}", f"another value in the {name} of {many:,} columns")
        row = b"w%d-%s" % (table.random.randrange(10), kind.name.encode())
        cells = _wide_row(row, many)
        table.both(*cells)
        table.target(_put(row, b"other", cells[at].qualifier))
        kind.rows[row] = VALUE
    kind = table.kind("wide-row-column", f"the last of {many:,} columns on the source alone")
    row = b"x-" + kind.name.encode()
    cells = _wide_row(row, many)
    table.source(*cells)
    table.target(*cells[:-1])
    kind.rows[row] = CELLS
    kind = table.kind("wide-row-missing", f"a row of {many:,} columns on the source alone")
    row = b"y-" + kind.name.encode()
    table.source(*_wide_row(row, many))
    kind.rows[row] = MISSING
    kind = table.kind("wide-row-alike", f"{many:,} columns, all the same")
    row = b"z-" + kind.name.encode()
    table.both(*_wide_row(row, many))
    kind.rows[row] = SAME

    kind = table.kind("small-cells", f"one of {sizes.small_cells:,} cells of a byte has another value")
    row = b"b-" + kind.name.encode()
    cells = [_put(row, b"v", b"%04d" % n) for n in range(sizes.small_cells)]
    table.both(*cells)
    table.target(_put(row, b"w", cells[table.random.randrange(sizes.small_cells)].qualifier))
    kind.rows[row] = VALUE

    kind = table.kind("large-cell", "one byte of a cell of 10 MB")
    row, value = b"c-" + kind.name.encode(), bytearray(table.random.randbytes(sizes.large))
    table.source(_put(row, bytes(value)))
    value[table.random.randrange(sizes.large)] ^= 0x40
    table.target(_put(row, bytes(value)))
    kind.rows[row] = VALUE
    kind = table.kind("large-cell-alike", "the same cell of 10 MB")
    row = b"d-" + kind.name.encode()
    table.both(_put(row, bytes(value)))
    kind.rows[row] = SAME
    return table


def _wide_row(row, columns):
    filler = bytes(range(32, 132))
    return [_put(row, filler, b"q%05d" % n) for n in range(columns)]


def _ttl(seed, sizes, now_ms):
    """A family whose cells live an hour."""
    table = Table("zoo_ttl", [_family("t", ttl=TTL_SECONDS)], [b"8"], [], seed, sizes)
    expired, fresh = now_ms - DAY, now_ms - 60_000
    for n in range(20):
        table.both(_put(table.key("alike"), family="t", at=fresh))
    kind = table.kind("expired", "a row past its TTL on one side, not there on the other")
    for side in (table.source, table.target):
        row = table.key(kind.name)
        side(_put(row, family="t", at=expired))
        kind.rows[row] = SAME
    kind = table.kind("expired-value", "another value in a cell past its TTL, beside one that lives")
    row = table.key(kind.name)
    table.both(_put(row, qualifier=b"lives", family="t", at=fresh))
    table.source(_put(row, b"source", family="t", at=expired))
    table.target(_put(row, b"target", family="t", at=expired))
    kind.rows[row] = SAME
    kind = table.kind("ttl-row", "a row far from the end of its TTL on the source alone")
    row = table.key(kind.name)
    table.source(_put(row, family="t", at=fresh))
    kind.rows[row] = MISSING
    return table
