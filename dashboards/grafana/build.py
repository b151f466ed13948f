"""What the dashboards are built of: a few kinds of panels, put in rows.

In queries {J stands for {job=~"$job", {L adds the link, {S link and region server, {T link and table. So a metric of a
link is written twinwatch_x{L} or twinwatch_x{L,state="ok"}."""
import itertools
import re

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
MATCHERS = {
    "J": 'job=~"$job"',
    "L": 'job=~"$job",link=~"$link"',
    "S": 'job=~"$job",link=~"$link",regionserver=~"$regionserver"',
    "T": 'job=~"$job",link=~"$link",table=~"$table"',
}
WARNING, CRITICAL = "orange", "red"  # the colours of an alert's severity
FINE, PLAIN = "green", "blue"  # what is judged to be well; what is only told
WIDTH = 24
# One name, one colour, on all three.
COLOURS = {
    "stalled": "red", "rewound": "dark-red", "disabled": "orange", "unknown": "purple", "lagging": "yellow",
    "ok": "green", "idle": "blue",
    "missing": "red", "extra": "purple", "value": "orange", "cells": "yellow",
}


def query(text):
    return re.sub(r"\{([JLST])(?=[,}])", lambda match: "{" + MATCHERS[match[1]], re.sub(r"\s+", " ", text.strip()))


def above(warning=None, critical=None, base=FINE):
    """Thresholds of what is bad when it is large."""
    steps = [{"color": base, "value": None}]
    steps += [{"color": colour, "value": value} for colour, value in ((WARNING, warning), (CRITICAL, critical))
              if value is not None]
    return steps


def below(limit, colour, fine=FINE):
    """Thresholds of what is bad when it is less than `limit`."""
    return [{"color": colour, "value": None}, {"color": fine, "value": limit}]


def words(texts):
    """{value: (text, colour)} as value mappings."""
    options = {str(value): {"text": text, "color": colour, "index": index}
               for index, (value, (text, colour)) in enumerate(texts.items())}
    return [{"type": "value", "options": options}]


def none_is(text, colour):
    """What is shown where nothing is known; without it Grafana would leave the place empty."""
    result = {"text": text, "color": colour, "index": 9}
    return [{"type": "special", "options": {"match": "null+nan", "result": result}}]


def target(ref, expr, legend="", instant=False, table=False):
    text = query(expr)
    made = {"refId": ref, "datasource": DATASOURCE, "expr": text, "editorMode": "code",
            "format": "table" if table else "time_series", "instant": instant, "range": not instant,
            "legendFormat": legend or "__auto"}
    # Rates need four scrapes; scraping once a minute is allowed.
    return {**made, "interval": "1m"} if "$__rate_interval" in text else made


def panel(kind, title, description, unit, steps, targets, options, custom=None, mappings=(), overrides=(), **defaults):
    field = {"color": {"mode": "thresholds"}, "unit": unit, "mappings": list(mappings), "custom": custom or {},
             "thresholds": {"mode": "absolute", "steps": steps or above(base=PLAIN)}, **defaults}
    return {"type": kind, "title": title, "description": " ".join(description.split()), "datasource": DATASOURCE,
            "targets": targets, "fieldConfig": {"defaults": field, "overrides": list(overrides)}, "options": options}


def reduced():
    return {"calcs": ["lastNotNull"], "fields": "", "values": False}


def stat(title, expr, unit, steps, description, unknown="not known", unknown_colour=WARNING, mappings=(), **defaults):
    options = {"reduceOptions": reduced(), "colorMode": "background_solid", "graphMode": "none",
               "justifyMode": "center", "orientation": "auto", "textMode": "value", "wideLayout": True,
               "showPercentChange": False, "percentChangeColorMode": "standard"}
    return panel("stat", title, description, unit, steps, [target("A", expr, instant=True)], options,
                 mappings=[*mappings, *none_is(unknown, unknown_colour)], noValue=unknown, **defaults)


def chart(title, unit, steps, description, *lines, stacked=False, no_value="No data", limits="dashed", **defaults):
    """Lines are (query, legend). `limits` says how thresholds are drawn; at 1 they would lie on the axis."""
    if not steps or unit in ("none", "short"):
        limits = "off"
    if unit == "none":
        defaults["decimals"] = 0
    custom = {"drawStyle": "line", "lineInterpolation": "linear", "lineWidth": 1, "fillOpacity": 40 if stacked else 8,
              "showPoints": "never", "spanNulls": False, "axisPlacement": "auto", "axisSoftMin": 0,
              "stacking": {"group": "A", "mode": "normal" if stacked else "none"},
              "thresholdsStyle": {"mode": limits}}
    options = {"legend": {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": True},
               "tooltip": {"mode": "multi", "sort": "desc"}}
    targets = [target(chr(ord("A") + i), expr, legend) for i, (expr, legend) in enumerate(lines)]
    known = [name for name in COLOURS if any("{{class}}" in legend or "{{state}}" in legend for _, legend in lines)]
    overrides = [{"matcher": {"id": "byName", "options": name},
                  "properties": [{"id": "color", "value": {"mode": "fixed", "fixedColor": COLOURS[name]}}]}
                 for name in known]
    return panel("timeseries", title, description, unit, steps, targets, options, custom, overrides=overrides,
                 **{"color": {"mode": "palette-classic"}, "noValue": no_value, **defaults})


def bars(title, unit, description, expr, legend, special=None):
    """`special` are thresholds of some of the bars: {name: steps}."""
    options = {"reduceOptions": reduced(), "displayMode": "basic", "orientation": "horizontal", "valueMode": "text",
               "showUnfilled": True, "namePlacement": "top", "sizing": "auto", "minVizHeight": 16, "minVizWidth": 8,
               "maxVizHeight": 40, "legend": {"calcs": [], "displayMode": "list", "placement": "bottom",
                                              "showLegend": False}}
    overrides = [of_column(name, [("thresholds", {"mode": "absolute", "steps": steps})])
                 for name, steps in (special or {}).items()]
    return panel("bargauge", title, description, unit, None, [target("A", expr, legend, instant=True)], options,
                 overrides=overrides, min=0, noValue="not known")


def column(name, expr, unit="none", steps=None, unknown="not known", unknown_colour="text", mappings=(), width=None):
    return {"name": name, "expr": expr, "unit": unit, "steps": steps, "width": width,
            "mappings": [*mappings, *none_is(unknown, unknown_colour)]}


def table(title, description, keys, rows, columns, links=(), sort=None):
    """`keys` are labels that become columns, with their names and widths: {label: (name, width)}. `rows` is a query
    with a series for each row, so that a row is there, and a column too, when nothing else is known. `links` are
    (column, title, url)."""
    refs = [chr(ord("A") + i) for i in range(len(columns))]
    exprs = [f"{column['expr']} or {rows} * NaN" if column["name"] else column["expr"] for column in columns]
    targets = [target(ref, expr, instant=True, table=True) for ref, expr in zip(refs, exprs)]
    names = {**{label: name for label, (name, _) in keys.items()},
             **{f"Value #{ref}": column["name"] for ref, column in zip(refs, columns)}}
    hidden = {"Time": True, **{name: True for name in names if not names[name]}}
    shown = [name for name in names if names[name]]
    transformations = [
        {"id": "merge", "options": {}},
        {"id": "organize", "options": {
            "excludeByName": hidden, "indexByName": {name: index for index, name in enumerate(shown)},
            "renameByName": {name: names[name] for name in shown}}},
    ]
    overrides = [of_column(name, [("custom.width", width)]) for name, width in keys.values() if width]
    for each in columns:
        if each["name"]:
            properties = [("unit", each["unit"]), ("mappings", each["mappings"]), ("custom.align", "right")]
            if each["width"]:
                properties.append(("custom.width", each["width"]))
            if each["steps"] or any("color" in str(mapping) for mapping in each["mappings"]):
                steps = each["steps"] or above()
                steps = [{**step, "color": "text"} if step["color"] == FINE else step for step in steps]
                properties += [("thresholds", {"mode": "absolute", "steps": steps}),
                               ("custom.cellOptions", {"type": "color-text"})]
            overrides.append(of_column(each["name"], properties))
    for name, text, url in links:
        overrides.append(of_column(name, [("links", [{"title": text, "url": url, "targetBlank": False}])]))
    options = {"showHeader": True, "cellHeight": "sm", "sortBy": [{"displayName": sort, "desc": True}] if sort else []}
    made = panel("table", title, description, "none", None, targets, options, {"align": "left", "inspect": False},
                 overrides=overrides, noValue="")
    return {**made, "transformations": transformations}


def of_column(name, properties):
    return {"matcher": {"id": "byName", "options": name},
            "properties": [{"id": key, "value": value} for key, value in properties]}


def line(height, *panels, widths=None):
    """Panels side by side; equally wide, or with `widths`."""
    return height, panels, widths or [WIDTH // len(panels)] * len(panels)


def placed(rows):
    """[(title, [line, ...]), ...] -> panels with their places and ids."""
    made, y, ids = [], 0, itertools.count(1)
    for title, lines in rows:
        made.append({"type": "row", "title": title, "collapsed": False, "id": next(ids), "panels": [],
                     "gridPos": {"x": 0, "y": y, "w": WIDTH, "h": 1}})
        y += 1
        for height, panels, widths in lines:
            x = 0
            for each, width in zip(panels, widths, strict=True):
                made.append({**each, "id": next(ids), "gridPos": {"x": x, "y": y, "w": width, "h": height}})
                x += width
            y += height
    return made
