#!/usr/bin/env python3
"""`twinwatch drift --agent` prints what `twinwatch drift` prints of the same ledger, and believes no answer that is
none. The agent is a fake one (tests/support/fake_agent.cc) over a real ledger; some answers are made up here."""
import contextlib
import http.server
import json
import sys
import threading
import unittest
from urllib.parse import parse_qs, quote, urlsplit

import ledger_test
from fake import FakeAgent
from ledger_test import BAD_USAGE, COULD_NOT_TELL, FINE, RED, THEN, A, C
from openapi import OpenApi
from running import twinwatch
from web import fetch, free_address

EVERY_WAY = (["list"], ["list", "--format", "json"], ["list", "--format", "jsonl"], ["list", "--format", "nagios"],
             ["list", "-t", "t"], ["list", "-t", "ns:t", "-t", "t"], ["list", "-t", "none"],
             ["list", "-t", "t", "--format", "json"], ["show", "-t", "t"], ["show", "-t", "ns:t"], ["show", "-t", "none"],
             ["show", "-t", "t", "--format", "json"], ["show", "-t", "ns:t", "--format", "nagios"])


class DriftOfAgent(ledger_test.Ledger):
    def setUp(self):
        super().setUp()
        self.make()

    def fill(self):
        """Something of everything that is printed."""
        self.add(b"\x00\xff\\ %&?/", cause="a cause", evidence="w\xc3", drift_class="extra", confirmed_at=THEN)
        self.add(b"a", "suspected")
        self.add(b"b", "waived", waived="known", waived_by="ann", waived_at=THEN, run="r9", oldest_ms=THEN - 9000,
                 newest_ms=THEN - 1000, breadth=31)
        self.add(b"c", "rechecked", resolved=THEN)
        self.add(b"m", drift_class="marks")
        self.add_many(250, table="ns:t", drift_class="value")
        mark = "INSERT INTO marks(pair, table_name, kind, at, run, confirm, families_left_out, keys_only"
        self.sql(mark + ") VALUES(1, 't', 'full_pass', ?, 'r1', 'position', 'g', 1)", THEN)
        self.sql(mark + ") VALUES(1, 't', 'writes', ?, 'r2', 'heartbeats', '', 0)", THEN + 5000)
        self.sql(mark + ", rows, confidence, max_rate_ppm) VALUES(1, 'ns:t', 'sample', ?, 'r3', NULL, NULL, NULL, 12345,"
                 " 0.95, 321.5)", THEN)
        self.sql("INSERT INTO runs VALUES('r2', 1, 'full', '', 3, ?1, ?1, ?1, 'drift')", THEN + 9000)
        self.sql("INSERT INTO events(pair, table_name, row, at, run, state, note) "
                 "VALUES(1, 't', ?, ?, 'r1', 'suspected', 'first seen')", b"b", THEN)

    def add_many(self, rows, **columns):
        self.add(b"", **columns)
        names = [name for _, name, *_ in self.sql("PRAGMA table_info(drift)")]
        picked = ", ".join("CAST(printf('many%03d', n) AS BLOB)" if name == "row" else name for name in names)
        self.sql("WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?) "
                 f"INSERT INTO drift SELECT {picked} FROM drift, number WHERE row = x''", rows - 1)

    def by_agent(self, agent, *arguments):
        return twinwatch("drift", *arguments, "--agent", agent.url, deadline=30)

    def assert_same(self, agent, *arguments):
        """Both ways say the same, but for how the next command names where to ask; failures name their source."""
        ledger, asked = self.drift(*arguments), self.by_agent(agent, *arguments)
        self.assertEqual(ledger.code, asked.code, f"{ledger}\n{asked}")
        expected = ledger.out.replace(f"--storage.path {self.storage}", f"--agent {agent.url}")
        if "UNKNOWN - nothing" not in expected:
            self.assertEqual(expected, asked.out)
        self.assertEqual(ledger.err == "", asked.err == "", f"{ledger}\n{asked}")
        return asked


class Same(DriftOfAgent):
    def test_every_way(self):
        self.fill()
        with FakeAgent("healthy", ledger=self.file) as agent:
            for arguments in EVERY_WAY:
                with self.subTest(arguments):
                    self.assert_same(agent, *arguments)
            self.assertEqual(254, len(self.by_agent(agent, "list", "--format", "jsonl").json_lines()))

    def test_rows(self):
        self.fill()
        with FakeAgent("healthy", ledger=self.file) as agent:
            for row in ("\\x00\\xFF\\x5C %&?/", "a", "b", "c", "m", "none"):
                with self.subTest(row):
                    self.assert_same(agent, "show", "-t", "t", "--row", row)

    def test_verdicts(self):
        with FakeAgent("healthy", ledger=self.file) as agent:
            for state, code in (("waived", FINE), ("suspected", COULD_NOT_TELL), ("confirmed", RED)):
                self.add(state.encode(), state)
                with self.subTest(state):
                    self.assertEqual(code, self.assert_same(agent).code)

    def test_several_links(self):
        self.add(b"a")
        self.sql("INSERT INTO pairs VALUES(2, 'id-a', 'id-c', ?, ?, '', 0)", A, C)
        self.add(b"b", pair=2)
        self.add(b"b", pair=2, table="only2")
        with FakeAgent("two_links", ledger=self.file) as agent:
            for arguments in (["list"], ["list", "--format", "json"], ["list", "-t", "only2"],
                              ["list", "-t", "only2", "--format", "jsonl"], ["show", "-t", "only2"], ["show", "-t", "t"]):
                with self.subTest(arguments):
                    self.assert_same(agent, *arguments)
            self.assertIn("--link", self.by_agent(agent, "show", "-t", "t").err)
            [row] = self.by_agent(agent, "list", "--link", "west-east", "-t", "t", "--format", "jsonl").json_lines()
            self.assertEqual("b", row["row"])

    def test_links_between_the_same_clusters_are_one_pair(self):
        self.add(b"a")
        other = self.storage / "other.sqlite"
        self.sql("VACUUM INTO ?", str(other))
        self.file = other
        self.sql("INSERT INTO pairs VALUES(2, 'id-a', 'id-c', ?, ?, '', 0)", A, C)
        self.add(b"a", pair=2)
        with FakeAgent("two_links", ledger=other) as two, \
             answers(lambda path: self.of_first(two, path)) as agent:
            done = self.by_agent(agent, "list", "--format", "json")
            self.assertEqual(1, len(done.json()["rows"]), str(done))

    def of_first(self, agent, path):
        return fetch(agent.url + path.replace("west-east", "east-west"))

    def test_the_documents_are_as_the_api_file_says(self):
        self.fill()
        operations = {path: operation for path, _, operation in OpenApi().operations()}
        api, link = OpenApi(), "/api/v1/links/{link}/drift"
        with FakeAgent("healthy", ledger=self.file) as agent:
            for path, query, expected in ((link, "", 200), (link, "?limit=1&cursor=t/a", 200), (link, "?table=t", 200),
                                          (link, "?table=none", 404), (link, "?limit=x", 400),
                                          (link + "/row", "?table=t&row=b", 200), (link + "/row", "?table=t", 400),
                                          (link + "/row", "?table=t&row=none", 404)):
                with self.subTest(path, query=query):
                    status, body = fetch(agent.url + path.replace("{link}", "east-west") + query)
                    self.assertEqual(expected, status, body)
                    self.assertEqual([], api.answer_faults(operations[path], status, "application/json",
                                                           json.loads(body)))


class NothingKnown(DriftOfAgent):
    def refused_by(self, agent, code, *arguments, says=()):
        done = self.by_agent(agent, *arguments)
        self.assert_code(code, done)
        self.assertEqual("", done.out, str(done))
        for word in says:
            self.assertIn(word, " ".join(done.err.split()), str(done))

    def test_a_ledger_over_which_no_run_ended(self):
        with FakeAgent("healthy", ledger=self.file) as agent:
            for arguments in (["list"], ["list", "--format", "json"], ["list", "-t", "t"]):
                self.refused_by(agent, COULD_NOT_TELL, *arguments, says=["nothing is known yet of link east-west"])
            self.refused_by(agent, COULD_NOT_TELL, "show", "-t", "t", says=["nothing is known yet of table t"])
            done = self.by_agent(agent, "--format", "nagios")
            self.assert_code(3, done)
            self.assertRegex(done.out, r"^UNKNOWN - nothing is known yet.*\n$")

    def test_one_link_of_two(self):
        self.add(b"a", "waived", waived="known", waived_by="ann", waived_at=THEN)
        with FakeAgent("two_links", ledger=self.file) as agent:
            self.refused_by(agent, COULD_NOT_TELL, "list", says=["nothing is known yet of link west-east"])
            self.assert_code(FINE, self.by_agent(agent, "--link", "east-west"))
            self.add(b"b")
            done = self.by_agent(agent)
            self.assert_code(RED, done)
            self.assertIn("nothing is known yet of link west-east", done.err)

    def test_a_link_that_was_never_read(self):
        with FakeAgent("unread", ledger=self.file) as agent:
            self.refused_by(agent, COULD_NOT_TELL, "list", says=["no comparison has ended", "no ZooKeeper answers at zk1"])

    def test_a_link_that_there_is_not(self):
        self.add(b"a")
        with FakeAgent("healthy", ledger=self.file) as agent:
            self.refused_by(agent, COULD_NOT_TELL, "--link", "other", says=["has no link other (it has: east-west)"])

    def test_nobody_there(self):
        done = twinwatch("drift", "--agent", f"http://{free_address()}", deadline=30)
        self.assert_code(COULD_NOT_TELL, done)
        self.assertEqual("", done.out)

    def test_bad_usage(self):
        self.add(b"a")
        with FakeAgent("healthy", ledger=self.file) as agent:
            self.refused_by(agent, BAD_USAGE, "waive", "-t", "t", "--reason", "x", says=["only reads", "--storage.path"])
            self.refused_by(agent, BAD_USAGE, "list", "--source", A, says=["--source does not go with --agent"])
            self.assert_code(BAD_USAGE, twinwatch("drift", "--agent", "nowhere", deadline=30))
            self.assert_code(RED, self.by_agent(agent))


@contextlib.contextmanager
def answers(answer):
    """An HTTP server; `answer(path)` gives status and body. Its `url`, and the paths that it was `asked` for."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            status, body = answer(self.path)
            body = body.encode() if isinstance(body, str) else body
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(ConnectionError):
                self.wfile.write(body)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        server.url, server.asked = f"http://127.0.0.1:{server.server_port}", asked
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class Hostile(DriftOfAgent):
    """Whoever answers there: exit 2 with the reason, and no verdict."""

    def setUp(self):
        super().setUp()
        self.add_many(150)
        self.real = self.enterContext(FakeAgent("healthy", ledger=self.file))

    def through(self, spoil):
        """The real answers, but those of drift as `spoil(path, body)` makes them."""
        def answer(path):
            status, body = fetch(self.real.url + path)
            return (status, body) if "/drift" not in path else spoil(path, status, body)
        return answers(answer)

    def assert_refused(self, done, says):
        self.assert_code(COULD_NOT_TELL, done)
        self.assertNotIn("DRIFT", done.out)
        self.assertIn(says, " ".join(done.err.split()), str(done))

    def test_what_is_no_document(self):
        for body in ("", "{}", "<html>", "[" * 100_000, '{"schema_version":1,"command":"drift list","rows":[]}'):
            with self.subTest(body[:60]), self.through(lambda *_: (200, body)) as agent:
                self.assert_refused(self.by_agent(agent), "tells of no drift as it should")

    def test_an_answer_without_end(self):
        with self.through(lambda *_: (200, b" " * (400 << 20))) as agent:
            done = self.by_agent(agent)
            self.assert_refused(done, "tells of no drift as it should")
            self.assertLess(done.peak_bytes, 200_000_000)

    def test_no_answer(self):
        for status, says in ((404, "nothing is known yet"), (500, "answers 500"), (503, "the disk is full")):
            with self.subTest(status), \
                 self.through(lambda *_: (status, '{"error": "the\\u001b[31m disk is full"}'
                                          if status != 503 else '{"error": "the disk is full"}')) as agent:
                done = self.by_agent(agent)
                self.assert_refused(done, says)
                self.assertNotIn("\x1b", done.err)

    def test_a_newer_version(self):
        with self.through(lambda _, status, body: (status, body.replace('"schema_version":1', '"schema_version":2'))) \
                as agent:
            self.assert_refused(self.by_agent(agent), "schema version 2")

    def test_pages_that_go_in_circles(self):
        def first_again(path, status, body):
            if "cursor" not in path:
                return status, body
            return fetch(self.real.url + path.partition("&cursor")[0])

        with self.through(first_again) as agent:
            done = self.by_agent(agent, "list", "--format", "jsonl")
            self.assert_code(COULD_NOT_TELL, done)
            self.assertIn("do not follow one another", " ".join(done.err.split()))
            self.assertEqual(100, len(done.json_lines()))

    def test_collectors_that_are_none(self):
        for body in ("", '{"collectors":[]}', '{"collectors":7}'):
            with self.subTest(body), answers(lambda _: (200, body)) as agent:
                self.assert_refused(self.by_agent(agent), "no list of collectors")

    def test_a_terminal_asks_for_no_more_than_it_shows(self):
        with self.through(lambda _, status, body: (status, body)) as agent:
            self.assert_code(RED, self.by_agent(agent))
            self.assertEqual(1, len([path for path in agent.asked if "/drift" in path]), agent.asked)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
