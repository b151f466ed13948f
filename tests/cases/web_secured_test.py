#!/usr/bin/env python3
"""Who may ask the agent: TLS, client certificates, passwords and the token, with real certificates, over made-up
situations (no cluster); what web_test.py proves of strangers, under TLS too; the command line against it."""
import base64
import http.server
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest
import warnings
from pathlib import Path

import running
import web_test
from certificates import Ca
from fake import FakeAgent
from raw_http import Client, Lost
from running import twinwatch, wait_until
from web import free_address

TOKEN = "5eed" * 16
SOON = 2


def bcrypt(password, cost=4):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import crypt
        return crypt.crypt(password, crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=1 << cost))


def basic(user, password):
    return "Authorization: Basic " + base64.b64encode(f"{user}:{password}".encode()).decode() + "\r\n"


def bearer(token):
    return f"Authorization: Bearer {token}\r\n"


def setUpModule():
    global FOLDER, CA, OTHER_CA, SERVER
    kept = tempfile.TemporaryDirectory()
    unittest.addModuleCleanup(kept.cleanup)
    FOLDER = Path(kept.name)
    CA, OTHER_CA = Ca(FOLDER, "ca"), Ca(FOLDER, "other-ca")
    SERVER = CA.issue("server", "/CN=agent", "serverAuth", "DNS:localhost,IP:127.0.0.1")


def web_config(name, text):
    path = FOLDER / f"{name}.yml"
    path.write_text(text)
    return path


def tls_config(name, more="", users=""):
    """Paths in it are relative to it."""
    return web_config(name, "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n" +
                      "".join(f"  {line}\n" for line in more.splitlines()) + users)


def client_context(certificate=None, **more):
    context = ssl.create_default_context(cafile=str(CA.pem))
    if certificate:
        context.load_cert_chain(*map(str, certificate))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of versions that are to be refused
        for name, value in more.items():
            setattr(context, name, value)
    return context


class Case(unittest.TestCase):
    def answer(self, agent, tls=None, path="/whoami", more=""):
        """(status, body)."""
        with Client(agent.port, tls=tls) as client:
            answer = client.get(path, more=more)
            return answer.status, answer.body.decode()

    def assert_refused(self, agent, tls):
        with self.assertRaises(Lost):
            self.answer(agent, tls)


class StrangersUnderTls(web_test.Strangers):
    def new_agent(self):
        self.context = client_context()
        return FakeAgent(self.situation(), web_config=tls_config("strangers"), token=TOKEN)

    def client(self, **more):
        return Client(self.agent.port, tls=self.context, **more)

    def test_handshakes_that_never_come(self):
        """Silent ones, and ones that begin and go no further, are dropped; meanwhile all others are served."""
        hello = ssl.MemoryBIO()
        half = self.context.wrap_bio(ssl.MemoryBIO(), hello, server_hostname="localhost")
        with self.assertRaises(ssl.SSLWantReadError):
            half.do_handshake()
        hello = hello.read()
        begun = time.monotonic()
        silent = [self.enterContext(Client(self.agent.port, timeout=15)) for _ in range(50)]
        halves = [self.enterContext(Client(self.agent.port, timeout=15)) for _ in range(50)]
        for number, client in enumerate(halves):
            client.send(hello[:len(hello) // 2] if number % 2 else hello)
        for _ in range(20):
            self.assert_served()
        for client in silent + halves:
            while client.socket.recv(65536):
                pass
        self.assertGreater(time.monotonic() - begun, 8)
        self.assertLess(time.monotonic() - begun, 14)

    def test_they_count_as_connections(self):
        others = [self.enterContext(Client(self.agent.port)) for _ in range(256)]
        with self.client() as client:
            self.assertEqual(503, client.get("/").status)
        for other in others:
            other.socket.close()

    def test_no_tls_at_all(self):
        for bytes_ in (b"\x16\x03\x01\xff\xff" + b"x" * 70_000, b"\x80\x2e\x01" + b"\0" * 50, b"\xff" * 1000,
                       b"SSH-2.0-x\r\n"):
            with self.subTest(bytes_[:10]), Client(self.agent.port) as client:
                client.send(bytes_)
                client.socket.shutdown(socket.SHUT_WR)
                try:
                    received = client.socket.recv(65536)
                except ConnectionError:
                    received = b""
                self.assertNotIn(b"HTTP/", received)


class Tls(Case):
    def test_plain_http_is_told_so(self):
        with FakeAgent("stalled", web_config=tls_config("plain")) as agent, Client(agent.port) as client:
            answer = client.get("/")
            self.assertEqual((400, True), (answer.status, b"HTTPS" in answer.body))
            self.assertEqual(b"", client.socket.recv(1))

    def test_versions(self):
        old = client_context(minimum_version=ssl.TLSVersion.TLSv1_1, maximum_version=ssl.TLSVersion.TLSv1_1)
        old.set_ciphers("ALL:@SECLEVEL=0")
        with FakeAgent("stalled", web_config=tls_config("tls12")) as agent:
            self.assert_refused(agent, old)
            for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                self.assertEqual(200, self.answer(agent, client_context(maximum_version=version,
                                                                        minimum_version=version))[0])
        with FakeAgent("stalled", web_config=tls_config("tls13", "min_version: TLS13")) as agent:
            self.assert_refused(agent, client_context(maximum_version=ssl.TLSVersion.TLSv1_2))
            self.assertEqual(200, self.answer(agent, client_context())[0])

    def test_curl_gets_a_large_answer_whole(self):
        with FakeAgent("many_servers", web_config=tls_config("curl")) as agent:
            url = f"https://localhost:{agent.port}/api/v1/status"
            got = subprocess.run(["curl", "-sS", "--fail", "--cacert", CA.pem, url, url], capture_output=True,
                                 text=True)
            self.assertEqual((0, ""), (got.returncode, got.stderr))
            self.assertGreater(len(got.stdout), 200_000)

    def test_files_that_cannot_be_used(self):
        CA.issue("another", "/CN=another", "serverAuth")
        subprocess.run(["openssl", "genrsa", "-out", FOLDER / "rsa.key", "2048"], check=True, capture_output=True)
        mistakes = {"key": ("another.key", "key values mismatch"), "kind": ("rsa.key", "is not that of"),
                    "none": ("none.key", "No such file"), "cert": ("server.pem", "cannot be used"),
                    "secret": ("secret.key", "cannot be used")}
        subprocess.run(["openssl", "ec", "-in", SERVER[1], "-aes128", "-passout", "pass:x", "-out",
                        FOLDER / "secret.key"], check=True, capture_output=True)
        for name, (key, why) in mistakes.items():
            path = web_config(name, f"tls_server_config: {{cert_file: server.pem, key_file: {key}}}")
            done = subprocess.run([FakeAgent("stalled")._command[0], "stalled", "127.0.0.1:0", path, TOKEN], text=True,
                                  capture_output=True, timeout=10, stdin=subprocess.DEVNULL)
            with self.subTest(name):
                self.assertEqual(2, done.returncode)
                self.assertRegex(done.stderr, rf"^{path}:1: .*{why}")


    def test_prometheus_takes_the_same_file(self):
        path = tls_config("same", "client_auth_type: RequireAndVerifyClientCert\nclient_ca_file: ca.pem\n"
                          "min_version: TLS13", f"basic_auth_users:\n  ann: {bcrypt('right')}\n")
        done = subprocess.run(["promtool", "check", "web-config", path], capture_output=True, text=True)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        with FakeAgent("stalled", web_config=path):
            pass


class ClientCertificates(Case):
    @classmethod
    def setUpClass(cls):
        cls.good = CA.issue("good", "/O=ops/CN=prometheus.example", "clientAuth")
        cls.expired = CA.issue("expired", "/CN=late", "clientAuth", days=-1)
        cls.unknown = OTHER_CA.issue("unknown", "/CN=prometheus.example", "clientAuth")
        cls.server_only = CA.issue("server-only", "/CN=prometheus.example", "serverAuth")
        cls.odd = CA.issue("odd", "/CN=a\nb", "clientAuth")
        cls.nameless = CA.issue("nameless", "/O=ops", "clientAuth")

    def contexts(self, certificate):
        """Both versions: in 1.3 the client has ended its handshake before it is refused."""
        return [client_context(certificate, maximum_version=version)
                for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)]

    def agent(self, kind, ca=True):
        more = f"client_auth_type: {kind}\n" + ("client_ca_file: ca.pem\n" if ca else "")
        return FakeAgent("stalled", web_config=tls_config(kind, more), token=TOKEN)

    def test_required_and_verified(self):
        with self.agent("RequireAndVerifyClientCert") as agent:
            for context in self.contexts(self.good):
                self.assertEqual((200, "prometheus.example"), self.answer(agent, context))
            for certificate in (None, self.expired, self.unknown, self.server_only):
                for context in self.contexts(certificate):
                    with self.subTest(certificate, version=context.maximum_version):
                        self.assert_refused(agent, context)
            for certificate in (self.odd, self.nameless):
                self.assertEqual((200, ""), self.answer(agent, client_context(certificate)))

    def test_verified_if_given(self):
        with self.agent("VerifyClientCertIfGiven") as agent:
            self.assertEqual((200, ""), self.answer(agent, client_context()))
            self.assertEqual((200, "prometheus.example"), self.answer(agent, client_context(self.good)))
            self.assertEqual((200, "token"), self.answer(agent, client_context(self.good), more=bearer(TOKEN)))
            self.assert_refused(agent, client_context(self.unknown))

    def test_what_is_not_verified_proves_nothing(self):
        for kind, ca in (("RequestClientCert", False), ("RequireAnyClientCert", False), ("RequestClientCert", True),
                         ("RequireAnyClientCert", True), ("NoClientCert", False)):
            with self.subTest(kind, ca=ca), self.agent(kind, ca) as agent:
                for certificate in (self.good, self.unknown, self.expired):
                    self.assertEqual((200, ""), self.answer(agent, client_context(certificate)))
                if kind == "RequireAnyClientCert":
                    self.assert_refused(agent, client_context())
                else:
                    self.assertEqual((200, ""), self.answer(agent, client_context()))

    def test_users_are_wanted_besides(self):
        users = f"basic_auth_users:\n  ann: {bcrypt('right')}\n"
        config = tls_config("both", "client_auth_type: RequireAndVerifyClientCert\nclient_ca_file: ca.pem", users)
        with FakeAgent("stalled", web_config=config) as agent:
            self.assertEqual(401, self.answer(agent, client_context(self.good))[0])
            self.assertEqual((200, "ann"), self.answer(agent, client_context(self.good), more=basic("ann", "right")))
            self.assert_refused(agent, client_context())


class Passwords(Case):
    def setUp(self):
        users = {"ann": bcrypt("right"), "bob": bcrypt("x: y"), "dear": bcrypt("right", 12)}
        text = "basic_auth_users:\n" + "".join(f"  {name}: {hash_}\n" for name, hash_ in users.items())
        self.agent = self.enterContext(FakeAgent("stalled", web_config=web_config("users", text), token=TOKEN))

    def ask(self, more="", path="/whoami"):
        return self.answer(self.agent, path=path, more=more)

    def test_right_and_wrong(self):
        self.assertEqual((200, "ann"), self.ask(basic("ann", "right")))
        self.assertEqual((200, "bob"), self.ask(basic("bob", "x: y")))
        for more in (basic("ann", "wrong"), basic("eve", "right"), basic("ann", "")):
            self.assertEqual(401, self.ask(more)[0])

    def test_every_path_wants_one(self):
        for path in web_test.PAGES:
            self.assertEqual(401, self.ask(path=path)[0], path)
            self.assertNotEqual(401, self.ask(basic("ann", "right"), path)[0], path)
        with Client(self.agent.port) as client:
            self.assertEqual(401, client.get("/", "POST").status)

    def test_a_401_says_how(self):
        with Client(self.agent.port) as client:
            answer = client.get("/")
        self.assertTrue(answer.headers["www-authenticate"].startswith('Basic realm="'))

    def test_the_token(self):
        self.assertEqual((200, "token"), self.ask(bearer(TOKEN)))
        for wrong in (TOKEN[:-1], TOKEN + "0", TOKEN.upper(), ""):
            self.assertEqual(401, self.ask(bearer(wrong))[0])

    def test_each_request_of_a_connection_is_judged(self):
        with Client(self.agent.port) as client:
            got = [client.get("/whoami", more=more) for more in (basic("ann", "right"), "", bearer(TOKEN))]
        self.assertEqual([(200, b"ann"), 401, (200, b"token")],
                         [(each.status, each.body) if each.status == 200 else each.status for each in got])

    def test_failures_are_limited_and_those_who_are_known_do_not_feel_it(self):
        self.assertEqual(200, self.ask(basic("ann", "right"))[0])
        stop = threading.Event()

        def guess():
            number = 0
            while not stop.is_set():
                number += 1
                with Client(self.agent.port) as client:
                    seen.append(client.get("/", more=basic("ann", f"guess {threading.get_ident()} {number}")))

        seen = []
        guessers = [threading.Thread(target=guess) for _ in range(4)]
        begun = time.monotonic()
        for each in guessers:
            each.start()
        try:
            for _ in range(100):
                asked = time.monotonic()
                self.assertEqual((200, "ann"), self.ask(basic("ann", "right")))
                self.assertEqual((200, "token"), self.ask(bearer(TOKEN)))
                self.assertLess(time.monotonic() - asked, SOON)
            wait_until("three seconds of guesses", 10, lambda: time.monotonic() - begun > 3)
        finally:
            stop.set()
            for each in guessers:
                each.join()
        seconds = time.monotonic() - begun
        statuses = [each.status for each in seen]
        self.assertEqual({401, 429}, set(statuses))
        self.assertLessEqual(statuses.count(401), 5 * (seconds + 1) + 1)
        self.assertGreaterEqual(statuses.count(401), 5)
        self.assertEqual({"1"}, {each.headers["retry-after"] for each in seen if each.status == 429})
        wait_until("who was not known gets in again", 10, lambda: self.ask(basic("bob", "x: y"))[0] == 200)

    def test_a_check_holds_nobody_up_and_the_next_needs_none(self):
        """Cost 12 takes a quarter of a second."""
        with Client(self.agent.port) as slow:
            begun = time.monotonic()
            slow.send(("GET /whoami HTTP/1.1\r\nHost: h\r\n" + basic("dear", "right") + "\r\n").encode())
            for _ in range(10):
                self.assertEqual(200, self.ask(bearer(TOKEN))[0])
            others = time.monotonic() - begun
            self.assertEqual(b"dear", slow.answer().body)
            checked = time.monotonic() - begun
            begun = time.monotonic()
            self.assertEqual(b"dear", slow.get("/whoami", more=basic("dear", "right")).body)
            self.assertLess(time.monotonic() - begun, checked / 4)
        self.assertLess(others, checked / 2)

    def test_nobody_learns_who_is_a_user(self):
        """A wrong password of the user whose hash is dear takes as long as an unknown name does, if that has its."""
        def seconds(name):
            wait_until("failures are counted no more", 5, lambda: self.ask(basic(name, "w"))[0] == 401, every=0.3)
            begun = time.monotonic()
            self.assertEqual(401, self.ask(basic(name, "wrong"))[0])
            return time.monotonic() - begun

        config = web_config("one", f"basic_auth_users:\n  dear: {bcrypt('right', 12)}\n")
        with FakeAgent("stalled", web_config=config) as self.agent:
            known, unknown = seconds("dear"), seconds("eve")
        self.assertGreater(unknown, known / 2)
        self.assertGreater(known, 0.05)


class WithoutUsers(Case):
    def test_the_token_alone(self):
        with FakeAgent("stalled", token=TOKEN) as agent:
            self.assertEqual((200, ""), self.answer(agent))
            self.assertEqual((200, "token"), self.answer(agent, more=bearer(TOKEN)))
            self.assertEqual(401, self.answer(agent, more=bearer("0" * 64))[0])
            self.assertEqual((200, ""), self.answer(agent, more=basic("ann", "right")), "nobody is asked for one")


class CommandLine(Case):
    def setUp(self):
        self.state = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.state / "agent.token").write_text(TOKEN + "\n")
        self.password = self.state / "password"
        self.password.write_text("right\n")

    def ask(self, url, **environment):
        return twinwatch("queues", "--format", "json", "--storage.path", self.state, "--agent", url, deadline=30,
                         env={f"TWINWATCH_AGENT_{name}": str(value) for name, value in environment.items()})

    def assert_told(self, url, **environment):
        done = self.ask(url, **environment)
        self.assertIn('"stalled"', done.out, str(done))
        self.assertEqual("", done.err)

    def assert_not_told(self, why, url, code=2, **environment):
        done = self.ask(url, **environment)
        self.assertEqual(code, done.code, str(done))
        self.assertIn(why, " ".join(done.err.split()))
        self.assertNotIn("right", done.err)

    def test_users_and_the_token(self):
        config = web_config("cli", f"basic_auth_users:\n  ann: {bcrypt('right')}\n")
        with FakeAgent("stalled", web_config=config, token=TOKEN) as agent:
            self.assert_told(agent.url)
            self.assert_told(agent.url, USER="ann", PASSWORD_FILE=self.password)
            self.assert_told(agent.url.replace("127.0.0.1", "localhost"))
            done = twinwatch("lag", "--storage.path", self.state, "--agent", agent.url, "--format", "json")
            self.assertIn("east-west", done.out, str(done))
            self.assert_not_told("TWINWATCH_AGENT_USER", agent.url, USER="eve", PASSWORD_FILE=self.password)
            (self.state / "agent.token").unlink()
            self.assert_not_told("wants to know who asks", agent.url)
            self.assert_not_told("PASSWORD_FILE", agent.url, code=3, USER="ann")

    def test_https(self):
        with FakeAgent("stalled", web_config=tls_config("https"), token=TOKEN) as agent:
            url = f"https://localhost:{agent.port}"
            self.assert_told(url, CA_FILE=CA.pem)
            self.assert_told(f"https://127.0.0.1:{agent.port}/", CA_FILE=CA.pem)
            self.assert_not_told("unable to get local issuer certificate", url)
            self.assert_not_told("TWINWATCH_AGENT_CA_FILE", url, CA_FILE=OTHER_CA.pem)
            self.assert_not_told("no.pem", url, code=3, CA_FILE=self.state / "no.pem")
            self.assert_not_told("answers 400", f"http://localhost:{agent.port}")
        with FakeAgent("stalled") as agent:
            self.assert_not_told("no TLS", f"https://localhost:{agent.port}", CA_FILE=CA.pem)
        CA.issue("elsewhere", "/CN=localhost", "serverAuth", "DNS:agent.example,IP:127.0.0.2")
        config = web_config("elsewhere", "tls_server_config: {cert_file: elsewhere.pem, key_file: elsewhere.key}")
        with FakeAgent("stalled", web_config=config) as agent:
            self.assert_not_told("hostname mismatch", f"https://localhost:{agent.port}", CA_FILE=CA.pem)
            self.assert_not_told("IP address mismatch", f"https://127.0.0.1:{agent.port}", CA_FILE=CA.pem)

    def test_a_client_certificate(self):
        certificate, key = CA.issue("cli", "/CN=cli", "clientAuth")
        config = tls_config("mtls", "client_auth_type: RequireAndVerifyClientCert\nclient_ca_file: ca.pem")
        with FakeAgent("stalled", web_config=config) as agent:
            url = f"https://localhost:{agent.port}"
            self.assert_told(url, CA_FILE=CA.pem, CERT_FILE=certificate, KEY_FILE=key)
            self.assert_not_told("certificate required", url, CA_FILE=CA.pem)
            self.assert_not_told("KEY_FILE", url, code=3, CA_FILE=CA.pem, CERT_FILE=certificate)
            self.assert_not_told("key values mismatch", url, code=3, CA_FILE=CA.pem, CERT_FILE=certificate,
                                 KEY_FILE=SERVER[1])

    def test_a_redirect_is_not_followed(self):
        asked = []

        class Redirecting(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.headers["Authorization"])
                self.send_response(307)
                self.send_header("Location", f"http://127.0.0.1:{other.port}/api/v1/status")
                self.end_headers()

            def log_message(self, *_):
                pass

        with FakeAgent("stalled") as other, http.server.HTTPServer(("127.0.0.1", 0), Redirecting) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            self.assert_not_told("answers 307", f"http://127.0.0.1:{server.server_port}")
            server.shutdown()
        self.assertEqual([f"Bearer {TOKEN}"], asked)


class Service(Case):
    """The agent itself. Its clusters are nowhere, which keeps it from nothing here."""

    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.port = free_address().rpartition(":")[2]
        (self.folder / "twinwatch.yml").write_text(f"""clusters:
  a: {{zookeeper: "127.0.0.1:1:/hbase"}}
links:
  - {{name: a-b, source: a}}
storage: {{path: "{self.folder}/state"}}
web: {{listen_address: "127.0.0.1:{self.port}"}}
""")
        self.token_file = self.folder / "state" / "agent.token"
        self.web = self.folder / "web.yml"
        self.write_web(CA.issue("first", "/CN=first", "serverAuth", "DNS:localhost"))

    def write_web(self, server, more=""):
        certificate, key = server
        self.web.write_text(f"tls_server_config: {{cert_file: {certificate}, key_file: {key}}}\n{more}")

    def started(self):
        self.log = self.folder / "agent.log"
        log = self.enterContext(self.log.open("w"))
        command = [running.BINARY, "agent", "--config", self.folder / "twinwatch.yml", "--web.config.file", self.web]
        return running.started(command, stdout=log, stderr=log)

    def name_of_server(self):
        """By its certificate; "" when nobody answers."""
        try:
            with Client(self.port, tls=client_context()) as client:
                client.get("/-/healthy")
                return dict(part for [part] in client.socket.getpeercert()["subject"])["commonName"]
        except (Lost, OSError):
            return ""

    def test_from_start_to_reload(self):
        with self.started() as agent:
            wait_until("it answers", 10, lambda: self.name_of_server() == "first")
            token = self.token_file.read_text().strip()
            self.assertEqual((0o600, 64), (self.token_file.stat().st_mode & 0o777, len(token)))
            told = twinwatch("status", "--config", self.folder / "twinwatch.yml", "--agent",
                             f"https://localhost:{self.port}", env={"TWINWATCH_AGENT_CA_FILE": str(CA.pem)})
            self.assertNotIn("wants to know", told.err)
            # A bad one changes nothing.
            self.web.write_text("tls_server_confi: {}")
            agent.send_signal(signal.SIGHUP)
            wait_until("it says so", 10, lambda: "did you mean" in self.log.read_text())
            self.assertIn(f"{self.web}:1: unknown key", self.log.read_text())
            self.assertEqual("first", self.name_of_server())
            # A good one is in force, with another certificate and users; the token is kept.
            self.write_web(CA.issue("second", "/CN=second", "serverAuth", "DNS:localhost"),
                           f"basic_auth_users: {{ann: '{bcrypt('right')}'}}\n")
            agent.send_signal(signal.SIGHUP)
            wait_until("it has begun anew", 10, lambda: self.name_of_server() == "second")
            with Client(self.port, tls=client_context()) as client:
                self.assertEqual([401, 200, 200], [client.get("/-/healthy", more=more).status for more in
                                                   ("", basic("ann", "right"), bearer(token))])
            agent.send_signal(signal.SIGTERM)
            self.assertEqual(0, agent.wait(5))

    def test_a_bad_file_at_the_start(self):
        self.web.write_text("basic_auth_users:\n  ann: hunter2\n")
        done = twinwatch("agent", "--config", self.folder / "twinwatch.yml", "--web.config.file", self.web, deadline=10)
        self.assertEqual(3, done.code, str(done))
        self.assertIn(f"{self.web}:2: basic_auth_users.ann: is no bcrypt hash", "".join(done.err.split("\n")))
        self.assertNotIn("hunter2", done.err)


if __name__ == "__main__":
    unittest.main()
