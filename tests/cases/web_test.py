#!/usr/bin/env python3
"""The agent's web side (over made-up situations, no cluster): every document is as docs/openapi.yaml says, and
strangers, slow, huge, wrong or many, neither bring it down nor hinder others."""
import contextlib
import json
import random
import resource
import socket
import string
import time
import unittest
from urllib.parse import quote

import fake
from fake import FakeAgent
from openapi import OpenApi
from raw_http import Client, Lost
from running import wait_until

PAGES = ("/", "/link/east-west", "/style.css", "/page.js", "/metrics", "/-/healthy", "/-/ready", "/api/v1/status",
         "/api/v1/links", "/api/v1/links/east-west", "/api/v1/links/east-west/queues", "/api/v1/collectors",
         "/api/v1/buildinfo", "/api/v1/none", "/none")
# Come from the ledger, which there is none of here (drift_agent_test.py).
DRIFT = ("/api/v1/links/{link}/drift", "/api/v1/links/{link}/drift/row")
SOON = 2  # seconds in which anyone has an answer, whatever others do
MEMORY = 10_000_000
LITTLE_MEMORY = 1_000_000


class Documents(unittest.TestCase):
    api = OpenApi()

    def get(self, agent, path):
        with Client(agent.port) as client:
            return client.get(path)

    def test_each_is_as_the_file_says(self):
        seen = set()
        for situation in fake.SITUATIONS:
            with FakeAgent(situation) as agent:
                links = [each["link"] for each in json.loads(self.get(agent, "/api/v1/links").body)["links"]]
                for path, method, operation in self.api.operations():
                    self.assertEqual("get", method)
                    for link in [*links, "no such link", "\x01"] if "{link}" in path else [""]:
                        with self.subTest(situation, path=path, link=link):
                            answer = self.get(agent, path.replace("{link}", quote(link, safe="")))
                            kind, text = answer.headers["content-type"], answer.body.decode()
                            document = json.loads(text) if kind == "application/json" else text
                            self.assertEqual([], self.api.answer_faults(operation, answer.status, kind, document))
                            if link in ["", *links] and "/" not in link and path not in DRIFT:
                                self.assertEqual(200, answer.status)
                            seen.add((path, answer.status))
        described = {(path, int(status)) for path, _, operation in self.api.operations()
                     for status in operation["responses"]}
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
                    answer = client.get(path, method, "Content-Length: 2\r\n")
                    self.assertEqual((405, "GET, HEAD"), (answer.status, answer.headers.get("allow")))

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


class Strangers(unittest.TestCase):
    """Each test ends with everyone served again, and with as many open files as before."""

    def setUp(self):
        self.agent = self.enterContext(self.new_agent())
        self.assert_served()
        before = self.agent.descriptors()
        self.addCleanup(lambda: (self.assert_served(), wait_until(
            "as many open files as before", 15, lambda: self.agent.descriptors() <= before)))

    def new_agent(self):
        return FakeAgent(self.situation())

    def client(self, **more):
        return Client(self.agent.port, **more)

    def situation(self):
        return "many_servers" if "read" in self.id() else "stalled"

    def assert_served(self):
        begun = time.monotonic()
        with self.client() as client:
            self.assertEqual(200, client.get("/api/v1/links").status)
        self.assertLess(time.monotonic() - begun, SOON)

    def test_clients_that_send_a_byte_a_second(self):
        slow = [self.enterContext(self.client(timeout=1)) for _ in range(100)]
        head = b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"x" * 100
        for second in range(14):
            left = [client for client in slow if client.send(head[second:second + 1])]
            if second < 8:
                self.assertEqual(100, len(left), f"some were dropped after {second} s")
            for _ in range(10):
                self.assert_served()
            time.sleep(1)
        self.assertEqual([], left, "they are never dropped")

    def test_clients_that_do_not_read_what_they_asked_for(self):
        memory = []
        for _ in range(5):
            with contextlib.ExitStack() as clients:
                for _ in range(50):
                    client = clients.enter_context(self.client())
                    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                    client.send(b"GET /link/east-west HTTP/1.1\r\nHost: h\r\n\r\n" * 100)
                for _ in range(20):
                    self.assert_served()
            memory.append(self.agent.resident_bytes())
        # Each may hold one answer.
        self.assertLess(memory[-1] - memory[1], MEMORY, memory)

    def test_a_huge_header(self):
        with self.client() as huge, self.client() as other:
            huge.send(b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"x" * 100_000)
            self.assertEqual(431, huge.answer().status)
            self.assertEqual(200, other.get("/").status)
            self.assertEqual(b"", huge.socket.recv(1), "what it did not read must not take the answer back")
        before = self.agent.resident_bytes()
        for _ in range(300):
            with self.client() as client:
                client.send(b"GET /" + b"x" * 100_000)
                self.assertEqual(431, client.answer().status)
        self.assertLess(self.agent.resident_bytes() - before, LITTLE_MEMORY)

    def test_a_thousand_connections_at_once(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        clients = [self.enterContext(self.client(timeout=5)) for _ in range(1000)]
        for client in clients:
            client.send(b"GET /-/healthy HTTP/1.1\r\nHost: h\r\n\r\n")
        outcome = {200: 0, 503: 0, "closed": 0}
        for client in clients:
            try:
                outcome[client.answer().status] += 1
            except Lost:
                outcome["closed"] += 1
        self.assertEqual(1000, sum(outcome.values()))
        self.assertGreaterEqual(outcome[200], 200, outcome)
        self.assertGreaterEqual(outcome[503], 100, outcome)
        for client in clients:
            client.socket.close()
        wait_until("all have gone", 5, lambda: self.agent.descriptors() < 50)


class Fuzz(unittest.TestCase):
    """Requests that nobody planned for: an answer that is no server's error, soon, and nothing is kept."""
    ROUNDS = 10000
    PIECES = (*PAGES, "%", "%2", "%zz", "%00", "%2e%2e/", "../", "//", "?", "&a=b", "=", "#", "%ff", "%F0%9F%90%98",
              "é", "{link}", "<script>", "'", '"', "\\", ";", "*", "http://h/", "\t", "\x7f", "x" * 9000)
    METHODS = ("GET",) * 6 + ("HEAD", "POST", "PUT", "OPTIONS", "TRACE", "get", "G T", "", "\x00", "M" * 300)
    HEADERS = ("Host: h", "Host:", "Host", ": h", "Accept: application/openmetrics-text", "Accept: */*;q=x,,",
               "Connection: close", "Connection: keep-alive, upgrade", "Content-Length: 5", "Content-Length: -1",
               "Content-Length: 99999999999999999999", "Transfer-Encoding: chunked", "Expect: 100-continue",
               "Range: bytes=0-", "Cookie: " + "c" * 5000, "X: \x00", " folded", "If-None-Match: *")

    def test_no_request_is_a_server_error(self):
        chance, self.seen = random.Random(1), set()
        with FakeAgent("odd_names") as agent:
            for number in range(self.ROUNDS):
                request = self.request(chance)
                if number == self.ROUNDS // 3:
                    before = agent.resident_bytes()
                with self.subTest(request=request), Client(agent.port, timeout=SOON) as client:
                    self.one(client, request)
            self.assertLess(agent.resident_bytes() - before, LITTLE_MEMORY)
        self.assertEqual({200, 400, 404, 405, 431}, self.seen)

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
            self.assertTrue(b"\r\n\r\n" not in request, "no answer to a whole request")
            return
        self.assertLess(answer.status, 500)
        self.seen.add(answer.status)


if __name__ == "__main__":
    unittest.main()
