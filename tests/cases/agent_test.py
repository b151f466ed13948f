#!/usr/bin/env python3
"""`twinwatch agent` watches a real pair, and a real Prometheus scrapes it and answers queries."""
import contextlib
import json
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import running
from bedcase import BedCase
from running import started, wait_until


def free_address():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


def fetch(url):
    """Status and body; (0, reason) when nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as e:
        return e.code, e.read().decode()
    except OSError as e:
        return 0, str(e)


class Agent(BedCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.address = free_address()
        self.log = (self.folder / "agent.log").open("w+")
        self.addCleanup(self.log.close)

    @contextlib.contextmanager
    def agent(self, rate="20MB/s", window=None):
        """An agent that watches the bed as link a-b."""
        config = self.folder / "twinwatch.yml"
        config.write_text(f"""clusters:
  a: {{zookeeper: "{self.source.zookeeper}"}}
  b: {{zookeeper: "{self.target.zookeeper}"}}
links:
  - name: a-b
    source: a
    target: b
    verify:
      freshness: 10s
      rate: {rate}
      {f'window: "{window}"' if window else ""}
      tables: {{include: ["watched"]}}
storage: {{path: "{self.folder}/state"}}
web: {{listen_address: "{self.address}"}}
""")
        with started([running.BINARY, "agent", "--config", config], stdout=self.log, stderr=self.log) as process:
            wait_until("the agent answers", 20, lambda: self.alive(process) and self.get("/-/healthy")[0] == 200)
            yield process

    def alive(self, process):
        if process.poll() is None:
            return True
        self.log.seek(0)
        raise AssertionError(f"the agent ended with {process.returncode}\n{self.log.read()}")

    def get(self, path):
        return fetch(f"http://{self.address}{path}")

    def samples(self):
        """What /metrics says, as {series: value}."""
        status, text = self.get("/metrics")
        self.assertEqual(200, status, text)
        return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
                for line in text.splitlines() if line and not line.startswith("#")}

    def wait_ready(self):
        wait_until("the agent is ready", 60, lambda: self.get("/-/ready")[0] == 200)

    def test_prometheus_scrapes_it_and_answers(self):
        with self.agent(), self.prometheus() as query:
            self.wait_ready()
            wait_until("a scrape with the peer in it", 60, lambda: query("twinwatch_peer_enabled"))
            self.assertEqual([("a-b", 1.0)], [(one["metric"]["link"], float(one["value"][1]))
                                              for one in query("twinwatch_peer_enabled")])
            self.assertEqual([1.0], [float(one["value"][1]) for one in query("sum(twinwatch_queues)")])
            self.assertEqual([1.0], [float(one["value"][1]) for one in query("up")])
            self.assertTrue(query('twinwatch_queue_wals{link="a-b"} >= 1'))
            self.addCleanup(self.reset_peers)
            self.on_source("peer_disable", id="1")
            wait_until("Prometheus knows of the disabled peer", 30, lambda: query("twinwatch_peer_enabled == 0"))
            wait_until("its queues are disabled", 30, lambda: query('twinwatch_queues{state="disabled"} == 1'))

    @contextlib.contextmanager
    def prometheus(self):
        """A Prometheus of its own; gives a function that asks it."""
        address = free_address()
        config = self.folder / "prometheus.yml"
        config.write_text("global: {scrape_interval: 1s}\nscrape_configs:\n  - job_name: twinwatch\n"
                          f"    static_configs: [{{targets: ['{self.address}']}}]\n")
        command = ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={self.folder}/tsdb",
                   f"--web.listen-address={address}"]

        def query(expression):
            status, body = fetch(f"http://{address}/api/v1/query?" + urllib.parse.urlencode({"query": expression}))
            return json.loads(body)["data"]["result"] if status == 200 else []

        with started(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            wait_until("Prometheus is ready", 30, lambda: fetch(f"http://{address}/-/ready")[0] == 200)
            yield query
            process.terminate()
            process.wait(20)

    def test_metrics_pass_promtool(self):
        with self.agent():
            self.wait_ready()
            _, text = self.get("/metrics")
            done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
            self.assertEqual((0, ""), (done.returncode, (done.stdout + done.stderr).strip()), text)

    def test_it_verifies_on_its_schedule(self):
        self.create("watched", regions=2)
        self.load_both("watched", 500)
        with self.agent():
            series = 'twinwatch_verify_rows_compared_total{link="a-b"}'
            wait_until("rows were compared", 60, lambda: self.samples().get(series, 0) >= 500)
            first = self.samples()[series]
            wait_until("and again", 60, lambda: self.samples()[series] >= first + 500)

    def test_health_ready_and_what_is_not_there(self):
        with self.agent():
            self.assertEqual(200, self.get("/-/healthy")[0])
            self.wait_ready()
            self.assertEqual(404, self.get("/no/such/page")[0])

    def test_sigterm_ends_it_within_five_seconds(self):
        for sent in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(sent), self.agent() as process:
                self.wait_ready()
                process.send_signal(sent)
                self.assertEqual(0, process.wait(5))

    def test_sigterm_ends_it_within_a_second_while_a_slow_scan_waits(self):
        self.create("watched", regions=2)
        self.load_both("watched", 500)
        with self.agent(rate="1kB/s") as process:  # and ten rows a second
            wait_until("a pass has begun", 60, lambda: self.runs(process))
            process.send_signal(signal.SIGTERM)
            sent = time.monotonic()
            self.assertEqual(0, process.wait(5))
            self.assertLess(time.monotonic() - sent, 1)
        self.assertIn("the verification was stopped", self.log_text())
        # What was not read is told of as such.
        self.assertEqual([("unknown",)], self.ledger("select verdict from runs"))

    def test_no_full_pass_begins_outside_of_its_window(self):
        self.create("watched", regions=2)
        self.load_both("watched", 500)
        now = time.time()
        clock = [time.strftime("%H:%M", time.localtime(now + hours * 3600)) for hours in (2, 4)]
        with self.agent(window="-".join(clock)) as process:
            decided = 'twinwatch_collector_success{collector="verify:a-b"}'
            wait_until("it has decided what to compare", 60, lambda: self.samples().get(decided) == 1)
            self.assertEqual(0, self.runs(process))

    def runs(self, process):
        """How many verifications the ledger knows of."""
        self.alive(process)
        return self.ledger("select count(*) from runs")[0][0]

    def ledger(self, query):
        [path] = (self.folder / "state").rglob("ledger.sqlite")
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as ledger:
            return ledger.execute(query).fetchall()

    def log_text(self):
        self.log.seek(0)
        return self.log.read()

    def test_an_address_that_is_taken(self):
        with self.agent():
            done = running.twinwatch("agent", "--config", self.folder / "twinwatch.yml", deadline=15)
            self.assertNotIn(done.code, (0, -6, -11), str(done))
            self.assertIn(self.address, done.err, str(done))


if __name__ == "__main__":
    unittest.main(verbosity=2)
