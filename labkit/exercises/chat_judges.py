"""Judges of agents and chats: what was yielded, what stays in a history, what has stopped."""

from typing import Any

from labkit.exercises.exercise import Judge
from labkit.exercises.outcome import Outcome, shown, told


def yields(*expected: Any, error: type[Exception] | None = None) -> Judge:
    """Want these items yielded, and then an error of this kind if there is one."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        if outcome.timed_out:
            return told(outcome)
        if error and not outcome.error:
            return f"yielded {shown(outcome.value)} and no {error.__name__} came out."
        if outcome.error and not (error and isinstance(outcome.error, error)):
            return told(outcome)
        found = [] if outcome.value is None else outcome.value
        return "" if found == list(expected) else f"yielded {shown(found)}."

    return judge


def keeps_history(*expected: str, error: type[BaseException] | None = None) -> Judge:
    """Want messages with these contents left in the history, the second argument."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        if outcome.timed_out or (outcome.error and not error):
            return told(outcome)
        if error and not isinstance(outcome.error, error):
            return f"let no {error.__name__} come out."
        left = [message.content for message in arguments[1].messages]
        return "" if left == list(expected) else f"left {shown(left)} in the history."

    return judge


def stops_it(error: type[BaseException] | None = None) -> Judge:
    """Want what calls back, the first argument, cancelled before the function was over.

    `error` is what has to come out of the function.
    """

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        if outcome.timed_out or (outcome.error and not error):
            return told(outcome)
        if error and not isinstance(outcome.error, error):
            return f"let no {error.__name__} come out."
        return "" if arguments[0].stopped else "ended, and `run` had not ended yet."

    return judge
