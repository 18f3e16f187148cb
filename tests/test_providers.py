"""Which model server is chosen, and that its key never shows."""

import os
import time
from pathlib import Path

import pytest
from openai import OpenAI

from labkit.errors import LabError
from labkit.providers import NAMES, Endpoint, connect, endpoint
from labkit.serving import Server, bind
from tests.test_init import fresh

SECRET = "sk-very-secret"
VARIABLES = ("PROVIDER", "BASE_URL", "API_KEY", "MODEL", "PACE")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin with no setting at all, and with keys lying about."""
    for name in VARIABLES:
        monkeypatch.delenv(f"LABKIT_{name}", raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", SECRET)
    monkeypatch.setenv("LABKIT_PACE", "0")


def choose(patch: pytest.MonkeyPatch, **settings: str) -> None:
    for name, value in settings.items():
        patch.setenv(f"LABKIT_{name}", value)


@pytest.fixture
def closed() -> str:
    """Return the URL of a port on which nobody listens."""
    with bind("127.0.0.1", 0) as bound:
        return f"http://127.0.0.1:{bound.getsockname()[1]}/v1"


def one_sentence(error: BaseException) -> str:
    text = str(error)
    assert SECRET not in text
    assert SECRET not in repr(error)
    assert "\n" not in text
    assert text.endswith(".")
    return text


# The choice


def test_offline_is_chosen_unless_something_else_is_named() -> None:
    endpoint = connect()
    assert (endpoint.provider, endpoint.model) == ("offline", "offline-advisor")
    assert endpoint.base_url.startswith("http://127.0.0.1:")
    assert endpoint.base_url.endswith("/v1")
    assert endpoint.api_key != SECRET
    assert connect() == endpoint


def test_the_offline_endpoint_answers_the_sdk() -> None:
    endpoint = connect("offline")
    with OpenAI(base_url=endpoint.base_url, api_key=endpoint.api_key) as client:
        answer = client.chat.completions.create(
            model=endpoint.model, messages=[{"role": "user", "content": "Hi"}]
        )
    assert answer.choices[0].message.content


def test_offline_stays_offline_whatever_else_is_set(
    monkeypatch: pytest.MonkeyPatch, closed: str
) -> None:
    choose(monkeypatch, PROVIDER="offline", BASE_URL=closed, API_KEY=SECRET, MODEL="my-own")
    endpoint = connect()
    assert endpoint.base_url != closed
    assert endpoint.api_key != SECRET
    assert endpoint.model == "my-own"


def test_a_base_url_alone_is_compatible(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    choose(monkeypatch, BASE_URL=f"{server.url}/v1/", MODEL="m")
    assert connect() == Endpoint("compatible", f"{server.url}/v1", "none", "m")


@pytest.mark.parametrize(
    ("provider", "settings", "endpoint"),
    [
        ("openai", {}, ("gpt-4.1-mini", SECRET)),
        ("openai", {"API_KEY": "sk-mine", "MODEL": "gpt-5-mini"}, ("gpt-5-mini", "sk-mine")),
        ("azure", {"MODEL": "my-deployment"}, ("my-deployment", SECRET)),
        ("ollama", {}, ("llama3.2", "ollama")),
        ("compatible", {"MODEL": "m"}, ("m", "none")),
        (" OpenAI ", {}, ("gpt-4.1-mini", SECRET)),
    ],
)
def test_each_provider_has_its_own_defaults(
    provider: str,
    settings: dict[str, str],
    endpoint: tuple[str, str],
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    choose(monkeypatch, PROVIDER=provider, BASE_URL=f"{server.url}/v1", **settings)
    model, key = endpoint
    name = provider.strip().lower()
    assert connect() == Endpoint(name, f"{server.url}/v1", key, model)


def test_an_argument_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    choose(monkeypatch, PROVIDER="openai")
    assert connect("offline").provider == "offline"


def test_white_space_around_a_setting_is_not_part_of_it(
    monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    choose(monkeypatch, BASE_URL=f" {server.url}/v1\n", MODEL="m\r\n", API_KEY=f"{SECRET}\n")
    assert connect() == Endpoint("compatible", f"{server.url}/v1", SECRET, "m")


# What is missing or wrong


@pytest.mark.parametrize("name", ["klingon", " ", "open ai"])
def test_an_unknown_provider_lists_the_known_ones(name: str) -> None:
    with pytest.raises(LabError) as caught:
        connect(name)
    assert ", ".join(NAMES) in one_sentence(caught.value)


@pytest.mark.parametrize(
    ("provider", "settings", "missing"),
    [
        ("azure", {}, "LABKIT_BASE_URL"),
        ("azure", {"BASE_URL": "http://127.0.0.1:9/v1"}, "LABKIT_MODEL"),
        ("compatible", {}, "LABKIT_BASE_URL"),
        ("compatible", {"BASE_URL": "http://127.0.0.1:9/v1", "MODEL": " "}, "LABKIT_MODEL"),
    ],
)
def test_a_missing_setting_is_one_sentence(
    provider: str, settings: dict[str, str], missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(monkeypatch, PROVIDER=provider, **settings)
    with pytest.raises(LabError, match=f"needs {missing}") as caught:
        connect()
    one_sentence(caught.value)


@pytest.mark.parametrize(
    ("provider", "own"), [("openai", "OPENAI_API_KEY"), ("azure", "AZURE_OPENAI_API_KEY")]
)
def test_a_missing_key_is_one_sentence(
    provider: str, own: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(own)
    choose(monkeypatch, PROVIDER=provider, BASE_URL="http://127.0.0.1:9/v1", MODEL="m")
    with pytest.raises(LabError, match=f"needs a key: set LABKIT_API_KEY or {own}") as caught:
        connect()
    one_sentence(caught.value)


def test_a_server_that_cannot_be_reached_is_one_sentence_within_seconds(
    monkeypatch: pytest.MonkeyPatch, closed: str
) -> None:
    choose(monkeypatch, PROVIDER="openai", BASE_URL=closed)
    started_s = time.perf_counter()
    with pytest.raises(LabError, match=f"No answer from {closed}.*LABKIT_BASE_URL") as caught:
        connect()
    assert time.perf_counter() - started_s < 6
    one_sentence(caught.value)


@pytest.mark.parametrize(
    "url", ["127.0.0.1:8000/v1", "http://[", "http://127.0.0.1:x/v1", "ftp://a/v1"]
)
def test_a_url_that_is_none_is_one_sentence(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    choose(monkeypatch, BASE_URL=url, MODEL="m")
    with pytest.raises(LabError, match="LABKIT_BASE_URL") as caught:
        connect()
    one_sentence(caught.value)


def test_a_refused_key_is_one_sentence(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    choose(monkeypatch, BASE_URL=f"{server.url}/v1", MODEL="m", API_KEY="sk-invalid")
    with pytest.raises(LabError, match=r"refused the key \(HTTP 401\)") as caught:
        connect()
    assert "sk-invalid" not in one_sentence(caught.value)


@pytest.mark.parametrize("key", [f"{SECRET}–1", f"{SECRET}\n1"])
def test_a_key_that_no_header_can_carry_is_one_sentence(
    key: str, monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    choose(monkeypatch, BASE_URL=f"{server.url}/v1", MODEL="m", API_KEY=key)
    with pytest.raises(LabError, match="LABKIT_API_KEY") as caught:
        connect()
    one_sentence(caught.value)
    assert caught.value.__cause__ is None


def test_a_bad_pace_shows_when_we_connect(monkeypatch: pytest.MonkeyPatch) -> None:
    choose(monkeypatch, PACE="fast")
    with pytest.raises(LabError, match=r"LABKIT_PACE.* 0 .*got 'fast'") as caught:
        connect()
    one_sentence(caught.value)


def test_an_endpoint_is_told_without_asking_its_server(
    monkeypatch: pytest.MonkeyPatch, closed: str
) -> None:
    choose(monkeypatch, BASE_URL=closed, MODEL="m")
    assert endpoint() == Endpoint("compatible", closed, "none", "m")


def test_only_a_notebook_listens_to_what_fails_in_the_background() -> None:
    code = "from labkit import background, providers\nproviders.{}()\nprint(background._listening)"
    assert fresh(code.format("endpoint")).stdout == "False\n"
    assert fresh(code.format("connect")).stdout == "True\n"


# The key


def test_the_key_is_in_no_text_of_an_endpoint() -> None:
    endpoint = Endpoint("openai", "https://api.openai.com/v1", SECRET, "m")
    for text in (repr(endpoint), str(endpoint), f"{endpoint}", f"{endpoint!r}"):
        assert SECRET not in text
        assert "openai" in text
    assert SECRET not in repr([endpoint])


def test_an_endpoint_does_not_change() -> None:
    with pytest.raises(AttributeError):
        connect().api_key = SECRET  # type: ignore[misc]


# The proxy


@pytest.mark.parametrize("before", ["", "intern.example", "localhost"])
def test_requests_to_the_offline_model_go_past_a_proxy(
    before: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, before)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    endpoint = connect()
    with OpenAI(base_url=endpoint.base_url, api_key=endpoint.api_key, max_retries=0) as client:
        assert client.models.list().data
    hosts = os.environ["NO_PROXY"].split(",")
    assert {"127.0.0.1", "localhost"} <= set(hosts)
    assert "" not in hosts
    assert before in ("", *hosts)
    connect()
    assert os.environ["NO_PROXY"].split(",") == hosts


def test_a_proxy_that_is_bypassed_for_all_stays_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("no_proxy", "*")
    connect()
    assert os.environ["NO_PROXY"] == "*"


# The error


@pytest.fixture
def quiet_ipython(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep IPython's history out of the home folder."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))


@pytest.mark.usefixtures("quiet_ipython")
def test_in_ipython_a_lab_error_is_one_line() -> None:
    done = fresh(
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell()\n"
        "shell.history_manager.end_session()\n"
        "shell.history_manager.enabled = False\n"
        "shell.run_cell('from labkit import connect; connect(\"klingon\")')\n"
    )
    [line] = done.stdout.splitlines()
    assert line.startswith("LabError: LABKIT_PROVIDER is one of offline, openai")
    assert "Traceback" not in done.stdout + done.stderr
