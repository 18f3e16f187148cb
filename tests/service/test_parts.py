"""The parts of a service are opened without a word to the model, and without a notebook's ears."""

import asyncio

import pytest

from labkit import background
from labkit.service.metrics import Metrics
from labkit.service.parts import opened
from labkit.service.settings import Settings
from labkit.serving import bind
from tests.service.running import model_variables


def test_a_model_that_is_away_for_a_while_does_not_keep_the_service_from_starting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(background, "listen", lambda: pytest.fail("it listens for a notebook"))
    with bind("127.0.0.1", 0) as bound:
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
    for name, value in model_variables(url).items():
        monkeypatch.setenv(name, value)

    async def run() -> bool:
        async with opened(Settings(), Metrics()) as parts:
            return parts.answers.draining

    assert asyncio.run(run()) is False
