"""What fails in a thread or a task is not lost; each case has an interpreter of its own."""

import pytest

from tests.test_init import fresh

SET_UP = """
import asyncio, sys, threading
from labkit import LabError, all_quiet
from labkit.background import listen

def in_thread(work):
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

def fail():
    raise OSError("the line is dead")

def ask():
    try:
        all_quiet()
    except LabError as error:
        print("told:", error)
"""


def lines(code: str) -> list[str]:
    done = fresh(SET_UP + code)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


QUIET = "Nothing failed in the background."


def test_quiet_is_said_when_nothing_failed() -> None:
    assert lines("listen()\nin_thread(lambda: None)\nask()") == [QUIET]


def test_a_failed_thread_is_told_once_and_then_forgotten() -> None:
    told, quiet = lines("listen()\nin_thread(fail)\nask()\nask()")
    assert told == "told: In the background, this failed: OSError in a thread: the line is dead"
    assert quiet == QUIET


def test_the_trace_of_a_failed_thread_is_still_shown() -> None:
    done = fresh(SET_UP + "listen()\nin_thread(fail)")
    assert "Traceback" in done.stderr
    assert "the line is dead" in done.stderr


def test_listening_twice_tells_a_failure_once() -> None:
    [told] = lines("listen()\nlisten()\nin_thread(fail)\nask()")
    assert told.count("the line is dead") == 1


@pytest.mark.parametrize("leave", ["task = None", "del task"])
def test_a_failed_task_that_nobody_awaits_is_told_and_then_forgotten(leave: str) -> None:
    told, quiet = lines(
        "async def main():\n    listen()\n    async def work(): fail()\n"
        f"    task = asyncio.create_task(work())\n    await asyncio.wait([task])\n    {leave}\n"
        "    ask()\n    ask()\nasyncio.run(main())"
    )
    assert told.startswith("told: In the background, this failed: Task exception was never retr")
    assert "the line is dead" in told
    assert quiet == QUIET


def test_a_failed_task_in_a_ring_of_references_is_told_too() -> None:
    [told] = lines(
        "async def main():\n    listen()\n    async def work(): fail()\n"
        "    task = asyncio.create_task(work())\n    await asyncio.wait([task])\n"
        "    ring = [task]\n    ring.append(ring)\n    del task, ring\n    ask()\n"
        "asyncio.run(main())"
    )
    assert "the line is dead" in told


def test_an_awaited_task_is_the_business_of_who_awaits_it() -> None:
    awaited = (
        "async def main():\n    listen()\n    async def work(): fail()\n"
        "    task = asyncio.create_task(work())\n    try:\n        await task\n"
        "    except OSError:\n        pass\n    del task\n    ask()\nasyncio.run(main())"
    )
    assert lines(awaited) == [QUIET]


def test_a_failed_clean_up_is_told() -> None:
    [told] = lines(
        "listen()\nclass Leaky:\n    def __del__(self): fail()\nit = Leaky()\ndel it\nask()"
    )
    assert "OSError in a clean-up: the line is dead" in told


def test_all_failures_are_named_together() -> None:
    [told] = lines("listen()\nin_thread(fail)\nin_thread(lambda: 1 / 0)\nask()")
    assert "the line is dead; ZeroDivisionError in a thread" in told


def test_a_thread_that_exits_has_not_failed() -> None:
    assert lines("listen()\nin_thread(sys.exit)\nask()") == [QUIET]


def test_a_generator_that_another_thread_is_closing_has_not_failed() -> None:
    assert lines(
        "listen()\nclass Met:\n    def __del__(self):\n"
        "        raise ValueError('async generator already executing')\n"
        "it = Met()\ndel it\nask()"
    ) == [QUIET]


def test_what_somebody_left_on_is_told_until_it_is_off() -> None:
    told, failed, too, quiet = lines(
        "from labkit import background\nleft = ['The lamp is on.']\n"
        "background.ask_too(lambda: left[-1])\nask()\n"
        "background.note('a click')\nask()\nleft.append('')\nask()"
    )
    assert told == "told: The lamp is on."
    assert (failed, too) == ("told: In the background, this failed: a click", told[6:])
    assert quiet == QUIET
