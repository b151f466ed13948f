#!/usr/bin/env python3
"""The example of an Alertmanager configuration: who is told of each alert, asked of amtool, and which alerts silence
which, asked of a real Alertmanager on a port of this machine that notifies nobody."""
import contextlib
import json
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request

from rules_file import read_rules

ALERTS = pathlib.Path(__file__).parents[2] / "dashboards/alerts"
EXAMPLE = ALERTS / "alertmanager.example.yml"
RULES = [rule for rule in read_rules((ALERTS / "twinwatch.rules.yml").read_text()) if "alert" in rule]
SEVERITY = {rule["alert"]: rule["labels"]["severity"] for rule in RULES}
PATIENCE = 30

# What fires together on one link (a name after a slash is the table), and what of it is silenced.
TOGETHER = {
    "disabled": (("PeerDisabled", "LagHigh", "BacklogGrowing", "RPOAtRisk", "RunwayShort", "HeartbeatUncovered"),
                 {"LagHigh", "BacklogGrowing"}),
    "disabled-not-long": (("PeerDisabled", "LagHigh"), {"LagHigh"}),
    "stalled": (("QueueStalled", "LagHigh", "HeartbeatLost", "BacklogGrowing", "RPOAtRisk", "WatermarkUnknown"),
                {"LagHigh", "HeartbeatLost", "BacklogGrowing"}),
    "far-behind": (("RPOAtRisk", "LagHigh", "BacklogGrowing", "HeartbeatLost"), {"LagHigh"}),
    "only-behind": (("LagHigh", "BacklogGrowing", "HeartbeatLost"), set()),
    "drift": (("DriftUnresolved/t", "DriftDetected/t", "DriftDetected/u", "LagHigh"), {"DriftDetected/t"}),
    "all": (tuple(name.removeprefix("Twinwatch") for name in SEVERITY),
            {"LagHigh", "HeartbeatLost", "BacklogGrowing", "DriftDetected"}),
}


def amtool(*arguments):
    done = subprocess.run(("amtool", *arguments), capture_output=True, text=True, timeout=PATIENCE)
    if done.returncode != 0:
        raise AssertionError(f"amtool {' '.join(arguments)}: {done.stdout}{done.stderr}")
    return done.stdout


def labels_of(alert, link):
    name, _, table = alert.partition("/")
    labels = {"alertname": f"Twinwatch{name}", "severity": SEVERITY[f"Twinwatch{name}"], "link": link}
    return {**labels, "table": table} if table else labels


def is_ready(url):
    try:
        with urllib.request.urlopen(f"{url}/-/ready", timeout=1):
            return True
    except (urllib.error.URLError, OSError):
        return False


@contextlib.contextmanager
def alertmanager():
    """The address of one that runs with the example."""
    program = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = "127.0.0.1:%d" % free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder, open(f"{folder}/log", "w+") as log:
        process = subprocess.Popen(
            (program, f"--config.file={EXAMPLE}", f"--storage.path={folder}", f"--web.listen-address={address}",
             "--cluster.listen-address="), stdout=log, stderr=subprocess.STDOUT)
        try:
            end = time.monotonic() + PATIENCE
            while not is_ready(f"http://{address}"):
                if process.poll() is not None or time.monotonic() > end:
                    log.seek(0)
                    raise AssertionError(f"Alertmanager did not start: {log.read()}")
                time.sleep(0.05)
            yield f"http://{address}"
        finally:
            process.kill()
            process.wait()


class Example(unittest.TestCase):
    def test_it_names_alerts_that_exist(self):
        named = set(re.findall(r"Twinwatch\w+", re.sub(r"#.*", "", EXAMPLE.read_text())))
        self.assertEqual(named - set(SEVERITY), set())
        self.assertTrue(named)

    def test_critical_alerts_page_and_the_others_are_tickets(self):
        for name, severity in SEVERITY.items():
            receiver = "pager" if severity == "critical" else "tickets"
            amtool("config", "routes", "test", f"--config.file={EXAMPLE}", f"--verify.receivers={receiver}",
                   f"alertname={name}", f"severity={severity}", "job=twinwatch", "link=a-b")

    def test_symptoms_are_silenced_and_data_at_risk_never_is(self):
        posted = [labels_of(alert, link) for link, (fires, _) in TOGETHER.items() for alert in fires]
        expected = {(link, alert) for link, (_, silenced) in TOGETHER.items() for alert in silenced}
        with alertmanager() as url:
            request = urllib.request.Request(
                f"{url}/api/v2/alerts", json.dumps([{"labels": labels} for labels in posted]).encode(),
                {"Content-Type": "application/json"})
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                self.assertEqual(answer.status, 200)
            self.assertEqual(self.silenced(url, len(posted)), expected)

    def silenced(self, url, count):
        """Asked until the answer is twice the same: Alertmanager takes note of what was posted a little later."""
        before, end = None, time.monotonic() + PATIENCE
        while time.monotonic() < end:
            alerts = json.loads(amtool(f"--alertmanager.url={url}", "alert", "query", "-o", "json", "--inhibited",
                                       "--active"))
            found = {(alert["labels"]["link"], self.short(alert["labels"])) for alert in alerts
                     if alert["status"]["state"] == "suppressed"}
            if len(alerts) == count and found == before:
                return found
            before = found
            time.sleep(0.5)
        raise AssertionError(f"Alertmanager shows {len(alerts)} of {count} alerts")

    @staticmethod
    def short(labels):
        table = f"/{labels['table']}" if "table" in labels else ""
        return labels["alertname"].removeprefix("Twinwatch") + table


if __name__ == "__main__":
    unittest.main()
