"""The one offline model of this process."""

import subprocess
import sys
import threading

import httpx2
import pytest

from labkit.offline import local
from labkit.serving import Server


def test_there_is_one_and_it_answers() -> None:
    server = local.start()
    assert local.start() is server
    assert httpx2.get(f"{server.url}/labkit/streams").json()["open"] == 0


def test_many_threads_that_start_it_get_the_same() -> None:
    local.start().stop()
    found: list[Server] = []
    threads = [threading.Thread(target=lambda: found.append(local.start())) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 10
    assert len(set(map(id, found))) == 1


def test_a_stopped_one_is_replaced_and_keeps_its_counts() -> None:
    before, model = local.start(), local.model()
    body = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
    key = {"authorization": "Bearer any"}
    httpx2.post(f"{before.url}/v1/chat/completions", json=body, headers=key)
    finished = model.streams.finished
    before.stop()
    after = local.start()
    assert after is not before
    assert httpx2.get(f"{after.url}/labkit/streams").json()["finished"] == finished >= 1


def test_its_pace_follows_the_environment_at_each_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABKIT_PACE", "0.5")
    assert local.model().pace_now() == 0.5
    monkeypatch.delenv("LABKIT_PACE")
    assert local.model().pace_now() == 1


def test_the_other_dialects_are_imported_when_they_are_first_asked_for() -> None:
    program = (
        "import sys\nfrom labkit.offline.app import create_app\ncreate_app()\n"
        "print([n for n in sys.modules if n.startswith(('labkit.offline.responses.', "
        "'labkit.offline.assistants.'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
