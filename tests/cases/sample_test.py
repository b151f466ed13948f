#!/usr/bin/env python3
"""`twinwatch verify --sample` on two real clusters: what it says, and that a seed gives the same rows."""
import time
import unittest

from bedcase import BedCase
from verify_schema import check_document, rows_of

ROWS = 20_000


class Sample(BedCase):
    def sample(self, table, *arguments, code):
        done = self.verify("--confirm", "none", "--format", "json", *arguments, table=table)
        self.assert_code(code, done)
        check_document(self, done.json())
        return done.json()

    def with_rows(self, table):
        """Most rows are in one of the regions."""
        self.create(table, splits=[b"1", b"2", b"3"])
        self.load_both(table, ROWS)
        self.on_both("flush", table=table, wait=True)

    def test_nothing_differs(self):
        self.with_rows("sampled")
        time.sleep(8)
        document = self.sample("sampled", "--sample", "10%", "--seed", "1", code=0)
        self.assertEqual(("same", "sample"), (document["verdict"], document["scope"]))
        [table] = document["tables"]
        self.assertEqual(0.95, table["sample"]["confidence"])
        self.assertGreater(table["sample"]["rows"], ROWS // 20)
        self.assertLess(table["sample"]["rows"], ROWS // 4)
        self.assertEqual(table["sample"]["rows"], table["rows_source"])
        # at best each place counts once: 2,000 rows are some 500 places
        self.assertTrue(3_000 < table["sample"]["max_rate_ppm"] < 30_000, table["sample"])
        again = self.sample("sampled", "--sample", "10%", "--seed", "1", code=0)
        self.assertEqual(table["sample"], again["tables"][0]["sample"])
        self.assertEqual(table["cells_source"], again["tables"][0]["cells_source"])

    def test_text_says_sampled_beside_the_verdict(self):
        self.with_rows("sampled")
        done = self.verify("--confirm", "none", "--sample", "500", "--seed", "7", table="sampled")
        self.assert_code(0, done)
        self.assertIn("SAME (sampled): 0 of ", done.out)
        self.assertIn("--seed 7", done.out)
        self.assertLessEqual(max(map(len, done.out.splitlines())), 80, str(done))

    def test_drift_at_a_high_rate_is_found_and_the_seed_finds_the_same_rows(self):
        self.with_rows("sampled")
        self.on_target("load", table="sampled", rows=ROWS // 10, timestamp=1, seed=3, durability="SKIP_WAL",
                       **{"from": ROWS})
        self.on_both("flush", table="sampled", wait=True)
        time.sleep(8)  # the master hears of sizes every three seconds, and they are part of what a seed gives
        document = self.sample("sampled", "--sample", "1000", "--seed", "5", code=1)
        self.assertGreater(document["tables"][0]["drift"]["extra"], 10)
        self.assertIsNone(document["tables"][0]["sample"]["max_rate_ppm"])
        again = self.sample("sampled", "--sample", "1000", "--seed", "5", code=1)
        self.assertEqual(rows_of(document["drifted"]), rows_of(again["drifted"]))
        other = self.sample("sampled", "--sample", "1000", "--seed", "6", code=1)
        self.assertNotEqual(rows_of(document["drifted"]), rows_of(other["drifted"]))

    def test_all_of_it_is_a_full_pass(self):
        self.create("full")
        self.load_both("full", 100)
        document = self.sample("full", "--sample", "100%", code=0)
        self.assertEqual("full", document["scope"])
        self.assertIsNone(document["tables"][0]["sample"])

    def test_an_empty_table(self):
        self.create("nothing", regions=3)
        [table] = self.sample("nothing", "--sample", "1%", code=0)["tables"]
        self.assertEqual({"rows": 0, "confidence": 0.95, "max_rate_ppm": 1_000_000}, table["sample"])

    def test_bad_usage(self):
        for arguments in (["--sample", "0"], ["--sample", "101%"], ["--sample", "%"], ["--sample", "some"],
                          ["--seed", "1"], ["--sample", "1%", "--seed", "x"], ["--sample", "1%", "--raw"],
                          ["--sample", "1%", "--since", "-1h"]):
            self.assert_code(3, self.verify(*arguments, table="any"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
