"""What nobody has thought of is a 500, and tells nothing but where to look."""

import logging
from collections.abc import Iterator

import anyio
import pytest
from starlette.types import Message, Receive, Scope, Send

from labkit.service.last_resort import LastResort
from tests.service.running import Running, running

SHOP = "https://shop.example"


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """A service whose metrics fail."""

    def fail() -> bytes:
        raise RuntimeError("the secret")

    with running(allowed_origins=SHOP) as service:
        monkeypatch.setattr(service.app.state.parts.metrics, "exposition", fail)
        yield service


def test_an_error_is_json_with_the_id_of_its_line_in_the_log(
    broken: Running, caplog: pytest.LogCaptureFixture
) -> None:
    response = broken.http.get("/metrics", headers={"origin": SHOP, "x-request-id": "mine-1"})
    assert response.status_code == 500
    assert list(response.json()) == ["detail"]
    assert "secret" not in response.text
    assert response.headers["x-request-id"] == "mine-1"
    assert response.headers["access-control-allow-origin"] == SHOP
    failures = [record for record in caplog.records if record.message == "a request failed"]
    assert [record.levelno for record in failures] == [logging.ERROR]
    assert failures[0].exc_info
    assert failures[0].exc_info[0] is RuntimeError


def test_the_connection_can_be_used_again(broken: Running) -> None:
    broken.http.get("/metrics")
    assert broken.http.get("/healthz").status_code == 200


def test_within_a_response_the_error_is_raised() -> None:
    sent: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        raise RuntimeError

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    with pytest.raises(RuntimeError):
        anyio.run(LastResort(app), {"type": "http"}, receive, send)
    assert len(sent) == 1
