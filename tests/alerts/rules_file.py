"""Reads the rules, in the layout of dashboards/alerts only, so that no YAML library is needed (promtool reads them as
YAML), and the catalogue of metrics."""
import re


def read_rules(text):
    """[{alert or record, group, expr, labels, annotations}]; a folded text becomes one line."""
    rules, group, where, key = [], None, None, None
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(r"\s*(#|$)", line) or line in ("groups:", "    rules:"):
            continue
        if match := re.match(r"  - name: (\S+)$", line):
            group = match[1]
        elif match := re.match(r"      - (alert|record): (\S+)$", line):
            rules.append({match[1]: match[2], "group": group, "labels": {}, "annotations": {}})
            where, key = rules[-1], match[1]
        elif match := re.match(r"        labels: \{(.*)\}$", line):
            rules[-1]["labels"] = dict(pair.split(": ", 1) for pair in match[1].split(", "))
        elif match := re.match(r"        (annotations|labels):$", line):
            where = rules[-1][match[1]]
        elif match := re.match(r"(?:        |          )(\w+): (.*)$", line):
            if not line.startswith(" " * 10):
                where = rules[-1]
            key = match[1]
            where[key] = "" if match[2] == ">-" else match[2].strip("'")
        elif where is not None and line.startswith(" " * (10 if where is rules[-1] else 12)):
            where[key] = f"{where[key]} {line.strip()}".strip()
        else:
            raise ValueError(f"line {number} is not laid out as the others: {line}")
    return rules


def read_catalogue(text):
    """Metric -> its labels."""
    found = {}
    for name, kind, labels in re.findall(r'MetricInfo\{\s*"(\w+)",\s*(\w+),\s*"([\w,]*)"', text):
        for suffix in ("_bucket", "_sum", "_count") if kind == "kHistogram" else ("",):
            found[name + suffix] = labels + (",le" if suffix == "_bucket" else "")
    return found
