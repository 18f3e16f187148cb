"""Two replicas with one Redis: a reader that was lost at one of them goes on at the other."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
import redis

from labkit.service.events import Started, Token, frame
from labkit.service.tokens import hash_of, new_token
from labkit.sse import ServerSentEvent, decode
from tests.service.redis_server import redis_server
from tests.service.running import PLAIN, Running, data, ids, running

SHOP, OTHER = new_token(), new_token()
TOKENS = f"shop:{hash_of(SHOP)},other:{hash_of(OTHER)}"


def bearer(token: str = SHOP) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


@contextmanager
def replica(redis_url: str, **given: Any) -> Iterator[Running]:
    shared = {"redis_url": redis_url, "ticket_key": "k" * 32, "api_tokens": TOKENS}
    with running(**{"resume_window": 60, **shared, **given}) as service:
        service.http.headers.update(bearer())
        yield service


@pytest.fixture(scope="module")
def one(redis_url: str) -> Iterator[Running]:
    with replica(redis_url) as service:
        yield service


@pytest.fixture(scope="module")
def other(redis_url: str) -> Iterator[Running]:
    with replica(redis_url) as service:
        yield service


@pytest.fixture(autouse=True)
def _well(one: Running, other: Running) -> Iterator[None]:
    yield
    one.meets("")


def copied_to(service: Running, events: list[ServerSentEvent]) -> None:
    """Wait until the other replica knows the answer and the last of `events`; nobody reads it."""
    answer, number = ids(events)[-1]
    copies = service.app.state.parts.answers._copies
    key = f"labkit:answer:{answer}:frames"
    kwargs = copies._redis.connection_pool.connection_kwargs

    with redis.Redis(unix_socket_path=kwargs["path"]) as store:

        def there() -> bool:
            newest = store.xrevrange(key, count=1)
            return bool(newest) and int(newest[0][0].partition(b"-")[0]) >= number

        service.until(there)


def told(stream: Iterator[ServerSentEvent]) -> tuple[str, int]:
    """Return what the only event left in `stream`, an error, says, and its number."""
    [last] = stream
    assert last.event == "error"
    return data(last)["code"], ids([last])[0][1]


def copied(service: Running, event_id: str) -> httpx2.Response:
    """Return the response of a replica that knows the answer by its copy, as soon as it does."""
    found: list[httpx2.Response] = []

    def there() -> bool:
        found[:] = [service.go_on(event_id)]
        return found[0].status_code != 404

    service.until(there)
    return found[0]


@pytest.mark.parametrize("seen", [1, 2, 7])
def test_what_follows_comes_from_the_other_replica_and_its_model_is_not_asked(
    one: Running, other: Running, seen: int
) -> None:
    events = one.ask(resume=True)
    started = other.streams()["started"]
    back = list(decode([copied(other, str(events[seen - 1].id)).content]))
    assert back == events[seen:]
    assert other.streams()["started"] == started


def test_a_copy_has_an_end(one: Running, other: Running) -> None:
    events = one.ask(resume=True)
    copied(other, str(events[0].id))
    assert other.go_on(str(events[-1].id)).status_code == 204


def test_a_running_answer_is_followed_until_it_is_stopped_there(
    one: Running, other: Running
) -> None:
    one.meets("stall_after=5")
    before = one.streams()["cancelled"]
    with one.asking(resume=True) as stream:
        last = [next(stream) for _ in range(3)][-1]
    answer = ids([last])[0][0]
    one.until(lambda: other.http.delete(f"/v1/answers/{answer}").status_code == 204)
    one.until(lambda: one.streams()["cancelled"] == before + 1)  # at the next beat, within 1 s
    one.until(lambda: other.go_on(str(last.id)).status_code == 404)


def test_a_reader_at_the_other_replica_holds_the_answer_beyond_its_window(redis_url: str) -> None:
    with replica(redis_url, resume_window=1) as one, replica(redis_url) as other:
        one.meets("slow_start=2")
        with one.asking(resume=True) as stream:
            first = next(stream)
        events = list(decode([copied(other, str(first.id)).content]))
        assert events[-1].event == "done"
        assert [number for _, number in ids(events)] == list(range(2, len(events) + 2))


def test_somebody_elses_copy_is_as_if_it_were_not_there(one: Running, other: Running) -> None:
    events = one.ask(resume=True)
    copied(other, str(events[0].id))
    assert other.go_on(str(events[0].id), **bearer(OTHER)).status_code == 404
    path = f"/v1/answers/{data(events[0])['answer']}"
    assert other.http.delete(path, headers=bearer(OTHER)).status_code == 404


def test_an_answer_that_does_not_wait_for_its_reader_is_not_copied(
    one: Running, other: Running, redis_url: str
) -> None:
    events = one.ask()
    with redis.Redis.from_url(redis_url) as store:
        assert not store.keys(f"labkit:answer:{data(events[0])['answer']}:*")


def test_events_that_are_no_longer_kept_are_missed(
    one: Running, other: Running, redis_url: str
) -> None:
    one.meets("stall_after=5")
    with one.asking(resume=True) as stream:
        first = next(stream)
        rest = [next(stream) for _ in range(5)]
        key = f"labkit:answer:{data(first)['answer']}:frames"
        with redis.Redis.from_url(redis_url) as store:
            one.until(lambda: bool(store.exists(key)))
            one.meets("")
            store.delete(key)
            number = ids(rest)[-1][1]
            store.xadd(key, {"first": number + 5, "frames": b""}, f"{number + 5}-0")
        assert other.go_on(str(first.id)).status_code == 410


def test_the_newest_reader_elsewhere_wins_and_the_one_before_is_told(
    one: Running, other: Running
) -> None:
    one.meets("stall_after=5")
    before = one.streams()["cancelled"]
    with one.asking(resume=True) as stream:
        seen = [next(stream) for _ in range(6)]
        copied_to(other, seen)
        with other.asking(headers={"last-event-id": str(seen[2].id)}) as first:
            assert [next(first) for _ in range(3)] == seen[3:]
            with other.asking(headers={"last-event-id": str(seen[3].id)}) as second:
                assert [next(second) for _ in range(2)] == seen[4:]
                assert told(first) == ("superseded", 7)
                answer = data(seen[0])["answer"]
                assert other.http.delete(f"/v1/answers/{answer}").status_code == 204
                assert told(second) == ("stopped", 7)
        assert told(stream) == ("stopped", 7)
    one.until(lambda: one.streams()["cancelled"] == before + 1)
    other.until(lambda: other.metric("service_streams_open") == 0)


def test_an_event_that_is_not_there_yet_is_404_elsewhere_too(one: Running, other: Running) -> None:
    one.meets("stall_after=5")
    with one.asking(resume=True) as stream:
        seen = [next(stream) for _ in range(6)]
        copied_to(other, seen)
        answer = data(seen[0])["answer"]
        assert other.go_on(f"{answer}.999999").status_code == 404
        assert one.http.delete(f"/v1/answers/{answer}").status_code == 204


def test_a_copy_is_as_small_as_the_buffer_and_what_is_gone_is_missed(
    redis_url: str, other: Running
) -> None:
    with replica(redis_url, buffer_bytes=4096) as one:
        events = one.ask("Tell me everything about tents", resume=True)
        copied_to(other, events)
        key = f"labkit:answer:{data(events[0])['answer']}:frames"
        with redis.Redis.from_url(redis_url) as store:
            entries = store.xrange(key)
        kept = [fields[b"frames"] for _, fields in entries if b"frames" in fields]
        assert len(kept) == 1 or sum(map(len, kept)) <= 4096
        assert other.go_on(str(events[0].id)).status_code == 410


def test_a_redis_that_stops_for_a_moment_ends_no_copy_on_either_side(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("labkit.service.redis_link._LIMIT_S", 0.1)
    with redis_server() as url, replica(url) as one, replica(url) as other:
        one.meets("slow_start=1")
        with one.asking(resume=True) as stream:
            first = next(stream)
            copied_to(other, [first])
            with other.asking(headers={"last-event-id": str(first.id)}) as elsewhere:
                with redis.Redis.from_url(url) as store:
                    store.client_pause(1500)
                rest = list(stream)
                assert rest[-1].event == "done"
                assert list(elsewhere) == rest


def test_a_copy_whose_replica_has_died_ends_with_an_error(
    other: Running, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labkit.service.follower.ALIVE_S", 1)
    events = [Started(answer="lost", model="m"), Token(text="Hel")]
    frames = b"".join(frame(event, "lost", n) for n, event in enumerate(events, start=1))
    with redis.Redis.from_url(redis_url) as store:
        store.set("labkit:answer:lost:client", "shop", ex=60)
        store.xadd("labkit:answer:lost:frames", {"first": 1, "frames": frames}, "2-0")
    back = list(decode([other.go_on("lost.1").content]))
    assert [event.event for event in back] == ["token", "error"]
    assert ids(back) == [("lost", 2), ("lost", 3)]
    assert data(back[-1])["code"] == "internal_error"


def test_a_ticket_is_spent_at_both_and_gives_its_own_answer_at_both(
    one: Running, other: Running
) -> None:
    ticket = one.http.post("/v1/tickets").json()["ticket"]
    params = {"question": PLAIN, "ticket": ticket}
    events = list(decode([one.http.get("/stream", params=params).content]))
    copied(other, str(events[0].id))
    assert list(decode([other.http.get("/stream", params=params).content])) == events
    one.http.delete(f"/v1/answers/{data(events[0])['answer']}").raise_for_status()
    one.until(lambda: other.http.get("/stream", params=params).status_code == 401)


def test_without_redis_what_runs_goes_on_and_nothing_new_begins() -> None:
    with redis_server() as url, replica(url) as service:
        assert service.http.get("/readyz").status_code == 200
        service.meets("slow_start=1")
        with service.asking(resume=True) as stream:
            next(stream)
            with redis.Redis.from_url(url) as store:
                store.shutdown(nosave=True)
            assert service.http.get("/readyz").status_code == 503
            refused = service.http.post("/v1/chat", json={"question": PLAIN})
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
            assert service.http.get("/healthz").status_code == 200
            assert list(stream)[-1].event == "done"
