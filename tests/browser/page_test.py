#!/usr/bin/env python3
"""The status page in Chromium, over made-up situations: says what it should, without scripts too; can be read, reached
by keyboard and heard; asks nobody else for anything; and brings itself up to date."""
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from urllib.parse import urljoin

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "cases"))

import pictures  # noqa: E402
from chromium import Chromium  # noqa: E402
from fake import SITUATIONS, FakeAgent  # noqa: E402
from web import fetch  # noqa: E402

AUDIT = (HERE / "audit.js").read_text()
LINK = "/link/east-west"
RS1 = "rs1.east.example.com:16020"
# Situation -> how each answer is marked, words on the first page, words on the page of the link.
EXPECTED = {
    "healthy": ("ok ok ok", ["0.8 s", "yes, as of 4m 0s ago", "2 ok, 1 idle", "1.2 MB wait", "peer west ENABLED"],
                [RS1, "ns1:events", "position+heartbeat", "HBase itself reports a lag of 0.0 s", "queues:east-west",
                 "20261123T163804Z-1f3a", "full pass", "running", "1 of 3 tables", "incremental pass", "MB/s"]),
    "lagging": ("look ok look", ["7m 0s", f"held by {RS1}", "1 lagging, 1 ok, 1 idle", "more and more waits"],
                ["lagging", "311.0 MB", "waiting", "replication lags by more than verify.max_lag, 1m"]),
    "stalled": ("act ok act", ["14m 0s", f"held by {RS1}", "1 stalled, 1 ok, 1 idle", "the target has no table orders"],
                ["stalled", "it has not moved for 14m3s while bytes wait", "1795451954218 at 5,000,000"]),
    "disabled": ("act ok act", ["3h 0m", "peer west DISABLED", "1 disabled, 1 ok, 1 idle", "peer west is disabled"],
                 ["disabled"]),
    "drifted": ("ok act ok", ["no: 42 rows differ", "proven drift, of table orders first"],
                ["42 missing on the target", "twinwatch drift list"]),
    "future_cells": ("ok act ok", ["not after a failover", "cells of the future on the target", "in table orders first"],
                     ["1 delete marker on the target is of the future", "runbook future-cells"]),
    "never_verified": ("ok look ok", ["not known", "1 of 3 tables never compared as a whole"], ["never"]),
    "target_down": ("act ok act", ["22m 0s", "the target does not answer", "no ZooKeeper answers at zk4,zk5,zk6:2181"],
                    ["target:east-west"]),
    "unread": ("", ["not known", "no ZooKeeper answers at zk1,zk2,zk3:2181"], ["heartbeat:east-west", "never"]),
    "two_links": ("ok ok ok ok ok ok", ["east-west", "west-east"], ["ns1:events"]),
    "many_servers": ("ok ok ok", ["334 ok, 166 idle"], ["rs1.east", "rs500.east"]),
    "odd_names": ("ok ok ok", ["<script>alert('x')</script>", "\"&'<b>"], ["queues:<script>alert('x')</script>"]),
}
SPEED_UP = """window.delays = []; const real = window.setTimeout;
window.setTimeout = (what, delay) => { delays.push(delay); return real(what, delay / 10); };"""


def setUpModule():
    if not shutil.which("chromium"):
        install = f"source {HERE.parent}/support/packages.sh; install_packages chromium"
        subprocess.run(["bash", "-euc", install], check=True)


class PageCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = cls.enterClassContext(Chromium())

    def tab(self, **how):
        page = self.browser.page(**how)
        self.addCleanup(page.close)
        return page

    def page(self, agent, path, **how):
        page = self.tab(**how)
        page.open(agent.url + path)
        return page

    def link_path(self, agent):
        """Of the first link that the first page has."""
        return re.search(r'href="(/link/[^"]+)"', fetch(agent.url)[1])[1]

    def assert_calm(self, page, agent):
        """No error, no dialog, nothing asked of anybody else."""
        self.assertEqual([], page.trouble)
        self.assertEqual([], [url for url in page.requests if not url.startswith((agent.url + "/", "data:,"))])
        self.assertIn(agent.url + "/style.css", page.requests)


class Situations(PageCase):
    def test_says_what_it_should_with_and_without_scripts(self):
        self.assertEqual(set(SITUATIONS), set(EXPECTED))
        tabs = {javascript: self.tab(javascript=javascript) for javascript in (True, False)}
        for situation, (marks, first, second) in EXPECTED.items():
            with FakeAgent(situation) as agent:
                link = self.link_path(agent)
                for javascript, page in tabs.items():
                    for path, words in (("/", first), (link, [*first[:1], *second])):
                        with self.subTest(situation, path=path, javascript=javascript):
                            page.open(agent.url + path)
                            text = page.words()
                            for each in words:
                                self.assertIn(each, text)
                            self.assertNotRegex(text, r"NaN|null|undefined|READY|1970")
                            answers = page.ask("[...document.querySelectorAll('.answers > div')].map(n => n.className)")
                            self.assertEqual(marks if path == "/" else marks.removesuffix(" ok ok ok"),
                                             " ".join(answers))
                            self.assert_calm(page, agent)
                            self.assertEqual(javascript, agent.url + "/page.js" in page.requests)

    def test_can_be_read_and_heard(self):
        page = self.tab()
        for situation in SITUATIONS:
            with FakeAgent(situation) as agent:
                for path in ("/", self.link_path(agent)):
                    page.open(agent.url + path)
                    for width, dark in ((1280, False), (1280, True), (360, False), (360, True)):
                        with self.subTest(situation, path=path, width=width, dark=dark):
                            page.look(width, dark)
                            self.assertEqual([], page.ask(AUDIT))
                            ground = page.ask("getComputedStyle(document.body).backgroundColor")
                            self.assertEqual(dark, int(re.search(r"\d+", ground)[0]) < 100)

    def test_the_first_card_is_on_the_first_screen(self):
        page = self.tab()
        for situation in SITUATIONS:
            with FakeAgent(situation) as agent:
                for path in ("/", self.link_path(agent)):
                    with self.subTest(situation, path=path):
                        page.open(agent.url + path)
                        top, bottom = page.ask("(r => [r.top, r.bottom])"
                                               "(document.querySelector('.link').getBoundingClientRect())")
                        self.assertTrue(0 <= top < bottom <= 720, (top, bottom))

    def test_names_from_a_cluster_are_text(self):
        with FakeAgent("odd_names") as agent:
            page = self.page(agent, "/")
            page.open(page.ask("document.querySelector('h2 a').href"))
            self.assertEqual("<script>alert('x')</script>", page.ask("document.querySelector('h2').innerText"))
            self.assertEqual(["/page.js"], page.ask("[...document.scripts].map(s => new URL(s.src).pathname)"))
            self.assert_calm(page, agent)

    def test_many_servers(self):
        with FakeAgent("many_servers") as agent:
            for path in ("/", LINK):
                begun = time.monotonic()
                page = self.page(agent, path)
                page.ask("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
                seconds = time.monotonic() - begun
                size = page.ask("performance.getEntriesByType('navigation')[0].decodedBodySize")
                self.assertLess(seconds, 3)
                self.assertTrue(1000 < size < 2_000_000, size)
            self.assertEqual(500, page.ask("document.querySelectorAll('#Queues tbody tr').length"))

    def test_its_links_stay(self):
        with FakeAgent("two_links") as agent:
            page = self.page(agent, "/")
            links = ["/", LINK, "/link/west-east", "/metrics", "/api/v1/status"]
            self.assertEqual(links, page.ask("[...document.querySelectorAll('a')].map(a => a.getAttribute('href'))"))
            for link in links:
                self.assertEqual(200, fetch(urljoin(agent.url, link))[0])


class Keyboard(PageCase):
    STOPS = "[...document.querySelectorAll('a[href], [tabindex]')]"
    # Where the focus is, whether its outline can be seen, and whether it is on the screen.
    FOCUSED = """(() => {
        const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
        return [%s.indexOf(at), style.outlineStyle === 'solid' && parseFloat(style.outlineWidth) >= 2 &&
                style.outlineColor === getComputedStyle(document.querySelector('#probe')).color,
                box.bottom > 0 && box.top < innerHeight];
    })()""" % STOPS

    def test_tab_reaches_everything_in_order(self):
        for situation, path, stops in (("two_links", "/", 5), ("stalled", LINK, 8)):
            for width in (1280, 360):
                with self.subTest(situation, width=width), FakeAgent(situation) as agent:
                    page = self.page(agent, path, width=width, javascript=False)
                    page.ask("document.body.insertAdjacentHTML('beforeend', '<i id=probe class=\"mark look\"></i>')")
                    self.assertEqual(stops, page.ask(f"{self.STOPS}.length"))
                    for stop in range(stops):
                        page.press("Tab")
                        self.assertEqual([stop, True, True], page.ask(self.FOCUSED))

    def test_arrows_scroll_what_is_too_wide(self):
        with FakeAgent("stalled") as agent:
            page = self.page(agent, LINK, width=360)
            page.ask("document.getElementById('Queues').focus()")
            self.assertEqual(0, page.ask("document.activeElement.scrollLeft"))
            page.press("ArrowRight")
            page.wait("document.activeElement.scrollLeft > 0")

    def test_enter_follows_a_link(self):
        with FakeAgent("healthy") as agent:
            page = self.page(agent, "/")
            for key in ("Tab", "Tab", "Enter"):
                page.press(key)
            page.wait(f"location.pathname === '{LINK}' && document.title === 'east-west - Twinwatch'")


class Refresh(PageCase):
    def test_without_losing_the_place(self):
        with FakeAgent("healthy") as agent:
            page = self.page(agent, LINK, width=360, first=SPEED_UP)
            page.ask("window.isSame = true; document.getElementById('Queues').focus();"
                     "document.getElementById('Queues').scrollLeft = 50; scrollTo(0, 300);"
                     "getSelection().selectAllChildren(document.querySelector('.route'))")
            before = page.ask("updated.innerText")
            page.wait(f"updated.innerText !== '{before}'")
            place = ("[document.activeElement.id, document.activeElement.scrollLeft, scrollY, isSame,"
                     "String(getSelection()).slice(0, 4)]")
            self.assertEqual(["Queues", 50, 300, True, "zk1,"], page.ask(place))
            self.assert_calm(page, agent)
            self.assertEqual("", page.ask("note.innerText"))

        page.wait("note.innerText === 'What is shown is old: the agent does not answer.'")
        self.assertIn("2 ok, 1 idle", page.words())
        with FakeAgent("stalled", agent.port):
            page.wait("document.body.innerText.includes('1 stalled')")
            # What came in above has moved the rest down.
            where, sideways, down, *others = page.ask(place)
            self.assertEqual(["Queues", 50, True, "zk1,"], [where, sideways, *others])
            self.assertAlmostEqual(300, down, delta=100)
            self.assertEqual("", page.ask("note.innerText"))
            self.assertNotIn("2 ok, 1 idle", page.words())
            self.assertEqual([], page.ask(AUDIT))
        with FakeAgent("odd_names", agent.port):
            page.wait("note.innerText === 'What is shown is old: the agent answers 404.'")
        self.assertEqual([5000], page.ask("[...new Set(delays)].filter(delay => delay > 1)"))

    def test_the_focus_stays_on_its_link_when_others_come_and_go(self):
        with FakeAgent("two_links") as agent:
            page = self.page(agent, "/", first=SPEED_UP)
            page.ask("document.querySelector('.link').remove(); document.getElementById('link-west-east').focus()")
            page.wait("document.querySelectorAll('.link').length === 2")
            self.assertEqual("link-west-east", page.ask("document.activeElement.id"))
            page.ask("document.getElementById('json').focus()")
        with FakeAgent("healthy", agent.port):
            page.wait("document.querySelectorAll('.link').length === 1")
            self.assertEqual("json", page.ask("document.activeElement.id"))

    def test_without_scripts_the_browser_does_it(self):
        with FakeAgent("healthy") as agent:
            page = self.page(agent, "/", javascript=False)
        self.assertEqual("10", page.ask("document.querySelector('meta[http-equiv=refresh]').content"))


class Pictures(PageCase):
    def test_can_be_taken_and_are_small(self):
        with tempfile.TemporaryDirectory() as folder:
            pictures.take(self.browser, Path(folder))
            sizes = {each.name: each.stat().st_size for each in Path(folder).iterdir()}
        self.assertEqual(set(pictures.WHAT), set(sizes))
        for name, size in sizes.items():
            self.assertTrue(10_000 < size < 300_000, (name, size))


if __name__ == "__main__":
    unittest.main()
