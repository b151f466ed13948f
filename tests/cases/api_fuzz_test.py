#!/usr/bin/env python3
"""schemathesis makes requests up from docs/openapi.yaml: none may be answered other than that file says, with a
server's error, late, or at the price of memory. Fetches schemathesis into the build folder."""
import importlib.util
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import openapi
import running
from fake import FakeAgent

VERSION = "4.32.5"
FOLDER = Path(os.environ.get("TWINWATCH_BUILD") or running.REPOSITORY / "build" / "release") / "schemathesis"
MEMORY = 10_000_000


def setUpModule():
    if not (FOLDER / VERSION).exists():
        if not importlib.util.find_spec("ensurepip"):
            packages = running.REPOSITORY / "tests" / "support" / "packages.sh"
            subprocess.run(["bash", "-euc", f"source {packages}; install_packages python3-venv"], check=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", FOLDER], check=True)
        subprocess.run([FOLDER / "bin" / "pip", "install", "-q", f"schemathesis=={VERSION}"], check=True)
        (FOLDER / VERSION).touch()


class ApiFuzz(unittest.TestCase):
    def ask(self, agent, seed, cases):
        command = [FOLDER / "bin" / "st", "run", openapi.FILE, "--url", agent.url, "--seed", seed, "-n", cases,
                   "--continue-on-failure", "-H", "X-Test-User: fuzz", "--request-timeout", 5, "--max-response-time", 2]
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([str(part) for part in command], cwd=folder, text=True, capture_output=True)
        self.assertEqual(0, done.returncode, done.stdout[-8000:] + done.stderr[-2000:])
        operations = len(list(openapi.OpenApi().operations()))
        self.assertIn(f"{operations} selected / {operations} total", done.stdout)
        self.assertRegex(done.stdout, r"Fuzzing \(in .*\n\n *✅ *\d+ passed")

    def test_no_request_has_an_answer_that_is_not_described(self):
        for situation in ("stalled", "two_links"):
            with self.subTest(situation), FakeAgent(situation) as agent:
                self.ask(agent, 1, 20)
                before = agent.resident_bytes()
                self.ask(agent, 2, 200)
                self.assertLess(agent.resident_bytes() - before, MEMORY)


if __name__ == "__main__":
    unittest.main()
