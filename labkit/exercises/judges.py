"""The judges of outcomes: each says what is wrong, or "" if all is well."""

from typing import Any

from labkit.exercises.exercise import Judge
from labkit.exercises.outcome import Outcome, shown, told


def returns(expected: Any) -> Judge:
    """Want a value equal to `expected`; True and 1 are told apart."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        same = outcome.returned and outcome.value == expected
        alike = isinstance(outcome.value, bool) == isinstance(expected, bool)
        return "" if same and alike else told(outcome)

    return judge


def returns_near(*expected: float) -> Judge:
    """Want a list of these numbers, each to a millionth."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        value = outcome.value
        if not outcome.returned or not isinstance(value, list) or len(value) != len(expected):
            return told(outcome)
        pairs = zip(value, expected, strict=True)
        return "" if all(abs(got - wanted) < 1e-6 for got, wanted in pairs) else told(outcome)

    return judge


def returns_part(index: int, size: int, name: str, expected: Any) -> Judge:
    """Want a tuple of `size` with `expected` at `index`; `name` says what that is."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        value = outcome.value
        if not outcome.returned or not isinstance(value, tuple) or len(value) != size:
            return told(outcome)
        return "" if value[index] == expected else f"returned {shown(value[index])} as the {name}."

    return judge


def prints(expected: str) -> Judge:
    """Want exactly `expected` printed, however the call ended."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        if outcome.timed_out:
            return told(outcome)
        return "" if outcome.printed == expected else f"had printed {shown(outcome.printed)}."

    return judge


def raises(kind: type[BaseException]) -> Judge:
    """Want an error of `kind` to come out of the function."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        return "" if isinstance(outcome.error, kind) else told(outcome)

    return judge


def takes(most: int) -> Judge:
    """Want at most `most` chunks taken from the stream, the first argument."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        if not outcome.returned:
            return told(outcome)
        taken = arguments[0].taken
        return f"took {taken} chunks, but {most} were enough." if taken > most else ""

    return judge


def closes() -> Judge:
    """Want the stream, the first argument, closed."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        if not outcome.returned:
            return told(outcome)
        return "" if arguments[0].closed else "came back and left the stream open."

    return judge
