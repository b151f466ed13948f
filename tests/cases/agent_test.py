#!/usr/bin/env python3
"""`twinwatch agent` watches a real pair, and a real Prometheus scrapes it and answers queries."""
import contextlib
import json
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest
import urllib.parse
from pathlib import Path

import running
from bedcase import BedCase
from running import started, wait_until
from web import fetch, free_address


class Agent(BedCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.address = free_address()
        self.log = (self.folder / "agent.log").open("w+")
        self.addCleanup(self.log.close)

    @contextlib.contextmanager
    def agent(self, rate="20MB/s", window=None, incremental="15m"):
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
      incremental: {incremental}
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

    def test_clocks_of_the_targets_servers(self):
        series = f'twinwatch_clock_offset_seconds{{hbase="{self.target.zookeeper}"}}'
        with self.agent():
            self.wait_ready()
            wait_until("the target's clocks are known", 60, lambda: series in self.samples())
            # Its servers are on this machine.
            self.assertLess(abs(self.samples()[series]), 0.5)

    def test_openmetrics_have_the_same_values(self):
        with self.agent():
            self.wait_ready()
            status, text = fetch(f"http://{self.address}/metrics", {"Accept": "application/openmetrics-text"})
            self.assertEqual(200, status)
            self.assertTrue(text.endswith("\n# EOF\n"), text[-100:])
            # What makes blocks of it is the parser that a server has.
            (self.folder / "metrics.txt").write_text(self.with_timestamps(text))
            done = subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", self.folder / "metrics.txt",
                                   self.folder / "blocks"], capture_output=True, text=True)
            self.assertEqual(0, done.returncode, done.stderr + text)

    @staticmethod
    def with_timestamps(text):
        return "".join(line if line.startswith("#") else line.rstrip("\n") + f" {int(time.time())}\n"
                       for line in text.splitlines(keepends=True))

    def test_commands_ask_the_agent(self):
        with self.agent():
            self.wait_ready()
            by_agent = ["--agent", f"http://{self.address}"]
            for command in ("status", "queues"):
                done = running.twinwatch(command, *by_agent, "--format", "json")
                self.assertIn(done.code, (0, 2), str(done))
                self.assertEqual((command, "a-b"), (done.json()["command"], done.json()["links"][0]["link"]))
                self.assertIn("a-b", running.twinwatch(command, *by_agent).out)
            self.assert_code(2, running.twinwatch("status", *by_agent, "--link", "other"))
            self.assertIn(running.twinwatch("lag", *by_agent, "--format", "json").code, (0, 2))
        self.assert_code(2, running.twinwatch("status", *by_agent))
        self.assert_code(3, running.twinwatch("status", "--agent", "nowhere"))

    def test_a_hang_up_reads_the_configuration_again(self):
        with self.agent() as process:
            self.wait_ready()
            config = self.folder / "twinwatch.yml"
            good = config.read_text()
            config.write_text(good.replace("name: a-b", "nam: a-b"))
            process.send_signal(signal.SIGHUP)
            series = "twinwatch_config_last_reload_successful"
            wait_until("it says that the file is bad", 10, lambda: self.samples()[series] == 0)
            self.assertIn("the old configuration stays in force", self.log_text())
            self.assertEqual(1, self.samples()['twinwatch_collector_success{collector="queues:a-b"}'])
            config.write_text(good.replace("name: a-b", "name: other"))
            process.send_signal(signal.SIGHUP)
            wait_until("the new one is in force", 30, self.watches_other)
            self.assertIsNone(process.poll())

    def watches_other(self):
        status, text = self.get("/metrics")
        return status == 200 and 'twinwatch_collector_success{collector="queues:other"} 1' in text

    def test_it_verifies_on_its_schedule(self):
        self.create("watched", regions=2)
        self.load_both("watched", 500)
        with self.agent():
            series = 'twinwatch_verify_rows_compared_total{link="a-b"}'
            wait_until("rows were compared", 60, lambda: self.samples().get(series, 0) >= 500)
            first = self.samples()[series]
            wait_until("and again", 60, lambda: self.samples()[series] >= first + 500)
            self.assertEqual(1, self.samples()['twinwatch_table_verify_coverage_ratio{link="a-b",table="watched"}'])
            by_agent = running.twinwatch("drift", "--agent", f"http://{self.address}")
            self.assert_code(0, by_agent)
            ledger = running.twinwatch("drift", "--storage.path", self.folder / "state")
            self.assertEqual(by_agent.out.split(", as of")[0], ledger.out.split(", as of")[0])

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

    def test_a_pass_is_throttled_paused_resumed_and_cancelled(self):
        self.create("watched", regions=2)
        self.load_both("watched", 40000)
        with self.agent(rate="1kB/s", incremental="1s"):  # and ten rows a second
            job = wait_until("a full pass runs", 60, lambda: next(iter(self.jobs(state="running")), None))
            self.assertEqual(("a-b", "full pass", 1000, 0, 1, "watched"), tuple(job[key] for key in (
                "link", "kind", "limit_bytes_per_second", "tables_done", "tables", "table")))
            path = f"/api/v1/jobs/{job['job']}"
            self.assertEqual([(job["job"],)], self.ledger("select id from runs"))
            self.assertEqual(401, fetch(f"http://{self.address}{path}/pause", method="POST")[0])

            self.tell("PUT", "/api/v1/throttle", '{"link": "a-b", "verify": "100kB/s"}')
            rows = self.job(job)["rows"]
            wait_until("it compares more", 30, lambda: self.job(job)["rows"] > rows)
            self.tell("POST", path + "/pause")
            paused = self.job(job)
            self.assertEqual("paused", paused["state"])
            self.assertRegex(paused["why"], r"^paused by \w+ at ")
            # What was under way when it was paused may still be counted.
            still = wait_until("it stands still", 10, lambda: self.stands_still(job))
            self.assertEqual("paused", still["state"])

            self.tell("POST", path + "/resume")
            wait_until("its rows rise again", 30, lambda: self.job(job)["rows"] > still["rows"])
            self.assertEqual("running", self.job(job)["state"])
            self.tell("PUT", "/api/v1/throttle", '{"verify": "500kB/s"}')
            self.assertEqual(500_000, self.job(job)["limit_bytes_per_second"])
            # A thousand rows a second before, and five thousand now.
            rows = self.job(job)["rows"]
            wait_until("it is quicker now", 4, lambda: self.job(job)["rows"] >= rows + 5000)

            self.tell("POST", path + "/cancel")
            ended = wait_until("it has ended", 2, lambda: (lambda now: now["ended"] and now)(self.job(job)))
            self.assertEqual(("cancelled", "unknown"), (ended["state"], ended["verdict"]))
            self.assertIn("no full pass begins before", ended["why"])
            self.assertLess(ended["rows"], 40000)
            self.assertEqual([("cancelled", 1)], self.ledger(
                "select verdict, exists(select 1 from todo where run = id) from runs"))
            # The table was never compared as a whole, so a full pass is due; and yet none begins.
            wait_until("it has decided what to do next", 10, lambda: self.decided_at() > ended["ended"])
            done = running.twinwatch("jobs", "--agent", f"http://{self.address}", "--format", "json")
            self.assertEqual(["cancelled"], [each["state"] for each in done.json()["jobs"]])
            self.assertIn('msg="audit" user=', self.log_text())
            [audit] = (self.folder / "state").rglob("audit.log")
            self.assertEqual(5, len(audit.read_text().splitlines()))

    def decided_at(self):
        collectors = json.loads(self.get("/api/v1/collectors")[1])["collectors"]
        return next(each["last_success"] or "" for each in collectors if each["collector"] == "verify:a-b")

    def jobs(self, state):
        status, text = self.get("/api/v1/jobs")
        self.assertEqual(200, status, text)
        return [job for job in json.loads(text)["jobs"] if job["state"] == state]

    def job(self, job):
        return json.loads(self.get(f"/api/v1/jobs/{job['job']}")[1])["jobs"][0]

    def stands_still(self, job):
        """Of two looks a second apart the second, where no row came between them."""
        before = self.job(job)
        time.sleep(1)
        now = self.job(job)
        return now if now["rows"] == before["rows"] else None

    def tell(self, method, path, body=""):
        """A call that changes something, by whoever can read the agent's storage."""
        [token] = (self.folder / "state").rglob("agent.token")
        status, text = fetch(f"http://{self.address}{path}", {"Authorization": f"Bearer {token.read_text().strip()}"},
                             method=method, body=body)
        self.assertEqual(200, status, text)

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
