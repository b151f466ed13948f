#!/usr/bin/env python3
"""Checks every #include of the product's folders against the table of who may include whom.

    check_includes.py [ROOT]       prints "file:line: X may not include Y" and exits 1 for offences
    check_includes.py --self-test  proves that what must be refused is refused

The table is ARCHITECTURE.md's; a folder or a library that is not in it is an offence too.
"""
import pathlib
import re
import sys
import tempfile

ROOTS = ("agent", "probes", "verifier", "exporters")

CORE, API = "agent/core", "probes/api"
# Plain values that judgement and printing may see although their folders also do I/O.
VALUES = ("probes/api/replication.h", "probes/api/barrier_kind.h", "probes/replication/link_status.h",
          "probes/replication/heartbeat_view.h", "verifier/run/result.h", "verifier/ledger/records.h", "verifier/diff",
          "verifier/repair/plan.h", "verifier/repair/outcome.h")

# Folder -> folders and headers that it may include beside its own, libraries that it may use beside
# absl and fmt. The longest folder that fits counts, so each has its own files and those below it.
TABLE = {
    "agent/core": ((), ()),
    "agent/gate": ((CORE, *VALUES), ()),
    "agent/doctor": ((CORE, *VALUES, "probes/api/cluster.h"), ()),
    "agent/cli": (("agent", "probes", "verifier", "exporters"),
                  ("asio", "cli11", "yaml-cpp", "pugixml", "spdlog", "nlohmann")),
    "agent/app": (("agent", "probes", "verifier", "exporters"),
                  ("asio", "cli11", "yaml-cpp", "pugixml", "spdlog", "nlohmann", "prometheus")),
    "probes/wire": ((CORE,), ("protobuf",)),
    "probes/api": ((CORE,), ("asio",)),
    "probes/gss": ((CORE,), ("gssapi",)),
    "probes/rpc": ((CORE, API, "probes/wire", "probes/gss"), ("asio", "openssl", "protobuf")),
    "probes/zk": ((CORE, API), ("asio", "zookeeper")),
    "probes/tls": ((CORE, API), ("asio", "openssl")),
    "probes/http": ((CORE, API, "probes/tls"), ("asio", "beast")),
    "probes/dfs": ((CORE, API, "probes/http", "probes/replication/wal_name.h"), ("nlohmann",)),
    "probes/process": ((CORE, API), ("asio",)),
    "probes/copytable": ((CORE, API, "probes/process"), ("asio",)),
    "probes/hbase": ((CORE, API, "probes/wire", "probes/rpc", "probes/zk"), ("protobuf",)),
    "probes/replication": ((CORE, API, "probes/replication/rules"), ()),
    "probes/replication/rules": ((CORE, "probes/api/replication.h", "probes/api/cluster.h",
                                  "probes/api/wal_files.h",
                                  "probes/replication/heartbeat.h", "probes/replication/link_reading.h", "probes/replication/link_status.h",
                                  "probes/replication/wal_name.h"), ()),
    "verifier/digest": ((CORE,), ("xxhash",)),
    "verifier/diff": ((CORE,), ()),
    "verifier/cause": ((CORE, "probes/api/cluster.h", "probes/api/replication.h",
                        "probes/replication/rules/peer_scope.h", "verifier/diff"), ()),
    "verifier/export": ((CORE,), ("protobuf",)),
    "verifier/ledger": ((CORE, "verifier/diff"), ("sqlite",)),
    "verifier/scan": ((CORE, API), ()),
    "verifier/run": ((CORE, API, "verifier/digest", "verifier/diff", "verifier/scan", "verifier/confirm"), ()),
    "verifier/confirm": ((CORE, API, "verifier/digest", "verifier/diff", "verifier/scan"), ()),
    "verifier/repair": ((CORE, API, "verifier/digest", "verifier/diff", "verifier/export", "verifier/ledger"), ()),
    "verifier/remote": ((CORE, API, "probes/http", "verifier/digest", "verifier/diff"), ()),
    "exporters": ((CORE, *VALUES), ("prometheus", "nlohmann", "openssl")),
    "exporters/http": ((CORE, API, "probes/tls"), ("asio", "openssl", "crypt")),
    "exporters/page": ((CORE, *VALUES, "exporters"), ()),
}

# Includes that only some folders may have, however wide the table is for others.
RESERVED = {
    "agent/cli": ("agent/cli",),
    "agent/app": ("agent/app", "agent/cli"),
    "probes/hbase": ("probes/hbase", "agent/app"),
}

LIBRARIES = {
    "absl": r"absl/", "fmt": r"fmt/",
    "beast": r"boost/beast/", "openssl": r"openssl/|boost/asio/ssl", "asio": r"boost/(asio|system)/",
    "protobuf": r"google/protobuf/", "zookeeper": r"zookeeper/", "xxhash": r"xxhash\.h$",
    "prometheus": r"prometheus/", "nlohmann": r"nlohmann/", "cli11": r"CLI/", "yaml-cpp": r"yaml-cpp/",
    "pugixml": r"pugixml\.hpp$", "spdlog": r"spdlog/", "sqlite": r"sqlite3\.h$",
    "crypt": r"crypt\.h$", "gssapi": r"gssapi/|krb5\.h$",
    "gtest": r"gtest/", "gmock": r"gmock/",
}
EVERYBODYS = ("absl", "fmt")
TESTS_ONLY_LIBRARIES = ("gtest", "gmock", "nlohmann")
TESTS_ONLY_FOLDERS = ("tests/support", "tests/fakes")

# The standard's headers have no dot and no slash; C's and POSIX's are named.
STANDARD = re.compile(
    r"[a-z_0-9]+$|(arpa|net|netinet|sys)/\w+\.h$|"
    r"(assert|ctype|dirent|dlfcn|errno|fcntl|fnmatch|glob|grp|inttypes|langinfo|limits|locale|math|netdb|"
    r"poll|pthread|pwd|sched|semaphore|signal|spawn|stdint|stdio|stdlib|string|strings|syslog|termios|"
    r"time|unistd|wordexp)\.h$")

INCLUDE = re.compile(r'\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')


def within(path, folder):
    return path == folder or path.startswith(folder + "/")


def folder_of(path):
    return max((f for f in TABLE if within(path, f)), key=len, default=None)


def may_include_file(path, folder, target, is_test):
    if is_test and any(within(target, f) for f in TESTS_ONLY_FOLDERS):
        return True
    for reserved, friends in RESERVED.items():
        if within(target, reserved) and not any(within(path, f) for f in friends):
            return False
    return folder_of(target) == folder or any(
        target == allowed or (within(target, allowed) and narrowest(target, allowed))
        for allowed in TABLE[folder][0])


def narrowest(target, allowed):
    """Naming probes/replication must not open what has a line of its own below it, except to all of it."""
    return allowed.count("/") == 0 or folder_of(target) in (allowed, folder_of(allowed))


def may_include_library(folder, name, is_test):
    if is_test and API in TABLE[folder][0] and name == "boost/asio/io_context.hpp":
        return True  # something must run the coroutines
    for library, pattern in LIBRARIES.items():
        if re.match(pattern, name):
            return (library in EVERYBODYS or library in TABLE[folder][1]
                    or (is_test and library in TESTS_ONLY_LIBRARIES))
    return STANDARD.match(name) is not None


def offences(root):
    for path in sorted(p for r in ROOTS for p in (root / r).rglob("*") if p.suffix in (".h", ".cc")):
        name = path.relative_to(root).as_posix()
        folder = folder_of(name)
        if folder is None:
            yield f"{name}:1: {path.parent.relative_to(root).as_posix()} is not in the table of check_includes.py"
            continue
        is_test = name.endswith("_test.cc")
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if not (match := INCLUDE.match(line)):
                continue
            ours, theirs = match.groups()
            good = (may_include_file(name, folder, ours, is_test) if ours
                    else may_include_library(folder, theirs, is_test))
            if not good:
                yield f"{name}:{number}: {folder} may not include {ours or theirs}"


MUST_BE_REFUSED = {
    "agent/core/a.h": '#include "probes/api/async.h"',
    "probes/wire/a.cc": "#include <boost/asio/buffer.hpp>",
    "probes/wire/a_test.cc": "#include <boost/asio/io_context.hpp>",
    "probes/hbase/a.cc": "#include <boost/asio/io_context.hpp>",
    "probes/rpc/b.cc": "#include <gssapi/gssapi.h>",
    "probes/rpc/a.h": '  #  include "probes/hbase/meta.h"',
    "probes/api/a.h": "#include <gtest/gtest.h>",
    "probes/api/b.h": '#include "tests/support/golden.h"',
    "probes/replication/rules/a.h": '#include "probes/api/async.h"',
    "probes/replication/rules/b.cc": '#include "probes/replication/collector.h"',
    "probes/replication/a.cc": '#include "probes/hbase/admin.h"',
    "verifier/run/a.cc": '#include "probes/hbase/admin.h"',
    "verifier/diff/a_test.cc": '#include "probes/api/async.h"',
    "exporters/text/a.cc": '#include "agent/app/config.h"',
    "exporters/text/b.cc": '#include "verifier/run/verify_table.h"',
    "exporters/http/a.cc": '#include "exporters/text/a.h"',
    "agent/app/a.cc": '#include "agent/cli/verify.h"',
    "agent/cli/a.cc": '#include "probes/hbase/hbase_cluster.h"',
    "agent/app/b.cc": "#include <sqlite3.h>",
    "verifier/digest/a.cc": "#include <boost/crc.hpp>",
    "verifier/novel/a.cc": "#include <string>",
}
MUST_BE_TAKEN = {
    "probes/wire/ok_test.cc": '#include <gtest/gtest.h>\n#include "tests/support/golden.h"\n#include "probes/wire/frame.h"',
    "probes/hbase/ok_test.cc": "#include <boost/asio/io_context.hpp>",
    "probes/hbase/ok.cc": '#include "probes/rpc/channel.h"\n#include <absl/time/time.h>\n#include <google/protobuf/message.h>',
    "probes/replication/rules/ok.cc": '#include "probes/api/replication.h"\n#include <sys/stat.h>',
    "probes/replication/ok.cc": '#include "probes/replication/rules/lag.h"',
    "exporters/text/ok.cc": '#include "verifier/run/result.h"\n#include "exporters/json/writer.h"\n#include <vector>',
    "agent/app/ok.cc": '#include "probes/hbase/hbase_cluster.h"\n#include "exporters/http/server.h"',
    "agent/cli/ok.cc": '#include "agent/app/config.h"\n#include "verifier/run/verify_table.h"\n#include <CLI/CLI.hpp>',
}


def self_test():
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in {**MUST_BE_REFUSED, **MUST_BE_TAKEN}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text + "\n")
        refused = {line.split(":")[0]: line for line in offences(root)}
    wrong = [f"was not refused: {n}" for n in MUST_BE_REFUSED if n not in refused]
    wrong += [f"was refused: {refused[n]}" for n in MUST_BE_TAKEN if n in refused]
    print("\n".join(wrong) or "self-test passed")
    return 1 if wrong else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2])
    found = list(offences(root))
    print("\n".join(found) or "every include is in the table")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
