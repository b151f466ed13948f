#!/usr/bin/env python3
"""The generator itself: a plan follows from its seed, and what it expects follows from the cells it plants."""
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

from zoo_kinds import zoo  # noqa: E402
from zoo_plan import SINCE, VIEWS, Sizes  # noqa: E402

SMALL = Sizes(columns=20, small_cells=10, large=100, company=20)
NOW = 1_800_000_000_000
CLASSES = {"missing", "extra", "value", "cells", "marks"}


def plan(seed):
    return zoo(seed, SMALL, NOW)


def row_of(table, side, row, scopes):
    """All that one side holds of a row in the families that are replicated."""
    return {place: cell.value for place, cell in table.cells[side].items() if place[0] == row and place[1] in scopes}


class Plan(unittest.TestCase):
    def test_a_seed_plants_the_same_cells(self):
        self.assertEqual([table.to_json() for table in plan(7)], [table.to_json() for table in plan(7)])

    def test_another_seed_plants_the_same_kinds_elsewhere(self):
        one, two = plan(7), plan(8)
        self.assertEqual([kind.name for table in one for kind in table.kinds],
                         [kind.name for table in two for kind in table.kinds])
        self.assertNotEqual(one[0].cells, two[0].cells)
        self.assertNotEqual(one[0].splits, two[0].splits)

    def test_names_are_unique_and_every_class_is_there(self):
        names = [kind.name for table in plan(1) for kind in table.kinds]
        self.assertEqual(len(names), len(set(names)))
        for view in VIEWS:
            found = {name for table in plan(1) for name in table.expected(view).values()}
            self.assertLessEqual(found, CLASSES)
            self.assertLessEqual({"missing", "extra", "cells"}, found, view)

    def test_rows_without_a_kind_are_the_same_on_both_sides(self):
        for table in plan(3):
            planted = {row for kind in table.kinds for row in kind.rows}
            rest = [{place: cell for place, cell in table.cells[side].items() if place[0] not in planted}
                    for side in ("source", "target")]
            self.assertEqual(*rest)

    def test_what_is_stored_bears_out_what_is_expected(self):
        for table in plan(4):
            scopes = {family["name"] for family in table.families if family["scope"]}
            for kind in table.kinds:
                for row, of in kind.rows.items():
                    source, target = (row_of(table, side, row, scopes) for side in ("source", "target"))
                    with self.subTest(kind.name, row=row):
                        if of["default"] == "value":
                            self.assertEqual(source.keys(), target.keys())
                        if any(of.values()):
                            self.assertNotEqual(source, target)
                        if of["since"]:
                            differing = {place for place, _ in source.items() ^ target.items()}
                            self.assertTrue(any(place[3] >= SINCE for place in differing))

    def test_the_edges_are_what_they_are_called(self):
        table = next(table for table in plan(5) if table.name == "zoo_edges")
        source = {place[0] for place in table.cells["source"]}
        kinds = {kind.name: set(kind.rows) for kind in table.kinds}
        self.assertEqual({min(source)}, kinds["first-row"])
        self.assertEqual({max(source)}, kinds["last-row"])
        self.assertLess(max(kinds["before-the-first"]), min(source))
        self.assertGreater(min(kinds["after-the-last"]), max(source))
        self.assertLessEqual(kinds["at-a-border"], set(table.splits["source"]) | set(table.splits["target"]))
        self.assertFalse([row for row in source if b"60" <= row < b"80"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
