#!/usr/bin/env python3
"""Checks the dashboards: what every panel needs, the catalogue of metrics, the thresholds of the alerts.

    dashboards_lint.py [ROOT]       prints "dashboard: panel: what is wrong" and exits 1 when there is any
    dashboards_lint.py --self-test  proves that what must be refused is refused
"""
import json
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "alerts"))

from rules_file import read_catalogue, read_rules  # noqa: E402
from thresholds import offences_of_thresholds  # noqa: E402

# What @grafana/ui can draw, so that draw.sh has seen every panel.
DRAWABLE = ("stat", "timeseries", "table", "bargauge")
UNITS = ("none", "short", "s", "bytes", "percentunit", "ops", "rowsps")
OF_EVERY_TARGET = ("job", "instance")
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
FIRST_ROW_HEIGHT = 15  # 38 pixels each: beside Grafana's own bars it fits a screen of 1280x720
SELECTOR = re.compile(r"([a-zA-Z_:][\w:]*)\s*\{([^}]*)\}")
RATES = re.compile(r"\b(rate|irate|increase|delta|idelta|deriv|changes|resets)\b\s*\(")


def offences_of_dashboard(dashboard, uids):
    if not dashboard.get("uid", "").startswith("twinwatch-"):
        yield "its uid does not begin with twinwatch-"
    for field in ("title", "description"):
        if not dashboard.get(field):
            yield f"has no {field}"
    if dashboard.get("editable") is not False:
        yield "is editable: what one changes there is lost with the next version"
    linked = {link.get("url", "").rpartition("/")[2]: link for link in dashboard.get("links", [])}
    for uid in sorted(set(uids) - {dashboard.get("uid")}):
        if uid not in linked:
            yield f"has no link to {uid}"
        elif not (linked[uid].get("includeVars") and linked[uid].get("keepTime")):
            yield f"its link to {uid} loses the variables or the time"
    yield from offences_of_variables(dashboard)
    yield from offences_of_places(dashboard["panels"])
    titles = [panel["title"] for panel in dashboard["panels"]]
    for title in sorted({title for title in titles if titles.count(title) > 1}):
        yield f"has several panels with the title {title!r}"
    ids = [panel.get("id") for panel in dashboard["panels"]]
    if len(set(ids)) != len(ids) or None in ids:
        yield "panels without an id of their own"


def offences_of_variables(dashboard):
    variables = {variable["name"]: variable for variable in dashboard.get("templating", {}).get("list", [])}
    if variables.get("datasource", {}).get("type") != "datasource":
        yield "has no variable for the data source"
    for name in ("job", "link"):
        if name not in variables:
            yield f"has no variable {name}"
    for name, variable in variables.items():
        if variable["type"] != "query":
            continue
        if variable.get("datasource") != DATASOURCE:
            yield f"variable {name}: its data source is fixed"
        if variable.get("refresh") != 2:
            yield f"variable {name}: is not asked for again when the time range changes"
        if variable.get("multi") and variable.get("allValue") != ".+":
            yield f'variable {name}: allValue is not ".+"'
    if not variables.get("job", {}).get("multi"):
        yield "variable job: one cannot choose several"


def offences_of_places(panels):
    taken, rows = {}, [panel["gridPos"]["y"] for panel in panels if panel["type"] == "row"]
    for panel in panels:
        place = panel["gridPos"]
        if place["x"] + place["w"] > 24:
            yield f"{panel['title']}: is wider than the page"
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                other = taken.setdefault((x, y), panel["title"])
                if other is not panel["title"] and other != panel["title"]:
                    yield f"{panel['title']}: lies over {other}"
                    return
    if not rows or rows[0] != 0:
        yield "does not begin with a row"
    elif len(rows) > 1 and rows[1] > FIRST_ROW_HEIGHT:
        yield f"the first row is {rows[1]} high; {FIRST_ROW_HEIGHT} fit a screen of 1280x720"


def units(panel):
    """All of the panel; of a table those of its columns."""
    if panel["type"] != "table":
        return [panel["fieldConfig"]["defaults"].get("unit")]
    return [entry["value"] for override in panel["fieldConfig"]["overrides"] for entry in override["properties"]
            if entry["id"] == "unit"]


def offences_of_panel(panel, uids):
    if panel["type"] not in DRAWABLE:
        yield f"a {panel['type']} cannot be drawn by the tests"
    if not panel.get("title"):
        yield "has no title"
    if len(panel.get("description", "")) < 40 or panel["description"][-1] not in ".?":
        yield "has no description of a sentence or more"
    for unit in units(panel) or [None]:
        if unit not in UNITS:
            yield f"unit {unit!r} is not one of {', '.join(UNITS)}"
    if panel.get("datasource") != DATASOURCE:
        yield "its data source is fixed"
    if not panel.get("targets"):
        yield "asks nothing"
    for uid in re.findall(r'"/d/([^?"]*)', json.dumps(panel)):
        if uid not in uids:
            yield f"links to {uid}, which is no dashboard of ours"
    if panel["type"] in ("stat", "bargauge", "timeseries") and not panel["fieldConfig"]["defaults"].get("noValue"):
        yield "does not say what is shown when nothing is known"


def offences_of_query(target, catalogue, variables):
    query, legend = target["expr"], target.get("legendFormat", "")
    if target.get("datasource") != DATASOURCE:
        yield "its data source is fixed"
    yield from offences_of_selectors(query, catalogue, variables)
    if re.search(r"\b(up|process_\w+)\s*\{", query) and "on (job, instance)" not in query:
        yield "every job has up and process_ metrics: join them with one of ours on (job, instance)"
    for name in sorted(set(re.findall(r"\$(\w+)", query)) - set(variables) - {"__rate_interval", "1"}):
        yield f"there is no variable {name}"
    for match in RATES.finditer(query):
        window = re.search(r"\[([^\]]*)\]", query[match.end():])
        if window is None or window[1] != "$__rate_interval":
            yield f"{match[1]} does not look at $__rate_interval"
    kept = {label for labels in re.findall(r"by \(([^)]*)\)", query) for label in labels.split(", ")}
    for label in sorted(set(re.findall(r"{{(\w+)}}", legend)) - kept):
        yield f"its legend names {label}, which the query does not keep"


def offences_of_selectors(query, catalogue, variables):
    for metric, text in SELECTOR.findall(query):
        if metric not in catalogue:
            yield f"{metric} is not in exporters/catalogue.cc"
            continue
        labels = (*catalogue[metric].split(","), *OF_EVERY_TARGET)
        matchers = dict(re.findall(r'(\w+)(=~|!~|!=|=)"[^"]*"', text))
        for label in matchers:
            if label not in labels:
                yield f"{metric} has no label {label}"
        for label in ("job", *(label for label in catalogue[metric].split(",") if label in variables)):
            if f'{label}=~"${label}"' not in text:
                yield f'{metric} is selected without {label}=~"${label}"'
    bare = re.sub(r'"[^"]*"|\{[^}]*\}', lambda match: "{" if match[0][0] == "{" else '""', query)
    for metric in sorted(set(re.findall(r"\b((?:twinwatch|process)_\w+|up)\b(?!\s*\{)", bare))):
        yield f"{metric} is selected without any label"


def offences(root):
    folder = root / "dashboards"
    catalogue = {**read_catalogue((root / "exporters/catalogue.cc").read_text()), "up": ""}
    rules = [rule for file in sorted((folder / "alerts").glob("*.rules.yml")) for rule in read_rules(file.read_text())]
    dashboards = [json.loads(file.read_text()) for file in sorted((folder / "grafana").glob("*.json"))]
    uids, coloured = [dashboard.get("uid") for dashboard in dashboards], set()
    for dashboard in dashboards:
        name = dashboard.get("uid")
        yield from (f"{name}: {what}" for what in offences_of_dashboard(dashboard, uids))
        variables = [variable["name"] for variable in dashboard["templating"]["list"]]
        for panel in (panel for panel in dashboard["panels"] if panel["type"] != "row"):
            found = [*offences_of_panel(panel, uids), *offences_of_thresholds(panel, rules, coloured)]
            for target in panel.get("targets", []):
                found += offences_of_query(target, catalogue, variables)
            yield from (f"{name}: {panel.get('title')}: {what}" for what in found)
        for annotation in dashboard.get("annotations", {}).get("list", []):
            for what in offences_of_selectors(annotation["expr"], catalogue, variables):
                yield f"{name}: annotation {annotation['name']}: {what}"
    for alert in sorted({rule["alert"] for rule in rules if "alert" in rule} - coloured):
        yield f"{alert} colours no panel"


def main():
    if sys.argv[1:] == ["--self-test"]:
        from lint_self_test import self_test
        return self_test(offences)
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2])
    found = list(offences(root))
    print("\n".join(found) or "every panel has what it needs")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
