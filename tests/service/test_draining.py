"""What a service that is told to end does with its readers, and with those that come then."""

import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
import redis

from labkit.offline.faults import parse_fault
from labkit.sse import decode
from tests.service.command import Command, command
from tests.service.redis_server import redis_server
from tests.service.running import PLAIN, data, ids

LOOKS = 5_000

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGTERM there")


def replica(url: str, **environment: str) -> Any:
    return command(
        SERVICE_REDIS_URL=url,
        SERVICE_TICKET_KEY="k" * 32,
        SERVICE_RESUME_WINDOW="60",
        **environment,
    )


def until(true: Callable[[], bool]) -> None:
    for _ in range(LOOKS):
        if true():
            return
    raise AssertionError(f"after {LOOKS} looks it still is not so")


def asked(service: Command, **headers: str) -> Any:
    body = {"question": PLAIN, "resume": True}
    return service.http.stream("POST", "/v1/chat", json=body, headers=headers)


def copied(service: Command, event_id: str) -> Any:
    """Go on at a replica that knows the answer by its copy, as soon as it does."""
    body, headers = {"question": PLAIN}, {"last-event-id": event_id}
    for _ in range(LOOKS):
        request = service.http.build_request("POST", "/v1/chat", json=body, headers=headers)
        response = service.http.send(request, stream=True)
        if response.status_code == 200:
            return response
        response.close()
    raise AssertionError(f"after {LOOKS} looks there is no copy")


def test_a_reader_of_a_copy_is_told_when_the_drain_is_over() -> None:
    with (
        redis_server() as url,
        replica(url) as one,
        replica(url, SERVICE_DRAIN_TIMEOUT="0.5") as other,
    ):
        one.model.fault = parse_fault("stall_after=3")
        with asked(one) as response:
            stream = decode(response.iter_bytes())
            seen = [next(stream) for _ in range(4)]
            elsewhere = copied(other, str(seen[0].id))
            other.process.send_signal(signal.SIGTERM)
            rest = list(decode(elsewhere.iter_bytes()))
        assert rest[:-1] == seen[1:]
        assert data(rest[-1])["code"] == "shutting_down"
        assert ids(rest[-1:])[0][1] == 5
        assert "Traceback" not in other.end()


def test_who_is_admitted_while_the_signal_comes_is_refused_not_cut() -> None:
    with redis_server() as url, replica(url) as service, redis.Redis.from_url(url) as store:
        service.http.get("/readyz").raise_for_status()
        store.client_pause(60_000, all=False)  # who writes waits, and a slot is written
        answers: list[httpx2.Response] = []
        body = {"question": PLAIN}
        asking = threading.Thread(
            target=lambda: answers.append(service.http.post("/v1/chat", json=body))
        )
        asking.start()
        until(lambda: store.info("clients")["blocked_clients"] == 1)
        service.process.send_signal(signal.SIGTERM)
        until(lambda: service.http.get("/readyz").status_code == 503)
        store.client_unpause()
        asking.join()
        assert answers[0].status_code == 503
        service.end()
        assert store.zcard("labkit:streams:local") == 0
