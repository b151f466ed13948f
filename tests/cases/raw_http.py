"""HTTP by hand, over a socket: what a library would not send, and each answer as it came."""
import socket
import ssl
from dataclasses import dataclass


class Lost(Exception):
    """The connection ended before an answer was whole."""


@dataclass
class Answer:
    status: int
    headers: dict  # names in lower case
    body: bytes


# Seconds in which an answer comes also on a machine with much else to do: only what never comes is late.
PATIENCE = 120


class Client:
    def __init__(self, port, timeout=PATIENCE, tls=None):
        """`tls` is an SSLContext; hands are shaken with the first bytes, so that a failure shows there."""
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        if tls:
            # Else what follows the handshake's last bytes waits 40 ms for them to be acknowledged.
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost", do_handshake_on_connect=False)
        self._received = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, bytes_):
        """False when the server has ended the connection already."""
        try:
            self.socket.sendall(bytes_)
            return True
        except (ConnectionError, ssl.SSLError):
            return False

    def get(self, path, method="GET", more=""):
        self.send(f"{method} {path} HTTP/1.1\r\nHost: h\r\n{more}\r\n".encode())
        return self.answer(has_body=method != "HEAD")

    def ask(self, method, path, body="", user="", more=""):
        """With a body, by somebody whom the fake agent believes."""
        head = f"{method} {path} HTTP/1.1\r\nHost: h\r\nContent-Length: {len(body.encode())}\r\n"
        self.send((head + (f"X-Test-User: {user}\r\n" if user else "") + f"{more}\r\n{body}").encode())
        return self.answer()

    def answer(self, has_body=True):
        while b"\r\n\r\n" not in self._received:
            self._receive()
        head, _, self._received = self._received.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        version, status, _ = first.split(" ", 2)
        if version != "HTTP/1.1":
            raise Lost(f"no answer: {first}")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        length = int(headers["content-length"]) if has_body else 0
        while len(self._received) < length:
            self._receive()
        body, self._received = self._received[:length], self._received[length:]
        return Answer(int(status), headers, body)

    def _receive(self):
        try:
            more = self.socket.recv(65536)
        except (ConnectionError, ssl.SSLError) as error:
            raise Lost(str(error)) from None
        if not more:
            raise Lost(f"ended after {self._received[:200]}")
        self._received += more
