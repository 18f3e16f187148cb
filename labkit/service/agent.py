"""The agent behind the service: Semantic Kernel's, with the shop's tools, told about as events."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from openai import AsyncOpenAI
from semantic_kernel import Kernel
from semantic_kernel.agents import ChatCompletionAgent
from semantic_kernel.connectors.ai.function_choice_behavior import FunctionChoiceBehavior
from semantic_kernel.connectors.ai.open_ai import OpenAIChatCompletion
from semantic_kernel.filters import FilterTypes

from labkit import deltas
from labkit.chunks.semantic_kernel import content_delta
from labkit.halves import Halves
from labkit.service import events, traces
from labkit.service.shop import Shop
from labkit.service.time_limits import in_time
from labkit.tool_results import as_text

INSTRUCTIONS = "You advise the customers of OutdoorGear. Use the tools for products and prices."
_MOST_TURNS = 6
_WHOLE = ("stop", "length", "content_filter")

Tell = Callable[[events.Event], Awaitable[None]]


class IncompleteError(Exception):
    """The model's stream has ended, and the answer is not whole."""


@dataclass
class _Heard:
    """One question's: its limits, whom to tell, and what the model says besides text."""

    tell: Tell
    first_s: float
    idle_s: float
    finish_reason: str | None = None
    usage: deltas.Usage | None = None

    def note(self, delta: deltas.Delta) -> None:
        self.finish_reason = delta.finish_reason or self.finish_reason
        if delta.usage:
            self.usage = self.usage + delta.usage if self.usage else delta.usage


# One kernel serves all questions; what belongs to one of them goes with its task.
_heard: ContextVar[_Heard] = ContextVar("heard")


class _ChatCompletion(OpenAIChatCompletion):
    """SK's chat service, with time limits, and an ear for what its agents do not pass on."""

    async def get_streaming_chat_message_contents(
        self, *given: Any, **named: Any
    ) -> AsyncGenerator[Any, None]:
        """Yield what the model says, as SK does, and note finish reason and usage."""
        ask, heard = super().get_streaming_chat_message_contents, _heard.get()

        async def one_by_one() -> AsyncGenerator[Any, None]:
            async for messages in ask(*given, **named):
                for message in messages:
                    yield message

        async for message in in_time(one_by_one(), _speaks, heard.first_s, heard.idle_s):
            heard.note(content_delta(message))
            yield [message]


def _speaks(message: Any) -> bool:
    delta = content_delta(message)
    return bool(delta.text or delta.fragments)


class Agent:
    """Answers questions; `client` belongs to the event loop that asks them.

    `first_s` bounds the wait for the model's first text or tool call, `idle_s` each wait after it.
    """

    def __init__(self, client: AsyncOpenAI, model: str, first_s: float, idle_s: float) -> None:
        traces.silence()
        self.model = model
        self._limits_s = first_s, idle_s
        kernel = Kernel()
        kernel.add_plugin(Shop(), "shop")
        kernel.add_filter(FilterTypes.AUTO_FUNCTION_INVOCATION, _tell_of_tool)
        self._agent = ChatCompletionAgent(
            service=_ChatCompletion(ai_model_id=model, async_client=client),  # type: ignore[call-arg]
            kernel=kernel,
            name="advisor",
            instructions=INSTRUCTIONS,
            function_choice_behavior=FunctionChoiceBehavior.Auto(
                maximum_auto_invoke_attempts=_MOST_TURNS
            ),
        )

    async def answer(self, question: str, tell: Tell) -> events.Done:
        """Ask the agent, `tell` what happens, and return how it ended.

        Raises IncompleteError, those of in_time, and what the SDK and SK raise.
        """
        began_s = time.monotonic()
        heard = _Heard(tell, *self._limits_s)
        _heard.set(heard)
        halves = Halves()
        stream = self._agent.invoke_stream(messages=question)
        async for response in stream:
            async with _broken_off(stream):
                if text := halves.complete(response.message.content):
                    await tell(events.Token(text=text))
        if heard.finish_reason not in _WHOLE:
            raise IncompleteError
        usage = events.Usage(**vars(heard.usage)) if heard.usage else None
        seconds = time.monotonic() - began_s
        return events.Done(finish_reason=heard.finish_reason, usage=usage, seconds=seconds)


@asynccontextmanager
async def _broken_off(stream: AsyncIterable[Any]) -> AsyncIterator[None]:
    """Cancel what `stream` waits for if the block raises; what comes until then is lost.

    Measured: without it the model's stream is still open after 4 seconds. To close the response by
    a hook of httpx2 frees it at once, too, but then SK logs "Failed to detach context".
    """
    try:
        yield
    except BaseException:
        task = asyncio.current_task()
        assert task  # noqa: S101 - a coroutine runs in one
        task.cancel()
        with suppress(asyncio.CancelledError):
            async for _ in stream:
                pass
            await asyncio.sleep(0)  # it has ended without a wait, and the cancellation is due
        task.uncancel()
        raise


async def _tell_of_tool(context: Any, next: Callable[[Any], Awaitable[None]]) -> None:
    """Tell that a tool begins and that it has ended; SK asks for these two parameters."""
    tell, began_s = _heard.get().tell, time.monotonic()
    call, name = context.function_call_content.id, context.function.name
    arguments = json.loads(as_text(dict(context.arguments)))  # without half characters
    await tell(events.ToolStarted(call=call, name=name, arguments=arguments))
    await next(context)
    seconds, ok = time.monotonic() - began_s, _worked(context.function_result)
    await tell(events.ToolFinished(call=call, name=name, seconds=seconds, ok=ok))


def _worked(result: Any) -> bool:
    """Tell whether a tool has done its work: SK puts a sentence in the place of what it raised."""
    try:
        told = json.loads(str(result))
    except ValueError:
        return False
    return not (isinstance(told, dict) and "error" in told)
