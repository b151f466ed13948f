"""Free ports, held for one bed as long as its folder exists.

A bed keeps its ports across stop and start: a peer's cluster key and the HDFS root carry them. So a port
belongs to the folder that took it, running or not: a file named by the port in HELD says which folder, and
counts as long as that folder's bed.json still lists the port. Picking and writing bed.json happen under one
lock, so two beds started at the same moment never get the same port. The range lies below the one from
which the kernel serves outgoing connections.
Fails with BedError when the range is used up, or when someone else listens on a port this bed had.
"""
import contextlib
import errno
import fcntl
import json
import os
import random
import socket
import time
from pathlib import Path

from .errors import BedError

HELD = Path("/tmp/twinbed-ports")
RANGE = range(20000, 32000)


@contextlib.contextmanager
def locked():
    """No other bed picks or gives back ports meanwhile."""
    HELD.mkdir(mode=0o1777, exist_ok=True)
    with open(HELD / "lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def pick(names, folder):
    """A free port for each name; call it, and write bed.json, under locked()."""
    candidates = random.sample(RANGE, len(RANGE))  # at random: a port given back rests for a while
    ports = {}
    for port in candidates:
        if len(ports) == len(names):
            break
        if _owner(port) is None and listenable(port):
            ports[names[len(ports)]] = port
            _hold(port, folder)
    if len(ports) < len(names):
        raise BedError(f"no {len(names)} free ports left in {RANGE.start}-{RANGE.stop}")
    return ports


def take_again(ports, folder):
    """The ports of a stopped bed, for its next start; under locked()."""
    until = time.monotonic() + 10  # what was just stopped may still be closing
    for name, port in ports.items():
        owner = _owner(port)
        if owner not in (None, str(folder)):
            raise BedError(f"port {port} ({name}) of this bed now belongs to the bed in {owner}")
        while not listenable(port) and time.monotonic() < until:
            time.sleep(0.1)
        if not listenable(port):
            raise BedError(f"port {port} ({name}) of this bed is taken by some other process")
        _hold(port, folder)


def give_back(ports, folder):
    """Forget the ports of a bed that is deleted; under locked()."""
    for port in ports.values():
        if _owner(port) == str(folder):
            (HELD / str(port)).unlink(missing_ok=True)


def listenable(port):
    """Nobody listens there, on any address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # old connections may still linger
        try:
            probe.bind(("", port))
            probe.listen(1)
        except OSError as e:
            if e.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def answers(port):
    """Somebody listens there on loopback."""
    try:
        socket.create_connection(("localhost", port), timeout=1).close()
        return True
    except OSError:
        return False


def _owner(port):
    try:
        folder = (HELD / str(port)).read_text()
        listed = json.loads(Path(folder, "bed.json").read_text())["ports"].values()
    except (OSError, ValueError, KeyError):
        return None
    return folder if port in listed else None


def _hold(port, folder):
    fresh = HELD / f"{port}.{os.getpid()}"
    fresh.write_text(str(folder))
    fresh.rename(HELD / str(port))
