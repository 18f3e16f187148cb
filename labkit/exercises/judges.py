"""The judges of outcomes: each says what is wrong, or "" if all is well."""

import json
from dataclasses import replace
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


def returns_nested(expected: list[Any]) -> Judge:
    """Want a list like `expected`, all the way down; dictionaries may have more keys than there."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        if not outcome.returned or not isinstance(outcome.value, list):
            return told(outcome)
        return _difference(outcome.value, expected, "")

    return judge


def _difference(value: Any, expected: Any, where: str) -> str:
    """Say what is wrong at `where`, "[0]['name']", or first below it."""
    if isinstance(value, list) and isinstance(expected, list):
        below = _each(dict(enumerate(value)), dict(enumerate(expected)), where)
        extra = f"returned {len(value)} items{_at(where)}, which is too many."
        return below or extra * (len(value) > len(expected))
    if isinstance(value, dict) and isinstance(expected, dict):
        return _each(value, expected, where)
    return "" if value == expected else f"returned {shown(value)}{_at(where)}."


def _each(value: dict[Any, Any], expected: dict[Any, Any], where: str) -> str:
    for key, wanted in expected.items():
        place = f"{where}[{key!r}]"
        if key not in value:
            return f"returned nothing{_at(place)}."
        wrong = _difference(value[key], wanted, place)
        if wrong:
            return wrong
    return ""


def _at(where: str) -> str:
    return f" at `{where}`" if where else ""


def as_json(judge: Judge) -> Judge:
    """Want a string of JSON; `judge` sees the value that it stands for."""

    def judge_value(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        if not outcome.returned or not isinstance(outcome.value, str):
            return told(outcome)
        try:
            value = json.loads(outcome.value)
        except ValueError:
            return f"returned {shown(outcome.value)}, which is no JSON."
        return judge(replace(outcome, value=value), arguments)

    return judge_value


def keeps(*expected: Any) -> Judge:
    """Want the arguments unchanged, as `expected`."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        if not outcome.returned:
            return told(outcome)
        pairs = zip(arguments, expected, strict=True)
        changed = [f"made {shown(now)} of {shown(was)}." for now, was in pairs if now != was]
        return changed[0] if changed else ""

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
