#!/usr/bin/env python3
"""Two secured clusters: HBase's security is Kerberos, servers of b take nothing but `privacy`.

Who asks has a ticket of `kinit`, or keytabs in the configuration; of the clusters' realm, or of another one that it
trusts. See tests/bed/twinbed/kdc.py.
"""
import contextlib
import os
import re
import shutil
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import running
from bedcase import BedCase
from running import run, started, twinwatch, wait_until
from stranger import Stranger
from web import fetch, free_address
from znodes import ANYBODY, ONLY_127_0_0_1, Znodes

from twinbed import kdc


class Case(BedCase):
    BED = "kerberos"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        # What a user's shell has: the bed's krb5.conf, and a credential cache that `kinit` has filled.
        cls.cache = cls.folder / "tickets"
        os.environ |= {"KRB5_CONFIG": str(kdc.conf(cls.bed.dir)), "KRB5CCNAME": f"FILE:{cls.cache}"}
        cls.kinit("twinwatch")
        if not cls.on_source("exists", table="orders")["exists"]:
            cls.make_orders()

    @classmethod
    def make_orders(cls):
        """A replicated table, with values that fill more than one wrapped unit."""
        for on in (cls.on_target, cls.on_source):
            on("create", table="orders", regions=3, families=[{"name": "f", "scope": 1}])
        cls.on_source("load", table="orders", rows=600, bytes=3000)
        cls.on_target("wait_rows", table="orders", rows=600, seconds=60)

    @classmethod
    def kinit(cls, name):
        subprocess.run(["kinit", "-k", "-t", kdc.keytab(cls.bed.dir, name), kdc.PRINCIPALS[name]], check=True)

    @classmethod
    def keytab(cls, name):
        return kdc.keytab(cls.bed.dir, name)

    def folder_of(self, cluster, **properties):
        """The cluster's configuration folder with other values; a value of None takes a property out."""
        copy = Path(tempfile.mkdtemp(dir=self.folder))
        for file in ("hbase-site.xml", "core-site.xml"):
            shutil.copy(cluster.conf_dir / file, copy)
        site = copy / "hbase-site.xml"
        text = site.read_text()
        for name, value in properties.items():
            name = name.replace("_", ".")
            text = re.sub(rf"  <property><name>{re.escape(name)}</name>.*</property>\n", "", text)
            if value is not None:
                text = text.replace("</configuration>", f"  <property><name>{name}</name><value>{value}</value>"
                                                        "</property>\n</configuration>")
        site.write_text(text)
        return copy

    def verify_folders(self, table="orders", source=None, target=None, env=None):
        return twinwatch("verify", "--source", f"conf:{source or self.source.conf_dir}",
                         "--target", f"conf:{target or self.target.conf_dir}", "-t", table, "--format", "json",
                         env=env)

    def configuration(self, a, b, more=""):
        """A configuration file with link a-b."""
        path = Path(tempfile.mkdtemp(dir=self.folder)) / "twinwatch.yml"
        path.write_text(f"clusters:\n  a: {a}\n  b: {b}\nlinks:\n  - {{name: a-b, source: a, target: b{more}}}\n"
                        f"storage: {{path: \"{path.parent}/state\"}}\n")
        return path

    def with_keytab(self, cluster, name, keytab=None, principal=None, key_only=False):
        """A cluster as the configuration has it."""
        where = f"zookeeper: \"{cluster.zookeeper}\"" if key_only else f"hbase_conf_dir: \"{cluster.conf_dir}\""
        return (f"{{{where}, kerberos: {{principal: {principal or kdc.PRINCIPALS[name]}, "
                f"keytab_file: \"{keytab or self.keytab(name)}\"}}}}")

    def assert_same(self, done):
        self.assert_code(0, done)
        self.assertEqual("same", done.json()["verdict"], str(done))

    def assert_refused(self, done, *words, within=30):
        """Exit 2, soon, and a message with all these words."""
        self.assert_code(2, done)
        said = " ".join((done.err + done.out).split())  # lines break anywhere
        for word in words:
            self.assertIn(word, said, str(done))
        self.assertLess(done.seconds, within, str(done))


class Kerberos(Case):
    NO_CACHE = {"KRB5CCNAME": "FILE:/nonexistent"}

    def test_a_ticket_of_kinit_and_configuration_folders(self):
        done = self.verify_folders()
        self.assert_same(done)
        self.assertEqual(600, done.json()["tables"][0]["rows_source"], str(done))

    def test_the_target_is_read_from_the_peer(self):
        self.assert_same(twinwatch("verify", "--source", f"conf:{self.source.conf_dir}", "-t", "orders", "--format", "json"))

    def test_drift_is_found(self):
        self.create("drifted", families=[{"name": "f", "scope": 1}])
        planted = self.plant("drifted")
        done = self.verify_folders("drifted")
        self.assert_code(1, done)
        self.assertEqual(len(planted), sum(done.json()["tables"][0]["drift"].values()), str(done))

    def test_keytabs_of_two_realms_side_by_side(self):
        config = self.configuration(self.with_keytab(self.source, "twinwatch"), self.with_keytab(self.target, "stranger"))
        self.assert_same(twinwatch("verify", "--config", config, "-t", "orders", "--format", "json", env=self.NO_CACHE))

    def test_a_cluster_key_and_a_keytab(self):
        config = self.configuration(*(self.with_keytab(cluster, "twinwatch", key_only=True)
                                      for cluster in (self.source, self.target)))
        self.assert_same(twinwatch("verify", "--config", config, "-t", "orders", "--format", "json", env=self.NO_CACHE))

    def test_every_protection(self):
        for protection in ("authentication", "integrity", "privacy", "integrity,privacy"):
            with self.subTest(protection):
                source = self.folder_of(self.source, hbase_rpc_protection=protection)
                self.assert_same(self.verify_folders(source=source))

    def test_a_protection_that_the_servers_do_not_offer(self):
        target = self.folder_of(self.target, hbase_rpc_protection="authentication,integrity")
        self.assert_refused(self.verify_folders(target=target), "hbase.rpc.protection", "the server offers privacy",
                            "here it is authentication, integrity")

    def test_nobody_said_kinit(self):
        self.assert_refused(self.verify_folders(env=self.NO_CACHE), "say `kinit`")

    def test_a_keytab_with_an_old_key(self):
        keytab = self.folder / "late.keytab"
        kdc.admin(self.bed.dir, "add_principal -randkey late", f"ktadd -k {keytab} late", "change_password -randkey late")
        self.addCleanup(kdc.admin, self.bed.dir, "delete_principal -force late")
        wrong = self.with_keytab(self.source, "", keytab, "late@TWINBED")
        config = self.configuration(wrong, self.with_keytab(self.target, "twinwatch"))
        self.assert_refused(twinwatch("verify", "--config", config, "-t", "orders"), "late@TWINBED", str(keytab),
                            "export it again")

    def test_a_keytab_of_somebody_else(self):
        wrong = self.with_keytab(self.source, "", self.keytab("stranger"), "twinwatch@TWINBED")
        config = self.configuration(wrong, self.with_keytab(self.target, "twinwatch"))
        self.assert_refused(twinwatch("verify", "--config", config, "-t", "orders"), "twinwatch@TWINBED",
                            str(self.keytab("stranger")), "klist -k")

    def test_servers_that_the_kdc_does_not_know(self):
        source = self.folder_of(self.source, hbase_master_kerberos_principal="other/_HOST@TWINBED")
        self.assert_refused(self.verify_folders(source=source), "other/localhost@TWINBED",
                            "hbase.master.kerberos.principal")

    def test_without_kerberos(self):
        done = twinwatch("verify", "--source", self.source.zookeeper, "-t", "orders")
        self.assert_refused(done, "the cluster is secured", "conf:DIR")

    def test_the_kdc_is_away(self):
        self.addCleanup(self.bring_back_the_kdc)
        self.bed.kill("kdc")
        config = self.configuration(*(self.with_keytab(cluster, "twinwatch") for cluster in (self.source, self.target)))
        done = twinwatch("verify", "--config", config, "-t", "orders")
        self.assert_refused(done, "twinwatch@TWINBED", "is the KDC up")

    def bring_back_the_kdc(self):
        self.bed.start_process("kdc")
        wait_until("the KDC answers", 20, lambda: subprocess.run(
            ["kinit", "-k", "-t", self.keytab("twinwatch"), "twinwatch@TWINBED"], capture_output=True).returncode == 0)

    def test_closed_znodes(self):
        """A secured ZooKeeper shows nobody but HBase its replication, and which version servers are of."""
        quorum = self.source.zookeeper.rpartition(":")[0]
        znodes = self.enterContext(Znodes(quorum))
        servers = [f"/hbase/rs/{name}" for name in znodes.children("/hbase/rs")]
        for path in ["/hbase/replication/peers", "/hbase/replication/rs", *servers]:
            self.addCleanup(znodes.set_acl, path, ANYBODY)
            znodes.set_acl(path, ONLY_127_0_0_1)
        stranger = Stranger(quorum)
        self.addCleanup(stranger.close)
        port = stranger.address.rpartition(":")[2]
        source = self.folder_of(self.source, hbase_zookeeper_property_clientPort=port)
        done = twinwatch("queues", "--source", f"conf:{source}", "--for", "1s", "--format", "json")
        self.assert_code(2, done)
        [link] = done.json()["links"]
        self.assertEqual("unknown", link["state"])
        self.assertIn("does not let us read /hbase/replication", link["why"])
        self.assertIsNotNone(link["hbase_reports"])
        self.assertIsNone(link["queues"][0]["position"])


class Agent(Case):
    def test_a_ticket_is_renewed_and_its_end_is_a_metric(self):
        """Its connections stay open, so nobody but the agent's own calls can ask for a new one."""
        kdc.admin(self.bed.dir, "add_principal -randkey -maxlife 1min brief",
                  f"ktadd -k {self.folder}/brief.keytab brief")
        self.addCleanup(kdc.admin, self.bed.dir, "delete_principal -force brief")
        address = free_address()
        config = self.configuration(
            self.with_keytab(self.source, "", self.folder / "brief.keytab", "brief@TWINBED"),
            self.with_keytab(self.target, "stranger"), ", verify: {tables: {include: [orders]}}")
        with open(self.folder / "agent.log", "w+") as log, \
             started([running.BINARY, "agent", "--config", config, "--web.listen-address", address],
                     stdout=log, stderr=log):
            def expiries():
                with contextlib.suppress(OSError):
                    _, text = fetch(f"http://{address}/metrics")
                    return dict(re.findall(r'^twinwatch_kerberos_ticket_expiry_timestamp_seconds\{hbase="(.*)"\} (.*)$',
                                           text, re.MULTILINE))
            first = wait_until("both tickets are told of", 60, lambda: len(got := expiries() or {}) == 2 and got)
            brief = self.source.zookeeper
            self.assertLessEqual(float(first[brief]), time.time() + 60)
            self.assertGreater(float(first[self.target.zookeeper]), time.time() + 3600)
            # A second up or down is the rounding of what is left.
            wait_until("the ticket is a new one", 60,
                       lambda: float((expiries() or {}).get(brief, 0)) > float(first[brief]) + 10)
            # The old one has ended, and all goes on.
            wait_until("the first ticket has ended", 70, lambda: time.time() > float(first[brief]) + 2, 1)
            status, _ = fetch(f"http://{address}/-/ready")
            self.assertEqual(200, status)


if __name__ == "__main__":
    unittest.main()
