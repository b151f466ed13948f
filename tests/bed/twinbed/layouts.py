"""Which processes a bed consists of, in the order in which they are started.

standalone: one process a cluster, holding its master, its region server and its ZooKeeper.
distributed: one HDFS for both; a ZooKeeper, a master and region servers for each, two on a and three on b.
wide: the same with ten small region servers on each side.
yarn: the same with one region server on each side, and a ResourceManager and a NodeManager for MapReduce jobs.
With Kerberos there is a KDC, before all others.
Stage n+1 is started when every port of stage n answers: a region server that finds no master sleeps for
many seconds before it looks again.
"""
from dataclasses import dataclass

from . import kdc
from .errors import BedError

REGION_SERVERS = {"standalone": {"a": 1, "b": 1}, "distributed": {"a": 2, "b": 3}, "wide": {"a": 10, "b": 10},
                  "yarn": {"a": 1, "b": 1}}
LAYOUTS = tuple(REGION_SERVERS)
REGION_SERVER_HEAP = {"distributed": "900m", "wide": "320m", "yarn": "640m"}

_MASTER = "org.apache.hadoop.hbase.master.HMaster"
_REGION_SERVER = "org.apache.hadoop.hbase.regionserver.HRegionServer"
_ZOOKEEPER = "org.apache.hadoop.hbase.zookeeper.HQuorumPeer"
_NAME_NODE = "org.apache.hadoop.hdfs.server.namenode.NameNode"
_DATA_NODE = "org.apache.hadoop.hdfs.server.datanode.DataNode"
_RESOURCE_MANAGER = "org.apache.hadoop.yarn.server.resourcemanager.ResourceManager"
_NODE_MANAGER = "org.apache.hadoop.yarn.server.nodemanager.NodeManager"
FORMAT_HDFS = [_NAME_NODE, "-format", "-nonInteractive"]


@dataclass(frozen=True)
class Process:
    """How one process is started."""
    name: str
    side: str     # whose configuration it gets
    stage: int
    heap: str
    main: list    # the class and its arguments; of what is no Java program the whole command line
    writes: bool  # to be ended before what it writes to


def region_servers(layout, side):
    """The names of a cluster's region servers, which are also the names of their ports."""
    return [f"rs{n}-{side}" for n in range(1, REGION_SERVERS[layout][side] + 1)]


def port_names(layout, kerberos):
    """Every port that a bed of this layout needs; a process listens on the one of its own name."""
    names = [f"{name}-{side}" for side in "ab" for name in ("zk", "m")]
    names += [f"m-{side}-info" for side in "ab"]
    names += [name for side in "ab" for name in region_servers(layout, side)]
    names += ["kdc", "kdc-other"] if kerberos else []
    if layout != "standalone":
        names += ["nn", "nn-http", "dn", "dn-data", "dn-http"]
    if layout == "yarn":
        names += ["rm", "rm-scheduler", "rm-tracker", "rm-admin", "rm-http", "nm", "nm-localizer", "nm-http"]
    return names


def processes(layout, ports, kerberos):
    """The processes of a layout, in starting order."""
    if kerberos:
        if layout != "standalone":
            raise BedError("Kerberos is for the layout standalone only: HDFS would want it too")
        return [Process("kdc", "", -1, "", kdc.command(), False), *processes(layout, ports, False)]
    if layout == "standalone":
        return [Process(f"m-{side}", side, 0, "1500m", [_MASTER, "start"], True) for side in "ab"]
    if layout not in LAYOUTS:
        raise BedError(f"no such layout: {layout}; there are {', '.join(LAYOUTS)}")
    made = [Process("nn", "a", 0, "256m", [_NAME_NODE], False), Process("dn", "a", 0, "256m", [_DATA_NODE], False)]
    made += [Process(f"zk-{side}", side, 0, "128m", [_ZOOKEEPER, "start"], False) for side in "ab"]
    made += [Process(f"m-{side}", side, 1, "384m", [_MASTER, "start"], True) for side in "ab"]
    for side in "ab":
        for name in region_servers(layout, side):
            main = [_REGION_SERVER, "-D", f"hbase.regionserver.port={ports[name]}", "start"]
            made.append(Process(name, side, 2, REGION_SERVER_HEAP[layout], main, True))
    if layout == "yarn":
        made.append(Process("rm", "a", 1, "384m", [_RESOURCE_MANAGER], True))
        made.append(Process("nm", "a", 2, "384m", [_NODE_MANAGER], True))
    return made
