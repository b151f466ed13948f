"""`twinwatch verify` again and again, and what its runs reported.

    runs = Runs(bed, "t")
    run = runs.once()          one run to its end; it is in runs.all too
    run.rows, run.drift        rows compared; {key: class} of those called drift
"""
import base64
import collections
import json
import os
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field

import running

DEADLINE = 1500  # seconds for one run: two barriers may be waited for


@dataclass
class Run:
    begun: float
    ended: float
    code: int
    rows: int = 0
    in_flight: int = 0
    unknown: int = 0
    barrier: str = ""
    drift: dict = field(default_factory=dict)       # key: class
    unverified: list = field(default_factory=list)  # (start, stop, why)
    error: str = ""

    def says_nothing_of(self, row):
        """The row lies in a range of which the run itself says that it does not know."""
        return bool(self.error) or any(start <= row and (not stop or row < stop)
                                       for start, stop, _ in self.unverified)

    def summary(self, since):
        return {"at": round(self.begun - since, 1), "seconds": round(self.ended - self.begun, 1), "code": self.code,
                "rows": self.rows, "in_flight": self.in_flight, "unknown": self.unknown,
                "drift": dict(collections.Counter(self.drift.values())),
                "barrier": self.barrier, "unverified": [why for _, _, why in self.unverified[:2]],
                "error": self.error[:300]}


class Runs:
    def __init__(self, bed, table):
        self.all = []
        self._command = [str(running.BINARY), "verify", "--source", f"conf:{bed.source.conf_dir}", "-t", table,
                         "--confirm", "auto", "--barrier-timeout", "10m", "--format", "json", "--max-drift", "100000"]
        self._process = None

    def once(self):
        begun = time.monotonic()
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                             env=running.environment())
            try:
                code = self._process.wait(DEADLINE)
            except subprocess.TimeoutExpired:
                raise running.TooLate(f"{' '.join(self._command)} did not end in {DEADLINE} s") from None
            finally:
                self._end()
            out.seek(0), err.seek(0)
            run = self._read(begun, code, out.read().decode(), err.read().decode())
        self.all.append(run)
        return run

    def freeze_for(self, seconds):
        """The run at hand stands still, as on a machine that swaps."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        os.kill(process.pid, signal.SIGSTOP)
        try:
            time.sleep(seconds)
        finally:
            if process.poll() is None:
                os.kill(process.pid, signal.SIGCONT)

    def _end(self):
        process, self._process = self._process, None
        if process.poll() is None:
            process.kill()
            process.wait()

    @staticmethod
    def _read(begun, code, out, err):
        run = Run(begun, time.monotonic(), code)
        try:
            document = json.loads(out)
        except ValueError:
            run.error = err.strip()[-500:] or "no output"
            return run
        [table] = document["tables"]
        run.rows = max(table["rows_source"], table["rows_target"])
        run.in_flight, run.unknown = table["in_flight"], table["unknown_rows"]
        run.barrier, run.error = document["confirm"], table["error"] or ""
        run.unverified = [(base64.b64decode(piece["start_base64"]), base64.b64decode(piece["stop_base64"]),
                           piece["why"]) for piece in table["unverified_ranges"]]
        for row in document["drifted"]:
            # a suspect is no drift; only rows that a barrier confirmed count
            if row["confirmed_by"]:
                run.drift[base64.b64decode(row["row_base64"])] = row["class"]
        return run
