#!/usr/bin/env python3
"""The agent repairs what its passes have proven to differ: planned, approved, by itself; within limits, and not.

Rows are planted with SKIP_WAL, so that nothing is in flight that could mend them.
"""
import base64
import contextlib
import json
import re
import signal
import sqlite3
import tempfile
import time
import unittest
from pathlib import Path

import beds
import running
from bedcase import TIME, BedCase, cell
from running import started, twinwatch, wait_until
from web import fetch, free_address

CLOSED = "-".join(time.strftime("%H:%M", time.localtime(time.time() + hours * 3600)) for hours in (2, 4))
TABLE = "watched"
LAUNCHERS = beds.REPOSITORY / "tests" / "bed"  # holds `hbase`


class RepairAgentCase(BedCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.address = free_address()
        self.log = (self.folder / "agent.log").open("w+")
        self.addCleanup(self.log.close)
        self.create(TABLE, families=[{"name": "f", "versions": 3}], regions=2)
        self.load_both(TABLE, 50)

    @contextlib.contextmanager
    def agent(self, repair):
        """An agent that watches the bed as link a-b; a full pass every second. Its state outlives it."""
        self.config = self.folder / "twinwatch.yml"
        self.config.write_text(f"""clusters:
  a: {{hbase_conf_dir: "{self.source.conf_dir}"}}
  b: {{hbase_conf_dir: "{self.target.conf_dir}"}}
links:
  - name: a-b
    source: a
    target: b
    verify: {{freshness: 2s, tables: {{include: ["{TABLE}"]}}}}
    repair: {repair}
storage: {{path: "{self.folder}/state"}}
web: {{listen_address: "{self.address}"}}
""")
        bed = {"TWINBED_DIR": str(self.bed.dir), "TWINBED_SIDE": "b"}  # for its hbase command
        command = [running.BINARY, "agent", "--config", self.config]
        with started(command, bed, stdout=self.log, stderr=self.log) as process:
            wait_until("the agent answers", 20, lambda: self.get("/-/healthy")[0] == 200, 0.1)
            yield process

    def get(self, path):
        return fetch(f"http://{self.address}{path}")

    def tell(self, path, code=200, method="POST", body="", known=True):
        """A call that changes something, by whoever can read the agent's storage."""
        token = (self.folder / "state" / "agent.token").read_text().strip()
        headers = {"Authorization": f"Bearer {token}"} if known else {}
        status, text = fetch(f"http://{self.address}{path}", headers, method=method, body=body)
        self.assertEqual(code, status, text)
        return json.loads(text)

    def repairs(self):
        status, text = self.get("/api/v1/jobs")
        self.assertEqual(200, status, text)
        return [job for job in json.loads(text)["jobs"] if job["kind"] == "repair"]

    def repair(self, *states, job=None, why="", seconds=40):
        """The repair (this one) in one of these states, once it is (for that reason)."""
        def found():
            return next((each for each in self.repairs() if each["state"] in states and job in (None, each["job"])
                         and why in (each["why"] or "")), None)
        try:
            return wait_until(f"a repair is {' or '.join(states)}", seconds, found, 0.1)
        except AssertionError as e:
            self.log.seek(0)
            raise AssertionError(f"{e}\n{json.dumps(self.repairs(), indent=1)}\n{self.log.read()[-4000:]}") from None

    def samples(self):
        _, text = self.get("/metrics")
        return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
                for line in text.splitlines() if line.startswith("twinwatch_repair")}

    def passes(self):
        """Full passes that ended."""
        [path] = (self.folder / "state").rglob("ledger.sqlite")
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as ledger:
            return ledger.execute("select count(*) from runs where ended is not null").fetchone()[0]

    def wait_for_passes(self, more):
        so_far = self.passes()
        wait_until("passes", 30, lambda: self.passes() >= so_far + more, 0.1)

    def dump(self, cluster, **arguments):
        path = self.folder / "dump"
        cluster.helper.call("dump", table=TABLE, file=str(path), versions="all", **arguments)
        return sorted(path.read_text().splitlines())

    def lose(self, rows, prefix=b"lost"):
        """Rows that the target never gets."""
        self.on_source("put", table=TABLE, cells=[cell(prefix + b"%05d" % i) for i in range(rows)],
                       durability="SKIP_WAL")

    def audit(self):
        path = self.folder / "state" / "audit.log"
        return path.read_text().splitlines() if path.exists() else []


class RepairAgent(RepairAgentCase):
    def test_approved_by_an_operator(self):
        self.lose(2)
        self.put_both(TABLE, [cell(b"changed")])
        self.on_target("put", table=TABLE, cells=[cell(b"changed", b"wrong"), cell(b"zextra")], durability="SKIP_WAL")
        before = self.dump(self.target, raw=True)
        with self.agent("{mode: approve}"):
            job = self.repair("awaiting approval")
            self.assertRegex(job["why"], "because repair.mode is approve: 3 rows, .* 1 row that cannot be repaired")
            self.assertEqual(1, self.samples()['twinwatch_repair_jobs{link="a-b",state="awaiting_approval"}'])
            path = f"/api/v1/jobs/{job['job']}"
            self.tell(path + "/approve", 401, known=False)
            self.tell(path + "/pause", 409)
            # Nothing is written, whatever passes go by, and it stays the same plan.
            self.wait_for_passes(2)
            self.assertEqual(job["job"], self.repair("awaiting approval")["job"])
            self.assertEqual(before, self.dump(self.target, raw=True))
            listed = twinwatch("jobs", "--agent", f"http://{self.address}")
            self.assertIn(f"Approve: twinwatch jobs approve {job['job']}", listed.out)
            dry = twinwatch("repair", "apply", job["plan_file"], "--config", self.config, "--format", "json")
            self.assert_code(0, dry)
            self.assertTrue(dry.json()["dry_run"])

            approved = twinwatch("jobs", "approve", job["job"], "--agent", f"http://{self.address}", "--storage.path",
                                 self.folder / "state")
            self.assert_code(0, approved)
            done = self.repair("done", "failed", job=job["job"])
            self.assertEqual(("done", "same"), (done["state"], done["verdict"]), done)
            self.assertIn("3 rows written; undo: twinwatch repair undo ", done["why"])
            self.tell(path + "/approve", 409)
            self.assertRegex("\n".join(self.audit()),
                             rf'user="\w+" method=POST path="{path}/approve" body="" status=200 '
                             rf'note="plan {job["plan"]}"')
            extra = base64.b64encode(b"zextra").decode()
            self.assertEqual(self.dump(self.source), [line for line in self.dump(self.target) if extra not in line])
            shown = twinwatch("drift", "show", "--storage.path", self.folder / "state", "-t", TABLE, "--row",
                              "lost00000")
            for state in ("planned", "repaired", "rechecked"):
                self.assertIn(state, shown.out)
            # What is left needs a delete, which is for people.
            left = self.repair("planned")
            self.assertIn("nothing of it can be repaired by the agent", left["why"])
            self.tell(f"/api/v1/jobs/{left['job']}/approve", 409)
            samples = self.samples()
            self.assertEqual(3, samples['twinwatch_repair_rows_written_total{link="a-b",op="put"}'])
            self.assertEqual(0, samples['twinwatch_repair_jobs{link="a-b",state="failed"}'])
        journal = re.search(r"undo (\S+)", done["why"])[1]
        undone = twinwatch("repair", "undo", journal, "--execute", "--config", self.config, "--format", "json")
        self.assertEqual(3, undone.json()["rows_written"] + undone.json()["rows_left"], str(undone))

    def test_by_itself_within_limits_and_above_them_and_in_its_window(self):
        self.lose(5)
        before = self.dump(self.target, raw=True)
        with self.agent("{mode: plan}"):
            job = self.repair("planned")
            self.assertRegex(job["why"], rf"^planned: 5 rows, \d+ B: twinwatch repair apply {job['plan_file']}$")
            refused = self.tell(f"/api/v1/jobs/{job['job']}/approve", 409)
            self.assertIn("repair.mode: plan", refused["error"])
            self.wait_for_passes(1)
        with self.agent("{mode: auto, limits: {rows: 4}}"):
            above = self.repair("awaiting approval")
            self.assertEqual(job["job"], above["job"])
            self.assertIn("5 rows, of 4 that repair.limits.rows allows a run", above["why"])
            self.wait_for_passes(1)
        with self.agent(f'{{mode: auto, limits: {{window: "{CLOSED}"}}}}'):
            self.repair("waiting", why=f"its window {CLOSED} begins at ")
            self.wait_for_passes(1)
            self.tell(f"/api/v1/jobs/{job['job']}/pause")
        self.assertEqual(before, self.dump(self.target, raw=True))
        self.on_source("peer_disable", id="1")
        self.addCleanup(self.reset_peers)
        with self.agent("{mode: auto}"):
            # A pause outlives the agent.
            self.assertRegex(self.repair("paused")["why"], r"paused by \w+ at ")
            self.tell(f"/api/v1/jobs/{job['job']}/resume")
            # While the link is not well nothing is repaired.
            self.repair("waiting", why="the peer is disabled")
            self.assertEqual(before, self.dump(self.target, raw=True))
            self.on_source("peer_enable", id="1")
            done = self.repair("done", "failed", job=job["job"])
            self.assertEqual(("done", "same"), (done["state"], done["verdict"]), done)
            self.assertEqual(self.dump(self.source), self.dump(self.target))
            self.assertFalse(Path(job["plan_file"]).exists())

    def test_broken_off_gone_on_with_and_cancelled(self):
        self.lose(450)
        with self.agent("{mode: approve}") as process:
            job = self.repair("awaiting approval")
            # The first of three batches is sent at once, the others after hours.
            self.tell("/api/v1/throttle", method="PUT", body='{"verify": "1B/s"}')
            self.tell(f"/api/v1/jobs/{job['job']}/approve")
            wait_until("a batch is written", 20, lambda: self.repair("running")["rows"] == 200, 0.1)
            process.send_signal(signal.SIGKILL)
            process.wait(10)
        with self.agent("{mode: auto}"):
            done = self.repair("done", "failed", job=job["job"])
            self.assertEqual(("done", "same"), (done["state"], done["verdict"]), done)
        self.assertEqual(self.dump(self.source, raw=True), self.dump(self.target, raw=True))

        self.lose(450, b"more")
        with self.agent("{mode: auto, limits: {rows: 400}}"):
            path = f"/api/v1/jobs/{self.repair('awaiting approval')['job']}"
            self.tell("/api/v1/throttle", method="PUT", body='{"verify": "1B/s"}')
            self.tell(path + "/approve")
            wait_until("a batch is written", 20, lambda: self.repair("running")["rows"] == 200, 0.1)
            job = self.tell(path + "/pause")["jobs"][0]
            self.assertEqual("paused", job["state"])
            self.tell(path + "/cancel")
            ended = self.repair("cancelled", job=job["job"])
            self.assertIn("undo: twinwatch repair undo", ended["why"])
            written = len(self.dump(self.target))
            self.assertEqual(50 + 450 + 200, written)
            # What is planned after it waits for somebody.
            self.tell("/api/v1/throttle", method="PUT", body='{"verify": "20MB/s"}')
            again = self.repair("awaiting approval")
            self.assertIn("the repair before it was cancelled by", again["why"])
            self.tell(f"/api/v1/jobs/{again['job']}/cancel")
            # And what was rejected does not come again.
            self.wait_for_passes(2)
            self.assertEqual([], [each for each in self.repairs() if not each["ended"]])
            self.assertEqual(written, len(self.dump(self.target)))
            self.assertEqual(5, sum("/jobs/" in line for line in self.audit()))


class RepairAgentCopies(RepairAgentCase):
    """So many rows side by side that a job of CopyTable costs less; with the local job runner."""

    ROWS = 40_000

    def test_by_a_job_of_copytable(self):
        self.on_source("load", table=TABLE, rows=self.ROWS, in_order=True, timestamp=TIME + 5, durability="SKIP_WAL")
        settings = f'{{mode: auto, limits: {{rows: {2 * self.ROWS}}}, hbase_command: "{LAUNCHERS / "hbase"}"}}'
        with self.agent(settings):
            done = self.repair("done", "failed", seconds=300)
            self.assertEqual(("done", "same"), (done["state"], done["verdict"]), done)
        self.assertEqual(self.dump(self.source), self.dump(self.target))
        with contextlib.closing(sqlite3.connect(re.search(r"undo (\S+)", done["why"])[1])) as journal:
            self.assertEqual([("copytable",)], journal.execute("select distinct engine from rows").fetchall())


if __name__ == "__main__":
    unittest.main()
