#!/usr/bin/env python3
"""Bulk-loaded files that wait for a peer: files that are there, one that never was, and one that is taken away."""
import re
import tempfile
import time
import unittest
from pathlib import Path

from bedcase import BedCase
from running import twinwatch, wait_until
from running_agent import RunningAgent
from web import fetch
from znodes import Znodes

REFS = "/replication/hfile-refs/1"
NOWHERE = "0123456789abcdef0123456789abcdef_SeqId_4_"
YOUNG = 60  # files are not looked for before


class HFileRefs(BedCase):
    ROWS = 500

    def znodes(self):
        servers, port, base = self.source.zookeeper.split(":")
        self.base = base
        return Znodes(f"{servers.split(',')[0]}:{port}")

    def refs(self):
        with self.znodes() as znodes:
            return set(znodes.children(self.base + REFS))

    def add_ref(self, name):
        with self.znodes() as znodes:
            znodes.create(f"{self.base}{REFS}/{name}")
        self.addCleanup(self.remove_ref, name)

    def remove_ref(self, name):
        if name in self.refs():
            with self.znodes() as znodes:
                znodes.delete(f"{self.base}{REFS}/{name}")

    def root(self):
        site = re.sub(r">\s+<", "><", (self.source.conf_dir / "hbase-site.xml").read_text())
        return Path(re.search(r"<name>hbase.rootdir</name><value>file://([^<]*)</value>", site)[1])

    def file_of(self, ref):
        [file] = [path for path in self.root().rglob(ref) if path.is_file()]
        return file

    def look(self, *more, where=None, code=None):
        done = twinwatch("queues", "--source", where or f"conf:{self.source.conf_dir}", "--for", "1s", *more, deadline=60)
        if code is not None:
            self.assert_code(code, done)
        return done

    def counts(self, **how):
        [link] = self.look("--format", "json", **how).json()["links"]
        return link["hfile_refs"], link["leaked_hfile_refs"], link["hfiles_gone"]

    def check_agent(self, count):
        """The agent, too, has looked, and found nothing wrong with young ones."""
        agent = RunningAgent(self.bed, Path(self.enterContext(tempfile.TemporaryDirectory())))
        with agent.running():
            wait_until("the agent has looked at the files", 20, lambda: agent.link()["hfiles_gone"] == 0)
            link = agent.link()
            self.assertEqual((count, 0), (link["hfile_refs"], link["leaked_hfile_refs"]))
            metrics = fetch(f"http://{agent.address}/metrics")[1]
            for name, value in ("hfile_refs", count), ("hfile_refs_leaked", 0), ("hfiles_gone", 0):
                self.assertIn(f'twinwatch_{name}{{link="a-b"}} {value}\n', metrics)

    def test_files_that_wait(self):
        self.create("bulk", regions=4)
        self.addCleanup(self.reset_peers)
        self.assertEqual((0, 0, 0), self.counts())
        self.on_source("peer_disable", id="1")
        self.on_source("bulk_load", table="bulk", rows=self.ROWS)
        self.add_ref(NOWHERE)
        begun = time.time()
        refs = self.refs()
        self.assertIn(len(refs), range(2, 6), refs)
        self.assertEqual((len(refs), 0, 0), self.counts())
        self.check_agent(len(refs))
        wait_until("they are old enough to be looked for", YOUNG + 10, lambda: time.time() > begun + YOUNG + 2, 1)

        self.assertEqual((len(refs), 0, 1), self.counts(code=1))
        self.assertIn(f"HFiles gone 1 ({NOWHERE})", self.look().out)
        self.assertEqual((len(refs), 0, None), self.counts(where=self.source.zookeeper))
        self.assertIn("a cluster key names no", self.look(where=self.source.zookeeper).out)

        [taken, *_] = refs - {NOWHERE}
        place = self.file_of(taken)
        place.rename(self.root().parent / taken)
        self.assertEqual((len(refs), 0, 2), self.counts(code=1))
        # As after a compaction.
        archived = self.root() / "archive" / place.relative_to(self.root())
        archived.parent.mkdir(parents=True)
        (self.root().parent / taken).rename(archived)
        self.assertEqual((len(refs), 0, 1), self.counts(code=1))

        self.on_source("peer_enable", id="1")
        self.on_target("wait_rows", table="bulk", rows=self.ROWS)
        wait_until("the refs are taken away", 30, lambda: self.refs() == {NOWHERE})
        done = wait_until("the queues have drained", 60, self.drained)
        self.assertTrue(done.out.splitlines()[-1].startswith("GONE: 1 bulk-loaded file"), str(done))
        self.assert_code(1, done)
        self.remove_ref(NOWHERE)
        self.assertEqual((0, 0, 0), self.counts(code=0))

    def drained(self):
        done = self.look()
        return done if "behind 0 B" in done.out else None


if __name__ == "__main__":
    unittest.main(verbosity=2)
