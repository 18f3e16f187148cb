"""The service as a notebook starts it."""

from collections.abc import Iterator

import httpx2
import pytest

from labkit.errors import LabError
from labkit.offline import local
from labkit.service import process
from labkit.service.process import ServiceProcess, start_service

QUESTION = {"question": "In one sentence: why layers?"}
MINE = {"x-request-id": "mine"}


@pytest.fixture(scope="module")
def service() -> Iterator[ServiceProcess]:
    started = start_service(name="test", rate_limit="1/hour", keep_alive=1.5)
    yield started
    started.stop()


def test_it_has_the_settings_and_the_model_of_this_process(service: ServiceProcess) -> None:
    before = local.model().streams.started
    first = httpx2.post(f"{service.url}/v1/chat", json=QUESTION)
    second = httpx2.post(f"{service.url}/v1/chat", json=QUESTION)
    assert "event: done" in first.text
    assert second.status_code == 429
    assert local.model().streams.started == before + 1


def test_it_links_its_page_and_keeps_its_log(service: ServiceProcess) -> None:
    assert f'<a href="{service.url}/"' in service._repr_html_()
    assert repr(service) == f"<ServiceProcess {service.url} running>"
    asked = (httpx2.get(f"{service.url}/healthz", headers=MINE) for _ in range(1000))
    # A line is written after the response, and read by a thread here.
    assert any("mine" in [line.get("request_id") for line in service.log] for _ in asked)


def test_a_setting_that_cannot_be_used_is_told_in_the_services_own_sentence() -> None:
    with pytest.raises(LabError, match=r"did not start: SERVICE_RATE_LIMIT: .* as in 20/minute"):
        start_service(name="wrong", rate_limit="often")
    assert "wrong" not in process._running


def test_a_setting_that_is_none_is_told_with_the_right_name() -> None:
    with pytest.raises(LabError, match=r"SERVICE_RATE_LIMITS is no setting .* SERVICE_RATE_LIMIT "):
        start_service(name="wrong", rate_limits="3/minute")


def test_several_values_are_separated_by_commas() -> None:
    origins = ("https://a.example", "https://b.example")
    service = start_service(name="sites", allowed_origins=origins)
    try:
        for origin in origins:
            response = httpx2.get(f"{service.url}/healthz", headers={"origin": origin})
            assert response.headers["access-control-allow-origin"] == origin
    finally:
        service.stop()


def test_the_next_of_a_name_takes_the_place_of_the_one_before(service: ServiceProcess) -> None:
    first = start_service(name="again")
    second = start_service(name="again")
    assert (first.running, second.running, service.running) == (False, True, True)
    second.terminate()
    assert second.wait(20) == 0
    second.stop()


def test_behind_jupyters_proxy_it_is_asked_by_any_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/ada/")
    service = start_service(name="hub")
    try:
        assert f"/user/ada/proxy/{service.url.rpartition(':')[2]}/" in service._repr_html_()
        host = {"host": "hub.example.org"}
        assert httpx2.get(f"{service.url}/healthz", headers=host).status_code == 200
    finally:
        service.stop()
