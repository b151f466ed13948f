#!/usr/bin/env python3
"""From a target that stops to the message of an alert, and to the message that it is over: agent, Prometheus with the
shipped rules, and Alertmanager, all real. Only the durations are shorter."""
import http.server
import json
import re
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

import beds
from bedcase import BedCase
from running import started, wait_until
from running_agent import RunningAgent
from web import fetch, free_address

RULES = beds.REPOSITORY / "dashboards" / "alerts" / "twinwatch.rules.yml"


def scaled(rules):
    """The shipped rules with seconds where they have minutes. The conditions are the same."""
    rules = re.sub(r"\bfor: \d+[mh]\b", "for: 1s", rules)
    rules, lag = re.subn(r"(link:twinwatch_watermark_lag_seconds:max > )300\b", r"\g<1>10", rules)
    rules, risk = re.subn(r"(link:twinwatch_watermark_lag_seconds:max > )1800\b", r"\g<1>20", rules)
    if (lag, risk) != (1, 1):
        raise AssertionError("the thresholds on the lag are others by now: scale them here")
    return rules


class Webhook:
    """What Alertmanager sends: {alert: status}, the latest of each."""

    def __init__(self):
        self.statuses, self.alerts = {}, []
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                for alert in message["alerts"]:
                    hook.alerts.append(alert)
                    hook.statuses[alert["labels"]["alertname"]] = alert["status"]
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Alerts(BedCase):
    def setUp(self):
        self.init_heartbeats()
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.agent = RunningAgent(self.bed, self.folder)
        self.webhook = Webhook()
        self.addCleanup(self.webhook.close)

    def start(self, command, ready):
        log = self.enterContext((self.folder / (Path(command[0]).name + ".log")).open("w"))
        process = self.enterContext(started(command, stdout=log, stderr=subprocess.STDOUT))
        wait_until(f"{command[0]} is ready", 30, lambda: fetch(ready)[0] == 200)
        self.addCleanup(process.terminate)

    def start_alertmanager(self):
        address = free_address()
        (self.folder / "alertmanager.yml").write_text(f"""route: {{receiver: hook, group_by: [alertname, link], group_wait: 1s,
  group_interval: 1s, repeat_interval: 1h}}
receivers: [{{name: hook, webhook_configs: [{{url: "{self.webhook.url}", send_resolved: true}}]}}]
""")
        self.start(["prometheus-alertmanager", f"--config.file={self.folder}/alertmanager.yml",
                    f"--storage.path={self.folder}/am", f"--web.listen-address={address}",
                    "--cluster.listen-address="], f"http://{address}/-/ready")
        return address

    def start_prometheus(self, alertmanager):
        address = free_address()
        (self.folder / "rules.yml").write_text(scaled(RULES.read_text()))
        (self.folder / "prometheus.yml").write_text(f"""global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: ["{self.folder}/rules.yml"]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ["{alertmanager}"]}}]}}]}}
scrape_configs: [{{job_name: twinwatch, static_configs: [{{targets: ["{self.agent.address}"]}}]}}]
""")
        self.start(["prometheus", f"--config.file={self.folder}/prometheus.yml", f"--storage.tsdb.path={self.folder}/tsdb",
                    f"--web.listen-address={address}"], f"http://{address}/-/ready")

    def is_firing(self, alert):
        return self.webhook.statuses.get(alert) == "firing"

    def test_the_target_stops_and_comes_back(self):
        servers = [name for name in self.bed.info()["processes"] if name.startswith("rs") and name.endswith("-b")]
        with self.agent.running():
            wait_until("the lag is small", 60, lambda: (self.agent.link()["lag_seconds"] or 99) < 5)
            self.start_prometheus(self.start_alertmanager())
            wait_until("nothing but what has never been compared", 20, lambda: not self.is_firing("TwinwatchLagHigh"))
            for server in servers:
                self.bed.kill(server)
            wait_until("the lag is an alert", 60, lambda: self.is_firing("TwinwatchLagHigh"))
            wait_until("and the data at risk", 60, lambda: self.is_firing("TwinwatchRPOAtRisk"))
            wait_until("and the queues that stand still", 180, lambda: self.is_firing("TwinwatchQueueStalled"))
            self.assertEqual({"a-b"}, {alert["labels"].get("link") for alert in self.webhook.alerts
                                       if alert["labels"]["alertname"] == "TwinwatchRPOAtRisk"})
            for server in servers:
                self.bed.start_process(server)
            self.bed.wait_ready(240)
            for alert in ("TwinwatchRPOAtRisk", "TwinwatchLagHigh", "TwinwatchQueueStalled"):
                wait_until(f"{alert} is over", 240, lambda: self.webhook.statuses.get(alert) == "resolved")


if __name__ == "__main__":
    unittest.main(verbosity=2)
