"""An agent that watches the bed as link a-b, for the tests that look at what it says."""
import contextlib
import json

import running
from running import started, wait_until
from web import fetch, free_address


class RunningAgent:
    """`with agent.running(): ...` as often as wanted: its state outlives each run."""

    def __init__(self, bed, folder, source=None):
        """`source`: in place of its folder, the part of the configuration that says where it is."""
        source = source or f'hbase_conf_dir: "{bed.source.conf_dir}"'
        self.bed, self.folder, self.address = bed, folder, free_address()
        self.config = folder / "twinwatch.yml"
        self.config.write_text(f"""clusters:
  a: {{{source}}}
  b: {{zookeeper: "{bed.target.zookeeper}"}}
links:
  - {{name: a-b, source: a, target: b, verify: {{tables: {{include: ["nothing"]}}}}}}
storage: {{path: "{folder}/state"}}
web: {{listen_address: "{self.address}"}}
""")

    @contextlib.contextmanager
    def running(self):
        with (self.folder / "agent.log").open("a") as log, \
             started([running.BINARY, "agent", "--config", self.config], stdout=log, stderr=log) as process:
            wait_until("the agent is ready", 60, lambda: fetch(f"http://{self.address}/-/ready")[0] == 200)
            yield process

    def link(self):
        """Its only link, as the API has it."""
        status, body = fetch(f"http://{self.address}/api/v1/status")
        if status != 200:
            raise AssertionError(body)
        [link] = json.loads(body)["links"]
        return link
