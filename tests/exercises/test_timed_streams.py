"""The prepared streams that take their time, and what asks for them."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import httpx2
import openai
import pytest
from openai.types.chat import ChatCompletionChunk

from labkit.exercises.asking import PreparedAsk, no_answer, no_connection, refusal
from labkit.exercises.nb08.contest import Contest
from labkit.exercises.streams import finish_chunk, lost_connection, role_chunk
from labkit.exercises.timed_streams import CANCEL, SILENCE, TimedStream, told_steps
from labkit.exercises.virtual_time import VirtualClock, VirtualTimeLoop


def ran(main: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(VirtualClock())) as runner:
        return runner.run(main())


def now() -> float:
    return asyncio.get_running_loop().time()


def test_chunks_come_at_their_time_and_the_end_closes() -> None:
    async def main() -> list[float]:
        began_s, stream = now(), TimedStream(role_chunk(), 2.0, "Hel", 3.0, "lo", finish_chunk())
        times = [now() - began_s async for _ in stream]
        assert (stream.closed, stream.taken_chunks) == (True, 4)
        assert [chunk async for chunk in stream] == []
        return times

    assert ran(main) == pytest.approx([0, 2, 5, 5])


def test_a_stream_that_is_left_early_stays_open_until_it_is_closed() -> None:
    async def main() -> None:
        stream = TimedStream("Hel", "lo")
        async for _ in stream:
            break
        assert not stream.closed
        await stream.response.close()
        assert stream.closed
        assert [chunk async for chunk in stream] == []

    ran(main)


def test_async_with_closes() -> None:
    async def main() -> bool:
        async with TimedStream("Hel") as stream:
            await anext(stream)
        return stream.closed

    assert ran(main)


def test_an_error_comes_at_its_time_and_closes() -> None:
    async def main() -> float:
        began_s, stream = now(), TimedStream("Hel", 4.0, lost_connection())
        await anext(stream)
        with pytest.raises(openai.APIConnectionError):
            await anext(stream)
        assert stream.closed
        return now() - began_s

    assert ran(main) == pytest.approx(4)


def test_a_read_that_is_cancelled_closes_as_in_the_sdk() -> None:
    async def main() -> tuple[bool, list[Any]]:
        stream = TimedStream("Hel", SILENCE)
        await anext(stream)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(stream), 5)
        return stream.closed, [chunk async for chunk in stream]

    assert ran(main) == (True, [])


def test_the_real_stream_closes_when_a_read_is_cancelled() -> None:
    """What the one above stands for."""

    class Silent(httpx2.AsyncByteStream):
        closed = False

        async def __aiter__(self) -> Any:
            chunk = ChatCompletionChunk.model_validate(role_chunk(), from_attributes=True)
            yield f"data: {chunk.model_dump_json()}\n\n".encode()
            await asyncio.Event().wait()

        async def aclose(self) -> None:
            self.closed = True

    async def main() -> tuple[bool, bool]:
        body = Silent()
        answer = httpx2.Response(200, stream=body, headers={"content-type": "text/event-stream"})
        transport = httpx2.MockTransport(lambda request: answer)
        client = openai.AsyncOpenAI(
            api_key="none", base_url="http://x", http_client=httpx2.AsyncClient(transport=transport)
        )
        stream = await client.chat.completions.create(model="m", messages=[], stream=True)
        await anext(stream)
        before = body.closed
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(stream), 0.01)
        return before, body.closed

    assert asyncio.run(main()) == (False, True)


def test_a_cancelled_reader_is_the_task_that_called() -> None:
    async def main() -> None:
        stream = TimedStream("Hel", CANCEL)
        stream.called()
        await anext(stream)
        with pytest.raises(asyncio.CancelledError):
            await asyncio.ensure_future(anext(stream))
        stream.returned()

    ran(main)


def test_what_is_closed_after_the_return_is_closed_too_late() -> None:
    async def main() -> bool:
        stream = TimedStream("Hel")
        stream.called()
        stream.returned()
        await stream.close()
        return stream.closed

    assert not ran(main)


def test_steps_read_like_a_sentence() -> None:
    told = told_steps(role_chunk(), 1.5, "Hel", lost_connection(), SILENCE, CANCEL)
    assert told == (
        "role and '', 1.5 s, 'Hel', then APIConnectionError, then silence, "
        "then its reader is cancelled"
    )


def test_the_nth_question_has_the_nth_outcome_and_its_time_is_kept() -> None:
    async def main() -> None:
        stream, error = TimedStream("Hi"), refusal(openai.RateLimitError, "7")
        ask = PreparedAsk(error, stream, after_s=2.0)
        messages = [{"role": "user"}]
        with pytest.raises(openai.RateLimitError) as raised:
            await ask(messages)
        messages.clear()
        assert raised.value.response.headers["Retry-After"] == "7"
        assert ask.streams == []
        assert await ask() is await ask() is stream
        assert ask.asked == [[{"role": "user"}], None, None]
        assert [later - ask.times_s[0] for later in ask.times_s] == pytest.approx([0, 2, 4])
        assert ask.streams == [stream]

    ran(main)


def test_who_asks_without_end_waits_for_ever() -> None:
    async def main() -> None:
        ask = PreparedAsk(no_connection())
        for _ in range(20):
            with pytest.raises(openai.APIConnectionError):
                await ask()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(ask(), 3600)

    ran(main)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (refusal(openai.BadRequestError), openai.APIStatusError),
        (refusal(openai.AuthenticationError), openai.APIStatusError),
        (refusal(openai.InternalServerError), openai.APIStatusError),
        (no_connection(), openai.APIConnectionError),
        (no_answer(), openai.APIConnectionError),
    ],
)
def test_refusals_are_those_of_the_sdk(error: Exception, kind: type[Exception]) -> None:
    assert isinstance(error, kind)
    if isinstance(error, openai.APIStatusError):
        assert error.status_code == error.response.status_code


async def contest_of_two(*, late_s: float) -> str:
    """Return what is left over when the second stream is closed `late_s` after the first."""
    contest = Contest(("Hi", SILENCE), ("Hel", SILENCE))
    contest.called()
    first, second = [await ask() for ask in contest]
    await first.close()
    await asyncio.sleep(late_s)
    await second.close()
    contest.returned()
    return contest.left_over(before_s=2)


def test_a_contest_has_one_winner_and_the_others_are_closed_in_time() -> None:
    assert ran(lambda: contest_of_two(late_s=3)) == ""

    async def both_late() -> str:
        contest = Contest(("Hi",), ("Hel",))
        contest.called()
        streams = [await ask() for ask in contest]
        await asyncio.sleep(3)
        for stream in streams:
            await stream.close()
        contest.returned()
        return contest.left_over(before_s=2)

    assert ran(both_late) == "left the others open for 2 s or longer."


def test_a_contest_tells_what_is_left_over() -> None:
    async def main() -> list[str]:
        contest = Contest(("Hi", SILENCE), ("Hel", SILENCE))
        contest.called()
        streams = [await ask() for ask in contest]
        task = asyncio.ensure_future(asyncio.sleep(60))
        contest.returned()
        left = [contest.left_over()]
        for stream in streams:
            stream.closed_s = now()
        left.append(contest.left_over())
        task.cancel()
        return left

    assert ran(main) == [
        "ended and left 2 of 2 streams open.",
        "ended, and 1 of its tasks had not.",
    ]
