"""What a reader is told when an answer fails, each for real, and what the metrics count."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, get_args

import httpx2
import pytest

from labkit.service.events import ErrorCode
from labkit.service.failures import _SENTENCES, code_of
from labkit.service.time_limits import AnswerTimeout, FirstTokenTimeout, IdleTimeout
from tests.service.running import PLAIN, WITH_TOOLS, Running, data, running, text_of

BY_FAULT = [
    ("cut_after=5", "model_error"),
    ("error_after=5", "model_error"),
    ("error_after=0", "model_error"),
    ("status=500;retry_after=30", "model_error"),
    ("truncate_after=5", "incomplete"),
    ("truncate_after=0", "incomplete"),
    ("status=429;retry_after=30", "model_busy"),
    ("status=401", "model_refused"),
    ("status=403", "model_refused"),
    ("status=404", "model_refused"),
    ("status=400", "model_refused"),
]
BY_LIMIT = [
    ("slow_start=60", "first_token_timeout", {"first_token_timeout": 0.1}),
    ("stall_after=0", "first_token_timeout", {"first_token_timeout": 0.1}),
    ("stall_after=5", "idle_timeout", {"idle_timeout": 0.1}),
    ("stall_after=5", "answer_timeout", {"answer_timeout": 0.3}),
]


@contextmanager
def failing(service: Running, fault: str, code: str) -> Iterator[None]:
    """Let the model fail, and see that the metrics count it."""
    name = f'service_answers_total{{outcome="{code}"}}'
    before = service.metric(name)
    service.meets(fault)
    yield
    service.meets("")
    assert service.metric(name) == before + 1
    assert service.metric("service_answers_running") == 0


@pytest.mark.parametrize(
    ("question", "fault", "code"),
    [
        *((PLAIN, fault, code) for fault, code in BY_FAULT),
        *((WITH_TOOLS, fault, code) for fault, code in BY_FAULT if "after=5" in fault),
    ],
)
def test_a_model_that_fails_ends_the_answer_with_a_code_and_a_sentence(
    service: Running, question: str, fault: str, code: str
) -> None:
    with failing(service, fault, code):
        events = service.ask(question)
    assert [event.event for event in events].count("error") == 1
    assert data(events[-1]) == {"code": code, "message": _SENTENCES[code]}  # type: ignore[index]


@pytest.mark.parametrize(("fault", "code", "limit"), BY_LIMIT)
def test_a_model_that_is_too_slow_ends_the_answer_and_its_own_stream(
    fault: str, code: str, limit: dict[str, Any]
) -> None:
    with running(**limit) as service:
        with failing(service, fault, code):
            events = service.ask()
        assert data(events[-1])["code"] == code
        assert service.settled(cancelled=1)["finished"] == 0


def test_every_code_of_a_failed_answer_is_reached_here_or_where_the_service_drains() -> None:
    here = {code for _, code in BY_FAULT} | {code for _, code, _ in BY_LIMIT}
    elsewhere = {"shutting_down", "internal_error", "superseded", "stopped"}  # by others, or below
    elsewhere |= {"superseded", "stopped"}  # what readers do to each other
    assert here | elsewhere == set(get_args(ErrorCode))
    assert set(_SENTENCES) == set(get_args(ErrorCode))


def test_what_nobody_has_thought_of_is_an_internal_error_that_tells_nothing(
    service: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*given: object) -> None:
        raise RuntimeError("the secret question")

    monkeypatch.setattr(service.app.state.parts.answers._agent, "answer", broken)
    with failing(service, "", "internal_error"):
        events = service.ask()
    assert [event.event for event in events] == ["started", "error"]
    assert "secret" not in events[-1].data


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (FirstTokenTimeout(), "first_token_timeout"),
        (IdleTimeout(), "idle_timeout"),
        (AnswerTimeout(), "answer_timeout"),
        (TimeoutError("the first connection is idle"), "answer_timeout"),
        (httpx2.ReadError("gone"), "model_error"),
        (httpx2.RemoteProtocolError("cut"), "model_error"),
        (ConnectionResetError(), "model_error"),
        (KeyError("first"), "internal_error"),
    ],
)
def test_an_error_is_told_by_its_type_never_by_its_words(error: Exception, code: str) -> None:
    assert code_of(error) == code


def test_a_model_that_is_busy_is_told_at_once_however_long_it_says_to_wait() -> None:
    with running(first_token_timeout=5) as service:
        service.meets("status=429;retry_after=30;times=1")
        assert data(service.ask()[-1])["code"] == "model_busy"
        assert len(service.heard.bodies) == 1


def test_an_error_that_passes_is_asked_about_once_more() -> None:
    with running() as service:
        service.meets("status=500;times=1")
        assert service.ask()[-1].event == "done"
        assert len(service.heard.bodies) == 2


def test_text_that_came_before_the_failure_stays(service: Running) -> None:
    service.meets("cut_after=5")
    events = service.ask()
    assert [event.event for event in events] == ["started", *["token"] * 5, "error"]
    assert text_of(events)


def test_arguments_that_are_no_json_do_not_end_the_answer(service: Running) -> None:
    service.meets("bad_arguments=1")
    events = service.ask(WITH_TOOLS)
    assert events[-1].event == "done"
    assert "**$134.10**" in text_of(events)


def test_a_tool_that_finds_nothing_has_failed_and_the_answer_goes_on(service: Running) -> None:
    events = service.ask("What are the details on product P999?")
    ended = [data(event) for event in events if event.event == "tool_finished"]
    assert [each["ok"] for each in ended] == [False]
    assert events[-1].event == "done"
