#!/usr/bin/env python3
"""Clusters that are found by Ambari: a made-up one, over real HTTPS. Found serves the real files of a bed's clusters."""
import json
import signal
import tempfile
import unittest
from pathlib import Path

import running
from bedcase import BedCase
from certificates import Ca
from fake_ambari import FakeAmbari, sites
from running import started, twinwatch, wait_until
from web import fetch, free_address

PASSWORD = "s3cret:pass word"
HBASE = {"hbase.zookeeper.quorum": "zk0.internal,zk1.internal", "zookeeper.znode.parent": "/hbase-${flavour}",
         "flavour": "unsecure", "hbase.rootdir": "${fs.defaultFS}/apps/hbase"}


class AmbariCase:
    def set_up_ambari(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.ca = Ca(self.folder, "ca")
        self.ambari = FakeAmbari(*self.ca.issue("server", "/CN=ambari", "serverAuth", "IP:127.0.0.1"))
        self.enterContext(self.ambari)
        self.password_file = self.folder / "password"
        self.password_file.write_text(PASSWORD + "\n")
        self.config = self.folder / "twinwatch.yml"

    def write_config(self, clusters, links="", more=""):
        """`clusters`: {name in the file: name in Ambari}."""
        entries = "".join(f"  {name}: {{ambari: {{url: \"{self.ambari.url}/\", cluster: {theirs}, user: reader, "
                          f"password_file: \"{self.password_file}\"}}}}\n" for name, theirs in clusters.items())
        self.config.write_text(f"clusters:\n{entries}{links}{more}")

    def twinwatch(self, *arguments, trusting=True):
        env = {"SSL_CERT_FILE": str(self.ca.pem)} if trusting else {"SSL_CERT_FILE": "/dev/null"}
        done = twinwatch(*arguments, env=env)
        for secret in (PASSWORD, self.ambari.authorization.split()[1]):
            self.assertNotIn(secret, done.out + done.err)
        return done


class Ambari(AmbariCase, unittest.TestCase):
    def setUp(self):
        self.set_up_ambari()
        self.ambari.clusters["prod"] = {"core-site": {"fs.defaultFS": "hdfs://nn:8020"}, "hbase-site": HBASE,
                                        "ranger-env": {}}
        self.write_config({"a": "prod"}, "links:\n  - {name: a-b, source: a}\n")

    def check(self, **more):
        return self.twinwatch("config", "check", "--config", self.config, **more)

    def assert_says(self, code, *texts, done=None):
        done = done or self.check()
        self.assertEqual(code, done.code, str(done))
        told = " ".join((done.out + done.err).split())
        for text in texts:
            self.assertIn(text, told)

    def test_it_is_found(self):
        self.assert_says(0, "a-b: zk0.internal,zk1.internal:2181:/hbase-unsecure to")
        self.assertEqual(["/api/v1/clusters/prod?fields=Clusters/desired_configs",
                          "/api/v1/clusters/prod/configurations?type=core-site&tag=version-core-site%201",
                          "/api/v1/clusters/prod/configurations?type=hbase-site&tag=version-hbase-site%201"],
                         self.ambari.asked)

    def test_whoever_is_not_trusted_is_not_told_the_password(self):
        self.assert_says(2, "certificate is not accepted", "SSL_CERT_FILE", done=self.check(trusting=False))
        self.assertEqual([], self.ambari.asked)

    def test_a_certificate_of_another_host(self):
        elsewhere = FakeAmbari(*self.ca.issue("other", "/CN=ambari", "serverAuth", "DNS:ambari.example"))
        with elsewhere:
            self.ambari = elsewhere
            self.write_config({"a": "prod"}, "links:\n  - {name: a-b, source: a}\n")
            self.assert_says(2, "certificate is not accepted", "IP address mismatch")
            self.assertEqual([], elsewhere.asked)

    def test_a_wrong_password(self):
        self.password_file.write_text("wrong")
        self.assert_says(2, "user reader", str(self.password_file.name), "(401)")

    def test_a_cluster_that_is_not_there(self):
        self.ambari.clusters["test-2"] = {}
        self.write_config({"a": "prd"}, "links:\n  - {name: a-b, source: a}\n")
        self.assert_says(2, "no cluster prd (it has: prod, test-2)")

    def test_no_hbase(self):
        del self.ambari.clusters["prod"]["hbase-site"]
        self.assert_says(2, "cluster prod of Ambari at", "has no HBASE")

    def test_what_it_says_of_kerberos_counts(self):
        self.ambari.clusters["prod"]["hbase-site"] = HBASE | {"hbase.security.authentication": "kerberos"}
        self.assert_says(3, "wants Kerberos", "hbase.master.kerberos.principal")

    def test_redirects_are_not_followed(self):
        other = FakeAmbari(*self.ca.issue("other", "/CN=other", "serverAuth", "IP:127.0.0.1"))
        with other:
            self.ambari.instead = 302, {"Location": f"{other.url}/login"}, b""
            self.assert_says(2, f"redirects to {other.url.removeprefix('https://')}")
            self.assertEqual([], other.asked)

    def test_answers_that_are_odd(self):
        for instead, says in [((200, {}, b"<html>log in</html>"), "not Ambari's"),
                              ((200, {}, b"[" * 100_000), "not Ambari's"),
                              ((503, {}, b""), "answers 503"),
                              ((404, {}, b"<html>none</html>"), "answers 404"),
                              ((200, {}, b" " * (5 << 20)), "more than 4 MB")]:
            with self.subTest(says=says):
                self.ambari.instead = instead
                self.assert_says(2, says)

    def test_plain_http_gets_no_password(self):
        self.config.write_text(self.config.read_text().replace("https://127.0.0.1", "http://ambari.example"))
        self.assert_says(3, "in the clear: give https://")

    def test_as_an_option_it_needs_its_entry(self):
        spec = f"ambari:{self.ambari.url}/test"
        self.assert_says(3, "user: USER, password_file: FILE", f"url: \"{self.ambari.url}\", cluster: test",
                         done=self.twinwatch("status", "--source", spec, "--config", self.config))
        self.assertEqual([], self.ambari.asked)

    def test_a_user_in_the_url_is_not_repeated(self):
        done = self.twinwatch("status", "--source", "ambari:https://reader:hunter2@h/prod", "--config", self.config)
        self.assert_says(3, "ambari:https://HOST/CLUSTER", done=done)
        self.assertNotIn("hunter2", done.err)


class Found(AmbariCase, BedCase):
    """On a bed."""

    def setUp(self):
        self.set_up_ambari()
        self.ambari.clusters = {"east": sites(Path(self.source.conf_dir)), "west": sites(Path(self.target.conf_dir))}
        self.address = free_address()
        self.write_config({"a": "east", "b": "west"}, "links:\n  - {name: a-b, source: a, target: b}\n",
                          f"storage: {{path: \"{self.folder}/state\"}}\nweb: {{listen_address: \"{self.address}\"}}\n")
        self.options = ("--source", f"ambari:{self.ambari.url}/east", "--target", f"ambari:{self.ambari.url}/west",
                        "--config", self.config)

    def test_both_sides_are_found_and_compared(self):
        self.create("found")
        self.put_both("found", [{"row": b"r", "family": "f", "qualifier": b"q", "value": b"v", "timestamp": 1}])
        for options in (self.options, ("--config", self.config)):
            done = self.twinwatch("verify", *options, "-t", "found", "--format", "json")
            self.assert_code(0, done)
            self.assertEqual("same", done.json()["verdict"], str(done))

    def test_lengths_of_wals_are_known(self):
        done = self.twinwatch("status", *self.options, "--for", "1s", "--format", "json")
        self.assert_code(0, done)
        [link] = done.json()["links"]
        self.assertTrue(all(queue["bytes"] is not None for queue in link["queues"]), str(done))

    def test_the_configuration_is_checked(self):
        done = self.twinwatch("config", "check", "--config", self.config)
        self.assert_code(0, done)
        self.assertIn(f"a-b: {self.source.zookeeper} to {self.target.zookeeper}", done.out)

    def test_the_agent_watches_and_a_reload_asks_again(self):
        log = (self.folder / "agent.log").open("w+")
        self.addCleanup(log.close)

        def link():
            status, body = fetch(f"http://{self.address}/api/v1/status")
            return json.loads(body)["links"] if status == 200 else None

        command = ["env", f"SSL_CERT_FILE={self.ca.pem}", running.BINARY, "agent", "--config", self.config]
        with started(command, stdout=log, stderr=log) as process:
            wait_until("the agent is ready", 60, lambda: fetch(f"http://{self.address}/-/ready")[0] == 200)
            self.assertEqual("a-b", link()[0]["link"])
            self.ambari.instead = 503, {}, b""
            process.send_signal(signal.SIGHUP)
            wait_until("the old configuration stays", 30, lambda: "stays in force" in Path(log.name).read_text())
            self.assertEqual(200, fetch(f"http://{self.address}/-/healthy")[0])
            self.ambari.instead = None
            process.send_signal(signal.SIGHUP)
            wait_until("it begins anew", 30, lambda: "begins anew" in Path(log.name).read_text())
            wait_until("the agent is ready again", 60, lambda: fetch(f"http://{self.address}/-/ready")[0] == 200)
        self.assertNotIn(PASSWORD, Path(log.name).read_text())


if __name__ == "__main__":
    unittest.main()
