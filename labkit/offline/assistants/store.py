"""What the server remembers of this dialect: assistants, threads, their messages, runs, steps."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from labkit.offline.assistants.objects import now
from labkit.offline.errors import ApiError
from labkit.offline.shelf import Fields, Shelf

_MOST = 1000

_COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens")

WORKING = ("queued", "in_progress")
"""The states in which a run writes."""

_ACTIVE = (*WORKING, "requires_action")


@dataclass
class Run:
    """One run of a thread: its fields, its steps, and what it is just writing."""

    fields: Fields
    steps: Shelf[Fields] = field(default_factory=partial(Shelf, "run step", _MOST))
    used: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_COUNTS, 0))
    """The tokens of all its turns so far."""
    unfinished: list[Fields] = field(default_factory=list)
    """The step and the message in progress, in the order in which they were begun."""
    finish: Callable[[], None] | None = None
    """Does what is left, in a run that nobody streams; due at `due_s` (`time.monotonic`)."""
    due_s: float = 0.0

    @property
    def status(self) -> str:
        """The state that the run is in."""
        return str(self.fields["status"])

    @property
    def active(self) -> bool:
        """Tell whether the run still keeps its thread busy."""
        return self.status in _ACTIVE

    def settle(self) -> None:
        """Do what has become due: finish a polled run, let an abandoned one expire."""
        if self.finish and time.monotonic() >= self.due_s:
            finish, self.finish = self.finish, None
            finish()
        elif self.finish and self.status == "queued":
            self.fields |= {"status": "in_progress", "started_at": now()}
        elif self.status == "requires_action" and now() >= self.fields["expires_at"]:
            self.stop("expired")

    def stop(self, status: str) -> None:
        """End the run before its time, and what it was writing: cancelled, expired or failed."""
        self.finish = None
        for each in self.unfinished:
            each |= _stopped_message(status) if _is_message(each) else _stopped_step(status)
        self.fields |= {"status": status, "required_action": None}
        if status != "expired":
            self.fields[f"{status}_at"] = now()
        if status == "failed":
            self.fields["last_error"] = dict(_ERROR)


_ERROR = {"code": "server_error", "message": "Sorry, something went wrong."}


def _is_message(fields: Fields) -> bool:
    return bool(fields["object"] == "thread.message")


def _stopped_message(status: str) -> Fields:
    details = {"reason": f"run_{status}"}
    return {"status": "incomplete", "incomplete_at": now(), "incomplete_details": details}


def _stopped_step(status: str) -> Fields:
    error = dict(_ERROR) if status == "failed" else None
    return {"status": status, f"{status}_at": now(), "last_error": error}


@dataclass
class Thread:
    """One thread: its fields, its runs, and its history, messages and tool calls as they came."""

    fields: Fields
    history: Shelf[Fields] = field(default_factory=partial(Shelf, "message", _MOST))
    runs: Shelf[Run] = field(default_factory=partial(Shelf, "run", _MOST))

    @property
    def messages(self) -> list[Fields]:
        """The messages, oldest first."""
        return list(filter(_is_message, self.history))

    def message(self, id: str) -> Fields:
        """Return the message with this id, or raise the API's 404."""
        found = self.history.get(id)
        if not _is_message(found):
            raise self.history.missing(id)
        return found

    def active_run(self) -> Run | None:
        """Return the run that keeps this thread busy, if there is one."""
        return next((run for run in self.runs if run.active), None)

    def check_free(self) -> None:
        """Refuse a second active run, as the real API does."""
        if run := self.active_run():
            text = f"Thread {self.fields['id']} already has an active run {run.fields['id']}."
            raise ApiError(text)


@dataclass
class Store:
    """The assistants and threads of one offline model, the newest thousand of each."""

    assistants: Shelf[Fields] = field(default_factory=partial(Shelf, "assistant", _MOST))
    threads: Shelf[Thread] = field(default_factory=partial(Shelf, "thread", _MOST))
