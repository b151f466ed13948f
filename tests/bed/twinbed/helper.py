"""The Java helper of one cluster: one JSON object a line each way, kept running between calls.

    helper.call("put", table="t", cells=[{"row": b"r1", "family": "f", "qualifier": b"q", "value": b"v"}])

bytes among the arguments are sent as base64, as the helper wants them; results hold base64 text where they
hold bytes (unb64 turns it back). A Java exception is a HelperError, and the helper stays usable after it. A
helper that ends, or does not answer in time, is a BedError; the next call starts a new one.
"""
import base64
import contextlib
import json
import os
import select
import subprocess
import threading
import time

from .errors import BedError, HelperError


def b64(data):
    """Bytes as the helper takes and gives them."""
    return base64.b64encode(data).decode("ascii")


def unb64(text):
    """What the helper gave, as bytes."""
    return base64.b64decode(text)


class Helper:
    """Started at the first call; one call at a time, from any thread."""

    def __init__(self, command, complaints):
        self._command = command        # the whole Java command line
        self._complaints = complaints  # a file for its stderr
        self._process = None
        self._unread = b""
        self._turn = threading.RLock()

    def call(self, op, timeout=600, **arguments):
        """Run one op and return its result."""
        with self._turn:
            try:
                self.send(op, **arguments)
                answer = self.receive(timeout)
                if answer is None:
                    raise BedError(f"the helper did not answer {op} within {timeout} s")
                return answer
            except HelperError:
                raise
            except BaseException:  # interrupted, say: the answer to come must not be taken for that to the next call
                self.close()
                raise

    def send(self, op, **arguments):
        """Begin an op; receive() brings its result."""
        if self._process is None or self._process.poll() is not None:
            self._start()
        line = json.dumps({"op": op, **arguments}, default=_encode) + "\n"
        try:
            self._process.stdin.write(line.encode())
            self._process.stdin.flush()
        except BrokenPipeError:
            self._ended()

    def receive(self, timeout):
        """The result of what was sent, or None if it takes longer than this."""
        pipe, until = self._process.stdout.fileno(), time.monotonic() + timeout
        while b"\n" not in self._unread:
            if not select.select([pipe], [], [], max(0, until - time.monotonic()))[0]:
                return None
            got = os.read(pipe, 1 << 20)
            if not got:
                self._ended()
            self._unread += got
        line, self._unread = self._unread.split(b"\n", 1)
        answer = json.loads(line)
        if not answer.pop("ok"):
            raise HelperError(answer["class"], answer["error"])
        return answer

    def close(self):
        """End it; a call that is under way in it is lost."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    pipe.close()

    def _start(self):
        self.close()
        self._unread = b""
        with open(self._complaints, "ab") as complaints:
            self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                             stderr=complaints, start_new_session=True)

    def _ended(self):
        code = self._process.wait()
        self.close()
        with open(self._complaints, errors="replace") as f:
            last = "".join(f.readlines()[-8:])
        raise BedError(f"the helper ended with {code}\n{last}".rstrip())


def _encode(value):
    if isinstance(value, (bytes, bytearray, memoryview)):
        return b64(bytes(value))
    raise TypeError(f"no JSON for {type(value).__name__}")
