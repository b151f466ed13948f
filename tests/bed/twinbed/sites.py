"""The configuration folders conf/a and conf/b of a bed, written anew at every start.

Each holds hbase-site.xml, core-site.xml, hdfs-site.xml (distributed) and log4j.properties: it is what a
server, a tool or a client under test is given as its configuration folder. With Kerberos the bed's own Java clients
look into conf/a-client and conf/b-client first. Extra settings of the bed come last and win. Fails only as writing files fails.
"""
import re
from xml.sax.saxutils import escape

from . import kdc, versions

_LOG4J = """\
log4j.rootLogger=${twinbed.level},${twinbed.appender}
log4j.appender.file=org.apache.log4j.FileAppender
log4j.appender.file.File=${twinbed.log}
log4j.appender.file.layout=org.apache.log4j.PatternLayout
log4j.appender.file.layout.ConversionPattern=%d{ISO8601} %-5p [%t] %c{2}: %m%n
log4j.appender.stderr=org.apache.log4j.ConsoleAppender
log4j.appender.stderr.Target=System.err
log4j.appender.stderr.layout=org.apache.log4j.PatternLayout
log4j.appender.stderr.layout.ConversionPattern=%d{ISO8601} %-5p %c{1}: %m%n
"""


def write(folder, state, class_path):
    """Both configuration folders of the bed in folder, as its state says; class_path: for YARN's containers."""
    distributed = state["layout"] != "standalone"
    for side in "ab":
        conf = folder / "conf" / side
        conf.mkdir(parents=True, exist_ok=True)
        (conf / "log4j.properties").write_text(_LOG4J)
        hbase = _hbase(folder, state, side) | state["settings"]
        _site(conf / "hbase-site.xml", hbase)
        if state["kerberos"]:
            client = folder / "conf" / f"{side}-client"
            client.mkdir(exist_ok=True)
            _site(client / "hbase-site.xml", hbase | _login(folder))
        _site(conf / "core-site.xml", _core(folder, state))
        if distributed:
            _site(conf / "hdfs-site.xml", _hdfs(folder, state["ports"]))
            # the NameNode and the DataNode insist on these folders on their class path; empty ones do
            for web in ("hdfs", "datanode", "secondary", "static", "cluster", "node", "proxy"):
                (conf / "webapps" / web).mkdir(parents=True, exist_ok=True)


        if state["layout"] == "yarn":
            _site(conf / "yarn-site.xml", _yarn(folder, state["ports"], class_path))
            _site(conf / "mapred-site.xml", _mapred(folder, class_path))


def _file_system(state):
    return f"hdfs://localhost:{state['ports']['nn']}" if state["layout"] != "standalone" else "file:///"


def _hbase(folder, state, side):
    ports = state["ports"]
    distributed = state["layout"] != "standalone"
    settings = {
        "hbase.cluster.distributed": distributed,
        "hbase.rootdir": f"{_file_system(state)}/hbase-{side}" if distributed
                         else f"file://{folder}/hbase-{side}",
        "hbase.tmp.dir": folder / f"tmp-{side}",
        "hbase.zookeeper.quorum": "localhost",
        "hbase.zookeeper.property.clientPort": ports[f"zk-{side}"],
        "hbase.zookeeper.property.dataDir": folder / f"zk-{side}",
        "zookeeper.session.timeout": 6000,
        "hbase.master.hostname": "localhost",
        "hbase.master.port": ports[f"m-{side}"],
        "hbase.master.info.port": ports[f"m-{side}-info"],
        "hbase.regionserver.hostname": "localhost",
        "hbase.regionserver.port": ports[f"rs1-{side}"],  # further ones are given theirs on the command line
        "hbase.regionserver.info.port": -1,
        "hbase.wal.provider": "filesystem",
        "hbase.unsafe.stream.capability.enforce": False,
        "replication.source.ratio": 1.0,
        # With hbase.replication.bulkload.enabled the target finds here where the source's files are.
        "hbase.replication.cluster.id": side,
        "hbase.replication.conf.dir": folder / "conf",
        "replication.source.sleepforretries": state["sleep_for_retries"],
    }
    if not distributed:
        settings["hbase.fs.tmp.dir"] = folder / "tmp" / "staging"
    return settings | (_kerberos(folder, side) if state["kerberos"] else {})


def _kerberos(folder, side):
    """Servers of a offer every protection, so that who connects may choose."""
    settings = {
        "hbase.security.authentication": "kerberos",
        "hbase.rpc.protection": "privacy,integrity,authentication" if side == "a" else "privacy",
        "hbase.unsafe.client.kerberos.hostname.disable.reversedns": True,
    }
    for server in ("master", "regionserver"):
        settings[f"hbase.{server}.kerberos.principal"] = kdc.SERVER.replace("localhost", "_HOST")
        settings[f"hbase.{server}.keytab.file"] = kdc.keytab(folder, "hbase")
    return settings


def _login(folder):
    """Lets HBase's Java client log in by itself. Servers, which are clients too, would become that user."""
    return {"hbase.client.keytab.file": kdc.keytab(folder, "helper"),
            "hbase.client.keytab.principal": kdc.PRINCIPALS["helper"]}


def _core(folder, state):
    settings = {"fs.defaultFS": _file_system(state), "hadoop.tmp.dir": folder / "tmp"}
    if state["kerberos"]:
        settings["hadoop.security.authentication"] = "kerberos"
        settings["hadoop.security.auth_to_local"] = rf"RULE:[1:$1@$0](.*@{re.escape(kdc.OTHER_REALM)})s/@.*// DEFAULT"
    return settings


def _hdfs(folder, ports):
    return {
        "dfs.replication": 1,
        "dfs.permissions.enabled": False,
        "dfs.namenode.safemode.extension": 0,
        "dfs.namenode.name.dir": f"file://{folder}/nn",
        "dfs.namenode.http-address": f"localhost:{ports['nn-http']}",
        "dfs.datanode.data.dir": f"file://{folder}/dn",
        "dfs.datanode.address": f"localhost:{ports['dn-data']}",
        "dfs.datanode.ipc.address": f"localhost:{ports['dn']}",
        "dfs.datanode.http.address": f"localhost:{ports['dn-http']}",
    }


def _yarn(folder, ports, class_path):
    return {
        "yarn.resourcemanager.hostname": "localhost",
        "yarn.resourcemanager.address": f"localhost:{ports['rm']}",
        "yarn.resourcemanager.scheduler.address": f"localhost:{ports['rm-scheduler']}",
        "yarn.resourcemanager.resource-tracker.address": f"localhost:{ports['rm-tracker']}",
        "yarn.resourcemanager.admin.address": f"localhost:{ports['rm-admin']}",
        "yarn.resourcemanager.webapp.address": f"localhost:{ports['rm-http']}",
        # the capacity scheduler wants a file of its own
        "yarn.resourcemanager.scheduler.class":
            "org.apache.hadoop.yarn.server.resourcemanager.scheduler.fifo.FifoScheduler",
        "yarn.nodemanager.hostname": "localhost",
        "yarn.nodemanager.address": f"localhost:{ports['nm']}",
        "yarn.nodemanager.localizer.address": f"localhost:{ports['nm-localizer']}",
        "yarn.nodemanager.webapp.address": f"localhost:{ports['nm-http']}",
        "yarn.nodemanager.aux-services": "mapreduce_shuffle",
        "yarn.nodemanager.resource.memory-mb": 4096,
        "yarn.nodemanager.vmem-check-enabled": False,
        "yarn.nodemanager.pmem-check-enabled": False,
        "yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage": 99.5,
        "yarn.nodemanager.local-dirs": folder / "nm-local",
        "yarn.nodemanager.log-dirs": folder / "log" / "containers",
        "yarn.scheduler.minimum-allocation-mb": 256,
        "yarn.application.classpath": class_path,
    }


def _mapred(folder, class_path):
    flags = " ".join(versions.JAVA_FLAGS)
    return {
        "mapreduce.framework.name": "yarn",
        "mapreduce.application.classpath": class_path,
        "mapreduce.shuffle.port": 0,
        "yarn.app.mapreduce.am.staging-dir": "/staging",
        "yarn.app.mapreduce.am.resource.mb": 512,
        "yarn.app.mapreduce.am.command-opts": f"-Xmx400m {flags}",
        "mapreduce.map.memory.mb": 512,
        "mapreduce.map.java.opts": f"-Xmx400m {flags}",
    }


def _site(path, settings):
    lines = ["<configuration>"]
    for name, value in settings.items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        lines.append(f"  <property><name>{escape(name)}</name><value>{escape(text)}</value></property>")
    path.write_text("\n".join([*lines, "</configuration>", ""]))
