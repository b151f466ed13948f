"""The JSON of `verify` as the product's contract has it, checked key by key."""
import base64
import re

NUMBERS = ("rows_source", "rows_target", "cells_source", "bytes_read", "in_flight", "unknown_rows", "waived")
COUNTS = {"missing", "extra", "value", "cells", "marks"}
DOCUMENT = {"schema_version", "command", "run", "verdict", "scope", "confirm", "started", "seconds", "tables"}
TABLE = {"table", "verdict", "drift", "suspects", "unverified_ranges", "families_left_out", "sample", "error",
         "future", *NUMBERS}
RANGE = {"start", "stop", "start_base64", "stop_base64", "why"}
ROW = {"table", "row", "row_base64", "class", "confirmed_by", "first_seen", "cause"}
FUTURE = {"cells", "delete_markers", "at_least", "furthest", "rows"}
FUTURE_ROW = {"row", "row_base64", "family", "timestamp_ms", "delete_marker"}
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def check_document(test, document):
    """The one document of --format json."""
    test.assertEqual(DOCUMENT | {"drifted"}, set(document))
    _check_result(test, document)
    for row in document["drifted"]:
        check_row(test, row)


def check_stream(test, lines):
    """The lines of --format jsonl, or of a report; gives its rows."""
    header, *rows, summary = lines
    test.assertEqual("header", header["type"])
    test.assertEqual(1, header["schema_version"])
    test.assertLessEqual({"run", "options", "source", "target"}, set(header))
    test.assertEqual("summary", summary.pop("type"))
    test.assertEqual(DOCUMENT, set(summary))
    _check_result(test, summary)
    test.assertEqual(header["run"], summary["run"])
    for row in rows:
        test.assertEqual("row", row.pop("type"))
        check_row(test, row)
    return rows


def check_row(test, row):
    test.assertEqual(ROW, set(row) - {"waived"})
    test.assertIn(row["class"], COUNTS)
    test.assertIn(row["confirmed_by"], (None, "none"))
    test.assertRegex(row["first_seen"], RFC3339)
    base64.b64decode(row["row_base64"], validate=True)


def _check_result(test, result):
    test.assertEqual(1, result["schema_version"])
    test.assertEqual("verify", result["command"])
    test.assertRegex(result["run"], r"^\d{8}T\d{6}Z-[0-9a-f]{4}$")
    test.assertIn(result["verdict"], ("same", "drift", "unknown"))
    test.assertIn(result["scope"], ("full", "range", "since", "sample", "keys"))
    test.assertRegex(result["started"], RFC3339)
    test.assertGreaterEqual(result["seconds"], 0)
    for table in result["tables"]:
        test.assertEqual(TABLE, set(table))
        test.assertIn(table["verdict"], ("same", "drift", "unknown"))
        for name in NUMBERS:
            test.assertIsInstance(table[name], int, name)
        test.assertEqual(COUNTS, set(table["drift"]))
        test.assertEqual(COUNTS, set(table["suspects"]))
        if table["future"] is not None:
            test.assertEqual(FUTURE, set(table["future"]))
            for row in table["future"]["rows"]:
                test.assertEqual(FUTURE_ROW, set(row))
                base64.b64decode(row["row_base64"], validate=True)
        for piece in table["unverified_ranges"]:
            test.assertEqual(RANGE, set(piece))


def rows_of(found):
    """Rows that were named, as {key: class}; each at most once."""
    named = {}
    for row in found:
        key = base64.b64decode(row["row_base64"])
        if key in named:
            raise AssertionError(f"{key} is named twice")
        named[key] = row["class"]
    return named
