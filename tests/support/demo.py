"""The demo behind ./demo, once the binary is built: clusters up, rows through replication, drift planted on the
target, and what `twinwatch` and VerifyReplication say of it. Exit 0 only if each planted row was named with its
class, and no other.

What an earlier run planted is mended first, so that the drift is planted and found afresh each time.
"""
import argparse
import base64
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
os.chdir(REPOSITORY)
sys.dont_write_bytecode = True
sys.path.insert(0, "tests/bed")

from twinbed import Bed, BedError, HelperError  # noqa: E402

FOLDER = "build/bed/demo"
TWINWATCH = "build/release/twinwatch"
REPORT = "build/bed/demo/report.jsonl"
VERIFY_REPLICATION = "org.apache.hadoop.hbase.mapreduce.replication.VerifyReplication"
TABLE, ROWS = "orders", 200_000
# `note` is not replicated: Twinwatch leaves it out, and says so.
FAMILIES = [{"name": "f", "scope": 1}, {"name": "note", "scope": 0}]


def key(number):
    """The row that the bed's loader writes for this number."""
    return hashlib.md5(number.to_bytes(4, "big")).hexdigest().encode()


# Numbers of loaded rows, by the class of the drift that is planted in them.
LOADED = {"missing": (1000, 70_000, 199_999), "value": (2000, 80_000, 150_000), "cells": (3000, 90_000, 160_000)}
# Before the first row, inside, behind the last.
EXTRA = (b"!extra-before", b"7fff-extra-inside", b"~extra-behind")
OTHER_COLUMN = b"q-extra"
PLANTED = {key(n): name for name, numbers in LOADED.items() for n in numbers} | {row: "extra" for row in EXTRA}


# What a region server had left to ship when it was stopped is shipped soon after the next start.
SETTINGS = {"replication.sleep.before.failover": 1000}


class Failed(Exception):
    """The demo did not come out as it must."""


class Demo:
    def __init__(self, begun):
        self.begun = time.monotonic() - begun

    def say(self, text):
        print(f"[{time.monotonic() - self.begun:5.1f} s] {text}", flush=True)

    def start(self):
        """Both clusters run, and peer 1 replicates from one to the other."""
        try:
            self.bed = Bed.attach(FOLDER)
            running = all(p["alive"] for p in self.bed.info()["processes"].values())
        except BedError:
            running = False
        if running:
            self.say("both HBase clusters run already")
        else:
            self.say("starting two HBase clusters (their jars come from Maven Central, once)")
            self.bed = Bed.start(FOLDER, layout="standalone", settings=SETTINGS,
                                 progress=lambda text: self.say("  " + text.partition("] ")[2]))
        self.source, self.target = self.bed.source.helper, self.bed.target.helper
        peers = {peer["id"]: peer for peer in self.source.call("peers")["peers"]}
        if "1" not in peers:
            self.source.call("peer_add", id="1", cluster_key=self.bed.target.zookeeper)
        elif not peers["1"]["enabled"]:
            self.source.call("peer_enable", id="1")
        self.say(f"source {self.bed.source.zookeeper}, target {self.bed.target.zookeeper}, peer 1 between them")

    def fill(self):
        """The table on both sides with the same rows, all of them brought to the target by replication."""
        same = False
        if self.is_loaded():
            self.say(f"{TABLE} is loaded already; mending what an earlier run planted")
            self.wait_for_recovered_queues()
            self.mend()
            same = self.becomes_same(30)
            if not same:
                self.say("the two sides do not become the same: beginning anew")
        if not same:
            self.load()
            self.say("waiting until the target has every row")
            if not self.becomes_same(240):
                raise Failed(f"the rows do not arrive on the target: see {FOLDER}/log")
        self.say(f"{ROWS:,} rows on both sides, every cell the same (as HBase's own client reads them)")

    def becomes_same(self, seconds):
        """Every cell that the source shows, the target shows too, and no other, before that time is over."""
        until = time.monotonic() + seconds
        try:
            self.target.call("wait_rows", table=TABLE, rows=ROWS, seconds=seconds)
        except HelperError:
            return False
        wanted = self.source.call("digest", table=TABLE)
        while self.target.call("digest", table=TABLE) != wanted:
            if time.monotonic() > until:
                return False
        return True

    def is_loaded(self):
        exists = [helper.call("exists", table=TABLE)["exists"] for helper in (self.source, self.target)]
        return all(exists) and self.source.call("count", table=TABLE)["rows"] == ROWS

    def load(self):
        for helper in (self.source, self.target):
            if helper.call("exists", table=TABLE)["exists"]:
                helper.call("drop", table=TABLE)
            helper.call("create", table=TABLE, regions=4, families=FAMILIES)
        self.say(f"loading {ROWS:,} rows of 100 bytes into {TABLE} on the source")
        step = ROWS // 8
        for done in range(0, ROWS, step):
            self.source.call("load", table=TABLE, rows=step, **{"from": done})
            self.say(f"  {done + step:,} rows written")

    def wait_for_recovered_queues(self):
        """What was left from before a stop is shipped: nothing old may arrive after the drift was planted."""
        until = time.monotonic() + 90
        while True:
            done = subprocess.run([TWINWATCH, "queues", "--source", self.bed.source.zookeeper, "--for", "1s",
                                   "--format", "json"], capture_output=True, text=True)
            recovered = json.loads(done.stdout)["links"][0]["recovered_queues"] if done.stdout else None
            if recovered == 0:
                return
            if time.monotonic() > until:
                raise Failed(f"recovered queues do not drain: {recovered}\n{done.stderr}")

    def mend(self):
        """The planted rows are written again on the source; what is too much on the target goes."""
        for numbers in LOADED.values():
            for number in numbers:
                self.source.call("load", table=TABLE, rows=1, **{"from": number})
        for row in EXTRA:
            self.target.call("delete_row", table=TABLE, row=row)
        self.target.call("put", table=TABLE, cells=[
            {"row": key(n), "family": "f", "qualifier": OTHER_COLUMN, "type": "delete_column"}
            for n in LOADED["cells"]])

    def plant(self):
        """Drift of each class, on the target alone, by HBase's own client."""
        for number in LOADED["missing"]:
            self.target.call("delete_row", table=TABLE, row=key(number))
        cells = [{"row": row, "family": "f", "qualifier": b"q0", "value": b"only here"} for row in EXTRA]
        for number in LOADED["value"]:
            [cell] = self.source.call("get", table=TABLE, row=key(number))["cells"]
            cells.append({"row": key(number), "family": "f", "qualifier": b"q0", "value": b"another value",
                          "timestamp": cell["timestamp"]})
        cells += [{"row": key(n), "family": "f", "qualifier": OTHER_COLUMN, "value": b"v"} for n in LOADED["cells"]]
        self.target.call("put", table=TABLE, cells=cells)
        self.say(f"planted {len(PLANTED)} rows of drift, on the target alone: 3 deleted (missing), 3 put")
        print("          (extra), 3 with another value under the same timestamp (value), 3 with one\n"
              "          column more (cells)")

    def queues(self):
        self.run("queues", "--source", self.where(), codes=(0, 2))
        print("\nNothing is written now: every byte of each WAL has been shipped, and the queue is idle.")

    def where(self):
        """The source as its folder of configuration, which also says where its WALs are."""
        return f"conf:{self.bed.info()['source']['conf_dir']}"

    def verify(self):
        """What verify found, as {row: class}, and the summary of its report."""
        self.run("heartbeat", "init", "--source", self.where(), "--execute", codes=(0,))
        self.run("verify", "--source", self.where(), "-t", TABLE, "--report", REPORT, codes=(1,))
        print("\nA difference may just be on its way. These rows were called drift because they differed\n"
              "twice, each time after a barrier had proven that all that the source had written was on\n"
              "the target: a heartbeat synced its WALs, and every queue passed the lengths they then had.")
        lines = [json.loads(line) for line in Path(REPORT).read_text().splitlines()]
        found = {base64.b64decode(line["row_base64"]): line["class"] for line in lines if line["type"] == "row"}
        return found, lines[-1]

    def run(self, *arguments, codes):
        command = [TWINWATCH, *arguments]
        print(f"\n$ {' '.join(command)}", flush=True)
        # What it remembers stays with the bed, and out of the user's own ledger.
        environment = os.environ | {"XDG_STATE_HOME": str(Path(FOLDER) / "state")}
        done = subprocess.run(command, stdin=subprocess.DEVNULL, env=environment)
        print(f"(exit code {done.returncode})", flush=True)
        if done.returncode not in codes:
            raise Failed(f"{' '.join(command)} ended with {done.returncode}, not {' or '.join(map(str, codes))}")

    def verify_replication(self):
        """HBase's own tool on the same table, at its best tuning: its counters and seconds."""
        self.say("HBase's own VerifyReplication, well tuned (10,000 rows a batch, two maps)")
        begun = time.monotonic()
        tuning = ["-Dhbase.mapreduce.scan.cachedrows=10000", "-Dmapreduce.local.map.tasks.maximum=2"]
        done = self.bed.java("a", VERIFY_REPLICATION, [*tuning, "1", TABLE], timeout=600)
        seconds = time.monotonic() - begun
        counters = {name: int(n) for name, n in re.findall(r"\b([A-Z_]*ROWS)=(\d+)", done.stderr)}
        if "GOODROWS" not in counters:
            raise Failed(f"VerifyReplication ended with {done.returncode} and no counters\n{done.stderr[-2000:]}")
        return counters, seconds, done.returncode

    def compare(self, summary, verified):
        counters, seconds, code = verified
        [table] = summary["tables"]
        drift = table["drift"]
        told = counters.get
        lines = [("", "twinwatch", "VerifyReplication"),
                 ("missing on the target", drift["missing"], told("ONLY_IN_SOURCE_TABLE_ROWS", 0)),
                 ("only on the target", drift["extra"], told("ONLY_IN_PEER_TABLE_ROWS", 0)),
                 ("another value or other cells", drift["value"] + drift["cells"], told("CONTENT_DIFFERENT_ROWS", 0)),
                 ("rows the same", table["rows_source"] - sum(drift.values()) + drift["extra"], told("GOODROWS", 0)),
                 ("seconds", f"{summary['seconds']:.1f}", f"{seconds:.1f}"),
                 ("exit code", 1, code)]
        print()
        for what, ours, theirs in lines:
            numbers = [f"{n:,}" if isinstance(n, int) else n for n in (ours, theirs)]
            print(f"{what:<30}{numbers[0]:>12}{numbers[1]:>20}")
        print("(VerifyReplication walks the source's rows: of what only the target has it sees a part.)\n")

    def judge(self, found):
        """Each planted row named with its class, and no other."""
        print("row, and its class: planted, and named by twinwatch")
        for row in sorted(PLANTED.keys() | found.keys()):
            planted, named = PLANTED.get(row, "-"), found.get(row, "-")
            print(f"  {row.decode(errors='backslashreplace'):<34}{planted:<9}{named:<9}"
                  f"{'' if planted == named else 'WRONG'}".rstrip())
        if found != PLANTED:
            raise Failed("what twinwatch named is not what was planted")

    def addresses(self):
        info = self.bed.info()
        print("\nEverything runs on:")
        for side in ("source", "target"):
            print(f"  {side}  {info[side]['zookeeper']}  (configuration for HBase's tools: {info[side]['conf_dir']})")
        print(f"Look again:  {TWINWATCH} verify --source {self.where()} -t {TABLE}\n"
              f"Stop it:     tests/bed/bed stop --dir {FOLDER}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--begun", type=float, default=0)
    parser.add_argument("--once", action="store_true")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    demo = Demo(asked.begun)
    try:
        demo.start()
        demo.fill()
        demo.plant()
        demo.queues()
        found, summary = demo.verify()
        demo.compare(summary, demo.verify_replication())
        demo.judge(found)
        if not asked.once:
            demo.addresses()
        demo.bed.close()
        demo.say(f"done: each of the {len(PLANTED)} planted rows was named with its class, and no other")
        code = 0
    except (Failed, BedError) as e:
        print(f"demo: {e}", file=sys.stderr)
        code = 1
    except BaseException:  # Ctrl-C above all
        print("\nstopping both clusters", file=sys.stderr)
        stop()
        raise
    if asked.once:
        demo.say("stopping both clusters")
        stop()
    return code


def stop():
    """End whatever was started; also a start that was interrupted has left nothing then."""
    try:
        Bed.attach(FOLDER).stop()
    except BedError as e:
        print(f"demo: {e}", file=sys.stderr)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
