#!/usr/bin/env python3
"""The agent's web side (over made-up situations, no cluster): every document is as docs/openapi.yaml says, and
strangers, slow, huge, wrong or many, neither bring it down nor hinder others."""
import contextlib
import json
import random
import re
import resource
import socket
import string
import tempfile
import time
import unittest
from pathlib import Path
from urllib.parse import quote

import fake
from fake import FakeAgent
from openapi import OpenApi
from raw_http import PATIENCE, Client, Lost
from running import twinwatch, wait_until

PAGES = ("/", "/link/east-west", "/style.css", "/page.js", "/metrics", "/-/healthy", "/-/ready", "/api/v1/status",
         "/api/v1/links", "/api/v1/links/east-west", "/api/v1/links/east-west/queues", "/api/v1/collectors",
         "/api/v1/jobs", "/api/v1/jobs/none", "/api/v1/buildinfo", "/api/v1/none", "/none")
# Come from the ledger, which there is none of here (drift_agent_test.py).
DRIFT = ("/api/v1/links/{link}/drift", "/api/v1/links/{link}/drift/row")
# Of the server (exporters/http/server.h): how long it waits for a head, and how many it has at once, those included
# that it turns away.
HEAD_SECONDS = 10
MAX_CONNECTIONS = 512
MAX_HEAD_BYTES = 16384


class Documents(unittest.TestCase):
    api = OpenApi()

    def get(self, agent, path):
        with Client(agent.port) as client:
            return client.get(path)

    def test_each_is_as_the_file_says(self):
        seen = set()
        reading = [(path, operation) for path, method, operation in self.api.operations() if method == "get"]
        for situation in fake.SITUATIONS:
            with FakeAgent(situation) as agent:
                links = [each["link"] for each in json.loads(self.get(agent, "/api/v1/links").body)["links"]]
                jobs = [each["job"] for each in json.loads(self.get(agent, "/api/v1/jobs").body)["jobs"]]
                self.assertEqual(len(links) * 2, len(jobs))
                for path, operation in reading:
                    named = links if "{link}" in path else jobs if "{job}" in path else []
                    for link in [*named, "no such one", "\x01"] if "{" in path else [""]:
                        with self.subTest(situation, path=path, link=link):
                            name = quote(link, safe="")
                            answer = self.get(agent, path.replace("{link}", name).replace("{job}", name))
                            kind, text = answer.headers["content-type"], answer.body.decode()
                            document = json.loads(text) if kind == "application/json" else text
                            self.assertEqual([], self.api.answer_faults(operation, answer.status, kind, document))
                            if link in ["", *named] and "/" not in link and path not in DRIFT:
                                self.assertEqual(200, answer.status)
                            seen.add((path, answer.status))
        described = {(path, int(status)) for path, operation in reading for status in operation["responses"]}
        self.assertEqual({("/-/healthy", 503), ("/-/ready", 503),
                          *((path, status) for path in DRIFT for status in (200, 503))}, described - seen)

    def test_what_is_not_as_the_file_says_is_found(self):
        [queues] = [each for path, _, each in self.api.operations() if path == "/api/v1/links/{link}/queues"]
        with FakeAgent("stalled") as agent:
            good = self.get(agent, "/api/v1/links/east-west/queues").body
        spoiled = {"queue": lambda queue: queue.update(state="sleeping"),
                   "key": lambda queue: queue.update(more=1),
                   "none": lambda queue: queue.pop("why"),
                   "number": lambda queue: queue.update(wals="4"),
                   "negative": lambda queue: queue.update(bytes=-1),
                   "null": lambda queue: queue.update(wal=None),
                   "bool": lambda queue: queue.update(wals=True),
                   "time": lambda queue: queue.update(oldest="2026-13-01T00:00:00Z")}
        for what, spoil in spoiled.items():
            document = json.loads(good)
            spoil(document["links"][0]["queues"][0])
            with self.subTest(what):
                self.assertEqual(1, len(self.api.answer_faults(queues, 200, "application/json", document)))


class Methods(unittest.TestCase):
    def setUp(self):
        self.agent = self.enterContext(FakeAgent("stalled"))

    def test_head_is_get_without_a_body(self):
        with Client(self.agent.port) as client:
            for path in PAGES:
                with self.subTest(path):
                    head, get = client.get(path, "HEAD"), client.get(path)
                    self.assertEqual(get.status, head.status)
                    self.assertEqual(get.headers["content-type"], head.headers["content-type"])
                    # Times and numbers in it may have become longer meanwhile.
                    self.assertAlmostEqual(len(get.body), int(head.headers["content-length"]), delta=100)

    def test_others_are_not_allowed(self):
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "get"):
            for path in PAGES:
                with self.subTest(method, path=path), Client(self.agent.port) as client:
                    answer = client.ask(method, path, "{}")
                    self.assertEqual((405, "GET, HEAD"), (answer.status, answer.headers.get("allow")))

    def test_what_changes_something_is_no_get(self):
        for method, path, allow in (("GET", "/api/v1/jobs/x/pause", "POST"), ("HEAD", "/api/v1/jobs/x/cancel", "POST"),
                                    ("PUT", "/api/v1/jobs/x/resume", "POST"), ("DELETE", "/api/v1/jobs/x", "GET, HEAD"),
                                    ("POST", "/api/v1/throttle", "GET, HEAD, PUT")):
            with self.subTest(method, path=path), Client(self.agent.port) as client:
                answer = client.get(path, method)
                self.assertEqual((405, allow), (answer.status, answer.headers.get("allow")))

    def test_many_requests_at_once_are_answered_in_order(self):
        with Client(self.agent.port) as client:
            client.send(b"".join(f"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n".encode() for path in PAGES * 20))
            for path in PAGES * 20:
                answer = client.answer()
                with Client(self.agent.port) as other:
                    alone = other.get(path)
                self.assertEqual((alone.status, alone.headers["content-type"]),
                                 (answer.status, answer.headers["content-type"]), path)
                self.assertAlmostEqual(len(alone.body), len(answer.body), delta=100)


class Jobs(unittest.TestCase):
    """What changes something: who may, what it does, and that it is noted."""
    api = OpenApi()
    JOB = "20261123T163804Z-1f3a"

    def setUp(self):
        self.audit = Path(self.enterContext(tempfile.TemporaryDirectory())) / "audit.log"
        self.agent = self.enterContext(FakeAgent("two_links", audit=self.audit))

    def ask(self, method, path, body="", user="alice", more=""):
        """Status and document of an answer that is as docs/openapi.yaml says."""
        with Client(self.agent.port) as client:
            answer = client.ask(method, path, body, user, more)
        document = json.loads(answer.body)
        for described, each, operation in self.api.operations():
            pattern = re.escape(described).replace(r"\{job\}", "[^/]+")
            if each == method.lower() and re.fullmatch(pattern, path):
                self.assertEqual([], self.api.answer_faults(operation, answer.status, "application/json", document))
                return answer.status, document
        self.fail(f"{method} {path} is not described")

    def act(self, action, job=JOB, **how):
        return self.ask("POST", f"/api/v1/jobs/{job}/{action}", **how)

    def job(self, job=JOB):
        return self.ask("GET", f"/api/v1/jobs/{job}", user="")[1]["jobs"][0]

    def noted(self):
        return re.findall(r'msg="audit" user="(\w+)" method=\w+ path="/api/v1/(\S+)" .* status=(\d+)$',
                          self.audit.read_text() if self.audit.exists() else "", re.M)

    def test_nobody_and_other_sites_change_nothing(self):
        calls = [("POST", f"/api/v1/jobs/{self.JOB}/{action}", "") for action in
                 ("pause", "resume", "cancel", "approve")] + [("PUT", "/api/v1/throttle", '{"verify":"1kB/s"}')]
        elsewhere = ("Origin: http://evil.example\r\n", "Origin: null\r\n", "Origin: http://h:9919\r\n",
                     "Sec-Fetch-Site: cross-site\r\n", "Sec-Fetch-Site: same-site\r\n")
        for method, path, body in calls:
            with self.subTest(path):
                status, document = self.ask(method, path, body, user="")
                self.assertEqual(401, status)
                self.assertIn("agent.token", document["error"])
                for more in elsewhere:
                    self.assertEqual(403, self.ask(method, path, body, more=more)[0], more)
        self.assertEqual("running", self.job()["state"])
        self.assertFalse(self.ask("GET", "/api/v1/throttle")[1]["links"][0]["changed"])
        self.assertEqual({("alice", "403")}, {(user, status) for user, _, status in self.noted()})
        self.assertEqual(200, self.act("pause", more="Origin: http://h\r\nSec-Fetch-Site: same-origin\r\n")[0])

    def test_a_pause_holds_until_it_is_resumed(self):
        first = self.job()
        self.assertEqual(("running", "full pass", 3, 1, "ns1:events"), tuple(
            first[key] for key in ("state", "kind", "tables", "tables_done", "table")))
        self.assertTrue(0 < first["fraction"] < 1 and first["bytes_per_second"] > 0 and first["seconds_left"] > 0, first)
        wait_until("its rows rise", 5, lambda: self.job()["rows"] > first["rows"])
        status, document = self.act("pause")
        [paused] = document["jobs"]
        self.assertEqual((200, "paused", None), (status, paused["state"], paused["seconds_left"]))
        self.assertRegex(paused["why"], r"^paused by alice at 20\S+Z$")
        # Its link's other pass, and the other link, go on: a thousand rows a second.
        other = self.job("20261123T163804Z-1f3b")["rows"]
        wait_until("others go on", 5, lambda: self.job("20261123T163804Z-1f3b")["rows"] > other + 200)
        self.assertEqual(paused["rows"], self.job()["rows"])
        status, document = self.act("pause", user="bob")
        self.assertEqual(409, status)
        self.assertIn("twinwatch jobs resume", document["error"])
        self.assertEqual("running", self.act("resume")[1]["jobs"][0]["state"])
        wait_until("its rows rise again", 5, lambda: self.job()["rows"] > paused["rows"])
        self.assertEqual(409, self.act("resume")[0])
        path = f"jobs/{self.JOB}/"
        self.assertEqual([("alice", path + "pause", "200"), ("bob", path + "pause", "409"),
                          ("alice", path + "resume", "200"), ("alice", path + "resume", "409")],
                         [(user, path.rstrip('"'), status) for user, path, status in self.noted()])

    def test_a_cancelled_job_says_when_the_next_may_begin(self):
        self.act("pause")
        status, document = self.act("cancel", body="{}")
        self.assertEqual(200, status)
        self.assertRegex(document["jobs"][0]["why"], "cancelled by alice at .* no full pass begins before 20")
        job = self.job()
        self.assertEqual(("cancelled", "unknown", None, None), tuple(
            job[key] for key in ("state", "verdict", "table", "bytes_per_second")))
        self.assertIsNotNone(job["ended"])
        for action in ("cancel", "pause", "resume", "approve"):
            self.assertEqual(409, self.act(action)[0], action)

    def test_what_is_not_there_or_not_asked_rightly(self):
        self.assertEqual(404, self.act("pause", job="none")[0])
        self.assertEqual(409, self.act("approve")[0])
        for body in ("x", "[]", '{"a":1}', "null"):
            self.assertEqual(400, self.act("pause", body=body)[0], body)
        self.assertEqual(404, self.ask("PUT", "/api/v1/throttle", '{"verify":"1MB/s","link":"none"}')[0])
        for body in ("", "x", "[]", "{}", '{"verify":"fast"}', '{"verify":0}', '{"verify":"0B/s"}', '{"link":"east-west"}',
                     '{"verify":"1MB/s","repair":"0"}', '{"verify":"1MB/s","link":null}', "[" * 60000):
            status, document = self.ask("PUT", "/api/v1/throttle", body)
            self.assertEqual(400, status, body[:100])
            self.assertTrue("20MB/s" in document["error"], document)
        with Client(self.agent.port) as client:
            client.send(b"PUT /api/v1/throttle HTTP/1.1\r\nHost: h\r\nContent-Length: 65537\r\n\r\n" + b"x" * 65537)
            self.assertEqual(413, client.answer().status)
        with Client(self.agent.port) as client:
            self.assertEqual(411, client.get("/api/v1/throttle", "PUT", "Transfer-Encoding: chunked\r\n").status)
        self.assertEqual("running", self.job()["state"])

    def test_rates_of_one_link_or_of_all(self):
        rates = lambda document: {each["link"]: (each["verify_bytes_per_second"], each["changed"])  # noqa: E731
                                  for each in document["links"]}
        status, document = self.ask("PUT", "/api/v1/throttle", '{"verify":"5MB/s","link":"west-east"}')
        self.assertEqual((200, {"east-west": (20_000_000, False), "west-east": (5_000_000, True)}),
                         (status, rates(document)))
        self.assertEqual(20_000_000, self.job()["limit_bytes_per_second"])
        self.ask("PUT", "/api/v1/throttle", '{"verify":"1KiB/s"}')
        self.assertEqual({"east-west": (1024, True), "west-east": (1024, True)},
                         rates(self.ask("GET", "/api/v1/throttle")[1]))
        self.assertEqual(1024, self.job()["limit_bytes_per_second"])
        self.assertIn(r'body="{\"verify\":\"1KiB/s\"}"', self.audit.read_text())

    def test_what_cannot_be_noted_is_not_done(self):
        self.audit.mkdir()
        self.assertEqual(503, self.act("pause")[0])
        self.assertEqual("running", self.job()["state"])
        self.audit.rmdir()
        self.assertEqual(200, self.act("pause")[0])

    def test_commands(self):
        by_agent = ["--agent", self.agent.url]
        done = twinwatch("jobs", *by_agent)
        self.assertEqual(0, done.code, str(done))
        self.assertLessEqual(max(map(len, done.out.splitlines()[:-2])), 80, done.out)
        self.assertIn(f"{self.JOB}  full         running", done.out)
        self.assertEqual("RUNNING: 2 running, 2 done", done.out.splitlines()[-1])
        self.assertEqual(4, len(twinwatch("jobs", *by_agent, "--format", "json").json()["jobs"]))
        self.assertEqual({"west-east"}, {each["link"] for each in twinwatch(
            "jobs", *by_agent, "--link", "west-east", "--format", "json").json()["jobs"]})
        self.act("pause")
        shown = twinwatch("jobs", "show", self.JOB, *by_agent)
        self.assertRegex(shown.out, r"(?s)Tables +1 of 3 done; ns1:events is being read.*\nGo on: twinwatch jobs resume "
                                    r".*\nPAUSED: paused by alice at \S+\n$")
        shown = twinwatch("throttle", *by_agent)
        self.assertRegex(shown.out, r"east-west +20\.0 MB/s +20\.0 MB/s\n")
        self.assertEqual("AS CONFIGURED", shown.out.splitlines()[-1])
        # Commands prove nothing here.
        for command in (("jobs", "resume", self.JOB), ("throttle", "verify=1MB/s")):
            refused = twinwatch(*command, *by_agent)
            self.assertEqual(2, refused.code, str(refused))
            self.assertIn("wants to know who asks", refused.err)
        for code, command in ((2, ("jobs", "show", "none")), (3, ("jobs", "show")), (3, ("jobs", "stop", self.JOB)),
                              (3, ("throttle", "verify=fast")), (3, ("throttle", "repair=0")),
                              (2, ("throttle", "--link", "none")), (3, ("throttle", "verify=1B/s", "verify=2B/s"))):
            self.assertEqual(code, twinwatch(*command, *by_agent).code, command)
        self.assertEqual(2, twinwatch("jobs", "--agent", "http://127.0.0.1:1").code)


def assert_does_not_grow(test, samples, leak):
    """`samples` are of the same memory, each after as much work as lay before the one before it. A leak of `leak` bytes
    each time is in every step; what a heap takes once and keeps is not."""
    steps = [after - before for before, after in zip(samples, samples[1:])]
    test.assertLess(min(steps), leak / 2, samples)


class Strangers(unittest.TestCase):
    """Each test ends with everyone served again, and with as many open files as before. That others are served meanwhile
    is no matter of how soon: a server that waited for one stranger would wait for all of them, one after the other, and
    for longer than a client's PATIENCE."""

    def setUp(self):
        self.agent = self.enterContext(self.new_agent())
        self.assert_served()
        self.descriptors_before = self.agent.descriptors()
        self.addCleanup(lambda: (self.assert_served(), self.wait_until_gone()))

    def new_agent(self):
        return FakeAgent(self.situation())

    def client(self, **more):
        return Client(self.agent.port, **more)

    def situation(self):
        return "many_servers" if "read" in self.id() else "stalled"

    def assert_served(self):
        with self.client() as client:
            self.assertEqual(200, client.get("/api/v1/links").status)

    def wait_until_gone(self):
        wait_until("as many open files as before", PATIENCE,
                   lambda: self.agent.descriptors() <= self.descriptors_before)

    def test_clients_that_send_a_byte_a_second(self):
        begun = time.monotonic()
        left = slow = [self.enterContext(self.client()) for _ in range(100)]
        head = b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"x" * 1000
        for second in range(PATIENCE):
            left = [client for client in left if client.send(head[second:second + 1])]
            # Each has the whole time from when it came.
            if time.monotonic() - begun < HEAD_SECONDS:
                self.assertEqual(len(slow), len(left), f"some were dropped after {second} s")
            if not left:
                return
            for _ in range(10):
                self.assert_served()
            time.sleep(1)
        self.fail(f"{len(left)} are never dropped")

    def test_clients_that_do_not_read_what_they_asked_for(self):
        clients_at_once, requests = 50, 100
        with self.client() as client:
            answer = len(client.get("/link/east-west").body)
        memory = [self.agent.resident_bytes()]
        for _ in range(4):
            with contextlib.ExitStack() as clients:
                for _ in range(clients_at_once):
                    client = clients.enter_context(self.client())
                    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                    client.send(b"GET /link/east-west HTTP/1.1\r\nHost: h\r\n\r\n" * requests)
                for _ in range(20):
                    self.assert_served()
                # Each may hold one answer, and what it takes to make it.
                self.assertLess(self.agent.resident_bytes() - memory[0], 5 * clients_at_once * answer)
            self.wait_until_gone()
            memory.append(self.agent.resident_bytes())
        assert_does_not_grow(self, memory, clients_at_once * answer)

    def test_a_huge_header(self):
        with self.client() as huge, self.client() as other:
            huge.send(b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"x" * 100_000)
            self.assertEqual(431, huge.answer().status)
            self.assertEqual(200, other.get("/").status)
            self.assertEqual(b"", huge.socket.recv(1), "what it did not read must not take the answer back")
        memory, clients_a_round = [], 100
        for _ in range(4):
            for _ in range(clients_a_round):
                with self.client() as client:
                    client.send(b"GET /" + b"x" * 100_000)
                    self.assertEqual(431, client.answer().status)
            self.wait_until_gone()
            memory.append(self.agent.resident_bytes())
        assert_does_not_grow(self, memory, clients_a_round * MAX_HEAD_BYTES)

    def test_a_thousand_connections_at_once(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        clients, most, begun = [], 0, time.monotonic()
        for _ in range(1000):
            clients.append(self.enterContext(self.client()))
            clients[-1].send(b"GET /-/healthy HTTP/1.1\r\nHost: h\r\n\r\n")
            most = max(most, self.agent.descriptors())
        outcome = {200: 0, 503: 0, "closed": 0}
        for client in clients:
            try:
                outcome[client.answer().status] += 1
            except Lost:
                outcome["closed"] += 1
        most = max(most, self.agent.descriptors())
        self.assertEqual(1000, sum(outcome.values()))
        self.assertGreaterEqual(outcome[200], 200, outcome)
        # And the ones that are accepted only to be closed.
        self.assertLess(most, MAX_CONNECTIONS + self.descriptors_before + 20)
        # Nobody made room for others yet.
        if time.monotonic() - begun < HEAD_SECONDS:
            self.assertGreaterEqual(outcome[503], 100, outcome)
            self.assertLess(outcome[200], 400, outcome)
        for client in clients:
            client.socket.close()


class Fuzz(unittest.TestCase):
    """Requests that nobody planned for: an answer that is no server's error, and nothing is kept."""
    ROUNDS = 10000
    PIECES = (*PAGES, *("/api/v1/throttle", "/api/v1/jobs/x/pause") * 3, "%", "%2", "%zz", "%00", "%2e%2e/", "../",
              "//", "?", "&a=b", "=", "#", "%ff", "%F0%9F%90%98", "é", "{link}", "<script>", "'", '"', "\\", ";", "*", "http://h/", "\t", "\x7f", "x" * 9000)
    METHODS = ("GET",) * 6 + ("POST", "PUT") * 3 + ("HEAD", "OPTIONS", "TRACE", "get", "G T", "", "\x00", "M" * 300)
    HEADERS = ("Host: h", "Host:", "Host", ": h", "Accept: application/openmetrics-text", "Accept: */*;q=x,,",
               "Connection: close", "Connection: keep-alive, upgrade", "Content-Length: 5", "Content-Length: -1",
               "Content-Length: 99999999999999999999", "Transfer-Encoding: chunked", "Expect: 100-continue",
               "Range: bytes=0-", "Cookie: " + "c" * 5000, "X: \x00", " folded", "If-None-Match: *")

    def test_no_request_is_a_server_error(self):
        chance, self.seen = random.Random(1), set()
        with FakeAgent("odd_names") as agent:
            files, memory = agent.descriptors(), []
            for number in range(self.ROUNDS):
                request = self.request(chance)
                with self.subTest(request=request), Client(agent.port) as client:
                    self.one(client, request)
                if (number + 1) % (self.ROUNDS // 4) == 0:
                    wait_until("all have gone", PATIENCE, lambda: agent.descriptors() <= files)
                    memory.append(agent.resident_bytes())
            assert_does_not_grow(self, memory, self.ROUNDS // 4 * 8)  # few of them reach a page
        self.assertEqual({200, 400, 401, 404, 405, 411, 413, 431}, self.seen)

    def test_a_name_that_is_no_text(self):
        with FakeAgent("healthy") as agent, Client(agent.port) as client:
            for path in ("/%ff", "/link/%ff", "/api/v1/links/%ff", "/api/v1/links/%ff/queues", "/api/v1/%ff"):
                answer = client.get(path)
                self.assertEqual(404, answer.status, path)
                answer.body.decode()

    def request(self, chance):
        if chance.random() < 0.1:
            return bytes(chance.randrange(256) for _ in range(chance.randrange(300)))
        target = "".join(chance.choice(self.PIECES) for _ in range(chance.randrange(1, 5)))
        if chance.random() < 0.2:
            target += "".join(chance.choices(string.printable, k=20))
        lines = [f"{chance.choice(self.METHODS)} {target} HTTP/{chance.choice(('1.1', '1.1', '1.0', '2', ''))}",
                 *chance.choices(self.HEADERS, k=chance.randrange(6))]
        if chance.random() < 0.7:
            lines.append("Host: h")
        request = "\r\n".join([*lines, "", ""]).encode("utf-8")
        return request[:chance.randrange(len(request))] if chance.random() < 0.05 else request

    def one(self, client, request):
        client.send(request)
        client.socket.shutdown(socket.SHUT_WR)
        try:
            answer = client.answer(has_body=not request.startswith(b"HEAD "))
        except Lost:
            # A body that was promised and not sent is no whole request either.
            promised = request.startswith((b"POST ", b"PUT ")) and b"Content-Length: 5" in request
            self.assertTrue(b"\r\n\r\n" not in request or promised, "no answer to a whole request")
            return
        self.assertLess(answer.status, 500)
        self.seen.add(answer.status)


if __name__ == "__main__":
    unittest.main()
