"""A test case with a ledger of its own, which sees how far a verification that runs has come."""
import signal
import sqlite3
import subprocess
import tempfile
from pathlib import Path

import running
from bedcase import BedCase
from running import started, wait_until


class LedgerCase(BedCase):
    """A ledger of its own, and programs that are ended in the middle of a verification."""

    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())

    def ledger(self, sql):
        path = Path(self.folder) / "ledger.sqlite"
        if not path.exists():
            return []
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10) as database:
            try:
                return database.execute(sql).fetchall()
            except sqlite3.OperationalError:
                return []  # it is being made

    def arguments(self, *more):
        return ["verify", "--source", self.source.zookeeper, "--storage.path", self.folder, *more]

    def checkpoints(self):
        return self.ledger("SELECT id, checkpoint FROM runs WHERE checkpoint > begun")

    def break_off(self, arguments, how=signal.SIGKILL):
        """Ends a verification after its next checkpoint, before it is done; gives what it printed on stderr."""
        before = self.checkpoints()
        with started([running.BINARY, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            wait_until("a checkpoint", 60, lambda: self.checkpoints() != before or process.poll() is not None)
            self.assertIsNone(process.poll(), "it was done before it could be broken off")
            process.send_signal(how)
            err = process.communicate(timeout=20)[1]
        self.assertEqual(130 if how == signal.SIGINT else -how, process.returncode, err)
        return err
