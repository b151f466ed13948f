#!/usr/bin/env python3
"""The beds that the tests share, each in its folder under build/bed. ctest starts and stops them as fixtures.

    beds.py start NAME     brings it up afresh; one that runs already is used as it is
    beds.py stop NAME      ends its processes; data and logs stay until the next start

A test attaches to one by name. TWINWATCH_BED_<NAME> names another folder, for a bed that is kept running.
"""
import os
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests" / "bed"))
sys.dont_write_bytecode = True

from twinbed import Bed, BedError  # noqa: E402
from twinbed.bed import to_stderr  # noqa: E402

SETTINGS = {
    # A dead server's queue is handed on after 30-60 s; the tests do not wait so long.
    "replication.sleep.before.failover": 1000,
    # Rows of a table that a test has dropped must not hold up those of the next one for ever.
    "hbase.replication.drop.on.deleted.table": True,
}

BEDS = {
    "standalone": {"layout": "standalone", "hbase": "2.6.1-hadoop3"},
    "kerberos": {"layout": "standalone", "hbase": "2.6.1-hadoop3", "kerberos": True},
    "bulk": {"layout": "standalone", "hbase": "2.6.1-hadoop3", "settings": {"hbase.replication.bulkload.enabled": True}},
    "bulk24": {"layout": "standalone", "hbase": "2.4.18", "settings": {"hbase.replication.bulkload.enabled": True}},
    "distributed": {"layout": "distributed", "hbase": "2.6.1-hadoop3",
                    "settings": {"hbase.replication.bulkload.enabled": True}},
    "hbase24": {"layout": "standalone", "hbase": "2.4.18"},
    "hbase25": {"layout": "standalone", "hbase": "2.5.12-hadoop3"},
    "distributed24": {"layout": "distributed", "hbase": "2.4.18"},
    "distributed25": {"layout": "distributed", "hbase": "2.5.12-hadoop3"},
    "chaos": {"layout": "distributed", "hbase": "2.6.1-hadoop3",
              "settings": {"hbase.replication.bulkload.enabled": True}},
    "chaos24": {"layout": "distributed", "hbase": "2.4.18", "settings": {"hbase.replication.bulkload.enabled": True}},
    "wide": {"layout": "wide", "hbase": "2.6.1-hadoop3"},  # for tests/bench/agent
    "yarn": {"layout": "yarn", "hbase": "2.6.1-hadoop3"},
    # sleepforretries as HBase has it
    "chaos1000": {"layout": "distributed", "hbase": "2.6.1-hadoop3", "sleep_for_retries": 1000,
                  "settings": {"hbase.replication.bulkload.enabled": True}},
    "chaos1000_24": {"layout": "distributed", "hbase": "2.4.18", "sleep_for_retries": 1000},
}


def folder(name):
    """Where the bed of that name is."""
    other = os.environ.get("TWINWATCH_BED_" + name.upper())
    return Path(other) if other else REPOSITORY / "build" / "bed" / f"test-{name}"


def attach(name):
    """The running bed of that name."""
    return Bed.attach(folder(name))


def is_running(bed):
    return all(process["alive"] for process in bed.info()["processes"].values())


def start(name):
    if (folder(name) / "bed.json").exists():
        bed = attach(name)
        if is_running(bed):
            with bed:
                bed.wait_ready()
            return
        bed.stop(delete=True)
    chosen = BEDS[name] | {"settings": SETTINGS | BEDS[name].get("settings", {})}
    Bed.start(folder(name), progress=to_stderr, **chosen).close()


def stop(name):
    if not os.environ.get("TWINWATCH_BED_" + name.upper()):
        attach(name).stop()


if __name__ == "__main__":
    try:
        {"start": start, "stop": stop}[sys.argv[1]](sys.argv[2])
    except BedError as e:
        sys.exit(f"beds: {e}")
