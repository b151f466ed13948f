"""Looks at a planted zoo with every tool and in every view, and makes the table of results of it (docs/zoo.md)."""
import collections
import sys
import time
from dataclasses import dataclass, field

import zoo_bed
from zoo_plan import VIEWS

# Each look: the view, and how its differences are confirmed.
LOOKS = {"none": ("default", "none"), "recheck": ("default", "recheck"), "barrier": ("default", "auto"),
         "--versions all": ("versions", "auto"), "--raw": ("raw", "auto"), "--since": ("since", "auto"),
         "--depth keys": ("keys", "auto")}
TOOLS = {"VerifyReplication": zoo_bed.verify_replication,
         "VerifyReplication, raw": lambda bed, table: zoo_bed.verify_replication(bed, table, "--raw", "--versions=100"),
         "SyncTable": zoo_bed.sync_table}
NOTHING = "–"

WHY_MISSED = """\
Why rows are missed: VerifyReplication begins to read the peer at the first row that the source has in a region, so rows
before it, and all rows of a region that is empty on the source, are never read. HashTable joins row, family and
qualifier without their lengths, so bytes that moved from one to the other leave the hash as it was. Neither changes
its exit code for a difference."""


@dataclass
class Results:
    seed: int
    version: str
    tables: list
    seen: dict = field(default_factory=dict)      # look or tool -> {table: {row: what}}
    confirm: dict = field(default_factory=dict)   # look -> what proved it
    seconds: dict = field(default_factory=dict)
    notes: list = field(default_factory=list)     # what the tools say of whole tables
    wrong: list = field(default_factory=list)     # what verify missed or misnamed


def look(bed, seed, tables, peers_tools):
    zoo_bed.plant(bed, tables)
    if "1" not in [peer["id"] for peer in bed.source.helper.call("peers")["peers"]]:
        bed.source.helper.call("peer_add", id="1", cluster_key=bed.target.zookeeper)
    results = Results(seed, bed.source.helper.call("status")["version"], tables)
    for name, (view, confirm) in LOOKS.items():
        _look_with_twinwatch(bed, results, name, view, confirm)
    if peers_tools:
        _look_with_the_peers_tools(bed, results)
    return results


def _look_with_twinwatch(bed, results, name, view, confirm):
    done = zoo_bed.verify(bed, results.tables, view, confirm, *(["--settle", "1s"] if confirm == "recheck" else []))
    document = done.json()
    seen = results.seen[name] = zoo_bed.named_rows(document)
    results.confirm[name], results.seconds[name] = document["confirm"], done.seconds
    tell(f"{name}: {document['verdict']}, {document['confirm']}, {done.seconds:.1f} s")
    for table in results.tables:
        expected, found = table.expected(view), seen.get(table.name, {})
        for row in sorted(expected.keys() | found.keys()):
            if expected.get(row) != found.get(row):
                results.wrong.append(f"{name}: {table.name} {zoo_bed.printed(row)} ({table.kind_of(row)}): "
                                     f"{found.get(row)}, not {expected.get(row)}")
    for table in document["tables"]:
        if table["error"] or table["unknown_rows"] or table["unverified_ranges"]:
            results.wrong.append(f"{name}: {table['table']} was not judged as a whole: {table}")


def _look_with_the_peers_tools(bed, results):
    for name, tool in TOOLS.items():
        begun = time.monotonic()
        results.seen[name] = {}
        for table in results.tables:
            rows, counters, code = tool(bed, table)
            keys = {zoo_bed.printed(row): row for kind in table.kinds for row in kind.rows}
            results.seen[name][table.name] = {keys[row]: what for row, what in rows.items() if row in keys}
            kept = {key: value for key, value in counters.items() if _tells(key)}
            results.notes.append((name, table.name, code, kept, [row for row in rows if row not in keys]))
            tell(f"{name}: {table.name}: exit {code}, {kept}")
        results.seconds[name] = time.monotonic() - begun


def _tells(counter):
    return counter.endswith("ROWS") and "INPUT" not in counter or counter in (
        "HASHES_MATCHED", "HASHES_NOT_MATCHED", "ROWSWITHDIFFS", "DIFFERENTCELLVALUES", "SOURCEMISSINGCELLS",
        "TARGETMISSINGCELLS", "FAILED_RECOMPARE")


SHORT = {"ONLY_IN_SOURCE_TABLE_ROWS": "only in source", "ONLY_IN_PEER_TABLE_ROWS": "only in peer",
         "CONTENT_DIFFERENT_ROWS": "content"}


def _differing(kind):
    """The rows of a kind that differ in some view; all of one that only looks like a difference."""
    return [row for row, of in kind.rows.items() if any(of.values())] or list(kind.rows)


def _cell(results, look, kind):
    """What was said of a kind's rows: `value`, `extra 4, missing 3`, `content 1 of 3`, or nothing."""
    seen = results.seen[look].get(kind.table, {})
    counts = collections.Counter(SHORT.get(seen[row], seen[row]) for row in kind.rows if row in seen)
    if not counts:
        return NOTHING
    named, rows = sum(counts.values()), len(_differing(kind))
    if len(counts) == 1 and named == rows:
        return next(iter(counts))
    return ", ".join(f"{what} {n}" for what, n in sorted(counts.items())) + (f" of {rows}" if named < rows else "")


def _named(results, look):
    """How many of the rows that differ for a reader were named."""
    rows = [(table.name, row) for table in results.tables for row in table.expected("default")]
    return f"{sum(row in results.seen[look].get(table, {}) for table, row in rows)} of {len(rows)}"


def rows_of_table(results):
    """A line a kind: name, rows, and what each look and tool said."""
    return [[kind.name, str(len(_differing(kind))), *(_cell(results, look, kind) for look in results.seen)]
            for table in results.tables for kind in table.kinds]


def text(results):
    lines = ["\t".join(["kind", "rows", *results.seen])]
    lines += ["\t".join(row) for row in rows_of_table(results)]
    return "\n".join([*lines, *(f"WRONG {wrong}" for wrong in results.wrong)])


def page(results):
    """docs/zoo.md."""
    header = ["kind", "rows", *(f"`{look}`" if look.startswith("--") else look for look in results.seen)]
    lines = ["# The zoo: what each tool sees", "",
             f"Written by `tests/zoo/run --docs`, seed {results.seed}, on two standalone clusters with HBase "
             f"{results.version}. Every kind",
             "is planted with a known answer (`tests/zoo/zoo_kinds.py`), among rows that are the same. Each look of "
             "`twinwatch", "verify` is one process over all tables.", "",
             f"{NOTHING}: nothing was said of it. `content 1 of 3`: of the kind's three rows that differ one was "
             "named. What", "SyncTable says is taken from its log (DEBUG, dry run). HBase's own tools also look at "
             "families that are not replicated.", "",
             "| " + " | ".join(header) + " |", "| " + " | ".join(["---"] * len(header)) + " |"]
    lines += ["| " + " | ".join(row) + " |" for row in rows_of_table(results)]
    lines.append("| **rows that differ for a reader, named** | | "
                 + " | ".join(f"**{_named(results, look)}**" for look in results.seen) + " |")
    lines += ["", WHY_MISSED]
    lines += ["", "## The kinds", "", "| kind | what is planted |", "| --- | --- |"]
    lines += [f"| {kind.name} | {kind.how} |" for table in results.tables for kind in table.kinds]
    lines += ["", "## How it was looked at", "", "| look | arguments | confirmed by | seconds, all tables |",
              "| --- | --- | --- | ---: |"]
    for look, (view, confirm) in LOOKS.items():
        arguments = " ".join(["--confirm", confirm, *VIEWS[view]])
        lines.append(f"| {look} | `{arguments}` | {results.confirm[look]} | {results.seconds[look]:.1f} |")
    lines += [f"| {tool} | | | {seconds:.1f} |" for tool, seconds in results.seconds.items() if tool not in LOOKS]
    lines += ["", "What the other tools counted, table by table (their exit code is 0 however much differs):", "",
              "| tool | table | exit code | counters |", "| --- | --- | --- | --- |"]
    for tool, table, code, counters, _ in results.notes:
        counted = ", ".join(f"{name} {n}" for name, n in counters.items())
        lines.append(f"| {tool} | {table} | {code} | {counted} |")
    return "\n".join([*lines, ""])


def tell(text_):
    print(text_, file=sys.stderr, flush=True)
