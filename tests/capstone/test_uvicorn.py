"""The file runs as the learner keeps it: by the `uvicorn` command, with no check around it."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from labkit.capstone import REFERENCE
from labkit.sse import decode


@pytest.fixture
def url(my_agent: Path) -> Iterator[str]:
    """Start `uvicorn my_agent:app` in the file's folder, on the offline model."""
    my_agent.write_text(REFERENCE.read_text())
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "my_agent:app", "--port", "0"],
        cwd=my_agent.parent,
        env=os.environ,
        stderr=subprocess.PIPE,
        text=True,
    )
    limit = threading.Timer(60, process.kill)
    limit.start()
    assert process.stderr
    addresses = (re.search(r"running on (http://\S+)", line) for line in process.stderr)
    found = next(filter(None, addresses), None)
    assert found
    yield found[1]
    limit.cancel()
    process.terminate()
    process.stderr.read()
    process.wait(20)
    process.stderr.close()


def test_it_answers_its_example_with_a_tool_and_shows_its_page(url: str) -> None:
    with httpx2.Client(base_url=url, timeout=20) as http:
        about = http.get("/about").json()
        answer = http.post("/ask", json={"question": about["example"]})
        names = [event.event for event in decode([answer.content])]
        assert names.index("tool_started") < names.index("tool_finished")
        assert names[-1] == "done"
        assert "<script" in http.get("/").text
