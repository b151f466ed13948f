#!/usr/bin/env python3
"""Every query of every dashboard, asked of a real Prometheus with six hours of history: none may fail or find nothing,
none may take "never" for 1970, and without an agent nothing may look fine."""
import json
import math
import re
import unittest

import history
import simulate

DASHBOARDS = [json.loads(path.read_text()) for path in history.DASHBOARDS]
TARGETS = [each for dashboard in DASHBOARDS for each in history.targets(dashboard)]
DECADES = 20 * 365 * 86400  # a time itself, where its age was meant, is more


def panel(uid, title):
    dashboard = next(each for each in DASHBOARDS if each["uid"] == f"twinwatch-{uid}")
    return next(panel for panel in history.panels(dashboard) if panel["title"] == title)


class Queries(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(history.prometheus())

    def values(self, uid, title, ref="A", **variables):
        """The labels' values, joined, -> the value at the end."""
        target = next(each for each in panel(uid, title)["targets"] if each["refId"] == ref)
        found = self.server.instant(history.expanded(target["expr"], **variables))
        return {" ".join(series["metric"].values()): float(series["value"][1]) for series in found}

    def test_each_finds_something_at_the_end(self):
        for name, _, target in TARGETS:
            with self.subTest(name):
                self.assertNotEqual(self.server.instant(history.expanded(target["expr"])), [])

    def test_each_finds_something_in_six_hours(self):
        for name, _, target in TARGETS:
            with self.subTest(name):
                found = self.server.range(history.expanded(target["expr"]))
                self.assertTrue(any(value != "NaN" for series in found for _, value in series["values"]))

    def test_each_can_be_asked_of_one_link(self):
        for link in simulate.LINKS:
            for name, _, target in TARGETS:
                with self.subTest(name, link=link):
                    self.server.instant(history.expanded(target["expr"], link=link))

    def test_no_age_is_of_1970(self):
        for name, _, target in TARGETS:
            with self.subTest(name):
                for series in self.server.range(history.expanded(target["expr"]), step=600):
                    largest = max(float(value) for _, value in series["values"])
                    self.assertFalse(largest > DECADES and "bytes" not in target["expr"], series["metric"])

    def test_without_an_agent_nothing_is_said_to_be_fine(self):
        for name, each, target in TARGETS:
            with self.subTest(name):
                self.assertEqual(self.server.instant(history.expanded(target["expr"], job="nobody")), [])
                if each["type"] == "stat":
                    mapping = next(each for each in each["fieldConfig"]["defaults"]["mappings"]
                                   if each["type"] == "special")
                    self.assertNotEqual(mapping["options"]["result"]["color"], "green")

    def test_other_jobs_are_left_out(self):
        for title, ref in (("Memory of the agent", "A"), ("CPU of the agent", "A"), ("Agents", "B"), ("Agents", "C")):
            with self.subTest(title, ref=ref):
                self.assertEqual(list(self.values("overview", title, ref)), ["agent:9919"])
        self.assertEqual(self.values("overview", "Agent"), {"": 1})
        self.assertNotEqual(self.server.instant('up{job="node"} == 0'), [])

    def test_legends_name_labels_that_are_there(self):
        for name, _, target in TARGETS:
            wanted = re.findall(r"{{(\w+)}}", target["legendFormat"])
            for series in self.server.range(history.expanded(target["expr"])):
                with self.subTest(name):
                    self.assertEqual(set(wanted) - set(series["metric"]), set())
                    if target["format"] == "time_series" and target["legendFormat"] != "__auto":
                        self.assertEqual(set(series["metric"]) - set(wanted), set())

    def test_variables(self):
        expected = {"job": ["twinwatch"], "link": sorted(simulate.LINKS), "regionserver": sorted(simulate.SERVERS),
                    "table": sorted(table for tables in simulate.TABLES.values() for table in tables)}
        for dashboard in DASHBOARDS:
            for variable in dashboard["templating"]["list"][1:]:
                with self.subTest(dashboard["uid"], variable=variable["name"]):
                    match = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"]["query"])
                    found = self.server.get(f"label/{match[2]}/values", **{
                        "match[]": history.expanded(match[1]), "start": simulate.BEGIN, "end": simulate.END})
                    self.assertEqual(found, expected[variable["name"]])

    def test_annotations(self):
        marked = {"Peer disabled": (simulate.DISABLED, simulate.ENABLED),
                  "Agent started": (simulate.RESTARTED, simulate.RESTARTED + 3)}
        for dashboard in DASHBOARDS:
            for annotation in dashboard["annotations"]["list"]:
                with self.subTest(dashboard["uid"], annotation=annotation["name"]):
                    found = self.server.range(history.expanded(annotation["expr"]))
                    minutes = [(time - simulate.BEGIN) / 60 for series in found for time, value in series["values"]
                               if float(value) > 0]
                    self.assertAlmostEqual(min(minutes), marked[annotation["name"]][0], delta=1.5)
                    self.assertAlmostEqual(max(minutes), marked[annotation["name"]][1], delta=1.5)

    def test_numbers_are_those_of_the_history(self):
        stalled = 60 * (simulate.MINUTES - simulate.STALLED)
        for uid, title in (("overview", "Worst lag"), ("link", "Behind"), ("link", "Beats late")):
            self.assertAlmostEqual(self.values(uid, title)[""], stalled, delta=3)
        self.assertEqual(self.values("overview", "Unmeasured"), {"": 0})
        self.assertEqual(self.values("overview", "Peers off"), {"": 0})
        self.assertEqual(self.values("overview", "Stalled"), {"": 1})
        self.assertEqual(self.values("overview", "Rows differ"), {"": 47})
        self.assertEqual(self.values("overview", "In time"), {"": 0.5})
        self.assertEqual(self.values("overview", "Misfit tables"), {"": 1})
        self.assertEqual(self.values("link", "HBase says", link="east-lab"), {"": 0})
        self.assertEqual(self.values("link", "Full in", link="east-west"), {"": -1})
        self.assertLess(self.values("link", "Full in", link="east-lab")[""], 86400)
        self.assertEqual(self.values("verification", "Tables differ"), {"": 2})
        self.assertEqual(self.values("verification", "Tables differ", table="audit"), {"": 0})
        self.assertEqual(self.values("verification", "Oldest drift", table="audit"), {"": 0})
        self.assertEqual(self.values("verification", "Oldest drift"), {"": 60 * (simulate.MINUTES - simulate.FOUND)})
        self.assertEqual(self.values("verification", "No pass yet"), {"": 1})

    def test_a_queue_of_unknown_length_has_no_sum(self):
        expr = panel("overview", "Waiting")["targets"][0]["expr"]
        of_one = expr.replace("twinwatch_queue_bytes{", 'twinwatch_queue_bytes{regionserver!~"rs1.*",')
        self.assertNotEqual(of_one, expr)
        value = self.server.instant(history.expanded(of_one))[0]["value"][1]
        self.assertTrue(math.isnan(float(value)))

    def test_what_is_not_known_of_a_link_is_seen(self):
        """The watermark of one link is left out of the queries, then of both."""
        for links, unmeasured in (("east-lab", 1), ("east-.*", 2)):
            of = {title: panel("overview", title)["targets"] for title in ("Unmeasured", "Links")}
            count, behind = (next(target["expr"] for target in targets if "watermark" in target["expr"]).replace(
                "twinwatch_watermark_timestamp_seconds{", f'twinwatch_watermark_timestamp_seconds{{link!~"{links}",')
                for targets in of.values())
            self.assertEqual(self.server.instant(history.expanded(count))[0]["value"][1], str(unmeasured))
            found = [series["value"][1] for series in self.server.instant(history.expanded(behind))]
            self.assertEqual((len(found), found.count("NaN")), (2, unmeasured))

    def test_the_history_has_every_family(self):
        kinds = history.kinds()
        found = {simulate.family(name, lambda base: kinds.get(base) == "histogram") for name, *_ in simulate.samples()}
        self.assertEqual(found, {name.removesuffix("_total") for name in kinds} | {"up"})


if __name__ == "__main__":
    unittest.main()
