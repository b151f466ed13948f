"""The agent's web side over a made-up situation (tests/support/fake_agent.cc)."""
import os
import subprocess
from pathlib import Path

import running

BINARY = Path(os.environ.get("TWINWATCH_FAKE_AGENT") or running.REPOSITORY / "build/release/tests/cases/fake_agent")
SITUATIONS = ("healthy", "lagging", "stalled", "disabled", "drifted", "never_verified", "future_cells", "target_down",
              "unread", "two_links", "many_servers", "odd_names")


class FakeAgent:
    """`with FakeAgent("stalled") as agent: ...agent.url, agent.port`; must still be alive at the end."""

    def __init__(self, situation, port=0, web_config="", token="", ledger="", audit=""):
        self._command = [str(BINARY), situation, f"127.0.0.1:{port}", str(web_config), token, str(ledger), str(audit)]

    def __enter__(self):
        self.process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline().strip()
        if not line:
            raise AssertionError(f"{' '.join(self._command)} ended with {self.process.wait()}")
        self.port = int(line)
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    def __exit__(self, kind, *_):
        code = self.process.poll()
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        if code is not None and kind is None:
            raise AssertionError(f"{' '.join(self._command)} ended with {code}")

    def resident_bytes(self):
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("it has no memory")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))
