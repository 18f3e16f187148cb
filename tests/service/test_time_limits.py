"""The two limits of a wait for the model, on virtual time."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncGenerator

import pytest

from labkit.exercises.virtual_time import VirtualClock, VirtualTimeLoop
from labkit.service.time_limits import FirstTokenTimeout, IdleTimeout, in_time


class Stream:
    """Yields each word after its seconds; a word of "" does not speak. An error is raised."""

    def __init__(self, *steps: tuple[float, str | Exception]) -> None:
        self._steps = steps
        self.closed = False

    async def __call__(self) -> AsyncGenerator[str, None]:
        try:
            for wait_s, word in self._steps:
                await asyncio.sleep(wait_s)
                if isinstance(word, Exception):
                    raise word
                yield word
        finally:
            self.closed = True


def read(stream: Stream, pause_s: float = 0) -> tuple[list[str], Exception | None, float]:
    """Return what comes in time, 10 s for the first and 2 s for each wait after it, and when."""

    async def all_of_it() -> tuple[list[str], Exception | None, float]:
        heard: list[str] = []
        now = asyncio.get_running_loop().time
        began_s = now()
        try:
            async for word in in_time(stream(), bool, 10, 2):
                heard.append(word)
                await asyncio.sleep(pause_s)
        except Exception as error:
            return heard, error, now() - began_s
        return heard, None, now() - began_s

    with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(VirtualClock())) as runner:
        return runner.run(all_of_it())


def test_what_comes_in_time_is_yielded() -> None:
    stream = Stream((9, ""), (0.5, "Hel"), (1.9, ""), (1.9, "lo"))
    assert read(stream) == (["", "Hel", "", "lo"], None, pytest.approx(13.3))
    assert stream.closed


@pytest.mark.parametrize(
    ("steps", "kind", "at_s"),
    [
        ([(60, "Hel")], FirstTokenTimeout, 10),
        ([(6, ""), (6, "Hel")], FirstTokenTimeout, 10),
        ([(9, "Hel"), (3, "lo")], IdleTimeout, 11),
        ([(1, "Hel"), (1, ""), (3, "lo")], IdleTimeout, 4),
    ],
)
def test_a_wait_that_is_too_long_has_an_error_of_its_own(
    steps: list[tuple[float, str | Exception]], kind: type[Exception], at_s: float
) -> None:
    stream = Stream(*steps)
    _, error, ended_s = read(stream)
    assert type(error) is kind
    assert ended_s == pytest.approx(at_s)
    assert stream.closed


def test_what_the_reader_does_meanwhile_does_not_count() -> None:
    stream = Stream((1, "Hel"), (1, "lo"))
    assert read(stream, pause_s=5)[:2] == (["Hel", "lo"], None)


def test_the_service_needs_none_of_the_exercises_about_time() -> None:
    code = "import labkit.service.app, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert "labkit.service.time_limits" in loaded
    of_the_course = ("labkit.policies", "labkit.trials", "labkit.exercises")
    assert not [name for name in loaded if name.startswith(of_the_course)]


def test_an_error_of_the_stream_comes_out_even_a_timeout_of_its_own() -> None:
    error = TimeoutError("ours")
    assert read(Stream((1, "Hel"), (1, error)))[:2] == (["Hel"], error)
