"""Who may ask, how much, and what is said to the others."""

import json
from collections.abc import Iterator

import httpx2
import pytest

from labkit.service.tokens import hash_of
from labkit.sse import ServerSentEvent, decode
from tests.service.running import PLAIN, Running, data, running

SHOP, OTHER = "lks_shop", "lks_other"
TOKENS = f"shop:{hash_of(SHOP)},other:{hash_of(OTHER)}"


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


@pytest.fixture(scope="module")
def guarded() -> Iterator[Running]:
    with running(api_tokens=TOKENS, resume_window=600) as service:
        yield service


def ticket_of(service: Running, token: str = SHOP) -> str:
    return str(service.http.post("/v1/tickets", headers=bearer(token)).json()["ticket"])


def stream(service: Running, ticket: str, event_id: object = None) -> httpx2.Response:
    headers = {"last-event-id": str(event_id)} if event_id else {}
    given = {"question": PLAIN, "ticket": ticket}
    return service.http.get("/stream", params=given, headers=headers)


def events_of(response: httpx2.Response) -> list[ServerSentEvent]:
    assert response.status_code == 200, response.text
    return list(decode([response.content]))


def unauthorized(response: httpx2.Response) -> bool:
    body = response.json()
    assert isinstance(body["detail"], str)
    return response.status_code == 401 and response.headers["www-authenticate"] == "Bearer"


def test_a_token_opens_everything(guarded: Running) -> None:
    assert guarded.ask(headers=bearer(SHOP))[-1].event == "done"
    given = guarded.http.get("/stream", params={"question": PLAIN}, headers=bearer(SHOP))
    assert events_of(given)[-1].event == "done"


@pytest.mark.parametrize(
    "header",
    [{}, {"authorization": "Bearer"}, bearer("lks_wrong"), {"authorization": f"Basic {SHOP}"}],
)
def test_without_a_known_token_nothing_is_answered(
    guarded: Running, header: dict[str, str]
) -> None:
    http, asked = guarded.http, len(guarded.heard.bodies)
    before = guarded.metric('service_rejected_total{reason="unauthorized"}')
    for response in (
        http.post("/v1/chat", json={"question": PLAIN}, headers=header),
        http.get("/stream", params={"question": PLAIN}, headers=header),
        http.post("/v1/tickets", headers=header),
        http.delete("/v1/answers/x", headers=header),
    ):
        assert unauthorized(response)
    assert len(guarded.heard.bodies) == asked
    assert guarded.metric('service_rejected_total{reason="unauthorized"}') == before + 4


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/openapi.json", "/"])
def test_probes_metrics_and_the_page_need_no_token(guarded: Running, path: str) -> None:
    assert guarded.http.get(path).status_code == 200


def test_a_ticket_starts_the_one_answer_that_bears_its_id_and_goes_on_with_it(
    guarded: Running,
) -> None:
    ticket = ticket_of(guarded)
    events = events_of(stream(guarded, ticket))
    assert events_of(stream(guarded, ticket, events[2].id)) == events[3:]
    assert stream(guarded, ticket, events[-1].id).status_code == 204


def test_a_ticket_is_good_for_no_other_answer_even_of_the_same_client(guarded: Running) -> None:
    events = events_of(stream(guarded, ticket_of(guarded)))
    assert unauthorized(stream(guarded, ticket_of(guarded), events[0].id))
    assert unauthorized(stream(guarded, "no.ticket", events[0].id))


def test_a_token_may_go_on_with_what_a_ticket_of_the_same_client_began(guarded: Running) -> None:
    events = events_of(stream(guarded, ticket_of(guarded)))
    back = guarded.go_on(str(events[0].id), **bearer(SHOP))
    assert list(decode([back.content])) == events[1:]


def test_somebody_elses_answer_is_as_if_it_were_not_there(guarded: Running) -> None:
    events = guarded.ask(headers=bearer(SHOP), resume=True)
    there = guarded.go_on(str(events[0].id), **bearer(OTHER))
    nowhere = guarded.go_on("nothing.1", **bearer(OTHER))
    assert (there.status_code, there.json()) == (nowhere.status_code, nowhere.json())
    assert there.status_code == 404
    path = f"/v1/answers/{data(events[0])['answer']}"
    assert guarded.http.delete(path, headers=bearer(OTHER)).status_code == 404
    assert guarded.http.delete(path, headers=bearer(SHOP)).status_code == 204


def test_a_client_that_asks_too_often_is_told_when_to_come_back() -> None:
    with running(api_tokens=TOKENS, rate_limit="2/hour") as service:
        for left in (1, 0):
            with service.http.stream(
                "POST", "/v1/chat", json={"question": PLAIN}, headers=bearer(SHOP)
            ) as response:
                assert f";r={left};" in response.headers["ratelimit"]
                assert response.headers["ratelimit-policy"] == '"default";q=2;w=3600'
        refused = service.http.post("/v1/chat", json={"question": PLAIN}, headers=bearer(SHOP))
        assert refused.status_code == 429
        assert 0 < int(refused.headers["retry-after"]) <= 3600
        assert service.metric('service_rejected_total{reason="rate"}') == 1
        assert service.ask(headers=bearer(OTHER))[-1].event == "done"


def test_a_stream_more_than_allowed_is_refused_until_one_ends() -> None:
    with running(streams_per_client=1, resume_window=0) as service:
        service.meets("stall_after=3")
        with service.asking() as stream:
            next(stream)
            refused = service.http.post("/v1/chat", json={"question": PLAIN})
            assert refused.status_code == 429
            assert int(refused.headers["retry-after"]) > 0
        service.meets("")
        assert service.metric('service_rejected_total{reason="streams"}') == 1
        service.until(lambda: service.metric("service_answers_running") == 0)
        service.until(
            lambda: service.http.post("/v1/chat", json={"question": PLAIN}).status_code == 200
        )


@pytest.mark.parametrize("question", ["", "   ", "mark " * 401, None, 7, ["mark"], "\ud800 mark"])
def test_a_question_that_is_none_is_422_and_not_quoted(service: Running, question: object) -> None:
    body = json.dumps({"question": question})
    response = service.http.post(
        "/v1/chat", content=body, headers={"content-type": "application/json"}
    )
    assert response.status_code == 422
    assert "mark" not in response.text
    assert [set(wrong) for wrong in response.json()["detail"]] == [{"type", "loc", "msg"}]


def test_a_question_in_the_url_is_measured_the_same_way(service: Running) -> None:
    for question in ("", " ", "mark " * 401):
        response = service.http.get("/stream", params={"question": question})
        assert response.status_code == 422
        assert "mark" not in response.text
    assert service.http.get("/stream").status_code == 422


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"mark", b'{"question": "\xff"}'])
def test_a_body_that_is_no_question_is_refused_and_not_quoted(
    service: Running, body: bytes
) -> None:
    headers = {"content-type": "application/json"}
    response = service.http.post("/v1/chat", content=body, headers=headers)
    assert response.status_code == (400 if b"\xff" in body[1:] else 422)
    assert "mark" not in response.text


def test_the_longest_question_is_answered_however_it_is_escaped(service: Running) -> None:
    body = json.dumps({"question": "\U0001f600" * 2000})
    assert len(body) > 24_000
    headers = {"content-type": "application/json"}
    response = service.http.post("/v1/chat", content=body, headers=headers)
    assert events_of(response)[-1].event == "done"


def test_a_body_that_is_too_long_is_413(service: Running) -> None:
    before = service.metric('service_rejected_total{reason="body"}')
    response = service.http.post("/v1/chat", content=b"x" * 32_769)
    assert response.status_code == 413
    assert service.metric('service_rejected_total{reason="body"}') == before + 1
