#!/usr/bin/env python3
"""Writes the dashboards, twinwatch-*.json beside this file, from overview.py, link.py and verification.py.

    generate.py          writes them
    generate.py --check  exits 1 when one is not as it would be written
"""
import json
import pathlib
import sys

import link
import overview
import verification
from build import DATASOURCE, placed, query

HERE = pathlib.Path(__file__).parent
DASHBOARDS = (overview, link, verification)
# Shown over all charts. What is above 0 is marked, from its begin to its end.
ANNOTATIONS = (
    ("Peer disabled", "orange", 'min by (link) (twinwatch_peer_enabled{L}) == bool 0', "Peer of {{link}} is disabled"),
    ("Agent started", "blue", f"changes(process_start_time_seconds{{J}}[$__rate_interval]) {overview.OF_AGENTS}",
     "Agent {{instance}} started"),
)


def annotation(name, colour, expr, title):
    # Newer versions of Grafana read `target`, older ones `expr` and `step`.
    target = {"refId": "A", "datasource": DATASOURCE, "expr": query(expr), "interval": "1m"}
    return {"name": name, "datasource": DATASOURCE, "enable": True, "hide": False, "iconColor": colour,
            "target": target, "expr": target["expr"], "step": target["interval"], "titleFormat": title,
            "textFormat": "", "tagKeys": "link,instance"}


def labels_variable(name, label, metric, many=True):
    text = query(f"label_values({metric}, {name})")
    made = {"type": "query", "name": name, "label": label, "datasource": DATASOURCE,
            "query": {"query": text, "refId": "Variable"}, "refresh": 2, "sort": 1, "regex": "", "hide": 0,
            "skipUrlSync": False, "multi": many, "includeAll": many, "options": []}
    everything = {"allValue": ".+", "current": {"text": ["All"], "value": ["$__all"]}}
    return {**made, **everything} if many else made


def variables(dashboard):
    source = {"type": "datasource", "name": "datasource", "label": "Prometheus", "query": "prometheus", "regex": "",
              "hide": 0, "skipUrlSync": False, "multi": False, "includeAll": False, "options": [], "refresh": 1}
    return [source, labels_variable("job", "Job", "twinwatch_build_info"),
            labels_variable("link", "Link", "twinwatch_link_info{J}", dashboard is not link),
            *(labels_variable(*variable) for variable in dashboard.VARIABLES)]


def link_to(other):
    return {"type": "link", "title": other.TITLE.removeprefix("Twinwatch: "), "url": f"/d/{other.UID}",
            "tooltip": other.QUESTION, "icon": "dashboard", "asDropdown": False, "targetBlank": False,
            "includeVars": True, "keepTime": True, "tags": []}


def document(dashboard):
    return {
        "uid": dashboard.UID, "title": dashboard.TITLE, "description": dashboard.QUESTION,
        "tags": ["twinwatch", "hbase"],
        "schemaVersion": 39, "version": 1, "editable": False, "graphTooltip": 1, "refresh": "1m", "timezone": "utc",
        "time": {"from": "now-6h", "to": "now"}, "timepicker": {}, "fiscalYearStartMonth": 0,
        "annotations": {"list": [annotation(*each) for each in ANNOTATIONS]},
        "links": [link_to(other) for other in DASHBOARDS if other is not dashboard],
        "templating": {"list": variables(dashboard)},
        "panels": placed(dashboard.ROWS),
    }


def files():
    return {HERE / f"{dashboard.UID}.json": json.dumps(document(dashboard), indent=1) + "\n"
            for dashboard in DASHBOARDS}


def main():
    if sys.argv[1:] not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 3
    stale = [path for path, text in files().items() if not path.exists() or path.read_text() != text]
    if sys.argv[1:] == ["--check"]:
        for path in stale:
            print(f"{path.name} is not what generate.py writes; run dashboards/grafana/generate.py")
        return 1 if stale else 0
    for path in stale:
        path.write_text(files()[path])
        print(f"{path.name} written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
