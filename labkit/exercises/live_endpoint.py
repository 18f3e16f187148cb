"""Two exercises of notebook 04: an endpoint that streams, and that stops when its reader leaves."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import aclosing
from typing import Any

import openai
from openai.types.chat import ChatCompletionChunk

from labkit.exercises.endpoint_judges import (
    closes_events,
    sends,
    spares_the_loop,
    stops_at_once,
    yields_at_the_end,
    yields_tokens,
)
from labkit.exercises.endpoints import PreparedEvents, PreparedModel, PreparedReader
from labkit.exercises.exercise import Case, Exercise, Judge, rule
from labkit.exercises.judges import raises
from labkit.exercises.streams import (
    azure_chunk,
    cut,
    error_event,
    lost_connection,
    reply,
    text_chunk,
    usage_chunk,
)


async def stream_events(
    ask: Callable[[str], Awaitable[Any]], question: str
) -> AsyncGenerator[str, None]:
    """Yield the answer to `question` as SSE events, each as text.

    `await ask(question)` gives the asynchronous stream of the answer.
    The data of each event is JSON in one line:
    token  {"text": …}           for each text that is not empty
    done   {"finish_reason": …}  at the end
    error  {"message": …}        instead of done, if openai raises an
                                 APIError or no finish reason came
    Example: the text "Hi" and the finish reason "stop" give
    'event: token', 'data: {"text": "Hi"}' and an empty line, as one
    string; then the same with done and {"finish_reason": "stop"}.
    """
    event, ending = "error", {"message": "The answer was cut."}
    try:
        async with await ask(question) as stream:
            async for chunk in stream:
                for choice in chunk.choices:
                    if choice.delta.content:
                        data = json.dumps({"text": choice.delta.content})
                        yield f"event: token\ndata: {data}\n\n"
                    reason = choice.finish_reason
                    if reason:
                        event, ending = "done", {"finish_reason": reason}
    except openai.APIError:
        event, ending = "error", {"message": "The model broke off."}
    yield f"event: {event}\ndata: {json.dumps(ending)}\n\n"


async def serve_until_gone(
    events: AsyncGenerator[str, None],
    send: Callable[[str], Awaitable[None]],
    gone: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    """Send each event until there are no more, or the reader has gone.

    `events` is an async generator. `await send(event)` sends one event.
    `await gone()` comes back when the reader leaves: stop then at once,
    even in the middle of waiting for the next event. If `send` raises,
    let the error out. However it ends, close `events` with `aclose()`.
    Example: a reader that leaves after two of three events is sent
    two, and `events` is closed before the third one comes.
    """

    async def send_all() -> None:
        async for event in events:
            await send(event)

    async with aclosing(events):
        sending = asyncio.create_task(send_all())
        leaving = asyncio.create_task(gone())
        both = [sending, leaving]
        try:
            await asyncio.wait(both, return_when="FIRST_COMPLETED")
            if sending.done():
                sending.result()
        finally:
            sending.cancel()
            leaving.cancel()
            await asyncio.gather(*both, return_exceptions=True)


def _model(
    says: str,
    judge: Judge,
    chunks: list[ChatCompletionChunk],
    error: Exception | None = None,
    refusal: Exception | None = None,
    *,
    watches: bool = False,
) -> Case:
    """Return the case of a model that `says` this."""

    def arguments() -> tuple[Any, ...]:
        return PreparedModel(chunks, error, refusal, watches=watches).ask, "What fits?"

    return Case(f"a model that {says}", arguments, judge)


_HELLO = reply("Hel", "lo")
_LIST = ("Pack:", "\n\n- boots", '\n- a "light" tent', " ⛺")
_ERROR = yields_at_the_end("error", "message")

STREAM_EVENTS = Exercise(
    key="04.stream_events",
    title="Serve the stream",
    solution=stream_events,
    rules=(
        rule(
            "Yield a `token` event for each text that is not empty, with JSON as its data.",
            _model("says 'Hel' and 'lo'", yields_tokens("Hel", "lo"), _HELLO),
            _model("says None and 'Hi'", yields_tokens("Hi"), [text_chunk(None), *reply("Hi")]),
        ),
        rule(
            "A text may hold newlines and quotes. `json.dumps` brings all of it through.",
            _model("says a list in Markdown", yields_tokens(*_LIST), reply(*_LIST)),
        ),
        rule(
            "Skip a chunk whose `choices` is empty.",
            _model(
                "says 'Hel' and 'lo', with Azure's first chunk and a usage chunk",
                yields_tokens("Hel", "lo"),
                [azure_chunk(), *_HELLO, usage_chunk()],
            ),
        ),
        rule(
            "End with one `done` event that holds the finish reason.",
            _model(
                "says 'Hel' and 'lo' and then 'stop'",
                yields_at_the_end("done", "finish_reason", "stop"),
                [*_HELLO, usage_chunk()],
            ),
            _model(
                "says 'Hel' and then 'length'",
                yields_at_the_end("done", "finish_reason", "length"),
                [*reply("Hel", finish="length"), text_chunk("")],
            ),
        ),
        rule(
            "If openai raises an APIError, end with one `error` event: the status 200 has gone "
            "out already.",
            _model("says 'Hel', then raises APIError", _ERROR, cut("Hel"), error_event()),
            _model(
                "says 'Hel', then raises APIError", yields_tokens("Hel"), cut("Hel"), error_event()
            ),
            _model("loses the connection after 'stop'", _ERROR, _HELLO, lost_connection()),
            _model("raises APIError when it is asked", _ERROR, [], refusal=error_event()),
        ),
        rule(
            "Without a finish reason the answer was cut: an `error`, and no `done`.",
            _model("says 'Hel' and nothing more", _ERROR, cut("Hel")),
            _model("says nothing at all", _ERROR, []),
        ),
        rule(
            "Never block the event loop: all the other readers are served by it too.",
            _model("takes its time to say 'Hel' and 'lo'", spares_the_loop(), _HELLO, watches=True),
        ),
    ),
    hints=(
        "Begin with the tokens: `await` the stream, loop over it with `async for`, and look for "
        "the text as in notebook 01.",
        "There are two ways to a bad end: the loop raises, or it ends and no finish reason has "
        "come. A variable that is set before the `try` can say which end it is.",
        "In a `try`: `async with await ask(question) as stream:` and the loop. It yields the "
        "tokens and keeps the finish reason. `except openai.APIError` makes it an error. "
        "One last event after that, either `done` or `error`.",
    ),
)


def _served(
    says: str, judge: Judge, reader: Callable[[], PreparedReader], *, stalls: bool = False
) -> Case:
    """Return the case of three events for a reader that does what `says` says."""

    def arguments() -> tuple[Any, ...]:
        to_send, fresh = PreparedEvents(("a", "b", "c"), stalls=stalls), reader()
        return to_send, fresh.send, fresh.gone

    more = " and then stall" if stalls else ""
    return Case(f"the events 'a', 'b', 'c'{more}, and a reader that {says}", arguments, judge)


def _stays() -> PreparedReader:
    return PreparedReader()


def _leaves(at: int, *, slow: bool = False) -> Callable[[], PreparedReader]:
    return lambda: PreparedReader(at, slow=slow)


def _breaks() -> PreparedReader:
    return PreparedReader(2, breaks=True)


SERVE_UNTIL_GONE = Exercise(
    key="04.serve_until_gone",
    title="Stop when nobody reads",
    solution=serve_until_gone,
    rules=(
        rule(
            "Send every event to a reader that stays, then come back.",
            _served("stays", sends("a", "b", "c"), _stays),
            _served("stays", stops_at_once(), _stays),
        ),
        rule(
            "When the reader leaves, send nothing more.",
            _served("leaves after 'b'", sends("a", "b"), _leaves(2)),
            _served("leaves after 'b'", stops_at_once(), _leaves(2)),
            _served("has left before 'a'", stops_at_once(), _leaves(0)),
        ),
        rule(
            "Stop at once. The next event may be a long time coming, and it costs tokens.",
            _served("leaves after 'c'", stops_at_once(), _leaves(3), stalls=True),
        ),
        rule(
            "If `send` raises, let the error out: the server has to know.",
            _served("breaks off at 'b'", raises(ConnectionResetError), _breaks),
        ),
        rule(
            "However it ends, the events are closed: that closes the model's stream too.",
            _served("stays", closes_events(), _stays),
            _served("leaves after 'b'", closes_events(), _leaves(2)),
            _served("leaves while 'b' is on its way", closes_events(), _leaves(2, slow=True)),
            _served("breaks off at 'b'", closes_events(), _breaks),
        ),
    ),
    hints=(
        "Two things go on at once: sending, and waiting for the reader to leave. Whichever is "
        "over first ends the other.",
        "`asyncio.create_task` starts each of them, `asyncio.wait(…, "
        "return_when=asyncio.FIRST_COMPLETED)` waits for the first. A task that is cancelled has "
        "to be awaited before its generator can be closed.",
        "Put the loop that sends into an inner `async def`. Make two tasks, wait for the first. "
        "If it was the sending, `.result()` raises its error. In a `finally`: cancel both, await "
        "them with `asyncio.gather(…, return_exceptions=True)`, and close the events.",
    ),
)
