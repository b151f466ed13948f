#!/usr/bin/env python3
"""HBase's CopyTable as repairs run it (probes/copytable), on real clusters: with the local job runner, and on YARN.

The launcher is tests/bed/hbase with the *target's* configuration, so that what is read and written is what the
command line says and nothing else.
"""
import base64
import json
import os
import signal
import subprocess
import tempfile
import time
import unittest
import urllib.request
from pathlib import Path

import beds
from bedcase import TIME, BedCase, cell
from running import BINARY, environment, run, wait_until

COPIER = Path(os.environ.get("TWINWATCH_COPIER") or BINARY.parent / "tests" / "cases" / "copier")
LAUNCHER = beds.REPOSITORY / "tests" / "bed" / "hbase"

MANY_ROWS = 150_000  # half a minute and more, at one request a row


def b64(data):
    return base64.b64encode(data).decode()


def running_with(tag):
    """The processes whose command line has this job's tag."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            arguments = path.read_bytes().split(b"\0")
            state = (path.parent / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if f"mapreduce.job.tags={tag}".encode() in arguments and state not in "ZX":
            found.append(int(path.parent.name))
    return found


class CopyCase(BedCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.logs = folder.name
        self.tag = f"test-{os.getpid()}-{time.monotonic_ns()}"
        self.env = {"TWINBED_DIR": str(self.bed.dir), "TWINBED_SIDE": "b"}
        # A job that can be met while it runs: it asks for each row alone.
        self.slow_launcher = Path(self.logs) / "slow-hbase"
        self.slow_launcher.write_text(f"""#!/bin/sh
[ "${{1##*.}}" = CopyTable ] || exec {LAUNCHER} "$@"
class=$1
shift
exec {LAUNCHER} "$class" -D hbase.client.scanner.caching=1 "$@"
""")
        self.slow_launcher.chmod(0o700)

    def words(self, verb, *arguments, command=LAUNCHER, seconds=120):
        return [COPIER, verb, "--command", command, "--logs", self.logs, "--tag", self.tag, "--seconds", seconds,
                *arguments]

    def copy_words(self, table, *arguments, **options):
        return self.words("copy", "--source", self.source.zookeeper, "--target", self.target.zookeeper,
                          "--table", table, *arguments, **options)

    def copy(self, table, *arguments, code=0, deadline=240, **options):
        done = run(self.copy_words(table, *arguments, **options), deadline=deadline, env=self.env)
        self.assert_code(code, done)
        self.assertEqual([], running_with(self.tag), str(done))
        return done.json_lines()

    def started_copy(self, table, *arguments, **options):
        words = [str(word) for word in self.copy_words(table, *arguments, **options)]
        return subprocess.Popen(words, text=True, env=environment(self.env), stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)

    def cells_of(self, table, rows, versions="all"):
        """What the target shows of these rows: (row, family, qualifier, timestamp, value)."""
        return [(row, c["family"], base64.b64decode(c["qualifier"]), c["timestamp"], base64.b64decode(c["value"]))
                for row in rows for c in self.on_target("get", table=table, row=row, versions=versions)["cells"]]

    def one_sided(self, table, **arguments):
        """A table of which the target has nothing yet, and that does not replicate."""
        self.create(table, families=[{"name": name, "scope": 0, "versions": 3} for name in ("f", "g")], **arguments)

    def log(self):
        return (Path(self.logs) / f"copytable-{self.tag}.log").read_text()


class Copies:
    """What holds with either runner."""

    def test_a_range_a_time_span_and_families_of_binary_keys(self):
        self.check_progress(self.copy_bounded())

    def check_progress(self, progress):
        self.assertEqual(1, progress[-2]["share"])

    def copy_bounded(self):
        """Copies a part of a table, and sees that it was that part; what the copier told."""
        self.one_sided("copied", splits=[b"\x10"])
        inside = [b"\x00\xff\\x41", b"\x0f \"'$*", b"\x10", "ä".encode(), b"\xfe\xff"]
        outside = [b"\x00\xff\\", b"\xff"]
        self.on_source("put", table="copied", cells=[
            cell(row, value, family=family, timestamp=TIME + n)
            for row in inside + outside for family in "fg"
            for n, value in ((0, b"before"), (10, b"first"), (19, b"last"), (20, b"after"))])
        progress = self.copy(
            "copied", "--start", b64(inside[0]), "--stop", b64(outside[1]), "--since", TIME + 10, "--until", TIME + 20,
            "--families", "f", "--versions", 3)
        self.assertTrue(progress[-1]["ok"])
        self.assertEqual(len(inside), progress[-1]["rows"])
        expected = [(row, "f", b"q", TIME + n, value) for row in inside for n, value in ((19, b"last"), (10, b"first"))]
        self.assertEqual(expected, self.cells_of("copied", inside))
        self.assertEqual([], self.cells_of("copied", outside))
        self.assertEqual(len(inside), self.on_target("count", table="copied")["rows"])
        return progress

    def large(self, table):
        self.one_sided(table)
        self.on_source("load", table=table, rows=MANY_ROWS, bytes=100, timestamp=TIME, durability="SKIP_WAL")


class Local(Copies, CopyCase):
    def test_the_end_of_a_time_span_alone_and_another_name(self):
        self.one_sided("copied")
        self.one_sided("othername")
        self.on_source("put", table="copied", cells=[cell(b"early"), cell(b"late", timestamp=TIME + 1)])
        progress = self.copy("copied", "--until", TIME + 1, "--target-table", "othername")
        self.assertEqual(1, progress[-1]["rows"])
        self.assertEqual([(b"early", "f", b"q", TIME, b"v")], self.cells_of("othername", [b"early", b"late"]))
        self.assertEqual(0, self.on_target("count", table="copied")["rows"])

    def test_a_job_that_fails_says_why(self):
        self.drop("alone")
        self.on_source("create", table="alone")
        self.addCleanup(self.drop, "alone")
        told = self.copy("alone", code=1)[-1]
        self.assertEqual("FAILED_PRECONDITION", told["code"])
        self.assertIn("TableNotFoundException", told["error"])
        self.assertIn(f"copytable-{self.tag}.log", told["error"])
        self.assertIn("alone", self.log())

    def test_a_command_that_does_not_exist(self):
        told = self.copy("any", code=1, command="/no/such/hbase")[-1]
        self.assertEqual("NOT_FOUND", told["code"])
        self.assertIn("/no/such/hbase", told["error"])

    def test_the_deadline_ends_it(self):
        self.large("slow")
        told = self.copy("slow", code=1, seconds=12, command=self.slow_launcher)[-1]
        self.assertIn("Running job: job_local", self.log())
        self.assertEqual("DEADLINE_EXCEEDED", told["code"], told)
        self.assertLess(self.on_target("count", table="slow")["rows"], MANY_ROWS)
        self.assert_nothing_is_written("slow")

    def assert_nothing_is_written(self, table):
        rows = self.on_target("count", table=table)["rows"]
        time.sleep(2)
        self.assertEqual(rows, self.on_target("count", table=table)["rows"])

    def copy_that_runs(self, table):
        """A copy whose job has begun, and the processes that are it."""
        process = self.started_copy(table, command=self.slow_launcher)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        wait_until("the job runs", 60, lambda: "Running job: " in self.log() if running_with(self.tag) else False)
        return process

    def test_giving_up_ends_it(self):
        self.large("slow")
        process = self.copy_that_runs("slow")
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=60)
        self.assertEqual("CANCELLED", json.loads(out.splitlines()[-1])["code"], out)
        self.assertEqual([], running_with(self.tag))

    def test_kill_9_of_the_runner_ends_the_job(self):
        self.large("slow")
        process = self.copy_that_runs("slow")
        process.kill()
        wait_until("the job is gone", 5, lambda: not running_with(self.tag), 0.05)
        self.assertLess(self.on_target("count", table="slow")["rows"], MANY_ROWS)
        self.assert_nothing_is_written("slow")
        done = run(self.words("end"), env=self.env)
        self.assert_code(0, done)

    def test_kill_9_of_the_job_is_told(self):
        self.large("slow")
        process = self.copy_that_runs("slow")
        for number in running_with(self.tag):
            os.kill(number, signal.SIGKILL)
        out, _ = process.communicate(timeout=60)
        told = json.loads(out.splitlines()[-1])
        self.assertEqual("FAILED_PRECONDITION", told["code"], out)
        self.assertIn("killed by signal 9", told["error"])

    def test_what_another_run_left_is_ended_by_its_tag(self):
        self.large("slow")
        self.one_sided("slow2")
        # As under sudo, where the kernel does not end the job with its runner.
        command = [str(word) for word in (self.slow_launcher, "org.apache.hadoop.hbase.mapreduce.CopyTable",
                                          "-D", f"mapreduce.job.tags={self.tag}", "--new.name=slow2", "slow")]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
                              env=environment(self.env | {"TWINBED_SIDE": "a"})) as process:
            self.addCleanup(process.kill)
            wait_until("it runs", 30, lambda: running_with(self.tag))
            done = run(self.words("end"), env=self.env)
            self.assert_code(0, done)
            self.assertEqual([], running_with(self.tag))


class Yarn(Copies, CopyCase):
    """On a bed of layout yarn."""

    def application(self, identity):
        port = self.bed.state["ports"]["rm-http"]
        with urllib.request.urlopen(f"http://localhost:{port}/ws/v1/cluster/apps/{identity}", timeout=20) as answer:
            return json.load(answer)["app"]

    def containers(self, identity):
        """The processes of an application's containers."""
        number = identity.removeprefix("application_").encode()
        return [path.parent.name for path in Path("/proc").glob("[0-9]*/cmdline") if b"container_" in _read(path)
                and number in _read(path)]

    def check_progress(self, progress):
        super().check_progress(progress)
        identity = progress[0]["application"]
        self.assertRegex(identity, r"^application_\d+_\d+$")
        told = self.application(identity)
        self.assertEqual(("FINISHED", "SUCCEEDED"), (told["state"], told["finalStatus"]))
        self.assertIn(self.tag, told["applicationTags"])

    def running(self, table):
        process = self.started_copy(table, seconds=300, command=self.slow_launcher)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        identity = json.loads(process.stdout.readline())["application"]
        wait_until("its tasks run", 120, lambda: self.on_target("count", table=table)["rows"])
        self.assertEqual("RUNNING", self.application(identity)["state"])
        return process, identity

    def assert_gone(self, identity):
        self.assertEqual("KILLED", self.application(identity)["state"])
        self.assertEqual([], self.containers(identity))
        self.assertEqual([], running_with(self.tag))

    def test_ending_it_ends_the_application(self):
        self.large("slow")
        process, identity = self.running("slow")
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=150)
        told = json.loads(out.splitlines()[-1])
        self.assertEqual("CANCELLED", told["code"], told)
        self.assert_gone(identity)

    def test_the_deadline_ends_the_application(self):
        self.large("slow")
        told = self.copy("slow", code=1, seconds=25, deadline=200, command=self.slow_launcher)
        self.assertEqual("DEADLINE_EXCEEDED", told[-1]["code"], told)
        self.assert_gone(told[0]["application"])

    def test_an_application_that_outlives_kill_9_is_ended_by_id_and_by_tag(self):
        for log_is_there in (True, False):
            with self.subTest(log_is_there=log_is_there):
                self.tag = f"test-{os.getpid()}-{time.monotonic_ns()}"
                self.large("slow")
                process, identity = self.running("slow")
                process.kill()
                wait_until("its client is gone", 5, lambda: not running_with(self.tag), 0.05)
                self.assertEqual("RUNNING", self.application(identity)["state"])
                if not log_is_there:
                    (Path(self.logs) / f"copytable-{self.tag}.log").unlink()
                done = run(self.words("end"), deadline=200, env=self.env)
                self.assert_code(0, done)
                self.assert_gone(identity)


def _read(path):
    try:
        return path.read_bytes()
    except OSError:
        return b""


if __name__ == "__main__":
    unittest.main(verbosity=2)
