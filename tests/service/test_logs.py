"""What the service logs: a JSON object a line, and never what was said, or who may ask."""

import asyncio
import json
import logging
import re
import sys
from typing import Any

import pytest

from labkit.offline.faults import NONE, parse_fault
from labkit.service.logs import JsonFormatter
from labkit.service.tokens import hash_of
from labkit.sse import decode
from tests.service.command import Command, command
from tests.service.running import Running, text_of
from tests.settled import settled
from tests.test_init import fresh

MARK = "Quetzalcoatl"
QUESTION = f"What are the details on product P004 for {MARK}, with 10% discount?"
TOKEN = f"lks_{MARK}"
FAULTS = [
    "", "cut_after=5", "error_after=5", "truncate_after=5", "status=400", "status=401",
    "status=429;retry_after=0", "bad_arguments=1", "stall_after=5",
]  # fmt: skip


def _everything(service: Command) -> tuple[str, str]:
    """Ask in all ways, through all faults; return an answer's text and a ticket."""
    headers = {"authorization": f"Bearer {TOKEN}", "x-request-id": "plain-1"}
    service.http.headers.update(headers)
    for fault in FAULTS:
        service.model.fault = parse_fault(fault) if fault else NONE
        service.http.post("/v1/chat", json={"question": QUESTION})
    service.model.fault = NONE
    body = service.http.post("/v1/chat", json={"question": QUESTION}).content
    answer = text_of(list(decode([body])))
    assert "134.10" in answer
    ticket = service.http.post("/v1/tickets").json()["ticket"]
    for _ in range(2):  # the second time it is spent
        service.http.get("/stream", params={"question": QUESTION, "ticket": ticket})
    service.http.get(f"/{MARK}", params={"question": QUESTION})
    service.http.post("/v1/chat", json={"question": MARK * 500})
    service.http.post("/v1/chat", content=MARK * 10_000)
    service.http.delete(f"/v1/answers/{MARK}")
    service.http.post("/v1/chat", json={"question": QUESTION}, headers={"authorization": MARK})
    service.http.get("/healthz", headers={"x-request-id": f"{MARK} {MARK}"})
    return answer, ticket


def test_no_line_of_the_log_holds_what_was_said_or_a_key() -> None:
    variables = {
        "SERVICE_API_TOKENS": f"shop:{hash_of(TOKEN)}",
        "SERVICE_IDLE_TIMEOUT": "0.5",
        "LABKIT_API_KEY": f"sk-{MARK}",
    }
    with command(**variables) as service:
        answer, ticket = _everything(service)
        service.process.terminate()
        errors = service.end()
        settled(service.upstream)
    assert MARK not in errors
    assert hash_of(TOKEN) not in errors
    assert ticket not in errors
    assert ticket.partition(".")[2] not in errors
    for words in answer.split("."):
        assert len(words) < 12 or words not in errors
    lines = [json.loads(line) for line in errors.splitlines()]
    asked = [line for line in lines if line["message"] == "request"]
    assert len(asked) >= len(FAULTS) + 8
    assert {line["path"] for line in asked} >= {
        "/v1/chat",
        "/stream",
        "/v1/answers/{answer_id}",
        "unknown",
    }
    assert sum(line["request_id"] == "plain-1" for line in asked) >= len(FAULTS) + 7
    failures = [line for line in lines if line["message"] == "an answer failed"]
    assert len(failures) == 7
    assert all(line["request_id"] == "plain-1" and line["error"]["type"] for line in failures)


def _line(record: logging.LogRecord) -> dict[str, Any]:
    text = JsonFormatter().format(record)
    assert "\n" not in text
    return dict(json.loads(text))


def _record(name: str, message: object, *given: object, **named: Any) -> logging.LogRecord:
    return logging.LogRecord(name, logging.WARNING, "openai.py", 7, message, given, **named)


def test_what_a_library_says_is_where_it_said_it() -> None:
    line = _line(_record("openai", "the request was %s", MARK, exc_info=None))
    assert line["message"] == "logged by openai, line 7"
    assert line["logger"] == "openai"


def test_a_traceback_that_uvicorn_passes_on_is_no_message() -> None:
    text = f"Traceback (most recent call last):\n  …\nValueError: {MARK}\n"
    assert MARK not in json.dumps(_line(_record("uvicorn.error", text, exc_info=None)))


def test_an_error_is_its_type_its_cause_and_its_place() -> None:
    try:
        try:
            raise KeyError(MARK)
        except KeyError as error:
            raise ValueError(MARK) from error
    except ValueError:
        line = _line(_record("labkit.service.x", "failed", exc_info=sys.exc_info()))
    assert line["error"]["type"] == "ValueError"
    assert line["error"]["cause"] == "KeyError"
    assert line["error"]["at"][0].startswith("test_an_error_is_its_type")
    assert MARK not in json.dumps(line)


def test_a_group_of_errors_tells_none_of_their_texts() -> None:
    try:
        raise BaseExceptionGroup(MARK, [asyncio.CancelledError(MARK), ValueError(MARK)])
    except BaseExceptionGroup:
        line = _line(_record("labkit.service.x", "failed", exc_info=sys.exc_info()))
    assert MARK not in json.dumps(line)


UNCAUGHT = f"""
import gc, threading
from labkit.service import logs
logs.configure()

class Broken:
    def __del__(self):
        raise ValueError("{MARK}")

def fail():
    raise ValueError("{MARK}")

Broken()
gc.collect()
threading.Thread(target=fail).start()
threading.Thread(target=exit).start()
"""


def test_what_nobody_caught_is_logged_without_its_text() -> None:
    done = fresh(f"{UNCAUGHT}\nfail()")
    assert MARK not in done.stderr
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["error"]["type"] for line in lines] == ["ValueError"] * 3
    assert {line["level"] for line in lines} == {"error"}
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("message", "error", "level"),
    [
        ("ASGI callable returned without completing response.", None, "info"),
        ("Cancel 1 running task(s), timeout graceful shutdown exceeded", None, "info"),
        ("Exception in ASGI application\n", asyncio.CancelledError(), "info"),
        ("Exception in ASGI application\n", ValueError(), "warning"),
        ("ASGI callable returned without starting response.", None, "warning"),
    ],
)
def test_an_end_that_is_expected_is_no_error(
    message: str, error: BaseException | None, level: str
) -> None:
    raised = (type(error), error, None) if error else None
    assert _line(_record("uvicorn.error", message, exc_info=raised))["level"] == level


def test_every_response_bears_the_id_of_its_request(service: Running) -> None:
    ids = {service.http.get("/healthz").headers["x-request-id"] for _ in range(5)}
    assert len(ids) == 5


@pytest.mark.parametrize("given", ["mine-1", "a.b_c", "x" * 64])
def test_an_id_that_is_short_and_plain_is_kept(service: Running, given: str) -> None:
    response = service.http.get("/nothing", headers={"x-request-id": given})
    assert response.headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["x" * 65, "two words", "<b>", ""])
def test_another_id_is_replaced(service: Running, given: str) -> None:
    response = service.http.get("/healthz", headers={"x-request-id": given})
    assert re.fullmatch("[0-9a-f]{16}", response.headers["x-request-id"])
