"""Runs `twinwatch` and `probe` as a user would: with a deadline, and with what they cost measured.

    done = twinwatch("verify", "--source", key, "-t", "orders", "--format", "json")
    done.code, done.out, done.err, done.json(), done.seconds, done.cpu_seconds, done.peak_bytes

A program that outlives its deadline is killed and fails the test with TooLate.
"""
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("TWINWATCH_BINARY") or REPOSITORY / "build" / "release" / "twinwatch")
PROBE = Path(os.environ.get("TWINWATCH_PROBE") or REPOSITORY / "build" / "release" / "tests" / "cases" / "probe")

# Run by a small Python of its own: the peak that the kernel tells of a child includes what its parent had
# when it forked.
_MEASURE = """
import json, os, sys
child = os.fork()
if child == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
_, status, used = os.wait4(child, 0)
with open(sys.argv[1], "w") as f:
    json.dump({"code": os.waitstatus_to_exitcode(status), "peak_bytes": used.ru_maxrss * 1024,
               "cpu_seconds": used.ru_utime + used.ru_stime}, f)
"""


class TooLate(AssertionError):
    """A program did not end in time."""


@dataclass(frozen=True)
class Done:
    """What a program left behind."""
    command: list
    code: int
    out: str
    err: str
    seconds: float
    cpu_seconds: float
    peak_bytes: int

    def json(self):
        """stdout, which must be one JSON document."""
        try:
            return json.loads(self.out)
        except ValueError:
            raise AssertionError(f"stdout is not one JSON document\n{self}") from None

    def json_lines(self):
        """stdout, a JSON document a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    def __str__(self):
        return (f"{' '.join(map(str, self.command))}\nexit code {self.code} after {self.seconds:.1f} s\n"
                f"stdout:\n{self.out[-6000:]}\nstderr:\n{self.err[-6000:]}")


def run(command, deadline=120, stdin="", env=None):
    """Run a program to its end."""
    command = [str(part) for part in command]
    with tempfile.NamedTemporaryFile() as measured:
        begun = time.monotonic()
        with subprocess.Popen([sys.executable, "-SEc", _MEASURE, measured.name, *command], text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=environment(env), start_new_session=True) as process:
            try:
                out, err = process.communicate(stdin, timeout=deadline)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                out, err = process.communicate()
                raise TooLate(f"{' '.join(command)} did not end in {deadline} s\n{out}\n{err}") from None
            except BaseException:
                os.killpg(process.pid, signal.SIGKILL)
                raise
        seconds = time.monotonic() - begun
        told = json.loads(Path(measured.name).read_text())
    return Done(command, told["code"], out, err, seconds, told["cpu_seconds"], told["peak_bytes"])


def twinwatch(*arguments, deadline=120, env=None):
    return run([BINARY, *arguments], deadline, env=env)


def probe(*arguments, deadline=120, stdin=""):
    return run([PROBE, *arguments], deadline, stdin)


def environment(more=None):
    """The caller's, without what would colour the output or point at a configuration of the user's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TWINWATCH_")}
    state = REPOSITORY / "build" / "test-state" / os.environ.get("TWINWATCH_TEST_BED", "none")
    fixed = {"NO_COLOR": "1", "LC_ALL": "C.UTF-8", "XDG_STATE_HOME": str(state)}
    return kept | fixed | (more or {})


@contextlib.contextmanager
def started(command, env=None, **popen):
    """A program that runs meanwhile; killed if it is still there at the end."""
    with subprocess.Popen([str(part) for part in command], text=True, env=environment(env), **popen) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def wait_until(what, seconds, condition, every=0.2):
    """Ask until `condition` gives something true, and return that; fails when it takes longer."""
    until = time.monotonic() + seconds
    while True:
        got = condition()
        if got:
            return got
        if time.monotonic() > until:
            raise TooLate(f"after {seconds} s still not: {what}")
        time.sleep(every)
