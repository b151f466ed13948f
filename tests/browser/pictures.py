#!/usr/bin/env python3
"""pictures.py [FOLDER]: the pictures of the status page in docs/pictures, taken anew. Looks best with Debian's
fonts-inter."""
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "cases"))

from chromium import Chromium  # noqa: E402
from fake import FakeAgent  # noqa: E402

# Name -> situation, path, how.
WHAT = {
    "status-healthy.png": ("two_links", "/", {}),
    "status-stalled.png": ("stalled", "/link/east-west", {"dark": True}),
    "status-drifted.png": ("drifted", "/link/east-west", {}),
    "status-narrow.png": ("target_down", "/link/east-west", {"width": 360}),
}


def take(browser, folder):
    for name, (situation, path, how) in WHAT.items():
        with FakeAgent(situation) as agent:
            page = browser.page(**how)
            page.open(agent.url + path)
            page.picture(folder / name, int(page.ask("document.body.getBoundingClientRect().bottom")))
            page.close()


if __name__ == "__main__":
    with Chromium() as chromium:
        take(chromium, Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parents[1] / "docs" / "pictures")
