"""Readers that leave: the model stops, or goes on for those who come back in time."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from labkit.sse import ServerSentEvent, decode
from tests.service.running import PLAIN, WITH_TOOLS, Running, data, ids, running, text_of

PROMPT_S = 2.0  # a loose bound for machines under load; the bench has the figure
QUIET = ["stall_after=5", "stall_after=0", "slow_start=60"]


@pytest.fixture(scope="module")
def long() -> Iterator[Running]:
    """A service whose window is longer than this test run."""
    with running(resume_window=600) as service:
        yield service


@pytest.fixture(scope="module")
def short() -> Iterator[Running]:
    """A service that waits but a moment for readers to come back."""
    with running(resume_window=0.1) as service:
        yield service


def _told(stream: Iterator[ServerSentEvent]) -> tuple[str, int]:
    """Return what the only event left in `stream`, an error, says, and its number."""
    [last] = stream
    assert last.event == "error"
    return data(last)["code"], ids([last])[0][1]


def _left(service: Running, events: int, fault: str, **body: Any) -> str:
    """Leave after so many events of an answer, or before any; return the last one's id."""
    service.meets(fault)
    started = service.streams()["started"]
    with service.asking(**body) as stream:
        seen = [next(stream) for _ in range(events)]
        service.until(lambda: service.streams()["started"] > started)
    service.meets("")
    return str(seen[-1].id) if seen else ""


@pytest.mark.parametrize("fault", QUIET)
@pytest.mark.parametrize("events", [0, 1])
def test_leaving_cancels_the_models_stream_at_once(
    service: Running, fault: str, events: int
) -> None:
    before = service.streams()["cancelled"]
    _left(service, events, fault)
    at_s = time.monotonic()
    service.settled(cancelled=before + 1)
    assert time.monotonic() - at_s < PROMPT_S
    service.until(lambda: service.metric("service_streams_open") == 0)
    service.until(lambda: service.metric("service_answers_running") == 0)


def test_who_has_left_without_resume_cannot_come_back(service: Running) -> None:
    last = _left(service, 3, "stall_after=5")
    service.settled()
    service.until(lambda: service.metric("service_streams_open") == 0)
    assert service.go_on(last).status_code == 404


def test_a_reader_that_left_in_the_middle_gets_the_rest_and_the_model_is_asked_once(
    long: Running,
) -> None:
    with long.asking(WITH_TOOLS, resume=True) as stream:
        whole = list(stream)
    asked = len(long.heard.bodies)
    for place in range(len(whole) - 1):
        response = long.go_on(str(whole[place].id))
        assert list(decode([response.content])) == whole[place + 1 :]
    assert len(long.heard.bodies) == asked


@pytest.mark.parametrize("events", [1, 2, 5])
def test_an_answer_runs_on_while_its_reader_is_away(long: Running, events: int) -> None:
    long.meets("")
    asked = len(long.heard.bodies)
    done = long.metric('service_answers_total{outcome="done"}')
    with long.asking(resume=True) as stream:
        seen = [next(stream) for _ in range(events)]
    long.until(lambda: long.metric('service_answers_total{outcome="done"}') > done)
    rest = list(decode([long.go_on(str(seen[-1].id)).content]))
    assert [number for _, number in ids(seen + rest)] == list(range(1, len(seen + rest) + 1))
    assert rest[-1].event == "done"
    assert text_of(seen + rest) == text_of(long.ask())
    assert len(long.heard.bodies) == asked + 2


def test_get_goes_on_as_post_does_and_its_answers_can_be_resumed_by_themselves(
    long: Running,
) -> None:
    whole = list(decode([long.http.get("/stream", params={"question": PLAIN}).content]))
    headers = {"last-event-id": str(whole[2].id)}
    back = long.http.get("/stream", params={"question": PLAIN}, headers=headers)
    assert list(decode([back.content])) == whole[3:]


def test_nothing_left_is_204_with_no_body(long: Running) -> None:
    last = long.ask(resume=True)[-1]
    back = long.go_on(str(last.id))
    assert (back.status_code, back.content) == (204, b"")


def test_when_the_window_is_over_the_model_is_cancelled_and_the_answer_is_gone(
    short: Running,
) -> None:
    before = short.streams()["cancelled"]
    last = _left(short, 3, "stall_after=5", resume=True)
    short.settled(cancelled=before + 1)
    short.until(lambda: short.metric("service_answers_running") == 0)
    assert short.go_on(last).status_code == 404


def test_a_finished_answer_is_kept_for_its_window_and_no_longer(short: Running) -> None:
    last = short.ask(resume=True)[-1]
    short.until(lambda: short.go_on(str(last.id)).status_code == 404)


def test_delete_cancels_at_once_ends_the_response_and_nothing_can_be_read_any_more(
    long: Running,
) -> None:
    before = long.streams()["cancelled"]
    long.meets("stall_after=5")
    with long.asking(resume=True) as stream:
        seen = [next(stream) for _ in range(6)]
        answer = data(seen[0])["answer"]
        assert long.http.delete(f"/v1/answers/{answer}").status_code == 204
        assert _told(stream) == ("stopped", len(seen) + 1)
    long.meets("")
    long.settled(cancelled=before + 1)
    assert long.http.delete(f"/v1/answers/{answer}").status_code == 404
    assert long.go_on(str(seen[2].id)).status_code == 404


def test_delete_after_the_end_forgets_the_answer(long: Running) -> None:
    events = long.ask(resume=True)
    answer = data(events[0])["answer"]
    assert long.http.delete(f"/v1/answers/{answer}").status_code == 204
    assert long.go_on(str(events[0].id)).status_code == 404


def test_a_second_reader_takes_over_and_the_first_ones_response_ends(long: Running) -> None:
    long.meets("stall_after=5")
    with long.asking(resume=True) as first:
        seen = [next(first) for _ in range(6)]
        headers = {"last-event-id": str(seen[2].id)}
        with long.asking(headers=headers) as second:
            assert [next(second) for _ in range(3)] == seen[3:]
            assert _told(first) == ("superseded", 7)
            assert long.http.delete(f"/v1/answers/{data(seen[0])['answer']}").status_code == 204
            assert _told(second) == ("stopped", 7)
    long.meets("")
    long.settled()


def test_the_first_readers_end_does_not_end_the_second_one(short: Running) -> None:
    short.meets("stall_after=5")
    with short.asking(resume=True) as first:
        seen = [next(first) for _ in range(6)]
        with short.asking(headers={"last-event-id": str(seen[5].id)}) as second:
            assert _told(first) == ("superseded", 7)
            short.until(lambda: short.metric("service_streams_open") == 1)
            ended = threading.Event()
            timer = threading.Timer(0.3, ended.set)  # three windows
            timer.start()
            short.until(ended.is_set)
            assert short.streams()["open"] == 1
            assert second
    short.meets("")
    short.settled()


@pytest.mark.parametrize(
    "event_id", ["x", "x.1", ".1", "x.-1", "x.1.2", "x y.1", "x.99999999999", "a" * 65 + ".1"]
)
def test_an_id_that_is_none_of_an_answer_here_is_404(service: Running, event_id: str) -> None:
    assert service.go_on(event_id).status_code == 404


def test_an_event_that_is_not_there_yet_is_404(long: Running) -> None:
    answer, number = ids(long.ask(resume=True))[-1]
    assert long.go_on(f"{answer}.{number + 1}").status_code == 404


def test_events_that_are_gone_are_410() -> None:
    with running(buffer_bytes=4096) as service:
        events = service.ask("Tell me everything about tents", resume=True)
        gone = service.go_on(str(events[0].id))
        assert (gone.status_code, list(gone.json())) == (410, ["detail"])
        kept = service.go_on(str(events[-3].id))
        assert list(decode([kept.content])) == events[-2:]
        assert service.metric('service_rejected_total{reason="missed"}') == 1


def _names(events: list[ServerSentEvent]) -> list[str]:
    return [event.event for event in events]


def test_an_answer_of_which_the_reader_lost_the_end_can_be_had_within_the_window(
    long: Running,
) -> None:
    done = long.metric('service_answers_total{outcome="done"}')
    with long.asking(resume=True) as stream:
        first = next(stream)
    long.until(lambda: long.metric('service_answers_total{outcome="done"}') > done)
    for _ in range(2):  # and once more, if that connection breaks, too
        assert _names(list(decode([long.go_on(str(first.id)).content])))[-1] == "done"
