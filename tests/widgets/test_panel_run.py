"""The panel tells when it is not the offline model that answers."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from labkit import policies
from labkit.errors import LabError
from labkit.offline import local
from labkit.serving import Server
from labkit.trials import Ask, Show
from labkit.widgets.control_panel import ControlPanel, control_panel
from tests import bad_policies
from tests.widgets.panels import POLICIES, never, with_panel

pytestmark = pytest.mark.usefixtures("nothing_stays_on")


def test_an_ask_that_talks_to_another_server_is_told_so(server: Server) -> None:
    async def body(panel: ControlPanel) -> None:
        with pytest.raises(LabError, match="this ask has its text from elsewhere: give it"):
            await panel.run()
        assert panel.status == "naive: complete; careful: complete"

    with_panel(body, base_url=f"{server.url}/v1")


def test_an_ask_may_return_a_generator_and_call_our_server_localhost() -> None:
    async def in_time(ask: Ask, show: Show) -> None:
        async def chunks() -> Any:
            return policies.in_time(ask, 5, 5)

        await bad_policies.naive(chunks, show)

    async def body(panel: ControlPanel) -> None:
        panel.fault = "truncate_after=3"
        [trial] = (await panel.run()).values()
        assert trial.verdict == "showed a cut answer as whole"

    local_name = local.start().url.replace("127.0.0.1", "localhost")
    with_panel(body, {"in time": in_time}, f"{local_name}/v1")


def test_words_that_no_model_was_asked_for_are_told() -> None:
    async def words() -> AsyncIterator[str]:
        yield "made up"

    async def ask() -> AsyncIterator[str]:
        return words()

    with pytest.raises(LabError, match="from elsewhere"):
        asyncio.run(control_panel(ask, POLICIES).run())


def test_another_provider_is_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABKIT_PROVIDER", "openai")
    with pytest.raises(LabError, match="chooses 'openai': unset both to use it"):
        control_panel(never, POLICIES)
    monkeypatch.undo()
    with pytest.raises(LabError, match="needs a policy or more"):
        control_panel(never, {})
