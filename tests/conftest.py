"""What all tests share: an offline model on loopback, and ways to ask it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from openai import OpenAI

from labkit.offline.app import create_app
from labkit.offline.model import Model
from labkit.serving import Server, serve


@pytest.fixture(scope="session")
def model() -> Model:
    return Model(pace=0)


@pytest.fixture(scope="session")
def server(model: Model) -> Iterator[Server]:
    with serve(create_app(model)) as running:
        yield running


@pytest.fixture
def http(server: Server) -> Iterator[httpx2.Client]:
    """A plain HTTP client of the offline model, to look at bytes."""
    headers = {"authorization": "Bearer sk-any"}
    with httpx2.Client(base_url=server.url, headers=headers, timeout=10) as client:
        yield client


@pytest.fixture
def client(server: Server) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{server.url}/v1", api_key="sk-any", max_retries=0) as client:
        yield client


Ask = Callable[..., httpx2.Response]


@pytest.fixture
def ask(http: httpx2.Client) -> Ask:
    """Post a chat-completions request; keyword arguments go into its body."""

    def post(question: str = "How do I choose hiking boots?", /, **body: object) -> httpx2.Response:
        headers = body.pop("headers", {})
        messages = [{"role": "user", "content": question}]
        whole = {"model": "gpt-4o-mini", "messages": messages, **body}
        return http.post("/v1/chat/completions", json=whole, headers=headers)  # type: ignore[arg-type]

    return post


@pytest.fixture
def my_agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the path that the learner's file has in this test."""
    path = tmp_path / "my_agent.py"
    monkeypatch.setenv("LABKIT_CAPSTONE", str(path))
    monkeypatch.setenv("LABKIT_PROGRESS", str(tmp_path / "progress.json"))
    return path
