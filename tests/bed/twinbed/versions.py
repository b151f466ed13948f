"""Which HBase goes with which Hadoop and ZooKeeper, and how their class path is had.

resolve() asks Maven for the class path of pom.xml and compiles the Java helper against it; both are kept
in a cache folder and reused while pom.xml, the versions and the Java files stay the same. Compiled classes
lie in a folder named by the hash of their source, so a helper that is running keeps the classes it started
with. Fails with BedError when the version is unknown, or with the output of Maven or javac.
"""
import fcntl
import hashlib
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .errors import BedError

HERE = Path(__file__).resolve().parent.parent
REPOSITORY = HERE.parent.parent
DEFAULT_CACHE = REPOSITORY / "build" / "bed" / "cache"
DEFAULT_HBASE = "2.6.1-hadoop3"

# Hadoop and ZooKeeper by HBase version. 2.4.18 with Hadoop 3 starts, but cannot read its own WALs on HDFS.
VERSIONS = {
    "2.4.18": ("2.10.2", "3.5.7"),
    "2.5.12-hadoop3": ("3.4.1", "3.8.4"),
    "2.6.1-hadoop3": ("3.3.5", "3.8.4"),
}

# HBase and Hadoop reach into the JDK; from JDK 17 on that has to be allowed, for servers and for every tool.
_OPENED = ("java.lang java.lang.reflect java.nio sun.nio.ch java.io java.net java.util "
           "java.util.concurrent").split()
_EXPORTED = "jdk.internal.misc sun.net.dns".split()
JAVA_FLAGS = ["-XX:+UseSerialGC"] \
    + [f"--add-opens=java.base/{p}=ALL-UNNAMED" for p in _OPENED] \
    + [f"--add-exports=java.base/{p}=ALL-UNNAMED" for p in _EXPORTED]


@dataclass(frozen=True)
class Jars:
    """A resolved version: the jars, and the folder with the compiled helper."""
    class_path: str
    classes: Path


def resolve(hbase, cache=None, yarn=False):
    """The jars and the compiled helper of one HBase version, from the cache or made now; yarn: its servers' too."""
    if hbase not in VERSIONS:
        raise BedError(f"HBase {hbase} is not known here; known: {', '.join(VERSIONS)}")
    folder = Path(cache or DEFAULT_CACHE) / hbase
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w") as lock:  # two beds may want the same version at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        class_path = _class_path(hbase, folder, yarn)
        return Jars(class_path, _helper_classes(class_path, folder))


def _class_path(hbase, folder, yarn):
    hadoop, zookeeper = VERSIONS[hbase]
    pom = HERE / "pom.xml"
    kind = "-yarn" if yarn else ""
    kept = folder / f"classpath{kind}-{_hash(pom.read_bytes(), hadoop.encode(), zookeeper.encode())}.txt"
    if kept.exists():
        class_path = kept.read_text().strip()
        if class_path and all(Path(jar).exists() for jar in class_path.split(":")):
            return class_path
    fresh = kept.with_suffix(".new")
    _run(["mvn", "-q", "-B", "-f", str(pom), f"-Dhbase.version={hbase}", f"-Dhadoop.version={hadoop}",
          f"-Dzookeeper.version={zookeeper}", *(["-Pyarn"] if yarn else []), "dependency:build-classpath",
          # two of the three loggers that come along; the one that stays reads log4j.properties
          "-DexcludeArtifactIds=slf4j-log4j12,log4j", f"-Dmdep.outputFile={fresh}"],
         f"Maven cannot fetch the jars of HBase {hbase}")
    fresh.rename(kept)
    return kept.read_text().strip()


def _helper_classes(class_path, folder):
    sources = sorted((HERE / "java").glob("*.java"))
    made = folder / f"classes-{_hash(class_path.encode(), *(s.read_bytes() for s in sources))}"
    if not made.exists():
        fresh = made.with_name(made.name + ".new")
        _run(["javac", "-nowarn", "-Xlint:-options", "--release", "11", "-cp", class_path, "-d", str(fresh),
              *map(str, sources)], "the Java helper does not compile")
        fresh.rename(made)
    return made


def _run(command, complaint):
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    except FileNotFoundError:
        raise BedError(f"{complaint}: there is no {command[0]} on this machine") from None
    if done.returncode:
        raise BedError(f"{complaint}:\n{(done.stdout + done.stderr).strip()[-4000:]}")


def _hash(*parts):
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:12]
