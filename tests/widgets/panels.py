"""Control panels over the policies of the tests, and clicks on them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from openai import AsyncOpenAI

from labkit.offline import local
from labkit.trials import Policy
from labkit.widgets.control_panel import ControlPanel, control_panel
from tests import bad_policies
from tests.agents import no_task_is_left

POLICIES: dict[str, Policy] = {"naive": bad_policies.naive, "careful": bad_policies.careful}


async def never(*messages: Any) -> Any:
    raise AssertionError("nobody is to ask")


def with_panel(
    body: Callable[[ControlPanel], Awaitable[Any]],
    tested: dict[str, Policy] = POLICIES,
    base_url: str = "",
) -> Any:
    """Run `body` with a panel that asks the offline model; see that no task is left."""

    async def main() -> Any:
        url = base_url or f"{local.start().url}/v1"
        async with AsyncOpenAI(base_url=url, api_key="any", max_retries=0) as client:

            async def ask() -> Any:
                messages: Any = [{"role": "user", "content": "How do I choose hiking boots?"}]
                return await client.chat.completions.create(
                    model="m", messages=messages, stream=True
                )

            result = await body(control_panel(ask, tested, limit_s=20))
            await no_task_is_left()
            return result

    return asyncio.run(main())


def panel_of(tested: dict[str, Policy] = POLICIES) -> ControlPanel:
    return control_panel(never, tested)


async def clicked(panel: ControlPanel, kind: str, value: Any = None) -> None:
    """Send a message as the browser would, from another thread as a subshell does."""
    await asyncio.to_thread(panel._receive, panel, {"type": kind, "value": value}, [])


async def until(panel: ControlPanel, trait: str, value: Any) -> None:
    """Wait until a trait has this value."""
    there = asyncio.Event()
    panel.observe(lambda change: there.set(), trait)
    while getattr(panel, trait) != value:
        there.clear()
        await asyncio.wait_for(there.wait(), 20)
