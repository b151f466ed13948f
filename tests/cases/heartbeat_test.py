#!/usr/bin/env python3
"""`twinwatch heartbeat init`, `status` and `drop` on real clusters."""
import unittest

from bedcase import BedCase
from running import twinwatch, wait_until

TABLE = "twinwatch:heartbeat"
STATUS = {"schema_version", "command", "link", "table", "state", "why", "two_way", "source", "target", "waiting_beats",
          "beats"}
SIDE = {"cluster", "exists", "regions", "regionservers", "uncovered"}


class Case(BedCase):
    def setUp(self):
        self.addCleanup(self.drop, TABLE)
        self.drop(TABLE)

    def heartbeat(self, verb, *arguments, deadline=150):
        return twinwatch("heartbeat", verb, "--source", self.source.zookeeper, *arguments, deadline=deadline)

    def init(self):
        done = self.heartbeat("init", "--execute")
        self.assert_code(0, done)
        return done

    def status(self, code):
        done = self.heartbeat("status", "--format", "json")
        self.assert_code(code, done)
        document = done.json()
        self.assertEqual(STATUS, set(document))
        self.assertEqual((1, "heartbeat status", TABLE),
                         (document["schema_version"], document["command"], document["table"]))
        for side in ("source", "target"):
            self.assertEqual(SIDE, set(document[side]))
        self.assertEqual(document["state"] == "ok", document["why"] is None)
        return document

    def document(self, verb, *arguments):
        """What init or drop prints as JSON, and nothing else."""
        done = self.heartbeat(verb, *arguments, "--format", "json")
        self.assert_code(0, done)
        document = done.json()
        self.assertEqual((1, f"heartbeat {verb}", TABLE), (document["schema_version"], document["command"], document["table"]))
        return document

    def exists(self):
        return [on("exists", table=TABLE)["exists"] for on in (self.on_source, self.on_target)]

    def peer(self, **arguments):
        """Peer 1 anew, with these filters."""
        self.addCleanup(self.plain_peer)
        self.on_source("peer_remove", id="1")
        self.on_source("peer_add", id="1", cluster_key=self.target.zookeeper, **arguments)

    def plain_peer(self):
        self.on_source("peer_remove", id="1")
        self.reset_peers()


class Heartbeat(Case):
    def test_made_seen_and_dropped(self):
        document = self.status(2)
        self.assertEqual("absent", document["state"])
        self.assertEqual([None, None, None], [document["waiting_beats"], document["source"]["regions"],
                                              document["target"]["uncovered"]])
        plan = self.heartbeat("init")
        self.assert_code(0, plan)
        self.assertEqual("DRY RUN: nothing was written", plan.out.splitlines()[-1])
        self.assertIn(f"init --source {self.source.zookeeper} --execute", plan.out.splitlines()[-2])
        planned = self.document("init")
        self.assertEqual(("dry_run", None, None), (planned["state"], planned["uncovered"], planned["arrived_after_seconds"]))
        self.assertEqual([False, False], self.exists())
        nagios = self.heartbeat("status", "--format", "nagios")
        self.assert_code(3, nagios)
        self.assertEqual(f"UNKNOWN - neither side has table {TABLE}\n", nagios.out)

        done = self.init()
        self.assertTrue(done.out.splitlines()[-1].startswith("OK"), str(done))
        self.assertEqual([True, True], self.exists())
        for on in (self.on_source, self.on_target):
            regions = on("regions", table=TABLE)["regions"]
            self.assertEqual(32, len(regions))
            self.assertEqual(set(on("servers")["servers"]), {region["server"] for region in regions})
        [count] = {on("count", table=TABLE)["rows"] for on in (self.on_source, self.on_target)}
        servers = self.on_source("servers")["servers"]
        self.assertEqual(len(servers), count)

        again = self.heartbeat("init", "--execute")
        self.assert_code(0, again)
        self.assertTrue(again.out.splitlines()[-1].startswith("NOTHING TO DO"), str(again))
        self.assertEqual(count, self.on_source("count", table=TABLE)["rows"])

        document = self.status(0)
        self.assertEqual(("ok", 0, False), (document["state"], document["waiting_beats"], document["two_way"]))
        self.assertEqual(sorted(servers), sorted(beat["regionserver"] for beat in document["beats"]))
        for beat in document["beats"]:
            self.assertLess(beat["age_seconds"], 120)
        self.assertEqual([], document["source"]["uncovered"])
        nagios = self.heartbeat("status", "--format", "nagios")
        self.assert_code(0, nagios)
        self.assertEqual("OK - every live region server is covered, beats come to the target | waiting_beats=0\n", nagios.out)
        self.assertEqual("nothing_to_do", self.document("init", "--execute")["state"])
        text = self.heartbeat("status")
        self.assert_code(0, text)
        self.assertTrue(text.out.splitlines()[-1].startswith("OK"), str(text))

        dry = self.heartbeat("drop")
        self.assert_code(0, dry)
        self.assertEqual([True, True], self.exists())
        self.assertEqual("dry_run", self.document("drop")["state"])
        gone = self.document("drop", "--execute")
        self.assertEqual(("ok", False, False), (gone["state"], gone["source"]["exists"], gone["target"]["exists"]))
        self.assertEqual([False, False], self.exists())
        self.assertEqual("nothing_to_do", self.document("drop", "--execute")["state"])
        made = self.document("init", "--execute")
        self.assertEqual(("ok", [], True, True), (made["state"], made["uncovered"], made["source"]["exists"],
                                                  made["target"]["exists"]))
        self.assertGreater(made["arrived_after_seconds"], 0)
        self.assert_code(0, self.heartbeat("drop", "--execute"))
        self.assertIn("NOTHING TO DO", self.heartbeat("drop", "--execute").out)

    def test_what_is_missing_on_one_side_is_made(self):
        self.init()
        self.on_target("drop", table=TABLE)
        self.assertEqual("absent", self.status(2)["state"])
        plan = self.heartbeat("init")
        self.assertIn("The source has table", plan.out)
        self.assertIn("To be created on the target", plan.out)
        self.init()
        self.assertEqual("ok", self.status(0)["state"])

    def test_a_peer_whose_lists_lack_the_table(self):
        self.peer(replicate_all=False, table_cfs={"other": []})
        for arguments in ((), ("--execute",)):
            done = self.heartbeat("init", *arguments)
            self.assert_code(2, done)
            self.assertIn(f"append_peer_tableCFs '1', {{ '{TABLE}' => ['h'] }}", " ".join(done.err.split()))
        self.assertEqual([False, False], self.exists())
        self.peer(replicate_all=False, table_cfs={"other": [], TABLE: ["h"]})
        self.init()

    def test_a_disabled_peer(self):
        self.init()
        self.addCleanup(self.reset_peers)
        self.on_source("peer_disable", id="1")
        document = self.status(1)
        self.assertEqual("not_replicated", document["state"])
        self.assertIn("enable_peer '1'", document["why"])
        self.heartbeat("drop", "--execute")
        done = self.heartbeat("init")
        self.assert_code(2, done)
        self.assertIn("enable_peer '1'", done.err)

    def test_a_table_that_stays_on_its_cluster(self):
        self.on_source("create", table=TABLE, families=[{"name": "h", "scope": 0}])
        done = self.heartbeat("init", "--execute")
        self.assert_code(2, done)
        self.assertIn(f"alter '{TABLE}'", " ".join(done.err.split()))
        self.assertEqual([True, False], self.exists())

    def test_a_pair_that_replicates_both_ways(self):
        self.on_target("peer_add", id="back", cluster_key=self.source.zookeeper)
        self.addCleanup(self.on_target, "peer_remove", id="back")
        self.init()
        self.assertTrue(self.status(0)["two_way"])
        other = twinwatch("heartbeat", "init", "--source", self.target.zookeeper, "--execute")
        self.assert_code(0, other)
        self.assertIn("NOTHING TO DO", other.out)
        self.assert_code(0, self.heartbeat("drop", "--execute"))
        self.assertEqual([False, False], self.exists())


@unittest.skipUnless(BedCase.BED.startswith("distributed"), "for the distributed bed")
class Servers(Case):
    def test_a_server_without_a_region_is_named(self):
        self.init()
        was = self.on_source("balancer", on=False)["was"]
        self.addCleanup(self.on_source, "balancer", on=was)
        bare, *others = sorted(self.on_source("servers")["servers"])
        for region in self.on_source("regions", table=TABLE)["regions"]:
            if region["server"] == bare:
                self.on_source("move", table=TABLE, row=region["start"] or b"\0", server=others[0])
        document = self.status(1)
        self.assertEqual(("not_covered", [bare]), (document["state"], document["source"]["uncovered"]))
        text = self.heartbeat("status")
        self.assertIn(f"Without a region of the table: {bare}", text.out)
        self.on_source("move", table=TABLE, row=b"\0", server=bare)
        wait_until("covered again", 60, lambda: self.heartbeat("status").code == 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
