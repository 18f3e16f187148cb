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
TOKENS = f"shop:{hash_of(TOKEN)}"


@pytest.fixture(scope="module")
def asked() -> Iterator[Running]:
    """A service that forgets its answers at once: thousands of questions come."""
    with running(resume_window=0, api_tokens=TOKENS) as service:
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


@pytest.mark.parametrize(
    ("rate", "tokens", "header"),
    [
        ("100000/minute", TOKENS, f"Authorization: Bearer {TOKEN}"),
        ("1/hour", TOKENS, f"Authorization: Bearer {TOKEN}"),
        ("1/hour", TOKENS, ""),
        ("1/hour", "", ""),
    ],
    ids=["well", "too often", "without a token", "open"],
)
def test_whatever_is_asked_the_answer_is_as_the_document_says(
    rate: str, tokens: str, header: str, tmp_path: Path
) -> None:
    # Its command, not its plugin for pytest, which does not know pytest 9.2's items.
    options = "--max-examples 20 --phases examples,coverage,fuzzing --seed 7 --no-color"
    checks = ["--checks", "all", *(["--header", header] if header else [])]
    with running(resume_window=0, api_tokens=tokens, rate_limit=rate) as service:
        run = [sys.executable, "-m", "schemathesis.cli", "run", f"{service.url}/openapi.json"]
        done = subprocess.run(
            [*run, *options.split(), *checks], cwd=tmp_path, capture_output=True, text=True,
            timeout=60,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Tested: 7" in done.stdout


def test_refusals_are_documented_as_json(asked: Running) -> None:
    told = document(asked)["paths"]
    responses = [*told["/stream"]["get"]["responses"].items()]
    responses += told["/v1/chat"]["post"]["responses"].items()
    for status, response in responses:
        if int(status) >= 400:
            assert list(response["content"]) == ["application/json"]


def operations(service: Running) -> dict[str, dict[str, Any]]:
    paths = document(service)["paths"]
    return {f"{verb} {path}": each for path in paths for verb, each in paths[path].items()}


def test_what_stands_before_all_routes_is_documented_at_each(asked: Running) -> None:
    for operation in operations(asked).values():
        assert {"403", "413"} <= set(operation["responses"])
        for response in operation["responses"].values():
            assert "X-Request-ID" in response["headers"]


@pytest.mark.parametrize(
    ("status", "names"),
    [
        ("401", {"WWW-Authenticate"}),
        ("429", {"Retry-After", "RateLimit", "RateLimit-Policy"}),
        ("503", {"Retry-After"}),
    ],
)
def test_a_refusal_is_documented_with_its_headers(
    asked: Running, status: str, names: set[str]
) -> None:
    told = [each["responses"] for each in operations(asked).values()]
    headers = [set(each[status]["headers"]) for each in told if status in each]
    assert headers
    assert all(names <= each for each in headers)


def test_a_ticket_in_the_url_is_one_of_two_ways_to_be_known(asked: Running) -> None:
    whole = document(asked)
    ways = [name for way in operations(asked)["get /stream"]["security"] for name in way]
    schemes = whole["components"]["securitySchemes"]
    assert {schemes[name]["type"] for name in ways} == {"http", "apiKey"}
    assert {schemes[name].get("name") for name in ways} == {None, "ticket"}


def test_without_tokens_nobody_has_to_be_known(service: Running) -> None:
    assert operations(service)["post /v1/chat"]["security"] == [{}]


@pytest.mark.parametrize("verb_path", ["delete /v1/answers/{answer_id}", "post /v1/tickets"])
def test_a_lost_redis_is_documented_wherever_it_is_asked(asked: Running, verb_path: str) -> None:
    assert "503" in operations(asked)[verb_path]["responses"]


def test_tokens_of_white_space_open_no_other_host() -> None:
    with running(api_tokens=" ") as service:
        headers = {"host": "evil.example"}
        given = {"question": "hi"}
        assert service.http.get("/stream", params=given, headers=headers).status_code == 403
