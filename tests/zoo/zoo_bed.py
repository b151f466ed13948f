"""A zoo on two real clusters: plants it, asks `twinwatch verify` and HBase's own tools what they see of it.

Rows are written with SKIP_WAL on both sides: nothing is in flight that could undo what is planted.
"""
import base64
import re
import shutil
import threading
from pathlib import Path

from running import run, twinwatch
from zoo_plan import VIEWS

VERIFY_REPLICATION = "org.apache.hadoop.hbase.mapreduce.replication.VerifyReplication"
HASH_TABLE = "org.apache.hadoop.hbase.mapreduce.HashTable"
SYNC_TABLE = "org.apache.hadoop.hbase.mapreduce.SyncTable"
PUT_BYTES = 4 << 20  # of values in one request

TOOL_SECONDS = 300


def plant(bed, tables):
    """Every table afresh on both sides, in store files: MOB, encodings and compression begin there."""
    sides = [threading.Thread(target=_plant_side, args=(bed.clusters[name], side, tables))
             for name, side in (("a", "source"), ("b", "target"))]
    for side in sides:
        side.start()
    for side in sides:
        side.join()


def drop(bed, tables):
    for cluster in bed.clusters.values():
        for table in tables:
            if cluster.helper.call("exists", table=table.name)["exists"]:
                cluster.helper.call("drop", table=table.name)


def _plant_side(cluster, side, tables):
    call = cluster.helper.call
    for table in tables:
        if call("exists", table=table.name)["exists"]:
            call("drop", table=table.name)
        families = [{"name": f["name"], "scope": f["scope"], "versions": f["versions"], "attributes": f[side]}
                    | ({"ttl": f["ttl"]} if "ttl" in f else {}) for f in table.families]
        call("create", table=table.name, families=families, splits=table.splits[side])
        for cells in _requests(table.cells[side].values()):
            call("put", table=table.name, cells=cells, durability="SKIP_WAL")
        call("flush", table=table.name)


def _requests(cells):
    batch, size = [], 0
    for c in sorted(cells, key=lambda c: c.type != "put"):  # a run of puts is one call
        batch.append({"row": c.row, "family": c.family, "qualifier": c.qualifier, "value": c.value,
                      "timestamp": c.timestamp, "type": c.type})
        size += len(c.value) + len(c.row)
        if size >= PUT_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def verify(bed, tables, view, confirm, *arguments):
    """One process over all tables of the zoo. The source as a folder: then lengths of WALs can be read."""
    named = [part for table in tables for part in ("-t", table.name)]
    return twinwatch("verify", "--source", f"conf:{bed.source.conf_dir}", *named, "--confirm", confirm, *VIEWS[view],
                     "--format", "json", "--max-drift", "100000", *arguments, deadline=TOOL_SECONDS)


def named_rows(document):
    """{table: {row: class}}."""
    named = {}
    for found in document["drifted"]:
        rows, row = named.setdefault(found["table"], {}), base64.b64decode(found["row_base64"])
        if row in rows:
            raise AssertionError(f"{row} of {found['table']} is named twice")
        rows[row] = found["class"]
    return named


def verify_replication(bed, table, *options):
    """What VerifyReplication says of each row: ({row as printed: counter}, counters, exit code)."""
    done = _java(bed, "a", "INFO", VERIFY_REPLICATION, *options, "1", table.name)
    rows = dict((row, counter) for counter, row in re.findall(
        r"\b(ONLY_IN_SOURCE_TABLE_ROWS|ONLY_IN_PEER_TABLE_ROWS|CONTENT_DIFFERENT_ROWS), rowkey=(.*)$",
        done.err, re.MULTILINE))
    return rows, _counters(done), done.code


def sync_table(bed, table):
    """HashTable on the source, SyncTable as a dry run on the target: ({row as printed: what}, counters, code)."""
    hashes = Path(bed.dir) / "tmp" / "zoo-hashes"
    shutil.rmtree(hashes, ignore_errors=True)
    hashed = _java(bed, "a", "INFO", HASH_TABLE, table.name, f"file://{hashes}")
    if hashed.code:
        return {}, _counters(hashed), hashed.code
    done = _java(bed, "b", "DEBUG", SYNC_TABLE, "--dryrun=true", f"--sourcezkcluster={bed.source.zookeeper}",
                 f"file://{hashes}", table.name, table.name)
    return _rows_of_sync_table(done.err), _counters(done), done.code


def _rows_of_sync_table(log):
    """A row that one side lacks is announced, but not so that its bytes could be read: the cell that follows tells."""
    rows, whole = {}, None
    for what, cell in re.findall(r"SyncTable: +((?:Target|Source) missing (?:row|cell)|source cell): (.*)$", log,
                                 re.MULTILINE):
        if what.endswith("row"):
            whole = {"Target missing row": "missing", "Source missing row": "extra"}[what]
            continue
        found = re.match(r"(.*?)/\w+:.*?/\d+/\w+/vlen", cell)  # row/family:qualifier/timestamp/type/...
        row = found[1] if found else cell
        if whole or row not in rows or (rows[row] == "value" and what != "source cell"):
            rows[row] = whole or ("value" if what == "source cell" else "cells")
        whole = None
    return rows


def _java(bed, side, level, main, *arguments):
    return run(bed.java_command(side, main, *arguments, level=level, appender="stderr"), deadline=TOOL_SECONDS)


def _counters(done):
    return {name: int(n) for name, n in re.findall(r"\b([A-Z_]+)=(\d+)\s*$", done.err, re.MULTILINE)}


def printed(key):
    """A row key as HBase prints it."""
    return "".join(chr(b) if 0x20 <= b <= 0x7e and b != 0x5c else f"\\x{b:02X}" for b in key)
