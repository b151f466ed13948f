#!/usr/bin/env python3
"""What happens to a table while `verify` reads it: a clear error, other tables go on, nothing is called the same."""
import json
import subprocess
import unittest

import running
from ledgercase import LedgerCase
from running import started, wait_until
from verify_schema import check_document


class Meanwhile(LedgerCase):
    def verify_while(self, happens):
        """Tables `first` and `second`; when a part of `first` is done something happens."""
        self.create("first", regions=8)
        self.load_both("first", 30_000)
        self.create("second")
        self.load_both("second", 100)
        arguments = self.arguments("-t", "first", "-t", "second", "--confirm", "none", "--rate", "500KB/s",
                                   "--format", "json")
        with started([running.BINARY, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            wait_until("a part of it is done", 60, self.checkpoints)
            self.assertIsNone(process.poll())
            happens()
            out, err = process.communicate(timeout=150)
        document = json.loads(out)
        check_document(self, document)
        first, second = document["tables"]
        self.assertEqual(("same", 100), (second["verdict"], second["rows_source"]), err)
        return process.returncode, first, f"{err}\n{first}\n{document['drifted'][:3]}"

    def test_dropped_on_the_target(self):
        code, first, err = self.verify_while(lambda: self.on_target("drop", table="first"))
        self.assertEqual((2, "unknown"), (code, first["verdict"]), err)
        self.assertTrue(first["unverified_ranges"])
        self.assertEqual(0, sum(first["drift"].values()), "what is not there was not read: it is not missing")
        self.assertIn("first", first["unverified_ranges"][0]["why"])

    def test_altered_on_both(self):
        """Regions are opened anew, one after the other."""
        code, first, err = self.verify_while(lambda: self.on_both(
            "alter_family", table="first", family="f", attributes={"VERSIONS": "3"}))
        self.assertEqual((0, "same"), (code, first["verdict"]), err)
        self.assertEqual((30_000, 30_000), (first["rows_source"], first["rows_target"]))


if __name__ == "__main__":
    unittest.main()
