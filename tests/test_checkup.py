"""What the doctor finds, and the remedy it names."""

from importlib import metadata
from pathlib import Path

import pytest

from labkit import checkup
from labkit.checkup import Finding, Findings, doctor
from labkit.errors import LabError
from labkit.offline import local
from labkit.offline.app import create_app
from labkit.offline.faults import parse_fault
from labkit.offline.model import Model
from labkit.providers import Endpoint
from labkit.serving import Server, serve

PROXIES = ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)


def endpoint(server: Server, key: str = "sk-any") -> Endpoint:
    return Endpoint("compatible", f"{server.url}/v1", key, "m")


def test_every_check_has_its_own_line() -> None:
    names = [finding.name for finding in doctor()]
    assert names == ["Python", "packages", "widgets", "port", "proxy", "provider"]


@pytest.mark.parametrize("running", [(3, 11, 0), (3, 12, 9), (3, 14, 2)])
def test_a_python_of_the_course_is_well(running: tuple[int, ...]) -> None:
    assert checkup.check_python(running).well
    assert checkup.check_python().well


@pytest.mark.parametrize("running", [(3, 10, 14), (3, 15, 0), (2, 7, 18), (4, 0, 0)])
def test_another_python_is_named_with_the_remedy(running: tuple[int, ...]) -> None:
    finding = checkup.check_python(running)
    assert finding.detail.startswith(".".join(map(str, running)))
    assert "3.11 to 3.14" in finding.fix


def test_the_packages_are_named_with_their_versions() -> None:
    finding = checkup.check_packages()
    assert finding.well
    assert "openai 3" in finding.detail


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        if name == "markdown-it-py":
            raise metadata.PackageNotFoundError(name)
        return metadata.version(name)

    monkeypatch.setattr(checkup, "version", version)
    finding = checkup.check_packages()
    assert finding.detail == "missing: markdown-it-py"
    assert "start.py lab" in finding.fix


def test_the_extensions_of_jupyterlab_are_looked_for(tmp_path: Path) -> None:
    folder = tmp_path / "share" / "jupyter" / "labextensions"
    for name, missing in [("anywidget", 2), ("@jupyter-widgets/jupyterlab-manager", 1)]:
        finding = checkup.check_front_end(str(tmp_path))
        assert finding.detail.count(",") == missing - 1
        assert name in finding.detail
        assert "start.py lab" in finding.fix
        (folder / name).mkdir(parents=True)
    assert checkup.check_front_end(str(tmp_path)).well


def test_the_port_of_the_offline_model_is_shown() -> None:
    finding = checkup.check_port()
    assert finding.well
    assert local.start().url in finding.detail


@pytest.mark.parametrize("error", [OSError("Permission denied"), RuntimeError("did not start")])
def test_a_port_that_is_forbidden_is_a_finding(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start() -> Server:
        raise error

    monkeypatch.setattr(local, "start", start)
    finding = checkup.check_port()
    assert finding.detail == str(error)
    assert "127.0.0.1" in finding.fix


@pytest.mark.parametrize(
    ("settings", "well"),
    [
        ({}, True),
        ({"NO_PROXY": "intern.example"}, True),
        ({"HTTP_PROXY": "http://p:1"}, False),
        ({"all_proxy": "socks5://p:1", "NO_PROXY": "intern.example"}, False),
        ({"http_proxy": "http://p:1", "no_proxy": "127.0.0.1,localhost"}, True),
        ({"HTTP_PROXY": "http://p:1", "NO_PROXY": "*"}, True),
    ],
)
def test_a_proxy_must_leave_loopback_alone(
    settings: dict[str, str], well: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    finding = checkup.check_proxy()
    assert finding.well == well
    assert well or "NO_PROXY=127.0.0.1" in finding.fix


def test_a_provider_that_streams_is_well(server: Server) -> None:
    finding = checkup.check_provider(lambda: endpoint(server))
    assert finding.well
    assert finding.detail.startswith("compatible, first text after ")


def test_a_refused_key_is_a_finding(server: Server) -> None:
    finding = checkup.check_provider(lambda: endpoint(server, "sk-invalid"))
    assert finding.detail == "AuthenticationError"
    assert "401" in finding.fix


def test_a_set_up_that_cannot_connect_is_a_finding() -> None:
    def connect() -> Endpoint:
        raise LabError("The provider azure needs LABKIT_MODEL.")

    finding = checkup.check_provider(connect)
    assert finding == Finding("provider", "not reachable", "The provider azure needs LABKIT_MODEL.")


def test_a_model_that_says_nothing_is_a_finding() -> None:
    model = Model(pace=0, fault=parse_fault("truncate_after=0"))
    with serve(create_app(model)) as silent:
        finding = checkup.check_provider(lambda: endpoint(silent))
    assert "without a word" in finding.fix


def test_findings_are_shown_as_text_and_as_a_table() -> None:
    well, ill = Finding("Python", "3.11 <x>"), Finding("proxy", "is set", "set NO_PROXY & go")
    assert repr(Findings([well])) == "✓ Python     3.11 <x>\nAll is well."
    assert repr(Findings([well, ill])).splitlines()[1:] == [
        "✗ proxy      is set",
        "To mend:",
        "  proxy: set NO_PROXY & go",
    ]
    assert (Findings([well]).well, Findings([well, ill]).well) == (True, False)
    html = Findings([well, ill])._repr_html_()
    assert "<td>✓</td><th>Python</th><td>3.11 &lt;x&gt;</td>" in html
    assert "<b>set NO_PROXY &amp; go</b>" in html
    assert html.endswith("<p>Mend what is marked ✗, then run this again.</p>")
    assert Findings([well])._repr_html_().endswith("<p>All is well.</p>")
