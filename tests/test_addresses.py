"""Where a browser reaches a port: directly, or through the Jupyter that it is open in."""

import json
from pathlib import Path

import pytest

from labkit.addresses import browser_url

DIRECT = "http://127.0.0.1:8123"
THROUGH = "/user/x/proxy/8123/"


@pytest.fixture(autouse=True)
def no_jupyter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("JUPYTERHUB_SERVICE_PREFIX", "JPY_PARENT_PID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))


@pytest.mark.parametrize("prefix", ["/user/x/", "/user/x"])
def test_under_jupyterhub_it_is_a_path_below_the_users_own(
    monkeypatch: pytest.MonkeyPatch, prefix: str
) -> None:
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", prefix)
    assert browser_url(DIRECT, 8123) == THROUGH


def test_without_jupyter_it_is_the_direct_address() -> None:
    assert browser_url(DIRECT, 8123) == f"{DIRECT}/"


@pytest.mark.parametrize(
    ("hostname", "address"),
    [
        ("localhost", f"{DIRECT}/"),
        ("127.0.0.1", f"{DIRECT}/"),
        ("::1", f"{DIRECT}/"),
        ("0.0.0.0", THROUGH),
        ("::", THROUGH),
        ("*", THROUGH),
        ("lab.example.org", THROUGH),
    ],
)
def test_a_jupyter_for_other_machines_is_gone_through(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, hostname: str, address: str
) -> None:
    note = {"hostname": hostname, "base_url": "/user/x/"}
    (tmp_path / "jpserver-77.json").write_text(json.dumps(note))
    monkeypatch.setenv("JPY_PARENT_PID", "77")
    assert browser_url(DIRECT, 8123) == address


def test_a_jupyter_at_the_root_is_gone_through_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    note = {"hostname": "0.0.0.0", "base_url": "/"}
    (tmp_path / "jpserver-77.json").write_text(json.dumps(note))
    monkeypatch.setenv("JPY_PARENT_PID", "77")
    assert browser_url(DIRECT, 8123) == "/proxy/8123/"


def test_a_kernel_that_no_jupyter_started_is_reached_directly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("JPY_PARENT_PID", "77")
    assert browser_url(DIRECT, 8123) == f"{DIRECT}/"
