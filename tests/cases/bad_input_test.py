#!/usr/bin/env python3
"""Whatever is wrong with what the user gives, or with what the clusters are: one line that says what, where
and what to do, the right exit code, no stack trace, no hang, and never 0."""
import re
import socket
import tempfile
import unittest
from pathlib import Path

from bedcase import BedCase
from running import twinwatch
from znodes import Znodes

SECONDS = 15
COULD_NOT_TELL, BAD_USAGE = 2, 3
TRACE = re.compile(r"terminate called|Traceback|\bat [a-z]+\.[a-z]\w*[.(]|exception|Segmentation|\.cc:\d+", re.IGNORECASE)


class BadInput(BedCase):
    def refused(self, code, *arguments, says=()):
        """It ends in time with this code, and one message on stderr that has these words in it."""
        done = twinwatch(*arguments, deadline=SECONDS)
        self.assert_code(code, done)
        first, *hints = done.err.splitlines() or [""]
        self.assertTrue(first.startswith("twinwatch: "), str(done))
        self.assertTrue(all(line.startswith("  ") for line in hints), f"more than one message\n{done}")
        self.assertNotRegex(done.err, TRACE, str(done))
        message = " ".join(done.err.split())
        for word in says:
            self.assertIn(word, message, str(done))
        return done

    def verify_refused(self, code, *arguments, says=()):
        return self.refused(code, "verify", "--source", self.source.zookeeper, *arguments, says=says)

    def test_a_quorum_that_does_not_exist(self):
        for command in ("verify", "queues", "status"):
            with self.subTest(command):
                self.refused(COULD_NOT_TELL, command, "--source", "no-such-host.invalid:2181:/hbase",
                             says=["no-such-host.invalid"])

    def test_a_dead_zookeeper(self):
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]
        for command in ("verify", "queues"):
            with self.subTest(command):
                self.refused(COULD_NOT_TELL, command, "--source", f"localhost:{port}:/hbase", says=[str(port)])

    def test_a_zookeeper_that_takes_connections_and_says_nothing(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            self.refused(COULD_NOT_TELL, "queues", "--source", f"127.0.0.1:{port}:/hbase", says=[str(port)])

    def test_a_dead_target(self):
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]
        self.verify_refused(COULD_NOT_TELL, "--target", f"localhost:{port}:/hbase", says=[str(port)])

    def test_a_base_znode_that_does_not_exist(self):
        quorum = self.source.zookeeper.removesuffix(":/hbase")
        self.refused(COULD_NOT_TELL, "queues", "--source", f"{quorum}:/hbas", says=[quorum, "/hbas", "/hbase"])

    def test_an_unknown_table(self):
        self.verify_refused(COULD_NOT_TELL, "-t", "no_such_table", says=["no_such_table", self.source.zookeeper])

    def test_a_peer_that_leads_elsewhere(self):
        self.on_target("peer_add", id="9", cluster_key=self.source.zookeeper)
        self.addCleanup(self.on_target, "peer_remove", id="9")
        self.refused(BAD_USAGE, "verify", "--source", self.target.zookeeper, "--target", self.target.zookeeper, "--peer",
                     "9", says=["peer 9", f"and not to {self.target.zookeeper}"])

    def test_a_table_on_one_side_only(self):
        self.create("one_side")
        self.on_target("drop", table="one_side")
        self.verify_refused(COULD_NOT_TELL, "-t", "one_side", says=["one_side", self.target.zookeeper])
        self.create("one_side")
        self.on_source("drop", table="one_side")
        self.verify_refused(COULD_NOT_TELL, "-t", "one_side", says=["one_side", self.source.zookeeper])

    def test_a_peer_that_does_not_exist(self):
        for command in ("verify", "queues", "status"):
            with self.subTest(command):
                self.refused(COULD_NOT_TELL, command, "--source", self.source.zookeeper, "--peer", "nine",
                             says=["nine", self.source.zookeeper])

    def test_a_family_that_does_not_exist(self):
        self.create("has_f")
        self.verify_refused(COULD_NOT_TELL, "-t", "has_f", "--families", "g", says=["has_f", "g"])

    def test_row_keys_with_bad_escapes(self):
        for key in (r"a\q", r"\x0", r"\xzz", "\\", r"a\x"):
            with self.subTest(key):
                self.verify_refused(BAD_USAGE, "-t", "t", "--start-row", key, says=["\\"])
                self.verify_refused(BAD_USAGE, "-t", "t", "--stop-row", key, says=["\\"])

    def test_a_range_without_rows(self):
        self.verify_refused(BAD_USAGE, "-t", "t", "--start-row", "b", "--stop-row", "a")

    def test_values_that_are_none(self):
        for arguments in (["--confirm", "maybe"], ["--format", "xml"], ["--streams", "0"], ["--streams", "x"],
                          ["--max-drift", "x"], ["--settle", "soon"], ["--versions", "0"], ["--versions", "some"],
                          ["--rate", "fast"], ["-t", "a b"], ["-t", ""], ["--no-such-flag"], ["--settle", "-5s"]):
            with self.subTest(arguments):
                self.verify_refused(BAD_USAGE, *arguments, says=[arguments[0]] if arguments[0] != "-t" else [])

    def test_cluster_keys_that_are_none(self):
        for key in ("localhost", "localhost:port:/hbase", "localhost:2181:hbase", ":2181:/hbase",
                    "localhost:99999:/hbase", ""):
            with self.subTest(key):
                self.refused(BAD_USAGE, "queues", "--source", key)

    def test_no_cluster_at_all(self):
        self.refused(BAD_USAGE, "verify", says=["--source"])

    def test_no_command(self):
        self.refused(BAD_USAGE)
        self.refused(BAD_USAGE, "verfy")

    def test_a_configuration_folder_that_does_not_exist(self):
        self.refused(BAD_USAGE, "queues", "--source", "conf:/no/such/folder", says=["/no/such/folder"])

    def test_a_report_that_cannot_be_written(self):
        self.create("has_f")
        self.verify_refused(BAD_USAGE, "-t", "has_f", "--report", "/no/such/folder/report", says=["/no/such/folder"])

    def test_configuration_files(self):
        good = f"""clusters:
  a: {{zookeeper: "{self.source.zookeeper}"}}
links:
  - {{name: a-b, source: a}}
"""
        cases = {  # what is wrong: the file, and the words to be found
            "an unknown key": (good + "webb: {}\n", [":5", "webb", "web"]),
            "an unknown key of a link": (good.replace("source: a", "sorce: a"), [":4", "sorce", "source"]),
            "a value that is none": (good + "metrics: {table_limit: many}\n", [":5", "table_limit"]),
            "no YAML": (good + "}{\n", []),
            "a cluster that is not there": (good.replace("source: a", "source: c"), [":4", "c"]),
            "two ways to one cluster": (good.replace("{zookeeper", "{hbase_conf_dir: /tmp, zookeeper"), [":2"]),
        }
        with tempfile.TemporaryDirectory() as folder:
            for name, (text, says) in cases.items():
                file = Path(folder) / "twinwatch.yml"
                file.write_text(text)
                for command in (["config", "check"], ["queues"], ["agent"]):
                    with self.subTest(name, command=command):
                        self.refused(BAD_USAGE, *command, "--config", file, says=["twinwatch.yml", *says])
            self.refused(BAD_USAGE, "queues", "--config", f"{folder}/none.yml", says=["none.yml"])

    def test_a_link_that_does_not_exist(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "twinwatch.yml"
            file.write_text(f'clusters: {{a: {{zookeeper: "{self.source.zookeeper}"}}}}\n'
                            "links: [{name: a-b, source: a}]\n")
            self.refused(BAD_USAGE, "queues", "--config", file, "--link", "b-c", says=["b-c", "a-b"])

    def test_versions_that_are_not_supported(self):
        quorum = self.source.zookeeper.removesuffix(":/hbase")
        version = self.on_source("status")["version"].encode()
        for other in (b"1.7.2", b"2.3.7", b"3.0.0"):
            self.pretend(quorum, version, other + version[5:])
            with self.subTest(other):
                for command in ("queues", "verify"):
                    self.refused(COULD_NOT_TELL, command, "--source", f"{quorum}:/pretended",
                                 says=[other.decode(), "2.4", "2.6"])

    def pretend(self, quorum, version, other):
        """A second base znode /pretended, as of an HBase of that other version."""
        with Znodes(quorum) as znodes:
            if "pretended" in znodes.children("/"):
                znodes.delete("/pretended")
            znodes.create("/pretended")
            for name in ("hbaseid", "master", "meta-region-server"):
                znodes.create(f"/pretended/{name}", znodes.get(f"/hbase/{name}"))
            znodes.create("/pretended/rs")
            for server in znodes.children("/hbase/rs"):
                data = znodes.get(f"/hbase/rs/{server}")
                self.assertIn(version, data)
                znodes.create(f"/pretended/rs/{server}", data.replace(version, other))
        self.addCleanup(self.forget_pretended, quorum)

    def forget_pretended(self, quorum):
        with Znodes(quorum) as znodes:
            if "pretended" in znodes.children("/"):
                znodes.delete("/pretended")

    def test_a_barrier_where_there_is_none(self):
        self.without_heartbeats()
        self.create("has_f")
        self.verify_refused(COULD_NOT_TELL, "-t", "has_f", "--confirm", "barrier", says=["barrier", "recheck"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
