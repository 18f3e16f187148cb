"""The first interrupt of a loop asks it to stop; the second is the ordinary one."""

import signal
import threading
from collections.abc import Iterator
from types import FrameType

import pytest

from labkit.widgets.interrupts import Interrupts, StopAsked


@pytest.fixture(autouse=True)
def handler() -> Iterator[None]:
    """Put the handler of before back, whatever a test does."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


def interrupt() -> None:
    signal.raise_signal(signal.SIGINT)


def test_while_the_loop_waits_an_interrupt_breaks_the_wait() -> None:
    with Interrupts() as interrupts:
        interrupts.waiting = True
        with pytest.raises(StopAsked):
            interrupt()
        assert interrupts.asked


def test_in_the_body_an_interrupt_is_only_noted() -> None:
    with Interrupts() as interrupts:
        assert not interrupts.asked
        interrupt()
        assert interrupts.asked


@pytest.mark.parametrize("waiting", [True, False])
def test_the_second_interrupt_is_the_ordinary_one(waiting: bool) -> None:
    with Interrupts() as interrupts:
        interrupt()
        interrupts.waiting = waiting
        with pytest.raises(KeyboardInterrupt):
            interrupt()


def test_stop_asked_is_not_an_exception_that_a_library_would_catch() -> None:
    assert not issubclass(StopAsked, Exception)
    assert not issubclass(StopAsked, KeyboardInterrupt)


def own(number: int, frame: FrameType | None) -> None:
    """Stand for a handler of the learner's own."""


@pytest.mark.parametrize(
    "before", [signal.default_int_handler, signal.SIG_DFL, signal.SIG_IGN, own]
)
def test_the_handler_of_before_comes_back(before: "signal._HANDLER") -> None:
    signal.signal(signal.SIGINT, before)
    with Interrupts():
        assert signal.getsignal(signal.SIGINT) != before
    assert signal.getsignal(signal.SIGINT) == before


def test_the_handler_comes_back_after_an_exception() -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(OSError, match="dead"), Interrupts():
        raise OSError("dead")
    assert signal.getsignal(signal.SIGINT) == before


def test_a_handler_that_came_later_is_left_alone() -> None:
    with Interrupts():
        signal.signal(signal.SIGINT, own)
    assert signal.getsignal(signal.SIGINT) is own


def test_of_two_guards_the_inner_one_answers_first() -> None:
    with Interrupts() as outer:
        with Interrupts() as inner:
            interrupt()
        assert (outer.asked, inner.asked) == (False, True)
        interrupt()
        assert outer.asked


def test_another_thread_has_no_interrupts() -> None:
    before, found = signal.getsignal(signal.SIGINT), []

    def work() -> None:
        with Interrupts():
            found.extend([Interrupts.available(), signal.getsignal(signal.SIGINT)])

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [False, before]
    assert Interrupts.available()
