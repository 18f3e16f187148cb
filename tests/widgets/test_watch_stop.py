"""Stop ends a watched loop as if its stream had ended; a cancellation stays one."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from openai import AsyncOpenAI, OpenAI

from labkit.serving import Server
from labkit.widgets.token_stream import TokenStream
from labkit.widgets.watch import watch
from tests.widgets.watched import ASKED, WORDS, AStream, Stream, collect, interrupt, press

pytestmark = pytest.mark.usefixtures("widgets")


# Stop, in a plain loop


def test_an_interrupt_while_waiting_ends_the_loop_and_closes_the_stream(
    widgets: list[TokenStream],
) -> None:
    def source() -> Iterator[str]:
        yield "a"
        interrupt()
        yield "never"

    stream = Stream(source())
    assert list(watch(stream)) == ["a"]
    assert stream.closed
    assert (widgets[0].mode, widgets[0].state) == ("interrupt", "stopped")


def test_an_interrupt_in_the_body_lets_the_body_finish(widgets: list[TokenStream]) -> None:
    stream, done = Stream(WORDS), []
    for word in watch(stream):
        interrupt()
        done.append(word)
    assert done == WORDS[:1]
    assert stream.closed
    assert widgets[0].state == "stopped"


def test_the_second_interrupt_is_the_ordinary_one() -> None:
    def loop() -> None:
        for _ in watch(Stream(WORDS)):
            interrupt()
            interrupt()

    with pytest.raises(KeyboardInterrupt):
        loop()


def test_stop_ends_a_stream_that_cannot_be_closed(widgets: list[TokenStream]) -> None:
    for _ in watch(iter(WORDS)):
        interrupt()
    assert widgets[0].state == "stopped"


def test_stop_closes_the_sdks_stream(client: OpenAI, widgets: list[TokenStream]) -> None:
    stream = client.chat.completions.create(model="m", messages=ASKED, stream=True)
    seen = watch(stream)
    for _ in seen:
        if len(seen.timing.arrivals_s) == 3:
            interrupt()
    assert stream.response.is_closed
    assert len(seen.timing.arrivals_s) == 3
    assert widgets[0].state == "stopped"


def test_after_a_stop_the_next_stream_runs_to_its_end() -> None:
    for _ in watch(iter(WORDS)):
        interrupt()
    assert list(watch(iter(WORDS))) == WORDS


# Stop, elsewhere


def test_in_another_thread_it_works_and_stops_by_message(widgets: list[TokenStream]) -> None:
    passed: list[str] = []
    stream = Stream(WORDS)

    def work() -> None:
        for word in watch(stream):
            passed.append(word)
            if len(passed) == 2:
                press(widgets[0])

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert passed == WORDS[:2]
    assert stream.closed
    assert (widgets[0].mode, widgets[0].state) == ("message", "stopped")


def test_stop_ends_the_wait_of_an_async_loop_and_nothing_else(widgets: list[TokenStream]) -> None:
    async def main() -> None:
        stream = AStream(WORDS, endless=True)
        other = asyncio.create_task(asyncio.Event().wait())
        loop = asyncio.create_task(collect(watch(stream)))
        await stream.waiting.wait()
        press(widgets[0])
        assert await loop == WORDS
        assert loop.cancelling() == 0
        assert stream.cancelled
        assert stream.closed
        assert not other.done()
        other.cancel()

    asyncio.run(main())
    assert (widgets[0].mode, widgets[0].state) == ("message", "stopped")


def test_stop_may_be_pressed_from_another_thread(widgets: list[TokenStream]) -> None:
    async def main() -> list[str]:
        stream = AStream(WORDS, endless=True)
        loop = asyncio.create_task(collect(watch(stream)))
        await stream.waiting.wait()
        await asyncio.to_thread(press, widgets[0])
        return await loop

    assert asyncio.run(main()) == WORDS
    assert widgets[0].state == "stopped"


def test_stop_lets_an_awaiting_body_finish(widgets: list[TokenStream]) -> None:
    async def main() -> list[str]:
        done = []
        stream = AStream(WORDS)
        async for word in watch(stream):
            press(widgets[0])
            for _ in range(5):
                await asyncio.sleep(0)  # a turn of the loop, in which a cancellation would arrive
            done.append(word)
        assert stream.closed
        return done

    assert asyncio.run(main()) == WORDS[:1]
    assert widgets[0].state == "stopped"


async def agenerator() -> AsyncIterator[str]:
    yield "a"
    await asyncio.Event().wait()


class Bare:
    """An asynchronous iterator and nothing more."""

    def __init__(self) -> None:
        self._inner = agenerator()

    def __aiter__(self) -> "Bare":
        return self

    async def __anext__(self) -> str:
        return await anext(self._inner)


@pytest.mark.parametrize("make", [agenerator, Bare])
def test_stop_ends_any_async_iterable(make: Callable[[], Any], widgets: list[TokenStream]) -> None:
    async def main() -> list[str]:
        seen = watch(make())
        passed = asyncio.Event()
        words = []

        async def work() -> None:
            async for word in seen:
                words.append(word)
                passed.set()

        task = asyncio.create_task(work())
        await passed.wait()
        press(widgets[0])
        await task
        return words

    assert asyncio.run(main()) == ["a"]
    assert widgets[0].state == "stopped"


def test_stop_ends_a_stalled_stream_of_the_async_sdk(
    server: Server, widgets: list[TokenStream]
) -> None:
    async def main() -> Any:
        async with AsyncOpenAI(base_url=f"{server.url}/v1", api_key="any") as aclient:
            extra = {"x-labkit-fault": "stall_after=4"}
            stream = await aclient.chat.completions.create(
                model="m", messages=ASKED, stream=True, extra_headers=extra
            )
            seen = watch(stream)
            fourth = asyncio.Event()

            async def work() -> None:
                async for _ in seen:
                    if len(seen.timing.arrivals_s) == 4:
                        fourth.set()

            task = asyncio.create_task(work())
            await fourth.wait()
            press(widgets[0])
            await task
            return stream

    assert asyncio.run(main()).response.is_closed
    assert widgets[0].state == "stopped"


# Cancelling


def test_cancelling_the_task_of_a_loop_is_not_swallowed(widgets: list[TokenStream]) -> None:
    async def main() -> None:
        stream = AStream(WORDS, endless=True)
        task = asyncio.create_task(collect(watch(stream)))
        await stream.waiting.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert task.cancelled()

    asyncio.run(main())
    assert widgets[0].state == "left"


@pytest.mark.parametrize("first", ["stop", "cancel"])
def test_cancelling_together_with_stop_is_not_swallowed(
    first: str, widgets: list[TokenStream]
) -> None:
    async def main() -> None:
        stream = AStream(WORDS, endless=True)
        task = asyncio.create_task(collect(watch(stream)))
        await stream.waiting.wait()
        if first == "stop":
            press(widgets[0])
        task.cancel()
        if first == "cancel":
            press(widgets[0])
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())


def test_a_timeout_around_a_loop_is_a_timeout() -> None:
    async def main() -> None:
        async with asyncio.timeout(0.01):
            await collect(watch(AStream(WORDS, endless=True)))

    with pytest.raises(TimeoutError):
        asyncio.run(main())
