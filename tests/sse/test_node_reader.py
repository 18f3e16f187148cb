"""npm's `eventsource` reads our wire in Node.js.

Version 4, for 5 needs Node.js 22.12; 5 shows and sends the id of before as a browser does.
"""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from starlette.applications import Starlette

from labkit.serving import Server
from labkit.sse import ServerSentEvent
from tests.sse.app import again_events
from tests.sse.hard import EVENTS, HERE, NAMES

FILES = ["package.json", "package-lock.json", "collect.mjs", "read.mjs"]
INSTALL = "ci --ignore-scripts --engine-strict --prefer-offline --no-audit --no-fund".split()
MISSING = "no Node.js: install node (20 or newer) and npm to compare with npm's eventsource"


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the reader in a folder of its own; skip, with a reason, where that cannot be."""
    npm = shutil.which("npm")
    if not npm or not shutil.which("node"):
        pytest.skip(MISSING)
    folder = tmp_path_factory.mktemp("reader")
    for name in FILES:
        shutil.copy(HERE / name, folder)
    run = [npm, *INSTALL]
    done = subprocess.run(run, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode:
        reason = [line for line in done.stderr.splitlines() if line.startswith("npm error")]
        pytest.skip(f"npm could not install eventsource: {'; '.join(reason[:2])}")
    return folder / "read.mjs"


def read(reader: Path, url: str, connections: int = 1) -> list[list[str]]:
    run = ["node", str(reader), url, json.dumps(NAMES), str(connections)]
    done = subprocess.run(run, capture_output=True, encoding="utf-8", check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    rows: list[list[str]] = json.loads(done.stdout)
    return rows


def shown(events: list[ServerSentEvent]) -> list[list[str]]:
    """Return what it shows of each event: unlike a browser, it repeats no id of before."""
    return [[event.event, event.data, event.id or ""] for event in events]


@pytest.mark.parametrize("size", [1009, 65_536])
def test_it_reads_the_events_that_we_encode(reader: Path, streams: Server, size: int) -> None:
    assert read(reader, f"{streams.url}/hard/{size}") == shown(EVENTS)


def test_it_connects_again_with_the_last_event_id(
    reader: Path, app: Starlette, streams: Server
) -> None:
    rows = read(reader, f"{streams.url}/again?id=7:+a", connections=10)
    assert rows == shown(again_events("7: a"))
    assert app.state.last_event_ids == [None, "7: a", "7: a", None]


def test_it_cannot_connect_again_with_an_id_beyond_latin_1(
    reader: Path, app: Starlette, streams: Server
) -> None:
    rows = read(reader, f"{streams.url}/again?id=☂", connections=2)
    assert rows == shown(again_events("☂")[:1])
    assert app.state.last_event_ids == [None]
