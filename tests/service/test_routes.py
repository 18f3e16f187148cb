"""In which order a question is refused, and what a refusal leaves as it was."""

import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack
from typing import Any

import httpx2
import pytest

from labkit.service.refusals import draining
from labkit.service.tickets import AGAIN_S
from labkit.service.tokens import hash_of
from labkit.sse import decode
from tests.service.running import PLAIN, Running, data, running

TOKEN = "lks_shop"
HEADERS = {"authorization": f"Bearer {TOKEN}"}
TOKENS = f"shop:{hash_of(TOKEN)}"
SHARED = {"ticket_key": "k" * 32, "api_tokens": TOKENS, "resume_window": 60}


@pytest.fixture(scope="module")
def guarded() -> Iterator[Running]:
    with running(api_tokens=TOKENS, resume_window=60) as service:
        yield service


def ticket_of(service: Running) -> str:
    return str(service.http.post("/v1/tickets", headers=HEADERS).json()["ticket"])


def asked(service: Running, ticket: str, **headers: str) -> httpx2.Response:
    given = {"question": PLAIN, "ticket": ticket}
    return service.http.get("/stream", params=given, headers=headers)


async def admitted(client: str) -> dict[str, str]:
    """Admit everybody."""
    return {}


def rejected(service: Running) -> float:
    text = service.http.get("/metrics").text.splitlines()
    counts = [line for line in text if line.startswith("service_rejected_total")]
    return sum(float(line.rpartition(" ")[2]) for line in counts)


def test_a_question_that_is_refused_leaves_its_ticket_good(
    guarded: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = ticket_of(guarded)
    too_long = {"question": "mark " * 401, "ticket": ticket}
    assert guarded.http.get("/stream", params=too_long).status_code == 422
    with monkeypatch.context() as patch:
        patch.setattr(guarded.app.state.parts.answers, "draining", True)
        assert asked(guarded, ticket).status_code == 503
    assert asked(guarded, ticket).status_code == 200


def test_a_question_over_the_rate_leaves_its_ticket_good(monkeypatch: pytest.MonkeyPatch) -> None:
    with running(api_tokens=TOKENS, rate_limit="1/hour") as service:
        ticket = ticket_of(service)
        service.ask(headers=HEADERS)
        assert asked(service, ticket).status_code == 429
        monkeypatch.setattr(service.app.state.parts.quotas, "admit", admitted)
        assert asked(service, ticket).status_code == 200


def test_tickets_have_the_rate_of_questions_and_a_count_of_their_own() -> None:
    with running(api_tokens=TOKENS, rate_limit="1/hour") as service:
        first = service.http.post("/v1/tickets", headers=HEADERS)
        second = service.http.post("/v1/tickets", headers=HEADERS)
        assert "r=0" in first.headers["ratelimit"]
        assert (first.status_code, second.status_code) == (200, 429)
        assert int(second.headers["retry-after"]) > 0
        assert asked(service, first.json()["ticket"]).status_code == 200


def test_a_used_ticket_costs_no_question() -> None:
    with running(api_tokens=TOKENS, rate_limit="1/hour", resume_window=60) as service:
        ticket = ticket_of(service)
        assert [asked(service, ticket).status_code for _ in range(3)] == [200, 200, 200]


def test_a_used_ticket_gives_its_own_answer_again_for_a_moment_and_then_none(
    guarded: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = ticket_of(guarded)
    events = list(decode([asked(guarded, ticket).content]))
    assert list(decode([asked(guarded, ticket).content])) == events
    later = time.time() + AGAIN_S
    monkeypatch.setattr(guarded.app.state.parts.tickets, "_now", lambda: later)
    refused = asked(guarded, ticket)
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
    after = asked(guarded, ticket, **{"last-event-id": str(events[2].id)})
    assert list(decode([after.content])) == events[3:]


def test_a_used_ticket_whose_answer_was_ended_starts_no_other(guarded: Running) -> None:
    ticket, before = ticket_of(guarded), len(guarded.heard.bodies)
    events = list(decode([asked(guarded, ticket).content]))
    answer = data(events[0])["answer"]
    guarded.http.delete(f"/v1/answers/{answer}", headers=HEADERS).raise_for_status()
    assert asked(guarded, ticket).status_code == 404
    assert len(guarded.heard.bodies) == before + 1


def test_an_empty_last_event_id_is_none(guarded: Running) -> None:
    events = guarded.ask(headers={**HEADERS, "last-event-id": ""})
    assert [events[0].event, events[-1].event] == ["started", "done"]
    assert asked(guarded, ticket_of(guarded), **{"last-event-id": ""}).status_code == 200


def test_an_empty_ticket_is_none(guarded: Running) -> None:
    assert asked(guarded, "").status_code == 401
    assert asked(guarded, "", **HEADERS).status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_may_ask_for_the_head_alone(guarded: Running, path: str) -> None:
    response = guarded.http.head(path)
    assert (response.status_code, response.content) == (200, b"")


def test_a_probe_while_the_service_drains_is_no_rejected_question(
    guarded: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rejected(guarded)
    with monkeypatch.context() as patch:
        patch.setattr(guarded.app.state.parts.answers, "draining", True)
        refused = guarded.http.get("/readyz")
        assert refused.status_code == guarded.http.head("/readyz").status_code == 503
    assert refused.headers["retry-after"] == "2"
    assert rejected(guarded) == before


def test_a_question_that_meets_the_end_at_the_last_moment_gives_its_slot_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with running(streams_per_client=1) as service:
        parts = service.app.state.parts

        slots = []  # held here, so that no garbage collection gives them back

        def start(client: str, question: str, slot: AsyncExitStack, **more: object) -> None:
            slots.append(slot)
            raise draining()

        with monkeypatch.context() as patch:
            patch.setattr(parts.answers, "start", start)
            refused = service.http.post("/v1/chat", json={"question": PLAIN})
        assert (refused.status_code, len(slots)) == (503, 1)
        assert refused.headers["connection"] == "close"
        assert service.ask()[-1].event == "done"


def test_who_follows_an_answer_of_another_replica_holds_a_slot(redis_url: str) -> None:
    shared = {**SHARED, "redis_url": redis_url, "streams_per_client": 2}
    with running(**shared) as one, running(**shared) as other:
        one.meets("stall_after=3")
        with one.asking(resume=True, headers=HEADERS) as stream:
            event_id = str(next(stream).id)
            given = {"json": {"question": PLAIN}, "headers": {**HEADERS, "last-event-id": event_id}}
            with ExitStack() as followed:

                def follows() -> bool:
                    response = other.http.stream("POST", "/v1/chat", **given)
                    return followed.enter_context(response).status_code == 200

                other.until(follows)
                assert status(other, given) == 429
            other.until(lambda: status(other, given) == 200)


def status(service: Running, given: dict[str, Any]) -> int:
    """Return the status of a response that is not read."""
    with service.http.stream("POST", "/v1/chat", **given) as response:
        return response.status_code
