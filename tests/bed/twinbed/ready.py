"""Waiting, by asking and never by sleeping for a while: for ports, and for clusters that serve.

A cluster is ready when its own Java client finds the master initialised, exactly the expected region
servers listed and answering (each one started since its process was, so that a dead one's entry does not
count), what a dead one left recovered, no region in transition, and meta readable. Both functions watch the
processes meanwhile. They fail with BedError: at once when a process has ended, else after the time-out; the
text says what is missing.
"""
import contextlib
import json
import time
import urllib.request

from . import layouts, ports, process
from .errors import BedError, HelperError


def wait_for_ports(folder, state, names, timeout):
    """Each of these processes listens on its port."""
    until = time.monotonic() + timeout
    for name in names:
        while not all(ports.answers(state["ports"][port]) for port in _main_ports(state, name)):
            fail_if_ended(folder, names)
            if time.monotonic() > until:
                raise BedError(f"{name} does not listen on its port after {timeout} s\n"
                               f"{process.last_lines(folder, name)}")
            time.sleep(0.1)


def wait_for_clusters(folder, state, helpers, timeout, names, told=lambda text: None):
    """Both clusters are ready; names: the processes that must stay alive."""
    waiting, until = {}, time.monotonic() + timeout + 30  # the helpers keep the time-out; unless they hang
    for side, helper in helpers.items():
        servers = [name for name in layouts.region_servers(state["layout"], side)]
        expected = {str(state["ports"][name]): process.begun(folder, _process_of(state, name, side))
                    for name in servers if _process_of(state, name, side) in names}
        helper.send("ready", servers=len(expected), seconds=timeout, since=expected)
        waiting[side] = helper
    try:
        while waiting:
            for side, helper in list(waiting.items()):
                if helper.receive(0.2) is not None:
                    told(f"cluster {side} is ready")
                    del waiting[side]
            fail_if_ended(folder, names)
            if waiting and time.monotonic() > until:
                raise BedError(f"the helper of cluster {' and '.join(waiting)} did not answer in time")
    except HelperError as e:
        last = "\n".join(process.last_lines(folder, name, 4) for name in names)
        raise BedError(f"cluster {side} is not ready: {e.message}\n{last}") from None
    finally:
        for helper in waiting.values():  # it would still be asking
            helper.close()


def wait_for_yarn(folder, state, names, timeout):
    """The ResourceManager has a NodeManager that takes containers."""
    until = time.monotonic() + timeout
    address = f"http://localhost:{state['ports']['rm-http']}/ws/v1/cluster/metrics"
    while True:
        with contextlib.suppress(OSError, ValueError, KeyError):
            with urllib.request.urlopen(address, timeout=5) as answer:
                if json.load(answer)["clusterMetrics"]["activeNodes"]:
                    return
        fail_if_ended(folder, names)
        if time.monotonic() > until:
            raise BedError(f"no NodeManager is active after {timeout} s\n{process.last_lines(folder, 'nm')}")
        time.sleep(0.2)


def fail_if_ended(folder, names):
    """Every one of these processes runs."""
    for name in names:
        if not process.pid(folder, name):
            raise BedError(f"{name} does not run any more\n{process.last_lines(folder, name)}")


def _process_of(state, server, side):
    return server if state["layout"] != "standalone" else f"m-{side}"


def _main_ports(state, name):
    if name == "kdc":
        return ["kdc", "kdc-other"]
    if state["layout"] == "standalone":
        side = name[-1]
        return [f"zk-{side}", f"m-{side}", f"rs1-{side}"]
    return [name]
