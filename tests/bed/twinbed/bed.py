"""A bed: a folder with two clusters, their processes, ports, data and logs.

Bed.start() brings it up, or up again with its data; Bed.attach() finds one that exists. What is chosen once
stands in the folder's bed.json: layout, HBase version, ports, settings. A start that fails ends what it had
begun and raises BedError. stop() ends every process and keeps data and logs.
"""
import contextlib
import fcntl
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

from . import kdc, layouts, ports, process, ready, sites, versions
from .errors import BedError
from .helper import Helper

DEFAULT_DIR = versions.REPOSITORY / "build" / "bed" / "default"


class Cluster:
    """One of the two clusters: its cluster key, its configuration folder, its helper."""

    def __init__(self, bed, side):
        self.side = side
        self.zookeeper = f"localhost:{bed.state['ports']['zk-' + side]}:/hbase"
        self.conf_dir = bed.dir / "conf" / side
        self.helper = Helper(bed.java_command(side, "BedHelper", heap="512m", log_name=f"helper-{side}"),
                             bed.dir / "log" / f"helper-{side}.err")


class Bed:
    """Made by start() or attach(); may be used in a with statement, which closes the helpers."""

    def __init__(self, folder, state, cache=None, progress=None):
        self.dir, self.state = folder, state
        self._cache, self._progress, self._begun = cache, progress, time.monotonic()
        self.processes = layouts.processes(state["layout"], state["ports"], state["kerberos"])
        self.names = [p.name for p in self.processes]
        self._jars = versions.resolve(state["hbase"], cache, yarn=state["layout"] == "yarn")
        for sub in ("log", "pid", "tmp"):
            (folder / sub).mkdir(exist_ok=True)
        self.source, self.target = Cluster(self, "a"), Cluster(self, "b")
        self.clusters = {"a": self.source, "b": self.target}

    @classmethod
    def start(cls, dir=None, layout=None, hbase=None, sleep_for_retries=None, settings=None, cache=None,
              timeout=180, progress=None, kerberos=None):
        """Bring the bed up and return when both clusters are ready; what is left out is as it was before."""
        folder = _folder(dir)
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            wanted = {"layout": layout, "hbase": hbase, "sleep_for_retries": sleep_for_retries,
                      "settings": settings, "kerberos": kerberos}
            state = _remember(folder, wanted)
            if state["kerberos"]:
                kdc.prepare(folder, state["ports"])
            bed = cls(folder, state, cache, progress)
            running = [name for name in bed.names if process.pid(folder, name)]
            if running:
                raise BedError(f"{', '.join(running)} of the bed in {folder} runs already")
            bed._tell("jars and helper are there")
            with ports.locked():
                ports.take_again(bed.state["ports"], folder)
            sites.write(folder, bed.state, bed._jars.class_path)
            try:
                bed._start_all(timeout)
            except BaseException:
                bed.close()
                bed._end_all()
                raise
        return bed

    @classmethod
    def attach(cls, dir=None, cache=None, progress=None):
        """The bed that was started in this folder, running or not."""
        folder = _folder(dir)
        state = _read_state(folder)
        if state is None:
            raise BedError(f"there is no bed in {folder}")
        return cls(folder, state, cache, progress)

    def info(self):
        """What a test needs to know of it, as JSON-ready values."""
        told = {"dir": str(self.dir), "layout": self.state["layout"], "hbase": self.state["hbase"]}
        for name, cluster in (("source", self.source), ("target", self.target)):
            told[name] = {"zookeeper": cluster.zookeeper, "conf_dir": str(cluster.conf_dir)}
        held = self.state["ports"]
        if self.state["layout"] != "standalone":
            told["hdfs"] = {"namenode": f"localhost:{held['nn']}", "webhdfs": f"localhost:{held['nn-http']}"}
        told["processes"] = {}
        for name in self.names:
            number = process.pid(self.dir, name)
            told["processes"][name] = {"pid": number, "alive": number is not None, "port": held[name]}
            if self.state["layout"] == "standalone" and name != "kdc":
                told["processes"][name]["region_server_port"] = held[f"rs1-{name[-1]}"]
        return told

    def wait_ready(self, timeout=120, without=()):
        """Both clusters serve; without: processes that are down on purpose."""
        names = [name for name in self.names if name not in without]
        ready.fail_if_ended(self.dir, names)
        ready.wait_for_ports(self.dir, self.state, names, timeout)
        helpers = {side: cluster.helper for side, cluster in self.clusters.items()}
        ready.wait_for_clusters(self.dir, self.state, helpers, timeout, names, self._tell)
        if "nm" in names:
            ready.wait_for_yarn(self.dir, self.state, names, timeout)

    def kill(self, name):
        """kill -9 one process."""
        self._process(name)
        process.kill(self.dir, name)

    def freeze(self, name):
        """Stop one process where it is (SIGSTOP), until thaw()."""
        self._process(name)
        process.freeze(self.dir, name)

    def thaw(self, name):
        """Let one process go on."""
        self._process(name)
        process.thaw(self.dir, name)

    def is_alive(self, name):
        """One process runs, or is frozen."""
        self._process(name)
        return process.pid(self.dir, name) is not None

    def start_process(self, name):
        """Start one process again as it was; wait_ready() says when it serves."""
        with _alone(self.dir):
            p = self._process(name)
            self._spawn(p)

    def stop(self, delete=False):
        """End every process, those that write first; delete: forget data, logs and ports too."""
        self.close()
        with _alone(self.dir):
            self._end_all()
            if delete:
                with ports.locked():
                    ports.give_back(self.state["ports"], self.dir)
                    shutil.rmtree(self.dir)

    def java(self, side, main, arguments=(), heap="1g", level="INFO", timeout=None):
        """Run a Java class with a cluster's configuration; its log is part of the result's stderr."""
        command = self.java_command(side, main, *arguments, heap=heap, level=level, appender="stderr")
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout)

    def java_command(self, side, main, *arguments, heap="1g", log_name="java", level="WARN", appender="file"):
        """The command line of a Java class with a cluster's configuration."""
        if side not in ("a", "b"):
            raise BedError(f"no such cluster: {side}; there are a and b")
        login = f"{self.dir / 'conf' / side}-client:" if self.state["kerberos"] else ""
        path = f"{self._jars.classes}:{login}{self.dir / 'conf' / side}:{self._jars.class_path}"
        return [*process.java_command(self.dir, path, heap, log_name, level, appender), main, *map(str, arguments)]

    def close(self):
        """End the helpers; the clusters run on."""
        for cluster in self.clusters.values():
            cluster.helper.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _start_all(self, timeout):
        if self.state["layout"] != "standalone" and not (self.dir / "nn" / "current").exists():
            self._format_hdfs()
        stages = sorted({p.stage for p in self.processes})
        for stage in stages:
            names = [p.name for p in self.processes if p.stage == stage]
            for p in self.processes:
                if p.stage == stage:
                    self._spawn(p)
            self._tell("started " + ", ".join(names))
            if stage != stages[-1]:
                ready.wait_for_ports(self.dir, self.state, names, 60)
        self.wait_ready(timeout)

    def _format_hdfs(self):
        path = f"{self.dir / 'conf' / 'a'}:{self._jars.class_path}"
        command = process.java_command(self.dir, path, "256m", "format") + layouts.FORMAT_HDFS
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode:
            raise BedError(f"HDFS cannot be formatted:\n{(done.stdout + done.stderr)[-3000:]}")
        self._tell("formatted HDFS")

    def _end_all(self):
        for writers in (True, False):
            names = [p.name for p in self.processes if p.writes is writers]
            if names:
                killed = process.end(self.dir, names)
                self._tell("ended " + ", ".join(names) + (f"; killed {', '.join(killed)}" if killed else ""))

    def _spawn(self, p):
        environment = kdc.environment(self.dir) if p.name == "kdc" else None
        process.spawn(self.dir, p.name, self._server_command(p), environment)

    def _server_command(self, p):
        if p.name == "kdc":
            return p.main
        path = f"{self.dir / 'conf' / p.side}:{self._jars.class_path}"
        return process.java_command(self.dir, path, p.heap, p.name) + p.main

    def _process(self, name):
        for p in self.processes:
            if p.name == name:
                return p
        raise BedError(f"no process {name} in this bed; there are {', '.join(self.names)}")

    def _tell(self, text):
        if self._progress:
            self._progress(f"[{time.monotonic() - self._begun:5.1f} s] {text}")


def to_stderr(line):
    """A progress function for people."""
    print(line, file=sys.stderr, flush=True)


def _folder(dir):
    return Path(dir or DEFAULT_DIR).resolve()


@contextlib.contextmanager
def _alone(folder):
    """Nobody else starts or ends processes of this bed meanwhile."""
    with open(folder / "lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _read_state(folder):
    try:
        return {"kerberos": False} | json.loads((folder / "bed.json").read_text())
    except FileNotFoundError:
        return None


def _remember(folder, wanted):
    """The state of this bed: what it had before and what is wanted now; new ports for a new bed."""
    wanted = {key: value for key, value in wanted.items() if value is not None}
    state = _read_state(folder)
    for key in ("layout", "hbase", "kerberos") if state else ():
        if wanted.get(key, state[key]) != state[key]:
            raise BedError(f"the bed in {folder} has {key} {state[key]}, not {wanted[key]}; delete it first")
    with ports.locked():
        if state is None:
            state = {"layout": "standalone", "hbase": versions.DEFAULT_HBASE, "sleep_for_retries": 200,
                     "settings": {}, "kerberos": False} | wanted
            if state["hbase"] not in versions.VERSIONS or state["layout"] not in layouts.LAYOUTS:
                raise BedError(f"no bed with HBase {state['hbase']} and layout {state['layout']}: "
                               f"{', '.join(versions.VERSIONS)}; {', '.join(layouts.LAYOUTS)}")
            state["ports"] = ports.pick(layouts.port_names(state["layout"], state["kerberos"]), folder)
        else:
            state |= wanted
        fresh = folder / "bed.json.new"
        fresh.write_text(json.dumps(state, indent=2) + "\n")
        fresh.rename(folder / "bed.json")
    return state
