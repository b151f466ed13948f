"""What befalls the bed while it is verified: one event after the other, by a seeded schedule.

    events = Events(bed, "t", random.Random(7), runs)
    events.begin(events.script([...]))          in a thread of its own
    events.join(300)                            fails as an event failed that must not
    events.log                                  [(second, name, seconds taken, what went wrong)]

An event ends when the bed serves again, so that no two servers are down at once unless an event says so. What HBase
refuses in the turmoil (a region that moves just now cannot be split) is noted and passed over; a bed that does not
come back is an error.
"""
import contextlib
import random
import threading
import time

from twinbed import BedError, HelperError
from twinbed.helper import unb64

READY = 180  # seconds for a bed to serve again, on a busy machine


class Events:
    def __init__(self, bed, table, seed, runs, planter=None):
        self.bed, self.table, self.random = bed, table, random.Random(seed)
        self.runs, self.planter = runs, planter
        self.log, self.error = [], None
        self.peer_was_off = []  # [(from, to)] by the monotonic clock
        self._thread, self._begun, self._bulk = None, 0.0, 0

    # --- schedules

    def script(self, entries):
        """[(second, name, arguments ...)] in this order, none before its second."""
        for at, name, *arguments in entries:
            yield at, name, arguments

    def shuffled(self, seconds, names, gap=(2, 6)):
        """All of the names in ever new orders, a few seconds of rest in between, until time is up."""
        while True:
            for name in self.random.sample(names, len(names)):
                if self.elapsed() > seconds:
                    return
                yield self.elapsed() + self.random.uniform(*gap), name, []

    def begin(self, schedule):
        self._begun = time.monotonic()
        self._thread = threading.Thread(target=self._run, args=(schedule,), daemon=True)
        self._thread.start()

    def is_over(self):
        return not self._thread.is_alive()

    def join(self, seconds):
        self._thread.join(seconds)
        if self._thread.is_alive():
            raise AssertionError(f"an event does not end: {self.log[-1:]}")
        if self.error:
            raise self.error

    def elapsed(self):
        return time.monotonic() - self._begun

    def _run(self, schedule):
        try:
            for at, name, arguments in schedule:
                time.sleep(max(0, at - self.elapsed()))
                self._befall(name, arguments)
        except BaseException as e:  # for join()
            self.error = e

    def _befall(self, name, arguments):
        begun, wrong = self.elapsed(), ""
        try:
            getattr(self, name)(*arguments)
        except (HelperError, IndexError) as e:
            wrong = str(e).split("\n")[0][:200]
        self.log.append((round(begun, 1), name, round(self.elapsed() - begun, 1), wrong))

    # --- regions

    def split(self, side=None):
        cluster = self._cluster(side)
        region = self.random.choice([r for r in self._regions(cluster) if self._middle(r)])
        cluster.helper.call("split", table=self.table, row=self._middle(region), seconds=60)

    def merge(self, side=None):
        cluster = self._cluster(side)
        regions = self._regions(cluster)
        if len(regions) < 6:
            return
        at = self.random.randrange(len(regions) - 1)
        cluster.helper.call("merge", table=self.table, first=regions[at]["encoded"],
                            second=regions[at + 1]["encoded"], seconds=60)

    def move(self, side=None):
        cluster = self._cluster(side)
        row = b"%04x" % self.random.randrange(65536)
        server = self.random.choice(cluster.helper.call("servers")["servers"])
        cluster.helper.call("move", table=self.table, row=row, server=server, seconds=60)

    # --- processes

    def kill_source_server(self, name=None):
        self._restart([name or self.random.choice(["rs1-a", "rs2-a"])], 3)

    def kill_target_server(self, name=None):
        self._restart([name or self.random.choice(["rs1-b", "rs2-b", "rs3-b"])], 3)

    def stop_target(self):
        """None of the target's region servers runs for 30 s."""
        self._restart(["rs1-b", "rs2-b", "rs3-b"], 30)

    def restart_zookeeper(self, side="a"):
        """Every connection to it is lost; sessions outlive it."""
        self._restart([f"zk-{side}"], 2)

    def lose_session(self, name=None):
        """A region server loses its ZooKeeper session while it lives: frozen for longer than that lasts (6 s)."""
        name = name or self.random.choice(["rs1-a", "rs2-a", "rs2-b"])
        self.bed.freeze(name)
        try:
            time.sleep(10)
        finally:
            self.bed.thaw(name)
        until = time.monotonic() + 60  # it hears of it, and ends itself
        while self.bed.is_alive(name) and time.monotonic() < until:
            time.sleep(0.2)
        self.bed.kill(name)
        self.bed.start_process(name)
        self._ready()

    def lose_own_session(self):
        """The same to the `twinwatch` that runs at the moment."""
        self.runs.freeze_for(14)

    def _restart(self, names, seconds):
        for name in names:
            self.bed.kill(name)
        time.sleep(seconds)
        for name in names:
            self.bed.start_process(name)
        self._ready()

    def _ready(self):
        for attempt in range(3):
            try:
                return self.bed.wait_ready(READY)
            except BedError as e:
                ended = [name for name in self.bed.names if not self.bed.is_alive(name)]
                if attempt == 2 or not ended:
                    raise
                # a server of HBase may give itself up in the turmoil of others
                self.log.append((round(self.elapsed(), 1), "ended by itself", 0, f"{ended} {e}"[:300]))
                for name in ended:
                    self.bed.start_process(name)

    # --- replication, and what is written

    def peer_off_and_on(self, seconds=8):
        begun = time.monotonic()
        self.bed.source.helper.call("peer_disable", id="1")
        try:
            time.sleep(seconds)
        finally:
            self.bed.source.helper.call("peer_enable", id="1")
            self.peer_was_off.append((begun, time.monotonic()))

    def bulk_load(self, rows=2000):
        self._bulk += 1
        self.bed.source.helper.call("bulk_load", table=self.table, rows=rows, seed=self._bulk)

    def plant(self, rows=4):
        self.planter.plant(rows)

    # --- which

    def _cluster(self, side):
        return self.bed.clusters[side or self.random.choice("ab")]

    def _regions(self, cluster):
        return cluster.helper.call("regions", table=self.table)["regions"]

    @staticmethod
    def _middle(region):
        """A row in the middle of a region whose borders are hex digits; None when it is small."""
        def number(key, otherwise):
            with contextlib.suppress(ValueError):
                return int((key.decode() + "0000")[:4], 16) if key else otherwise
            return otherwise
        start, end = number(unb64(region["start"]), 0), number(unb64(region["end"]), 65536)
        return b"%04x" % ((start + end) // 2) if end - start > 64 else None
