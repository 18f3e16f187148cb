"""The progress file."""

import json
import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.exercises.record import Entry, change, read, record_path
from labkit.exercises.task import State

NOW = datetime(2026, 11, 21, 15, 30, tzinfo=UTC)


def test_nothing_is_known_without_a_file(progress_file: Path) -> None:
    assert read(progress_file) == {}
    assert not progress_file.parent.exists()


def test_an_entry_is_kept_in_the_file(progress_file: Path) -> None:
    change(progress_file, "01.a", lambda entry: entry.after("not yet", NOW))
    change(progress_file, "01.a", lambda entry: entry.after("right", NOW))
    change(progress_file, "01.b", lambda entry: entry.hinted(2))
    assert read(progress_file) == {
        "01.a": Entry("right", attempts=2, solved="2026-11-21T15:30:00+00:00"),
        "01.b": Entry(hints=2),
    }


@given(st.lists(st.sampled_from(get_args(State))))
def test_what_was_right_stays_right(states: list[State]) -> None:
    entry = Entry()
    for state in states:
        entry = entry.after(state, NOW)
    tried = [state for state in states if state != "untouched"]
    until_right = tried.index("right") + 1 if "right" in tried else len(tried)
    assert entry.attempts == until_right
    assert (entry.state == "right") == ("right" in states) == (entry.solved is not None)


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "{",
        "[]",
        "null",
        '{"exercises": []}',
        '{"exercises": {"01.a": 3}}',
        '{"exercises": {"01.a": {"state": "done"}}}',
        '{"exercises": {"01.a": {"attempts": "many"}}}',
        '{"exercises": {"01.a": {"colour": 1}}}',
    ],
)
def test_a_broken_file_is_put_aside(broken: str, progress_file: Path) -> None:
    progress_file.parent.mkdir()
    progress_file.write_text(broken)
    assert read(progress_file) == {}
    assert progress_file.with_name("progress.broken.json").read_text() == broken
    progress_file.write_text(broken)
    change(progress_file, "01.a", lambda entry: entry.hinted(1))
    assert read(progress_file) == {"01.a": Entry(hints=1)}
    assert progress_file.with_name("progress.broken-2.json").exists()


def test_several_writers_lose_nothing(progress_file: Path) -> None:
    def write(number: int) -> None:
        for _ in range(10):
            change(progress_file, f"01.{number % 2}", lambda e: e.after("not yet", NOW))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {key: entry.attempts for key, entry in read(progress_file).items()} == {
        "01.0": 20,
        "01.1": 20,
    }


def test_no_half_written_file_is_left(progress_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(progress_file, "01.a", lambda entry: entry.hinted(1))

    def fail(*args: Any, **options: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(json, "dump", fail)
    with pytest.raises(OSError, match="disk full"):
        change(progress_file, "01.a", lambda entry: entry.hinted(2))
    assert read(progress_file)["01.a"].hints == 1
    assert {path.name for path in progress_file.parent.iterdir()} == {
        "progress.json",
        "progress.json.lock",
    }


def test_the_file_lies_beside_start_py(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LABKIT_PROGRESS")
    assert record_path() == tmp_path.resolve() / ".labkit" / "progress.json"
    (tmp_path / "start.py").touch()
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    assert record_path() == tmp_path.resolve() / ".labkit" / "progress.json"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no device files")
def test_a_device_named_as_the_record_is_not_replaced(tmp_path: Path) -> None:
    null = tmp_path / "null"
    null.symlink_to(os.devnull)
    change(null, "01.text_of", lambda entry: entry.hinted(1))
    assert null.is_symlink()
    assert not Path(os.devnull).is_file()
