"""The prepared streams behave like those of the SDK."""

import asyncio

import openai
import pytest

from labkit.exercises.streams import (
    PreparedAsyncStream,
    PreparedStream,
    azure_chunk,
    call_chunk,
    error_event,
    lost_connection,
    reply,
    usage_chunk,
    usage_of,
)


def test_a_stream_that_is_read_to_its_end_is_closed() -> None:
    stream = PreparedStream(reply("Hel", "lo"))
    assert len(list(stream)) == stream.taken == 4
    assert stream.closed


def test_a_stream_that_is_left_early_stays_open() -> None:
    stream = PreparedStream(reply("Hel", "lo"))
    for _ in stream:
        break
    assert (stream.taken, stream.closed) == (1, False)
    stream.response.close()
    assert stream.closed
    assert list(stream) == []


def test_with_closes() -> None:
    with PreparedStream(reply("Hel", "lo")) as stream:
        next(stream)
    assert stream.closed


@pytest.mark.parametrize("error", [error_event(), lost_connection()])
def test_an_error_comes_after_the_chunks_and_closes(error: openai.APIError) -> None:
    stream = PreparedStream(reply("Hel"), error)
    for _ in range(3):
        next(stream)
    with pytest.raises(type(error)):
        next(stream)
    assert stream.closed


def test_a_chunk_that_was_changed_is_fresh_the_next_time() -> None:
    chunks = reply("Hel")
    for chunk in PreparedStream(chunks):
        chunk.choices.clear()
    assert all(chunk.choices for chunk in chunks)


def test_chunks_without_choices() -> None:
    assert azure_chunk().choices == usage_chunk().choices == []
    assert usage_chunk(usage_of(7, 3)).usage == usage_of(7, 3)


@pytest.mark.parametrize("index", [0, 1, None])
def test_a_fragment_says_what_its_server_says_and_nothing_else(index: int | None) -> None:
    [head], [piece] = (
        chunk.choices[0].delta.tool_calls or []
        for chunk in PreparedStream([call_chunk(index, id="a", name="f"), call_chunk(index, "{}")])
    )
    assert (head.index, head.id, head.type) == (index, "a", "function")
    assert (piece.index, piece.id, piece.type) == (index, None, None)
    assert head.function
    assert piece.function
    assert (head.function.name, head.function.arguments) == ("f", "")
    assert (piece.function.name, piece.function.arguments) == (None, "{}")


def test_an_asynchronous_stream_behaves_the_same() -> None:
    async def read(stream: PreparedAsyncStream) -> int:
        async with stream:
            async for _ in stream:
                break
        return stream.taken

    stream = PreparedAsyncStream(reply("Hel", "lo"))
    assert asyncio.run(read(stream)) == 1
    assert stream.closed
