"""What stands around an endpoint, as real as it looks; and answers that differ from our own."""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import aclosing
from itertools import islice, pairwise
from typing import Any

import httpx2
import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit import sse
from labkit.exercises import evaluate
from labkit.exercises.catalogue import find
from labkit.exercises.endpoints import PreparedEvents, PreparedModel, PreparedReader
from labkit.exercises.live_endpoint import serve_until_gone, stream_events
from labkit.exercises.nb04 import encode, parse
from labkit.exercises.streams import cut, error_event, reply
from labkit.offline.app import create_app
from labkit.offline.faults import parse_fault
from labkit.offline.model import Model
from labkit.serving import serve
from tests.agents import client_of
from tests.settled import settled

Send = Callable[[Any], Awaitable[None]]
Gone = Callable[[], Any]

LINES = st.text(alphabet=st.sampled_from("ab :\n⛺\u2028"), max_size=12)
NAMES = st.sampled_from(["message", "token", "done"])
FIELDS = st.sampled_from(
    [
        b"data",
        b"event: token",
        b"event:",
        b"data: a",
        b"data:  a\xe2\x9b\xba",
        b":",
        b"",
        b"",
        b"x: y",
    ]
)
ENDS = st.sampled_from([b"\n", b"\r\n"])


def cut_at(wire: bytes, places: Iterable[int]) -> list[bytes]:
    """Return `wire` in pieces, cut at these places."""
    edges = [0, *sorted(place % (len(wire) + 1) for place in places), len(wire)]
    return [wire[a:b] for a, b in pairwise(edges)]


@given(LINES, NAMES)
def test_what_we_encode_is_what_labkit_encodes(data: str, event: str) -> None:
    assert encode(data, event).encode() == sse.encode(sse.ServerSentEvent(data, event))


@given(st.lists(st.tuples(FIELDS, ENDS)), st.lists(st.integers(min_value=0)))
def test_we_parse_as_labkit_does_wherever_it_is_cut(
    lines: list[tuple[bytes, bytes]], places: list[int]
) -> None:
    wire = b"".join(field + end for field, end in lines)
    read = [(event.event, event.data) for event in sse.decode([wire])]
    assert list(parse(cut_at(wire, places))) == read


def test_a_default_stands_in_the_cell_as_the_formatter_leaves_it() -> None:
    assert find("04.encode").stub.startswith('def encode(data, event="message"):')


async def read(model: PreparedModel) -> list[str | None]:
    stream = await model.ask("What fits?")
    return [choice.delta.content async for chunk in stream for choice in chunk.choices]


def test_a_model_says_its_chunks_and_then_raises() -> None:
    assert asyncio.run(read(PreparedModel(cut("Hel")))) == ["", "Hel"]
    with pytest.raises(openai.APIError):
        asyncio.run(read(PreparedModel(cut("Hel"), error_event())))
    with pytest.raises(openai.APIError):
        asyncio.run(read(PreparedModel([], refusal=error_event())))


def test_a_model_knows_whether_the_loop_that_asked_goes_on() -> None:
    model = PreparedModel(reply("Hel", "lo"), watches=True)
    assert asyncio.run(read(model)) == ["", "Hel", "lo", None]
    assert not model.blocked


async def real_events(stalls: bool) -> AsyncGenerator[str, None]:
    """Yield what PreparedEvents imitate."""
    for text in ("a", "b"):
        await asyncio.sleep(0)
        yield text
    if stalls:
        await asyncio.Event().wait()


def prepared_events(stalls: bool) -> PreparedEvents:
    return PreparedEvents(("a", "b"), stalls=stalls)


EITHER = pytest.mark.parametrize("make", [real_events, prepared_events])
Make = Callable[[bool], Any]


async def is_over(events: Any) -> bool:
    """Tell whether nothing comes any more, at the next event or a closed end."""
    return await anext(events, None) is None


@EITHER
def test_events_that_are_closed_yield_nothing_more(make: Make) -> None:
    async def closed() -> bool:
        events = make(False)
        assert await anext(events) == "a"
        await events.aclose()
        return await is_over(events)

    assert asyncio.run(closed())


@EITHER
def test_events_cannot_be_closed_while_they_are_read(make: Make) -> None:
    async def close_while_waiting() -> None:
        events = make(True)
        waiting = asyncio.create_task(anext(events))
        await asyncio.sleep(0)
        try:
            await events.aclose()
        finally:
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)

    with pytest.raises(RuntimeError, match="asynchronous generator is already running"):
        asyncio.run(close_while_waiting())


@EITHER
def test_events_that_are_cancelled_while_they_are_read_are_over(make: Make) -> None:
    async def cancelled() -> bool:
        events = make(True)
        waiting = asyncio.create_task(anext(events))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        return await is_over(events)

    assert asyncio.run(cancelled())


@EITHER
def test_events_that_are_left_in_the_middle_stay_open(make: Make) -> None:
    async def left() -> bool:
        events = make(False)
        async for _event in events:
            break
        over = await is_over(events)
        await events.aclose()
        return over

    assert not asyncio.run(left())


def test_events_that_stall_know_that_they_were_waited_for() -> None:
    async def all_of(events: PreparedEvents) -> list[str]:
        return [event async for event in events]

    events = prepared_events(True)
    assert asyncio.run(all_of(events)) == ["a", "b"]
    assert (events.outwaited, events.closed) == (True, True)


def test_a_reader_knows_what_came_too_late() -> None:
    async def send_three(reader: PreparedReader) -> None:
        for event in ("a", "b", "c"):
            await reader.send(event)
        await reader.gone()

    reader = PreparedReader(2)
    asyncio.run(send_three(reader))
    assert (reader.sent, reader.sent_too_late, reader.outwaited) == (["a", "b"], ["c"], False)


def test_a_reader_that_stays_is_waited_for_in_vain() -> None:
    reader = PreparedReader()
    asyncio.run(reader.gone())
    assert (reader.left, reader.outwaited) == (False, True)


def test_a_reader_whose_connection_breaks_raises() -> None:
    with pytest.raises(ConnectionResetError):
        asyncio.run(PreparedReader(1, breaks=True).send("a"))


def encode_in_bytes(data: str, event: str = "message") -> bytes:
    return sse.encode(sse.ServerSentEvent(data, event))


def encode_without_a_needless_space(data: str, event: str = "message") -> str:
    lines = data.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    named = f"event:{event}\r\n"
    return (
        "".join(f"data:{' ' * line.startswith(' ')}{line}\r\n" for line in lines) + named + "\r\n"
    )


def parse_with_the_decoder(pieces: Iterable[bytes]) -> Iterator[tuple[str, str]]:
    decoder = sse.Decoder()
    for piece in pieces:
        for event in decoder.feed(piece):
            yield event.event, event.data


def parse_into_a_list(pieces: Iterable[bytes]) -> list[tuple[str, str]]:
    return list(parse_with_the_decoder(pieces))


async def stream_in_bytes(ask: Any, question: str) -> AsyncIterator[bytes]:
    def event(name: str, **data: object) -> bytes:
        return sse.encode(sse.ServerSentEvent(json.dumps(data, ensure_ascii=False), name))

    yield sse.comment("thinking")
    reason = None
    try:
        async for chunk in await ask(question):
            if chunk.choices and chunk.choices[0].delta.content:
                yield event("token", text=chunk.choices[0].delta.content, n=1)
            if chunk.choices and chunk.choices[0].finish_reason:
                reason = chunk.choices[0].finish_reason
    except openai.APIError as error:
        yield event("error", message=str(error), kind=type(error).__name__)
        return
    if reason is None:
        yield event("error", message="cut")
    else:
        yield event("done", finish_reason=reason)


async def serve_in_a_task_group(events: Any, send: Send, gone: Gone) -> None:
    async def send_all() -> None:
        async for event in events:
            await send(event)
        leaving.cancel()

    async def until_gone() -> None:
        await gone()
        sending.cancel()

    try:
        async with asyncio.TaskGroup() as group:
            sending = group.create_task(send_all())
            leaving = group.create_task(until_gone())
    except* ConnectionResetError as errors:
        raise errors.exceptions[0] from None
    finally:
        await events.aclose()


async def serve_by_racing_for_each_event(events: Any, send: Send, gone: Gone) -> None:
    leaving = asyncio.ensure_future(gone())
    async with aclosing(events):
        while True:
            coming = asyncio.ensure_future(anext(events))
            await asyncio.wait([coming, leaving], return_when=asyncio.FIRST_COMPLETED)
            if leaving.done():
                coming.cancel()
                await asyncio.gather(coming, return_exceptions=True)
                return
            try:
                event = coming.result()
            except StopAsyncIteration:
                leaving.cancel()
                return
            await send(event)


async def serve_by_cancelling_the_task(events: Any, send: Send, gone: Gone) -> None:
    async def watch(task: Any) -> None:
        await gone()
        task.cancel()

    watching = asyncio.create_task(watch(asyncio.current_task()))
    try:
        with contextlib.suppress(asyncio.CancelledError):
            async for event in events:
                await send(event)
    finally:
        watching.cancel()
        await events.aclose()


@pytest.mark.parametrize(
    ("key", "function"),
    [
        ("04.encode", encode_in_bytes),
        ("04.encode", encode_without_a_needless_space),
        ("04.parse", parse_with_the_decoder),
        ("04.parse", parse_into_a_list),
        ("04.stream_events", stream_in_bytes),
        ("04.serve_until_gone", serve_in_a_task_group),
        ("04.serve_until_gone", serve_by_racing_for_each_event),
        ("04.serve_until_gone", serve_by_cancelling_the_task),
    ],
    ids=lambda x: getattr(x, "__name__", ""),
)
def test_another_way_to_be_right_is_right(key: str, function: Callable[..., Any]) -> None:
    result = evaluate(key, function)
    assert result.state == "right", result.message


class Endpoint:
    """The two solutions, put together as an ASGI app that asks a real model."""

    def __init__(self, model_url: str) -> None:
        self.model_url = model_url

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def gone() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass

        async def send_event(event: str) -> None:
            await send({"type": "http.response.body", "body": event.encode(), "more_body": True})

        if scope["type"] != "http":  # uvicorn also tells when it starts and stops
            return
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        async with client_of(self.model_url) as client:

            async def ask(question: str) -> Any:
                messages: Any = [{"role": "user", "content": question}]
                return await client.chat.completions.create(
                    model="gpt-4o-mini", messages=messages, stream=True
                )

            await serve_until_gone(stream_events(ask, "Which tent?"), send_event, gone)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def served(model: Model, take: int | None = None) -> list[tuple[str, Any]]:
    """Return the first `take` events of the endpoint over a real socket, or all of them."""
    with contextlib.ExitStack() as stack:
        upstream = stack.enter_context(serve(create_app(model)))
        url = stack.enter_context(serve(Endpoint(upstream.url))).url
        client = stack.enter_context(httpx2.Client(timeout=10))
        with client.stream("GET", url) as response:
            events = list(islice(parse(response.iter_bytes()), take))
        settled(stack.enter_context(httpx2.Client(base_url=upstream.url)))
        return [(event, json.loads(data)) for event, data in events]


def test_the_solutions_serve_a_real_model_to_its_end() -> None:
    events = served(Model(pace=0))
    assert {event for event, _ in events[:-1]} == {"token"}
    assert events[-1] == ("done", {"finish_reason": "stop"})


@pytest.mark.parametrize("fault", ["error_after=3", "cut_after=3", "truncate_after=3"])
def test_the_solutions_tell_of_a_real_stream_that_breaks(fault: str) -> None:
    events = served(Model(pace=0, fault=parse_fault(fault)))
    assert [event for event, _ in events].count("error") == 1
    assert events[-1][0] == "error"


def test_the_solutions_stop_a_real_model_that_stalls_when_the_reader_leaves() -> None:
    model = Model(pace=0, fault=parse_fault("stall_after=3"))
    assert [event for event, _ in served(model, take=1)] == ["token"]
    assert (model.streams.started, model.streams.cancelled) == (1, 1)
