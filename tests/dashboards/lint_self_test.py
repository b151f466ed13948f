"""Proves that the lint refuses what it must: one good dashboard, and each rule broken once."""
import copy
import json
import pathlib
import tempfile

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
CATALOGUE = """
MetricInfo{"twinwatch_x", kGauge, "link,state", "Help."},
MetricInfo{"twinwatch_y_total", kCounter, "link", "Help."},
"""
RULES = """\
groups:
  - name: g
    rules:
      - record: link:twinwatch_x:max
        expr: max by (link) (twinwatch_x{job="twinwatch"})
      - alert: TwinwatchXHigh
        expr: link:twinwatch_x:max > 2 * 3
        labels: {severity: warning}
"""


def panel(title, expr, description, steps, y, **more):
    target = {"refId": "A", "datasource": DATASOURCE, "expr": expr, "legendFormat": "{{link}}"}
    steps = [{"value": value, "color": colour} for value, colour in steps]
    return {"type": "stat", "id": y, "title": title, "description": description, "datasource": DATASOURCE,
            "targets": [target], "gridPos": {"x": 0, "y": y, "w": 12, "h": 4},
            "fieldConfig": {"defaults": {"unit": "s", "thresholds": {"steps": steps}, "noValue": "?"}, "overrides": []},
            **more}


def variable(name):
    return {"name": name, "type": "query", "datasource": DATASOURCE, "refresh": 2, "multi": True, "allValue": ".+"}


def dashboard(uid, other):
    return {
        "uid": uid, "title": "T", "description": "D", "editable": False,
        "links": [{"url": f"/d/{other}", "includeVars": True, "keepTime": True}],
        "templating": {"list": [{"name": "datasource", "type": "datasource"}, variable("job"), variable("link")]},
        "annotations": {"list": [{"name": "a", "expr": 'twinwatch_x{job=~"$job",link=~"$link"}'}]},
        "panels": [
            {"type": "row", "title": "R", "id": 99, "gridPos": {"x": 0, "y": 0, "w": 24, "h": 1}},
            panel("X", 'max by (link) (twinwatch_x{job=~"$job",link=~"$link",state="s"})',
                  "Orange (TwinwatchXHigh): look at the server that is named.", [(None, "green"), (6, "orange")], 1),
            panel("Y", 'sum by (link) (rate(twinwatch_y_total{job=~"$job",link=~"$link"}[$__rate_interval]))',
                  "As many as there are; when it is 0 see the log.", [(None, "green")], 5),
            {"type": "row", "title": "S", "id": 98, "gridPos": {"x": 0, "y": 9, "w": 24, "h": 1}},
        ],
    }


# (where in the first dashboard, a new value, what is said); None takes the thing away.
P, Q = ("panels", 1), ("panels", 2)
QUERY = (*P, "targets", 0, "expr")
STEPS = (*P, "fieldConfig", "defaults", "thresholds", "steps")
MUST_BE_REFUSED = (
    (("uid",), "other", "does not begin with twinwatch-"),
    (("title",), None, "has no title"),
    (("editable",), True, "is editable"),
    (("links",), [], "has no link to twinwatch-b"),
    (("links", 0, "includeVars"), False, "loses the variables"),
    (("templating", "list", 0, "type"), "constant", "no variable for the data source"),
    (("templating", "list", 2, "name"), "other", "has no variable link"),
    (("templating", "list", 2, "refresh"), 1, "not asked for again"),
    (("templating", "list", 1, "allValue"), None, 'allValue is not ".+"'),
    (("templating", "list", 1, "multi"), False, "cannot choose several"),
    (("templating", "list", 1, "datasource"), {"uid": "abc"}, "variable job: its data source is fixed"),
    (("annotations", "list", 0, "expr"), "twinwatch_x{}", "annotation a: twinwatch_x is selected without job"),
    (("panels", 0, "gridPos", "y"), 20, "does not begin with a row"),
    (("panels", 3, "gridPos", "y"), 16, "fit a screen"),
    ((*Q, "gridPos", "y"), 4, "lies over X"),
    ((*P, "gridPos", "x"), 13, "wider than the page"),
    ((*P, "title"), "Y", "several panels with the title"),
    ((*P, "fieldConfig", "defaults", "links"), [{"url": "/d/twinwatch-c?x"}], "links to twinwatch-c, which is no"),
    ((*P, "id"), 5, "id of their own"),
    ((*P, "type"), "heatmap", "cannot be drawn"),
    ((*P, "title"), "", "has no title"),
    ((*P, "description"), "Orange (TwinwatchXHigh).", "has no description"),
    ((*P, "fieldConfig", "defaults", "unit"), None, "unit None is not one of"),
    ((*P, "fieldConfig", "defaults", "noValue"), None, "when nothing is known"),
    ((*P, "datasource"), {"uid": "abc"}, "its data source is fixed"),
    ((*P, "targets", 0, "datasource"), {"uid": "abc"}, "its data source is fixed"),
    ((*P, "targets"), [], "asks nothing"),
    ((*P, "targets", 0, "legendFormat"), "{{state}}", "its legend names state"),
    (QUERY, 'max by (link) (twinwatch_z{job=~"$job"})', "twinwatch_z is not in exporters/catalogue.cc"),
    (QUERY, 'max by (link) (twinwatch_x{link=~"$link"})', "selected without job"),
    (QUERY, 'max by (link) (twinwatch_x{job="twinwatch",link=~"$link"})', "selected without job"),
    (QUERY, 'max by (link) (twinwatch_x{job=~"$job"})', 'selected without link=~"$link"'),
    (QUERY, 'max by (link) (twinwatch_x{job=~"$job",link=~"$link",table="t"})', "has no label table"),
    (QUERY, 'max by (link) (up{job=~"$job"})', "join them with one of ours"),
    (QUERY, "max by (link) (twinwatch_x)", "twinwatch_x is selected without any label"),
    (QUERY, 'max by (link) (twinwatch_x{job=~"$job",link=~"$link",state="$state"})', "there is no variable state"),
    ((*Q, "targets", 0, "expr"), 'sum by (link) (rate(twinwatch_y_total{job=~"$job",link=~"$link"}[5m]))',
     "rate does not look at $__rate_interval"),
    ((*P, "description"), "When it is high look at the server that is named.", "what to do when it is orange"),
    ((*P, "description"), "Orange (TwinwatchXHigh, TwinwatchZed): look at the server.", "is no alert TwinwatchZed"),
    ((*P, "description"), "Orange: look at the server that is named, and then at the log.", "XHigh colours no panel"),
    (STEPS, [{"value": None, "color": "green"}, {"value": 5, "color": "orange"}], "orange does not begin where"),
    (STEPS, [{"value": None, "color": "green"}, {"value": 6, "color": "red"}], "what to do when it is red"),
    ((*P, "description"), "Red (TwinwatchXHigh): look at the server that is named.", "is warning, which is not red"),
    (QUERY, 'max by (link) (twinwatch_y_total{job=~"$job",link=~"$link"})', "asks for nothing that TwinwatchXHigh"),
)
# Other limits of the alert, and the steps that then are right.
LIMITS = (
    ("> 0", [(None, "green"), (1, "orange")]), ("> 14 * 86400", [(None, "green"), (1209600, "orange")]),
    ("< 86400", [(None, "orange"), (86400, "green")]), ("== 0", [(None, "orange"), (1, "green")]),
    ("> 5e9 and predict_linear(x[30m], 4) > 7", [(None, "green"), (5e9, "orange")]),
)


def lint_of(offences, first, rules=RULES):
    second = dashboard("twinwatch-b", "twinwatch-a")
    del second["panels"][1]  # else XHigh has a colour there
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        files = {"exporters/catalogue.cc": CATALOGUE, "dashboards/alerts/a.rules.yml": rules,
                 "dashboards/grafana/a.json": json.dumps(first),
                 "dashboards/grafana/b.json": json.dumps(second)}
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        return [line for line in offences(root) if not line.startswith("twinwatch-b: ")]


def changed(good, path, new):
    made = copy.deepcopy(good)
    *parents, last = path
    place = made
    for key in parents:
        place = place[key]
    if new is None and isinstance(place, dict):
        del place[last]
    else:
        place[last] = new
    return made


def self_test(offences):
    good = dashboard("twinwatch-a", "twinwatch-b")
    wrong = [f"was refused: {line}" for line in lint_of(offences, good)]
    for path, new, said in MUST_BE_REFUSED:
        found = lint_of(offences, changed(good, path, new))
        if not any(said in line for line in found):
            wrong.append(f"{path} as {new!r}: {said!r} was not said, but {found}")
    for text, steps in LIMITS:
        rules = RULES.replace("> 2 * 3", text)
        made = changed(good, STEPS, [{"value": value, "color": colour} for value, colour in steps])
        wrong += [f"{text} with {steps} was refused: {line}" for line in lint_of(offences, made, rules)]
        if not any("does not begin where" in line for line in lint_of(offences, good, rules)):
            wrong.append(f"{text} with a step at 6 was taken")
    print("\n".join(wrong) or "self-test passed")
    return 1 if wrong else 0
