#!/usr/bin/env python3
"""Checks the alerts for what promtool does not see.

    rules_lint.py [ROOT]       prints "alert: what is wrong" and exits 1 when there is any
    rules_lint.py --self-test  proves that what must be refused is refused
"""
import pathlib
import re
import sys
import tempfile

from promql import Expression
from rules_file import read_catalogue, read_rules

ANNOTATIONS = ("summary", "description", "runbook_url")
OF_EVERY_TARGET = ("job", "instance")
OF_PROMETHEUS = {"up": ""}


def page_name(alert):
    """TwinwatchRPOAtRisk -> rpo-at-risk.md, TwinwatchHFileGone -> hfile-gone.md"""
    name = alert.removeprefix("Twinwatch").replace("HFile", "Hfile")
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z](?!$))", "-", name)
    return words.lower() + ".md"


def offences_of_selectors(expression, catalogue, recorded):
    for selector in expression.selectors:
        if ":" in selector.metric:
            if selector.metric not in recorded:
                yield f"reads {selector.metric}, which its group has not recorded before"
            continue
        if selector.matchers.get("job") != ("=", "twinwatch"):
            yield f'{selector.metric} is selected without job="twinwatch"'
        if selector.metric not in catalogue:
            yield f"{selector.metric} is not in exporters/catalogue.cc"
            continue
        for label in selector.matchers:
            if label not in (*catalogue[selector.metric].split(","), *OF_EVERY_TARGET):
                yield f"{selector.metric} has no label {label}"


def offences_of_alert(rule, expression, pages):
    name = rule["alert"]
    if not re.match(r"Twinwatch[A-Z]", name):
        yield "its name does not begin with Twinwatch"
    if rule["labels"].get("severity") not in ("critical", "warning", "info"):
        yield "severity is not critical, warning or info"
    if any("$value" in value for value in rule["labels"].values()):
        yield "a label with $value makes a new alert of each value"
    for annotation in ANNOTATIONS:
        if not rule["annotations"].get(annotation):
            yield f"has no {annotation}"
    if not re.match(r"[A-Z][^{}]*\.$", rule["annotations"].get("summary", "A.")):
        yield "summary is not a fixed sentence with a capital and a full stop"
    if rule["annotations"].get("runbook_url", "").rpartition("/")[2] != page_name(name):
        yield f"runbook_url does not end in {page_name(name)}"
    if page_name(name) not in pages:
        yield f"dashboards/runbooks/{page_name(name)} does not exist"
    if not expression.can_be_empty:
        yield "has no comparison, so it always fires"
    if expression.known:
        used = re.findall(r"\$labels\.(\w+)", " ".join(rule["annotations"].values()))
        for label in sorted(set(used) - set(expression.labels or ()) - set(rule["labels"])):
            yield f"says $labels.{label}, which its expression does not keep"


def offences(root):
    folder = root / "dashboards"
    pages = {page.name: page.read_text() for page in (folder / "runbooks").glob("*.md")}
    index = pages.pop("README.md", "")
    tests = "\n".join(test.read_text() for test in sorted((root / "tests/alerts").glob("*.test.yml")))
    catalogue = {**read_catalogue((root / "exporters/catalogue.cc").read_text()), **OF_PROMETHEUS}
    alerts = set()
    for file in sorted((folder / "alerts").glob("*.rules.yml")):
        recorded = {}  # (group, name) -> labels
        for rule in read_rules(file.read_text()):
            name, group = rule.get("alert") or rule["record"], rule["group"]
            own = {metric: labels for (of, metric), labels in recorded.items() if of == group}

            def labels_of(metric, own=own):
                if metric in catalogue:
                    return {*catalogue[metric].split(","), *OF_EVERY_TARGET} - {""}
                return own.get(metric)

            expression = Expression(rule["expr"], labels_of)
            found = list(offences_of_selectors(expression, catalogue, own))
            if "record" in rule:
                recorded[group, name] = expression.labels if expression.known else None
            else:
                alerts.add(name)
                found += offences_of_alert(rule, expression, pages)
                if not re.search(rf"alertname: {name}\n\s+exp_alerts:\n", tests):
                    found.append("is never seen to fire in tests/alerts")
            yield from (f"{name}: {what}" for what in found)
    for page in sorted(set(pages) - {page_name(alert) for alert in alerts}):
        yield f"dashboards/runbooks/{page}: no alert is called so"
    for page in sorted(page for page in pages if f"({page})" not in index):
        yield f"dashboards/runbooks/{page}: is not in the index, README.md"


GOOD_RULES = """\
groups:
  - name: g
    rules:
      - record: link:twinwatch_x:max
        expr: max by (link) (twinwatch_x{job="twinwatch"})
      - alert: TwinwatchXHigh
        expr: >-
          link:twinwatch_x:max > 3
          unless on (link) twinwatch_x{job="twinwatch",state=~"a|b"} == 0
        for: 5m
        labels: {severity: warning}
        annotations:
          summary: X is high.
          description: 'X of {{ $labels.link }} is {{ $value }}.'
          runbook_url: /runbooks/x-high.md
"""
GOOD = {
    "dashboards/alerts/a.rules.yml": GOOD_RULES,
    "dashboards/runbooks/x-high.md": "# X\n",
    "dashboards/runbooks/README.md": "[X](x-high.md)\n",
    "exporters/catalogue.cc": 'MetricInfo{"twinwatch_x", kGauge, "link,state",\n "Help."},\n',
    "tests/alerts/a.test.yml": "alertname: TwinwatchXHigh\n        exp_alerts:\n          - exp_labels: {}\n",
}
RULES, PAGE, INDEX, CATALOGUE, TEST = GOOD
# (file, what is replaced, by what, what is said)
MUST_BE_REFUSED = (
    (RULES, "severity: warning", "severity: page", "severity is not"),
    (RULES, "severity: warning", "severity: info, v: {{ $value }}", "a label with $value"),
    (RULES, "          summary: X is high.\n", "", "has no summary"),
    (RULES, "X is high.", "x is high.", "not a fixed sentence"),
    (RULES, "X is high.", "X of {{ $labels.link }}.", "not a fixed sentence"),
    (RULES, "x-high.md", "x.md", "does not end in x-high.md"),
    (RULES, "$labels.link", "$labels.state", "$labels.state, which"),
    (RULES, "$labels.link", "$labels.instance", "$labels.instance, which"),
    (RULES, 'x{job="twinwatch"})', "x)", "link:twinwatch_x:max: twinwatch_x is selected without"),
    (RULES, '{job="twinwatch",state', "{state", "without job"),
    (RULES, '{job="twinwatch",state', '{job="other",state', "without job"),
    (RULES, ",state=~", ",stat=~", "has no label stat"),
    (RULES, "> 3\n          unless", "and", None),
    (RULES, '> 3\n          unless on (link) twinwatch_x{job="twinwatch",state=~"a|b"} == 0', "+ 3", "no comparison"),
    (RULES, "      - alert", "  - name: h\n    rules:\n      - alert", "which its group has not recorded"),
    (RULES, "alert: Twinwatch", "alert: ", "begin with Twinwatch"),
    (CATALOGUE, "twinwatch_x", "twinwatch_y", "not in exporters/catalogue.cc"),
    (PAGE, "# X\n", None, "x-high.md does not exist"),
    (INDEX, "(x-high.md)", "(y.md)", "not in the index"),
    (TEST, "exp_alerts:\n", "exp_alerts: []\n", "never seen to fire"),
)
PAGES_OF = {"TwinwatchRPOAtRisk": "rpo-at-risk.md", "TwinwatchMissingWALs": "missing-wals.md",
            "TwinwatchLagHigh": "lag-high.md"}


def lint_of(files):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            if text is not None:
                (root / name).write_text(text)
        return list(offences(root))


def self_test():
    wrong = [f"was refused: {line}" for line in lint_of(GOOD)]
    if not any("y.md: no alert" in line for line in lint_of({**GOOD, "dashboards/runbooks/y.md": "# Y"})):
        wrong.append("a page without an alert was taken")
    for file, old, new, said in MUST_BE_REFUSED:
        assert old in GOOD[file], old
        found = lint_of({**GOOD, file: None if new is None else GOOD[file].replace(old, new)})
        if said is not None and not any(said in line for line in found):
            wrong.append(f"{file} with {new!r} for {old!r}: {said!r} was not said, but {found}")
        if said is None and found:
            wrong.append(f"{file} with {new!r} for {old!r} was refused: {found}")
    wrong += [f"{alert}: {page_name(alert)}" for alert, page in PAGES_OF.items() if page_name(alert) != page]
    print("\n".join(wrong) or "self-test passed")
    return 1 if wrong else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2])
    found = list(offences(root))
    print("\n".join(found) or "every alert has what it needs")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
