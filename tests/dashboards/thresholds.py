"""Colours of panels agree with the alerts that their descriptions name: "Orange (TwinwatchLagHigh)" is the colour of a
warning, "Red (TwinwatchRPOAtRisk)" of a critical alert, and the colour begins where the alert does."""
import re

SEVERITY = {"orange": "warning", "red": "critical"}
NAMED = re.compile(r"\b(orange|red)\b[\w ]*\(([^)]*)\)", re.I)


def named_alerts(description):
    """(colour, alert)"""
    for colour, text in NAMED.findall(description):
        for alert in re.findall(r"Twinwatch\w+", text):
            yield colour.lower(), alert


def limit(expression):
    """(operator, number) of the first comparison of an alert; None when it has none."""
    match = re.search(r"(==|<|>)\s*([\d.e+]+(?:\s*\*\s*[\d.e+]+)*)", expression)
    if match is None:
        return None
    number = 1.0
    for factor in match[2].split("*"):
        number *= float(factor)
    return match[1], number


def step_lists(panel):
    field = panel["fieldConfig"]
    yield field["defaults"].get("thresholds", {}).get("steps", [])
    for override in field["overrides"]:
        yield from (entry["value"]["steps"] for entry in override["properties"] if entry["id"] == "thresholds")


def colours(panel):
    found = {step["color"] for steps in step_lists(panel) for step in steps}
    return found & set(SEVERITY)


def begins_there(steps, colour, operator, number):
    values = {step["value"]: step["color"] for step in steps}
    if operator == ">":
        # Counts: more than 0 is 1.
        return values.get(number if number else 1) == colour
    return values.get(None) == colour and values.get(number if operator == "<" else 1) not in (None, colour)


def metrics(expression, recorded):
    """Those that an expression rests on, per table or not."""
    found = set()
    for name in re.findall(r"[a-zA-Z_][\w:]*", expression):
        if name in recorded:
            found |= metrics(recorded[name], {other: text for other, text in recorded.items() if other != name})
        found.add(name.replace("twinwatch_table_", "twinwatch_"))
    return {name for name in found if re.match(r"twinwatch_|process_|up$", name)}


def offences_of_thresholds(panel, rules, coloured):
    """Adds the alerts that have a colour here to `coloured`."""
    alerts = {rule["alert"]: rule for rule in rules if "alert" in rule}
    recorded = {rule["record"]: rule["expr"] for rule in rules if "record" in rule}
    description = panel.get("description", "")
    asked = set().union(*(metrics(target["expr"], {}) for target in panel.get("targets", [])))
    for colour in sorted(colours(panel)):
        if not re.search(rf"\b{colour}\b", description, re.I):
            yield f"does not say what to do when it is {colour}"
    for alert in sorted(set(re.findall(r"Twinwatch[A-Z]\w+", description)) - set(alerts)):
        yield f"there is no alert {alert}"
    for colour, alert in named_alerts(description):
        if alert not in alerts:
            continue
        coloured.add(alert)
        rule = alerts[alert]
        if rule["labels"].get("severity") != SEVERITY[colour]:
            yield f"{alert} is {rule['labels'].get('severity')}, which is not {colour}"
        if not metrics(rule["expr"], recorded) & asked:
            yield f"asks for nothing that {alert} is about"
        found = limit(rule["expr"])
        if found is not None and found[0] == "==" and any("== 0" in target["expr"] for target in panel["targets"]):
            found = ">", 0.0  # the panel counts those that are 0
        if found is not None and not any(begins_there(steps, colour, *found) for steps in step_lists(panel)):
            yield f"{colour} does not begin where {alert} does: {found[0]} {found[1]:g}"
