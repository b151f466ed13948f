"""The true lag beside the agent's, sampled again and again.

Writers on the source note when each of their rows was acknowledged; the target is asked up to which row of each writer
all are there. A sample asks the target, then the agent, then the target again, so the true lag at the moment of the
agent's answer lies between two bounds. Three things are kept of each:

    under     the agent's watermark promises a row that the target did not show afterwards (must never be)
    excess    how much more the agent says than the true lag (seconds); when much arrives at once the agent has NOTICES
              to see it, so the largest true lag of that time before counts
    hbase     what HBase itself reports at that moment
"""
import json
import threading
import time
from dataclasses import dataclass, field

from twinbed import BedError, HelperError
from web import fetch

# One writer a region.
NOTICES = 1.5  # seconds
ANSWER_TAKES = 0.05  # seconds between the agent's "now" and ours, at most
REGIONS = ["a", "b", "c", "d", "e", "f"]


@dataclass
class Sample:
    phase: str
    at: float
    lag: float | None      # as the agent says
    true_lag: float        # at least
    true_at_most: float
    under: float           # seconds by which the watermark promises too much; 0: not
    state: str
    held_by: str | None
    hbase: dict | None = field(repr=False, default=None)


class Truth:
    """`writer` and `reader` are helpers of the source and the target of their own."""

    def __init__(self, writer, reader, table, address):
        self.writer, self.reader, self.table, self.address = writer, reader, table, address
        self.samples, self.phase, self.target_is_down = [], "begin", False
        self._dead_since = None  # ms
        self._acknowledged, self._next = {}, {}
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._error = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def begin(self):
        self._thread.start()

    def end(self):
        self._over.set()
        self._thread.join(60)
        if self._error:
            raise self._error

    def write(self, **arguments):
        """Writers begin; those of before, if any, have ended, and all they wrote is on the target."""
        with self._lock:
            # Rows of an earlier test may be shipped once more, into the table that was made anew: they need other keys.
            began = int(time.time() * 1000)
            prefixes = [f"{region}{began}-" for region in REGIONS]
            self.writer.call("truth_begin", table=self.table, prefixes=prefixes, every_ms=100, **arguments)
            self._acknowledged = {prefix: [] for prefix in prefixes}
            self._next = {prefix: 0 for prefix in prefixes}  # the first row that was not seen on the target

    def _run(self):
        try:
            while not self._over.wait(0.3):
                with self._lock:
                    sample = self._sample()
                if sample:
                    self.samples.append(sample)
        except BaseException as e:  # for end()
            self._error = e

    def _look(self):
        """What the target shows is noted."""
        if self.target_is_down:
            return
        try:
            seen = self.reader.call("truth_seen", timeout=30, table=self.table, **{"from": self._next})
            self._next = {prefix: int(number) for prefix, number in seen["next"].items()}
        except (HelperError, BedError):
            pass  # regions that are nowhere at the moment show nothing

    def _read_written(self):
        known = {prefix: len(times) for prefix, times in self._acknowledged.items()}
        for prefix, times in self.writer.call("truth_written", **{"from": known})["acknowledged"].items():
            self._acknowledged[prefix] += times

    def _oldest_waiting(self, until_ms):
        """When the oldest row was acknowledged that was not seen, of those that were by then; None: all were seen."""
        waiting = [times[self._next[prefix]] for prefix, times in self._acknowledged.items()
                   if self._next[prefix] < len(times)]
        waiting = [at for at in waiting if at <= until_ms]
        return min(waiting) if waiting else None

    def _sample(self):
        self._read_written()
        self._look()
        before = self._oldest_waiting(time.time() * 1000)
        status, body = fetch(f"http://{self.address}/api/v1/status", timeout=5)
        asked = time.time() * 1000
        self._read_written()
        if status != 200:
            return None
        links = json.loads(body)["links"]
        if not links:
            return None
        [link] = links
        self._look()
        after = self._oldest_waiting(asked)
        at_most = (asked - before) / 1000 if before else 0.0
        at_least = (asked - after) / 1000 if after else 0.0
        lag, under = link["lag_seconds"], 0.0
        if lag is not None and after is not None:
            under = max(0.0, self._surely_waits(at_least, asked) - lag - ANSWER_TAKES)
        return Sample(self.phase, asked / 1000, lag, at_least, at_most, under, link["state"], link["held_by"],
                      link["hbase_reports"])

    def _surely_waits(self, at_least, asked):
        """Of what nobody has seen since, only what was written after the target was dead is surely not there."""
        if not self.target_is_down:
            return at_least
        return min(at_least, (asked - self._dead_since) / 1000) if self._dead_since else 0.0

    def set_target_down(self, is_down):
        """While it is, nobody looks: what arrives before its servers are dead is not seen."""
        with self._lock:
            self.target_is_down, self._dead_since = is_down, None

    def target_is_dead(self):
        """From now on nothing can arrive there."""
        with self._lock:
            self._dead_since = time.time() * 1000

    def excess(self, sample):
        """None when the agent did not know."""
        if sample.lag is None:
            return None
        return sample.lag - max(other.true_at_most for other in self.samples
                                if sample.at - NOTICES <= other.at <= sample.at)

    def of(self, phase):
        return [sample for sample in self.samples if sample.phase == phase]


def table_row(truth, name):
    """Of one situation: the largest of each, as a row of docs/lag.md."""
    samples = truth.of(name)
    known = [s for s in samples if s.lag is not None]
    reports = [s.hbase for s in samples if s.hbase]

    def largest(values):
        return f"{max(values):.1f}" if values else "-"
    return {"situation": name, "samples": len(samples), "unknown": len(samples) - len(known),
            "true_lag": largest([s.true_lag for s in samples]), "ours": largest([s.lag for s in known]),
            "excess": largest([truth.excess(s) for s in known]), "under": largest([s.under for s in samples]),
            "hbase_lag": largest([r["lag_seconds"] for r in reports]),
            "hbase_age": largest([r["age_of_last_shipped_seconds"] for r in reports]),
            "hbase_log_queue": max((r["log_queue"] for r in reports), default="-")}
