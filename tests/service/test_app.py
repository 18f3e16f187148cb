"""The HTTP interface as its OpenAPI document tells it, asked in ways that nobody thought of."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labkit.service.events import EVENTS
from labkit.service.tokens import hash_of
from tests.service.running import Running, running

TOKEN = "lks_shop"


@pytest.fixture(scope="module")
def asked() -> Iterator[Running]:
    """A service that forgets its answers at once: thousands of questions come."""
    with running(resume_window=0, api_tokens=f"shop:{hash_of(TOKEN)}") as service:
        yield service


def document(service: Running) -> dict[str, Any]:
    return dict(service.http.get("/openapi.json").json())


def test_every_reference_of_the_document_resolves(asked: Running) -> None:
    whole = document(asked)
    found = re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(whole))
    assert found
    for reference in found:
        place: Any = whole
        for part in reference.split("/"):
            place = place[part]
        assert place


def test_the_document_describes_each_event_of_a_stream(asked: Running) -> None:
    whole = document(asked)
    for method, path in (("post", "/v1/chat"), ("get", "/stream")):
        content = whole["paths"][path][method]["responses"]["200"]["content"]
        assert list(content) == ["text/event-stream"]
        told = content["text/event-stream"]["itemSchema"]["oneOf"]
        assert [each["properties"]["event"]["const"] for each in told] == [
            event.event for event in EVENTS
        ]
    assert {event.__name__ for event in EVENTS} <= set(whole["components"]["schemas"])


def test_no_two_operations_share_an_id_and_each_has_a_summary(asked: Running) -> None:
    told = [each for path in document(asked)["paths"].values() for each in path.values()]
    assert len({each["operationId"] for each in told}) == len(told) == 7
    assert all(each["summary"] for each in told)


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/nothing", "/v1/chat/", "/static/page.js"])
def test_a_path_that_is_not_there_is_404(asked: Running, path: str) -> None:
    assert asked.http.get(path).status_code == 404


def test_whatever_is_asked_the_answer_is_as_the_document_says(
    asked: Running, tmp_path: Path
) -> None:
    # Its command, not its plugin for pytest, which does not know pytest 9.2's items.
    options = "--max-examples 20 --phases examples,coverage,fuzzing --seed 7 --no-color"
    checks = ["--checks", "all", "--header", f"Authorization: Bearer {TOKEN}"]
    run = [sys.executable, "-m", "schemathesis.cli", "run", f"{asked.url}/openapi.json"]
    done = subprocess.run(
        [*run, *options.split(), *checks], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Tested: 7" in done.stdout


def test_refusals_are_documented_as_json(asked: Running) -> None:
    told = document(asked)["paths"]
    responses = [*told["/stream"]["get"]["responses"].items()]
    responses += told["/v1/chat"]["post"]["responses"].items()
    for status, response in responses:
        if int(status) >= 400:
            assert list(response["content"]) == ["application/json"]
