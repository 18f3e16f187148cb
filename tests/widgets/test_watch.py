"""A watched stream passes through unchanged, and ends and fails as it should."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai import AsyncOpenAI, OpenAI

from labkit.reply import Reply
from labkit.serving import Server
from labkit.timing import Timing
from labkit.widgets import screen
from labkit.widgets import watch as module
from labkit.widgets.token_stream import TokenStream
from labkit.widgets.watch import Watch, watch
from tests.widgets.watched import ASKED, WORDS, AStream, Stream, chunk, collect

pytestmark = pytest.mark.usefixtures("widgets")


# Passing through


@given(st.lists(st.text() | st.integers() | st.none()))
def test_every_chunk_passes_unchanged_and_in_order(chunks: list[Any]) -> None:
    passed = list(watch(iter(chunks)))
    assert all(one is other for one, other in zip(passed, chunks, strict=True))


@given(st.lists(st.text() | st.integers() | st.none()))
def test_every_chunk_passes_an_async_loop_too(chunks: list[Any]) -> None:
    passed = asyncio.run(collect(watch(AStream(chunks))))
    assert all(one is other for one, other in zip(passed, chunks, strict=True))


def test_reply_and_timing_fill_as_the_chunks_pass() -> None:
    seen = watch(iter(["a", "", "b"]))
    texts = [(seen.reply.text, len(seen.timing.arrivals_s)) for _ in seen]
    assert texts == [("a", 1), ("a", 1), ("ab", 2)]
    assert seen.timing.arrivals_s == sorted(seen.timing.arrivals_s)
    assert seen.timing.ended_s is not None
    assert seen.timing.sent_s < seen.timing.arrivals_s[0]
    assert seen.timing.arrivals_s[-1] <= seen.timing.ended_s


def test_a_chunk_is_passed_on_before_the_next_one_is_asked_for() -> None:
    log: list[str] = []

    def source() -> Iterator[str]:
        for word in WORDS:
            log.append(f"made {word}")
            yield word

    for word in watch(source()):
        log.append(f"read {word}")  # noqa: PERF401 - the order is the point
    assert log == [f"{done} {word}" for word in WORDS for done in ("made", "read")]


def test_the_sdks_stream_fills_reply_and_timing(client: OpenAI, widgets: list[TokenStream]) -> None:
    before_s = time.perf_counter()
    options: Any = {"stream": True, "stream_options": {"include_usage": True}}
    stream = client.chat.completions.create(model="m", messages=ASKED, **options)
    created_s = time.perf_counter()
    seen = watch(stream)
    passed = list(seen)
    assert "".join(c.choices[0].delta.content or "" for c in passed if c.choices) == seen.reply.text
    assert seen.reply.finish_reason == "stop"
    assert seen.reply.usage
    assert seen.reply.usage.completion_tokens == pytest.approx(len(seen.timing.arrivals_s), abs=5)
    # The time of the request comes from the SDK: it was sent before we could watch.
    assert before_s - 0.001 <= seen.timing.sent_s <= created_s
    assert widgets[0].state == "complete"


def test_the_async_sdks_stream_passes_through(
    server: Server, client: OpenAI, widgets: list[TokenStream]
) -> None:
    async def main() -> Watch[Any]:
        async with AsyncOpenAI(base_url=f"{server.url}/v1", api_key="any") as aclient:
            options: Any = {"stream": True}
            seen = watch(
                await aclient.chat.completions.create(model="m", messages=ASKED, **options)
            )
            await collect(seen)
            return seen

    blocking = client.chat.completions.create(model="m", messages=ASKED)
    assert asyncio.run(main()).reply.text == blocking.choices[0].message.content
    assert widgets[0].state == "complete"


# Endings


@pytest.mark.parametrize(
    ("chunks", "state"),
    [
        (WORDS, "complete"),
        ([], "complete"),
        ([chunk("a"), chunk(None, "stop")], "complete"),
        ([chunk("a", "length")], "complete"),
        ([chunk("a"), chunk("b")], "incomplete"),
        (["a", chunk("b")], "incomplete"),
    ],
)
def test_a_stream_without_finish_reason_is_incomplete(
    chunks: list[Any], state: str, widgets: list[TokenStream]
) -> None:
    list(watch(iter(chunks)))
    asyncio.run(collect(watch(AStream(chunks))))
    assert [widget.state for widget in widgets] == [state, state]


def test_a_truncated_stream_of_the_model_is_incomplete(
    client: OpenAI, widgets: list[TokenStream]
) -> None:
    extra = {"x-labkit-fault": "truncate_after=3"}
    stream = client.chat.completions.create(
        model="m", messages=ASKED, stream=True, extra_headers=extra
    )
    assert len(list(watch(stream))) == 4
    assert widgets[0].state == "incomplete"


def test_a_break_leaves_the_stream_early(widgets: list[TokenStream]) -> None:
    stream = Stream(WORDS)
    seen = watch(stream)
    for _ in seen:
        break
    assert widgets[0].state == "left"
    assert seen.reply.text == "Wear "
    assert seen.timing.ended_s is not None
    assert not stream.closed  # it is the learner's: they may read on
    assert list(stream) == WORDS[1:]


def test_a_break_leaves_an_async_stream_early(widgets: list[TokenStream]) -> None:
    async def main() -> str:
        seen = watch(AStream(WORDS, endless=True))
        async for _ in seen:
            break
        return seen.reply.text

    assert asyncio.run(main()) == "Wear "
    assert widgets[0].state == "left"


def test_an_exception_in_the_body_passes_unchanged(widgets: list[TokenStream]) -> None:
    error = ValueError("the learner's own")

    def loop() -> None:
        for _ in watch(iter(WORDS)):
            raise error

    with pytest.raises(ValueError, match="the learner's own") as caught:
        loop()
    assert caught.value is error
    assert widgets[0].state == "left"


def test_an_exception_in_an_async_body_passes_unchanged(widgets: list[TokenStream]) -> None:
    error = ValueError("the learner's own")

    async def main() -> None:
        async for _ in watch(AStream(WORDS)):
            raise error

    with pytest.raises(ValueError) as caught:
        asyncio.run(main())
    assert caught.value is error
    assert widgets[0].state == "left"


def broken(error: BaseException) -> Iterator[str]:
    yield "some "
    raise error


async def abroken(error: BaseException) -> AsyncIterator[str]:
    yield "some "
    raise error


@pytest.mark.parametrize("stream", [broken, abroken])
def test_an_exception_of_the_stream_passes_unchanged(
    stream: Callable[[BaseException], Any], widgets: list[TokenStream]
) -> None:
    error = OSError("the line is dead")
    seen = watch(stream(error))
    with pytest.raises(OSError, match="the line is dead") as caught:
        list(seen) if stream is broken else asyncio.run(collect(seen))
    assert caught.value is error
    assert seen.reply.text == "some "
    assert (widgets[0].state, widgets[0].note) == ("failed", "OSError: the line is dead")


def test_a_long_failure_is_shown_in_short(widgets: list[TokenStream]) -> None:
    with pytest.raises(OSError, match="x"):
        list(watch(broken(OSError("x" * 10_000))))
    assert len(widgets[0].note) == 300


def test_a_failed_drawing_is_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: TokenStream, items: list[Any]) -> dict[str, Any]:
        raise ConnectionError("the browser is gone")

    monkeypatch.setattr(TokenStream, "pack", fail)
    with pytest.raises(ConnectionError, match="the browser is gone"):
        list(watch(iter(WORDS)))


# What cannot be watched


def test_a_forgotten_await_is_one_sentence() -> None:
    async def create() -> Iterator[str]:
        return iter(WORDS)

    coroutine = create()
    with pytest.raises(TypeError, match=r"got coroutine\. With AsyncOpenAI, await it first\.$"):
        watch(coroutine)
    coroutine.close()


@pytest.mark.parametrize("other", [None, 3, object(), abroken])
def test_what_is_no_stream_is_one_sentence(other: object) -> None:
    with pytest.raises(TypeError, match=f"^watch takes a stream.* got {type(other).__name__}"):
        watch(other)


def test_a_forgotten_stream_true_is_one_sentence(client: OpenAI) -> None:
    answer = client.chat.completions.create(model="m", messages=ASKED)
    with pytest.raises(TypeError, match=r"stream=True\) gives; got ChatCompletion\."):
        watch(answer)


# In a terminal


def test_in_a_terminal_the_text_is_printed_with_its_figures(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "open_screen", screen.TerminalScreen)
    for word in watch(iter(WORDS)):
        assert capsys.readouterr().out == word
    printed = capsys.readouterr().out
    assert printed.startswith("\n— TTFT ")
    assert printed.endswith(", 3 deltas, gaps p50 0 ms, p95 0 ms, p99 0 ms, complete\n")


def test_without_a_kernel_a_screen_is_a_terminal() -> None:
    assert not screen.in_notebook()
    widget = TokenStream(Reply(), Timing(0.0))
    assert isinstance(screen.open_screen(widget), screen.TerminalScreen)
