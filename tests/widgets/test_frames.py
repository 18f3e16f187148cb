"""A widget that grows by frames: few of them, none lost, all of them kept."""

import threading
import time
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.widgets.frames import FRAME_GAP_S, FrameLog


def is_frame(key: object) -> bool:
    return isinstance(key, str) and key[:1] == "f" and key[1:].isdigit()


class Log(FrameLog):
    """Packs items as they are, and notes what is sent."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        super().__init__()

    def pack(self, items: list[Any]) -> dict[str, Any]:
        return {"items": items}

    def send_state(self, key: str | Iterable[str] | None = None) -> None:
        if is_frame(key):
            self.sent.append(str(key))
        super().send_state(key)

    def items(self) -> list[Any]:
        """Return all items as a page that is loaded again would find them, frame by frame."""
        state = self.get_state()
        frames = [state[key] for key in state if is_frame(key)]
        return [item for frame in frames for item in frame["items"]]


class Broken(Log):
    """Fails on its way to the browser."""

    def send_state(self, key: str | Iterable[str] | None = None) -> None:
        if is_frame(key):
            raise ConnectionError("the browser is gone")


@given(st.lists(st.lists(st.integers())))
def test_the_state_holds_every_frame_in_order(batches: list[list[int]]) -> None:
    log = Log()
    for batch in batches:
        for item in batch:
            log.add(item)
        log.flush()
    assert log.items() == [item for batch in batches for item in batch]
    assert log.sent == [f"f{i}" for i in range(sum(map(bool, batches)))]


def test_a_frame_is_asked_for_by_its_key_and_sent_alone() -> None:
    log = Log()
    log.add("a")
    log.flush()
    assert log.get_state("f0") == {"f0": {"items": ["a"]}}
    assert "f0" not in log.get_state("layout")


def test_nothing_to_send_is_no_frame() -> None:
    log = Log()
    log.start()
    log.flush()
    log.end()
    assert log.sent == []


def test_at_most_25_frames_a_second_are_sent_and_nothing_is_lost() -> None:
    log, added = Log(), 0
    log.start()
    started_s = time.perf_counter()
    while time.perf_counter() - started_s < 0.5:
        log.add(added)
        added += 1
    log.end()
    lasted_s = time.perf_counter() - started_s
    assert added > 1000
    assert log.items() == list(range(added))
    # One frame at once, one for each gap, one for what is left; some clocks are 16 ms coarse.
    assert 2 <= len(log.sent) <= lasted_s / (FRAME_GAP_S - 0.016) + 2


def test_what_is_added_is_sent_without_waiting_for_the_end() -> None:
    sent = threading.Event()

    class Told(Log):
        def send_state(self, key: str | Iterable[str] | None = None) -> None:
            super().send_state(key)
            if is_frame(key):
                sent.set()

    log = Told()
    log.start()
    log.add("first")
    assert sent.wait(10)
    assert log.items() == ["first"]
    log.end()


def test_items_from_many_threads_are_all_kept() -> None:
    log = Log()
    log.start()

    def work(name: int) -> None:
        for i in range(500):
            log.add((name, i))

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log.end()
    for name in range(4):
        assert [i for at, i in log.items() if at == name] == list(range(500))


def test_a_failed_send_comes_out_at_the_end() -> None:
    log = Broken()
    log.start()
    log.add("a")
    with pytest.raises(ConnectionError, match="the browser is gone"):
        log.end()


def test_a_failed_pack_comes_out_at_the_end() -> None:
    class Unpackable(Log):
        def pack(self, items: list[Any]) -> dict[str, Any]:
            raise ValueError("cannot pack")

    log = Unpackable()
    log.start()
    log.add("a")
    with pytest.raises(ValueError, match="cannot pack"):
        log.end()


@pytest.mark.parametrize("kind", [Log, Broken])
def test_no_thread_is_left_behind(kind: type[Log]) -> None:
    before = set(threading.enumerate())
    log = kind()
    log.start()
    log.add("a")
    try:
        log.end()
    except ConnectionError:
        assert kind is Broken
    assert set(threading.enumerate()) <= before


def test_ending_twice_is_harmless() -> None:
    log = Log()
    log.start()
    log.add("a")
    log.end()
    log.end()
    assert log.items() == ["a"]


def test_a_renewed_log_begins_again_under_new_keys() -> None:
    log = Log()
    for prefix in ("f", "again"):
        log.renew(prefix)
        log.start()
        log.add(prefix)
        log.end()
    assert log.get_state()["again0"] == {"items": ["again"]}
    assert log.items() == []
