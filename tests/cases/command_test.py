#!/usr/bin/env python3
"""The commands' formats and exit codes, with an agent over a made-up situation or with nobody there: no cluster is asked."""
import json
import os
import pty
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import running
from fake import SITUATIONS, FakeAgent
from running import started, twinwatch

FINE, RED, COULD_NOT_TELL, BAD_USAGE, INTERRUPTED = 0, 1, 2, 3, 130
OK, WARNING, CRITICAL, UNKNOWN = 0, 1, 2, 3
A = "zk1:2181:/hbase"
WORDS = {OK: "OK", WARNING: "WARNING", CRITICAL: "CRITICAL", UNKNOWN: "UNKNOWN"}


class Case(unittest.TestCase):
    def assert_code(self, code, done):
        self.assertEqual(code, done.code, str(done))
        return done

    def assert_nagios(self, code, done, says=""):
        """One line that begins with the word of the code, and has these words in it."""
        self.assert_code(code, done)
        self.assertRegex(done.out, rf"^{WORDS[code]} - .*\n$", str(done))
        self.assertIn(says, done.out, str(done))


class ByAgent(Case):
    def ask(self, situation, *arguments):
        with FakeAgent(situation) as agent:
            return twinwatch(*arguments, "--agent", agent.url, deadline=30)

    def test_nagios(self):
        for situation, code, says in (("healthy", OK, "every queue moves"), ("lagging", WARNING, "more and more waits"),
                                      ("stalled", CRITICAL, "has not moved"), ("disabled", CRITICAL, "is disabled"),
                                      ("future_cells", CRITICAL, "cells of the future"), ("unread", UNKNOWN, "no ZooKeeper")):
            for command in ("status", "queues"):
                with self.subTest(situation, command=command):
                    self.assert_nagios(code, self.ask(situation, command, "--format", "nagios"), says)

    def test_a_link_that_lags_is_fine_elsewhere(self):
        for form in ("table", "json"):
            self.assert_code(FINE, self.ask("lagging", "status", "--format", form))

    def test_lag_over_its_limit(self):
        for arguments, code, of_nagios in ((["--max", "60s"], RED, WARNING), (["--max", "1h"], FINE, OK), ([], FINE, OK),
                                           (["--wait-until", "now", "--timeout", "0s"], RED, CRITICAL)):
            with self.subTest(arguments):
                for form in ("table", "json", "jsonl"):
                    self.assert_code(code, self.ask("lagging", "lag", *arguments, "--format", form))
                self.assert_nagios(of_nagios, self.ask("lagging", "lag", *arguments, "--format", "nagios"), "is 7m ")

    def test_an_agent_that_has_read_nothing_yet(self):
        for command in ("status", "queues", "lag"):
            for form in ("table", "json"):
                with self.subTest(command, form=form):
                    done = self.assert_code(COULD_NOT_TELL, self.ask("unread", command, "--format", form))
                    self.assertEqual("", done.out)
                    said = " ".join(done.err.split())
                    self.assertRegex(said, "^twinwatch: the agent at .* has read no link yet: link east-west, no ZooKeeper")
            self.assert_nagios(UNKNOWN, self.ask("unread", command, "--format", "nagios"), "has read no link yet")

    def test_a_link_that_there_is_not(self):
        done = self.assert_code(COULD_NOT_TELL, self.ask("healthy", "status", "--link", "none"))
        self.assertIn("has no link none", " ".join(done.err.split()))

    def test_the_table_fits_on_a_terminal(self):
        for situation in SITUATIONS:
            with self.subTest(situation):
                done = self.ask(situation, "status")
                if situation == "unread":
                    continue
                head = done.out.splitlines()[0].split()
                self.assertEqual(["LINK", "PEER", "STATE", "LAG", "BEHIND", "RUNWAY", "FULL", "PASS"], head)
                self.assertLessEqual(max(map(len, done.out.splitlines())), 80, done.out)

    def test_jobs_in_every_format(self):
        document = self.assert_code(FINE, self.ask("healthy", "jobs", "--format", "json")).json()
        self.assertEqual(2, len(document["jobs"]))
        lines = self.assert_code(FINE, self.ask("healthy", "jobs", "--format", "jsonl")).json_lines()
        self.assertEqual([2], [len(line["jobs"]) for line in lines])
        self.assert_nagios(OK, self.ask("healthy", "jobs", "--format", "nagios"), "1 running, 1 done | jobs=2")

    def test_throttle_in_every_format(self):
        for form in ("json", "jsonl"):
            [line] = self.assert_code(FINE, self.ask("healthy", "throttle", "--format", form)).json_lines()
            self.assertEqual(1, line["schema_version"])
        self.assert_nagios(UNKNOWN, self.ask("healthy", "throttle", "--format", "nagios"), "--format")


class Watching(Case):
    def setUp(self):
        self.agent = self.enterContext(FakeAgent("lagging"))

    def watch(self, *arguments, **popen):
        return started([running.BINARY, "status", "--watch", "--agent", self.agent.url, *arguments], **popen)

    def test_the_table_comes_again_below_the_last(self):
        with self.watch(stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            lines = []
            while sum(line.startswith("LINK") for line in lines) < 3:
                lines.append(process.stdout.readline())
                self.assertNotEqual("", lines[-1], "it has ended")
            process.send_signal(signal.SIGINT)
            rest, err = process.communicate(timeout=10)
        self.assertEqual((INTERRUPTED, ""), (process.returncode, err))
        tables = ("".join(lines) + rest).split("\n\nLINK")
        self.assertEqual(3, len(tables), lines)
        for table in tables[:2]:
            self.assertRegex(table, r"\nOK: 3 queues move or are idle$")
        self.assertTrue(tables[0].startswith("LINK"))

    def test_documents_a_line(self):
        for form in ("json", "jsonl"):
            with self.watch("--format", form, stdout=subprocess.PIPE) as process:
                documents = [json.loads(process.stdout.readline()) for _ in range(2)]
                process.send_signal(signal.SIGTERM)
                self.assertEqual(INTERRUPTED, process.wait(10))
            self.assertEqual({"status"}, {document["command"] for document in documents})
            self.assertGreater(documents[1]["links"][0]["lag_seconds"], 400)

    def test_a_terminal_is_drawn_over(self):
        ours, theirs = pty.openpty()
        try:
            with self.watch(stdout=theirs, stderr=theirs, stdin=subprocess.DEVNULL, env={"TERM": "xterm"}) as process:
                shown = b""
                until = time.monotonic() + 30
                while shown.count(b"\x1b[J") < 2 and time.monotonic() < until:
                    if select.select([ours], [], [], 1)[0]:
                        shown += os.read(ours, 65536)
                process.send_signal(signal.SIGINT)
                self.assertEqual(INTERRUPTED, process.wait(10))
        finally:
            os.close(ours)
            os.close(theirs)
        frames = shown.split(b"\x1b[H")
        self.assertEqual((3, b""), (len(frames), frames[0]), shown)
        for frame in frames[1:]:
            self.assertTrue(frame.startswith(b"LINK") and frame.endswith(b"\x1b[K\r\n\x1b[J"), frame)
            self.assertNotIn(b"\x1b[2J", frame)

    def test_an_agent_that_goes_and_comes_again(self):
        with FakeAgent("healthy") as first:
            port = first.port
            process = self.enterContext(started(
                [running.BINARY, "status", "--watch", "--agent", first.url], stdout=subprocess.PIPE, stderr=subprocess.PIPE))
            self.assertTrue(process.stdout.readline().startswith("LINK"))
        self.assertIn("the agent at", process.stderr.readline())
        with FakeAgent("healthy", port=port):
            lines = iter(process.stdout.readline, "")
            self.assertTrue(any(line.startswith("LINK") for line in lines), "no other table came")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)
        self.assertEqual(INTERRUPTED, process.returncode)

    def test_what_cannot_be_watched(self):
        self.assert_nagios(UNKNOWN, twinwatch("status", "--watch", "--agent", self.agent.url, "--format", "nagios"), "--watch")
        done = self.assert_code(BAD_USAGE, twinwatch("status", "--watch", "--agent", "nowhere", deadline=10))
        self.assertIn("nowhere", done.err)
        self.assert_code(BAD_USAGE, twinwatch("queues", "--watch", "--agent", self.agent.url, deadline=10))


class Failing(Case):
    """Whatever fails, Nagios has its line; nobody else has anything on stdout."""

    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        with socket.create_server(("127.0.0.1", 0)) as closed:
            self.dead = f"localhost:{closed.getsockname()[1]}:/hbase"

    def assert_fails(self, code, *arguments, says=""):
        arguments = [*arguments, "--storage.path", self.folder]
        with self.subTest(arguments):
            done = self.assert_code(code, twinwatch(*arguments, deadline=60))
            self.assertEqual("", done.out, str(done))
            self.assertTrue(done.err.startswith("twinwatch: "), str(done))
            self.assertIn(says, " ".join(done.err.split()))
            self.assert_nagios(UNKNOWN, twinwatch(*arguments, "--format", "nagios", deadline=60), says)

    def test_a_cluster_that_cannot_be_reached(self):
        port = self.dead.split(":")[1]
        for command in (["status"], ["queues"], ["verify"], ["heartbeat", "status"], ["repair", "plan"]):
            self.assert_fails(COULD_NOT_TELL, *command, "--source", self.dead, says=port)

    def test_a_lag_that_cannot_be_measured(self):
        port = self.dead.split(":")[1]
        done = twinwatch("lag", "--source", self.dead, "--storage.path", self.folder, "--format", "nagios", deadline=60)
        self.assert_nagios(UNKNOWN, done, port)
        done = self.assert_code(COULD_NOT_TELL, twinwatch("lag", "--source", self.dead, "--storage.path", self.folder,
                                                         "--format", "json", deadline=60))
        self.assertIn(port, done.json()["links"][0]["why"])

    def test_values_that_are_none(self):
        for command in (["status", "--for", "soon"], ["queues", "--for", "soon"], ["lag", "--max", "soon"],
                        ["lag", "--wait-until", "soon"], ["verify", "--settle", "soon"], ["verify", "--start-row", "\\q"]):
            self.assert_fails(BAD_USAGE, *command, "--source", self.dead, says=command[1])

    def test_where_nothing_says_which_cluster(self):
        for command in (["status"], ["queues"], ["lag"], ["verify"], ["heartbeat", "status"], ["repair", "plan"]):
            self.assert_fails(BAD_USAGE, *command, says="--source")

    def test_files_that_are_not_there(self):
        none = self.folder / "none"
        for command in (["repair", "apply", none], ["repair", "undo", none], ["repair", "plan", "--from", none],
                        ["config", "check", "--config", none]):
            self.assert_fails(BAD_USAGE, *command, says=str(none))

    def test_an_agent_that_is_not_there(self):
        for command in ("status", "queues", "lag", "jobs", "drift"):
            self.assert_fails(COULD_NOT_TELL, command, "--agent", "http://127.0.0.1:1", says="127.0.0.1:1")

    def test_what_cannot_be_parsed(self):
        for arguments in (["status", "--nonsense", "--format", "nagios"], ["--format=nagios", "status"],
                          ["status", "--format=nagios", "--watch=perhaps"], ["repair", "apply", "--format", "nagios"],
                          ["statsu", "--format", "nagios"], ["--format", "nagios"]):
            with self.subTest(arguments):
                self.assert_nagios(UNKNOWN, twinwatch(*arguments, deadline=10), "--help")
        done = self.assert_code(BAD_USAGE, twinwatch("status", "--nonsense", deadline=10))
        self.assertEqual("", done.out)
        done = self.assert_code(BAD_USAGE, twinwatch("repair", "apply", deadline=10))
        self.assertIn("PLAN is required", done.err)


class Configuration(Case):
    def test_every_format(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "twinwatch.yml"
            file.write_text(f'clusters: {{a: {{zookeeper: "{A}"}}}}\nlinks: [{{name: a-b, source: a, peer: "1"}}]\n')
            check = ["config", "check", "--config", file]
            self.assertEqual(f"a-b: {A} to the peer's cluster, peer 1\nOK: 1 cluster, 1 link\n",
                             self.assert_code(FINE, twinwatch(*check)).out)
            for form in ("json", "jsonl"):
                [document] = self.assert_code(FINE, twinwatch(*check, "--format", form)).json_lines()
                self.assertEqual({"schema_version": 1, "command": "config check", "clusters": 1,
                                  "links": [{"link": "a-b", "source": A, "target": None, "peer": "1"}]}, document)
            self.assert_nagios(OK, twinwatch(*check, "--format", "nagios"), "1 cluster, 1 link")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
