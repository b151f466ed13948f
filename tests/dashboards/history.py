#!/usr/bin/env python3
"""The dashboards' queries, asked of a real Prometheus that holds what simulate.py writes.

    history.py --dump FILE    writes what every panel would be given, for draw.sh
"""
import contextlib
import json
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

import simulate

ROOT = pathlib.Path(__file__).parents[2]
DASHBOARDS = sorted((ROOT / "dashboards/grafana").glob("*.json"))
PATIENCE = 30
STEP = 60
# What the pictures show: the overview and the tables of all links, and the link that is in trouble.
DRAWN = {"twinwatch-link": {"link": "east-lab"}}


def kinds():
    """Metric -> gauge, counter or histogram."""
    text = (ROOT / "exporters/catalogue.cc").read_text()
    return {name: kind.lower() for name, kind in re.findall(r'MetricInfo\{\s*"(\w+)",\s*k(\w+),', text)}


class Prometheus:
    def __init__(self, url):
        self.url = url

    def get(self, path, **parameters):
        query = urllib.parse.urlencode(parameters, doseq=True)
        try:
            with urllib.request.urlopen(f"{self.url}/api/v1/{path}?{query}", timeout=PATIENCE) as answer:
                document = json.load(answer)
        except urllib.error.HTTPError as error:
            document = json.load(error)
        if document["status"] != "success" or document.get("warnings"):
            raise AssertionError(f"{parameters}: {document.get('error') or document.get('warnings')}")
        return document["data"]

    def instant(self, query):
        return self.get("query", query=query, time=simulate.END)["result"]

    def range(self, query, step=STEP):
        return self.get("query_range", query=query, start=simulate.BEGIN, end=simulate.END, step=step)["result"]


def filled(folder):
    """Makes the blocks of the history in `folder`."""
    text = pathlib.Path(folder, "history.txt")
    with text.open("w") as file:
        simulate.write_open_metrics(file, kinds())
    done = subprocess.run(("promtool", "tsdb", "create-blocks-from", "openmetrics", text, f"{folder}/data"),
                          capture_output=True, text=True, timeout=PATIENCE)
    if done.returncode != 0:
        raise AssertionError(f"promtool: {done.stdout}{done.stderr}")
    text.unlink()


@contextlib.contextmanager
def prometheus():
    with tempfile.TemporaryDirectory() as folder:
        filled(folder)
        config = pathlib.Path(folder, "prometheus.yml")
        config.write_text("global: {}\n")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            address = "127.0.0.1:%d" % free.getsockname()[1]
        with open(f"{folder}/log", "w+") as log:
            process = subprocess.Popen(
                (shutil.which("prometheus"), f"--config.file={config}", f"--storage.tsdb.path={folder}/data",
                 f"--web.listen-address={address}"), stdout=log, stderr=subprocess.STDOUT)
            try:
                end = time.monotonic() + PATIENCE
                while not is_ready(f"http://{address}"):
                    if process.poll() is not None or time.monotonic() > end:
                        log.seek(0)
                        raise AssertionError(f"Prometheus did not start: {log.read()}")
                    time.sleep(0.05)
                yield Prometheus(f"http://{address}")
            finally:
                process.kill()
                process.wait()


def is_ready(url):
    try:
        with urllib.request.urlopen(f"{url}/-/ready", timeout=1):
            return True
    except OSError:
        return False


def expanded(query, **values):
    """With Grafana's variables replaced; all of everything unless `values` says otherwise."""
    values = {"__rate_interval": "4m", **values}
    return re.sub(r"\$(__rate_interval|job|link|regionserver|table)\b", lambda match: values.get(match[1], ".+"), query)


def panels(dashboard):
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def targets(dashboard):
    """(title and reference, panel, target)"""
    for panel in panels(dashboard):
        for target in panel["targets"]:
            yield f"{dashboard['uid']}: {panel['title']}: {target['refId']}", panel, target


def answers(server, dashboard):
    values = DRAWN.get(dashboard["uid"], {})

    def of(target):
        query = expanded(target["expr"], **values)
        return server.instant(query) if target["instant"] else server.range(query)

    return {panel["id"]: {target["refId"]: of(target) for target in panel["targets"]} for panel in panels(dashboard)}


def main():
    if len(sys.argv) != 3 or sys.argv[1] != "--dump":
        print(__doc__, file=sys.stderr)
        return 3
    with prometheus() as server:
        documents = [json.loads(path.read_text()) for path in DASHBOARDS]
        found = [{"dashboard": each, "variables": DRAWN.get(each["uid"], {}), "answers": answers(server, each)}
                 for each in documents]
    times = {"begin": simulate.BEGIN, "end": simulate.END}
    pathlib.Path(sys.argv[2]).write_text(json.dumps({**times, "dashboards": found}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
