"""Java processes that outlive the program which started them.

A process is known by its number, kept in pid/NAME, and by an argument of its command line that only it has:
a number that was reused by someone else is not taken for it. log/NAME.log is its log, log/NAME.out what it
printed; those of the run before end in .1. Fails with BedError when a name already runs.
"""
import contextlib
import json
import os
import signal
import time

from . import kdc
from .errors import BedError
from .versions import JAVA_FLAGS

_PATIENCE = 5        # seconds from TERM to KILL
_CLOSING_PATIENCE = 20  # the same while regions are still being written out


def java_command(folder, class_path, heap, log_name, level="INFO", appender="file"):
    """The beginning of every Java command line of the bed."""
    kerberos = [f"-Djava.security.krb5.conf={kdc.conf(folder)}"] if kdc.conf(folder).exists() else []
    return ["java", *kerberos, f"-Xmx{heap}", *JAVA_FLAGS, f"-Djava.io.tmpdir={folder}/tmp",
            f"-XX:ErrorFile={folder}/log/hs_err_%p.log", f"-Dtwinbed.level={level}",
            f"-Dtwinbed.appender={appender}", f"-Dtwinbed.log={folder}/log/{log_name}.log",
            "-Dzookeeper.admin.enableServer=false",  # else every ZooKeeper wants port 8080
            "-cp", class_path]


def spawn(folder, name, command, environment=None):
    """Start it in its own process group, with nothing of ours open."""
    if pid(folder, name):
        raise BedError(f"{name} runs already")
    for kind in ("log", "out"):  # an old log must not speak for the new process
        with contextlib.suppress(FileNotFoundError):
            os.replace(_log(folder, name, kind), f"{_log(folder, name, kind)}.1")
    begun = int(time.time() * 1000)
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    java = command[:1] if command[0] == "java" else []  # others take no such argument: it is their name
    number = os.posix_spawnp(command[0], [*java, _marker(folder, name), *command[1:]], environment or os.environ,
                             setsid=True,
                             file_actions=[(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                                           (os.POSIX_SPAWN_OPEN, 1, _log(folder, name, "out"), flags, 0o644),
                                           (os.POSIX_SPAWN_DUP2, 1, 2)])
    (folder / "pid" / name).write_text(json.dumps({"pid": number, "begun": begun}))


def pid(folder, name):
    """The number of a process that runs, else None."""
    number = _kept(folder, name).get("pid")
    if number is None:
        return None
    with contextlib.suppress(ChildProcessError):  # when it was a child of ours, do not leave it a zombie
        os.waitpid(number, os.WNOHANG)
    return number if _marker(folder, name).encode() in _arguments(number) else None


def begun(folder, name):
    """When it was started, in milliseconds of this machine's clock; 0 if never."""
    return _kept(folder, name).get("begun", 0)


def kill(folder, name):
    """kill -9, and wait until it is gone."""
    while number := pid(folder, name):
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
        time.sleep(0.05)


def freeze(folder, name):
    """SIGSTOP: it answers nobody until it is thawed, and its sessions run out."""
    _signal(folder, name, signal.SIGSTOP)


def thaw(folder, name):
    """SIGCONT; harmless when it was not frozen."""
    _signal(folder, name, signal.SIGCONT)


def end(folder, names):
    """TERM to all, KILL to those that do not end in time; returns the names that had to be killed."""
    killed, begun_at = [], time.monotonic()
    left = {name: number for name in names if (number := pid(folder, name))}
    for number in left.values():
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGTERM)
    while left := {name: number for name in left if (number := pid(folder, name))}:
        waited = time.monotonic() - begun_at
        for name in left:
            if waited > (_CLOSING_PATIENCE if _closing_regions(folder, name) else _PATIENCE):
                kill(folder, name)
                killed.append(name)
        time.sleep(0.1)
    for name in names:
        (folder / "pid" / name).unlink(missing_ok=True)
    return killed


def last_lines(folder, name, count=8):
    """The ends of its output and its log, and the last errors before them, for a message."""
    lines = []
    for kind in ("out", "log"):
        with contextlib.suppress(FileNotFoundError):
            with open(_log(folder, name, kind), "rb") as f:
                f.seek(max(0, os.fstat(f.fileno()).st_size - 1000000))
                told = f.read().decode(errors="replace").splitlines()
            errors = [line for line in told[:-count] if " ERROR " in line or " FATAL " in line][-3:]
            if told:
                lines += [f"--- log/{name}.{kind}", *(line[:300] for line in errors + told[-count:])]
    return "\n".join(lines)


def _signal(folder, name, what):
    number = pid(folder, name)
    if number is None:
        raise BedError(f"{name} does not run")
    os.kill(number, what)


def _closing_regions(folder, name):
    """A region server writes its regions out before it ends; one that has done so, and stays, only hangs."""
    if not name.startswith(("rs", "m-")):
        return False
    with contextlib.suppress(FileNotFoundError):
        with open(_log(folder, name, "log"), "rb") as f:
            f.seek(max(0, os.fstat(f.fileno()).st_size - 200000))
            return b"all regions closed" not in f.read()
    return False


def _arguments(number):
    """The command line of a process; empty when it has ended, and its sockets with it."""
    try:
        for _ in range(100):
            with open(f"/proc/{number}/cmdline", "rb") as f:
                arguments = f.read()
            with open(f"/proc/{number}/stat") as f:
                ended = f.read().rpartition(")")[2].split()[0] in "ZX"
            if arguments or ended and len(os.listdir(f"/proc/{number}/task")) == 1:
                return arguments.split(b"\0")
            time.sleep(0.01)  # just being started, or with threads that still end: it has none for a moment
    except OSError:
        pass
    return []


def _kept(folder, name):
    try:
        return json.loads((folder / "pid" / name).read_text())
    except (OSError, ValueError):
        return {}


def _marker(folder, name):
    return f"-Dtwinbed.process={folder}/{name}"


def _log(folder, name, kind):
    return str(folder / "log" / f"{name}.{kind}")
