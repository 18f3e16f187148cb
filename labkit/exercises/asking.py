"""What asks a model, prepared: the n-th question has the n-th outcome."""

import asyncio
from copy import deepcopy
from typing import Any, Self

import httpx2
import openai

from labkit.exercises.timed_streams import SILENCE, Step, TimedStream, told_steps, wait

_REQUEST = httpx2.Request("POST", "http://127.0.0.1/v1/chat/completions")
_ENOUGH = 20
_STATUS = {
    openai.BadRequestError: 400,
    openai.AuthenticationError: 401,
    openai.RateLimitError: 429,
    openai.InternalServerError: 500,
}

Prepared = Exception | tuple[Step, ...]
"""What comes of asking: an error, or a stream that does these steps."""


def refusal(kind: type[openai.APIStatusError], retry_after: str = "") -> openai.APIStatusError:
    """Return what the SDK raises for a refused request, with its response and headers."""
    status = _STATUS[kind]
    headers = {"retry-after": retry_after} if retry_after else {}
    response = httpx2.Response(status, headers=headers, request=_REQUEST)
    return kind(f"Error code: {status}", response=response, body=None)


def no_connection() -> openai.APIConnectionError:
    """Return what the SDK raises when it cannot reach the server."""
    return openai.APIConnectionError(request=_REQUEST)


def no_answer() -> openai.APITimeoutError:
    """Return what the SDK raises when the server does not begin to answer."""
    return openai.APITimeoutError(request=_REQUEST)


class PreparedAsk:
    """Is the `ask` of an exercise: each call takes `after_s` and has the next of `outcomes`.

    It notes when it was called and what with, which streams it gave, when items were yielded, and
    when it was over. The last outcome comes again if it is asked more often; who asks without end
    waits for ever.
    """

    def __init__(self, *outcomes: TimedStream | Exception, after_s: float = 0.0) -> None:
        self.outcomes = outcomes
        self.began_s = self.ended_s = 0.0
        self._after_s = after_s
        self.times_s: list[float] = []
        self.asked: list[Any] = []
        self.items_s: list[float] = []
        self.pause_s = 0.0
        self._asking = self.left_asking = 0
        self.streams: list[TimedStream] = []

    @classmethod
    def of(
        cls, *outcomes: Prepared, after_s: float = 0.0, leaves: int = 0, pause_s: float = 0.0
    ) -> Self:
        """Return what has these outcomes, with a stream for each tuple of steps.

        The reader of a stream leaves after `leaves` items, and pauses for `pause_s` after each.
        """
        made = (
            TimedStream(*each, leaves=leaves) if isinstance(each, tuple) else each
            for each in outcomes
        )
        ask = cls(*made, after_s=after_s)
        ask.pause_s = pause_s
        return ask

    @property
    def took_s(self) -> float:
        """Return how long the function took."""
        return self.ended_s - self.began_s

    async def __call__(self, messages: Any = None) -> TimedStream:
        """Return the next stream, or raise the next error."""
        self.asked.append(deepcopy(messages))
        self.times_s.append(asyncio.get_running_loop().time())
        self._asking += 1
        try:
            await self._answer()
        finally:
            self._asking -= 1
        outcome = self.outcomes[min(len(self.times_s), len(self.outcomes)) - 1]
        if isinstance(outcome, Exception):
            raise outcome.with_traceback(None)
        self.streams += [] if outcome in self.streams else [outcome]
        return outcome

    async def _answer(self) -> None:
        if len(self.times_s) > _ENOUGH:
            await wait(SILENCE)
        if self._after_s:
            await wait(self._after_s)

    def called(self) -> None:
        """Note when the function is called, and tell the streams."""
        self.began_s = asyncio.get_running_loop().time()
        for stream in self._all_streams():
            stream.called()

    def taken(self) -> bool:
        """Note when an item was yielded; return whether the reader of a stream leaves."""
        self.items_s.append(asyncio.get_running_loop().time() - self.began_s)
        return any([stream.taken() for stream in self._all_streams()])

    def returned(self) -> None:
        """Note when the function came back and how many still ask, and tell the streams."""
        self.ended_s = asyncio.get_running_loop().time()
        self.left_asking = self._asking
        for stream in self._all_streams():
            stream.returned()

    def _all_streams(self) -> list[TimedStream]:
        return [outcome for outcome in self.outcomes if isinstance(outcome, TimedStream)]


def told_outcomes(*outcomes: Prepared) -> str:
    """Return prepared outcomes as a learner reads them, "RateLimitError, the stream ('Hi')"."""
    return ", ".join(map(_told, outcomes))


def _told(outcome: Prepared) -> str:
    if isinstance(outcome, tuple):
        return f"the stream ({told_steps(*outcome)})"
    headers = outcome.response.headers if isinstance(outcome, openai.APIStatusError) else {}
    after = headers.get("retry-after")
    return type(outcome).__name__ + (f" with retry-after {after}" if after else "")
