"""The judges of outcomes: each says what is wrong, or "" if all is well."""

import json
from collections.abc import Callable
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
        last = f"`{where}[{len(value) - 1}]`"
        return below or f"returned one too many at {last}." * (len(value) > len(expected))
    if isinstance(value, dict) and isinstance(expected, dict):
        return _each(value, expected, where)
    return "" if value == expected else f"returned {shown(value)} at `{where}`."


def _each(value: dict[Any, Any], expected: dict[Any, Any], where: str) -> str:
    for key, wanted in expected.items():
        place = f"{where}[{key!r}]"
        if key not in value:
            return f"returned nothing at `{place}`."
        wrong = _difference(value[key], wanted, place)
        if wrong:
            return wrong
    return ""


def returns_json(holds: Callable[[Any], bool]) -> Judge:
    """Want a string of JSON, of a value that `holds`."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        if not outcome.returned or not isinstance(outcome.value, str):
            return told(outcome)
        try:
            return "" if holds(json.loads(outcome.value)) else told(outcome)
        except ValueError:
            return f"returned {shown(outcome.value)}, which is not JSON."

    return judge


def keeps(name: str, expected: Any, position: int = 0) -> Judge:
    """Want the argument at `position`, known to learners as `name`, still equal to `expected`."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        if not outcome.returned:
            return told(outcome)
        kept = arguments[position]
        return "" if kept == expected else f"left `{name}` as {shown(kept)}."

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


def closes(error: type[BaseException] | None = None) -> Judge:
    """Want the stream closed, the first argument or what it was asked for; and then this error."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        streams = getattr(arguments[0], "streams", arguments[:1])
        still = [stream for stream in streams if not stream.closed]
        return ended(outcome, error) or ("came back and left the stream open." if still else "")

    return judge


def yields(*expected: Any, error: type[BaseException] | None = None) -> Judge:
    """Want these items, then an error of this kind if there is one."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        found = outcome.value or []
        wrong = "" if found == list(expected) else f"yielded {shown(found)}."
        return ended(outcome, error) or wrong

    return judge


def yields_at(*times_s: float) -> Judge:
    """Want items yielded at these seconds after the call; the first argument has noted them."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        found = [f"{time_s:g} s" for time_s in arguments[0].items_s]
        alike = found == [f"{time_s:g} s" for time_s in times_s]
        wrong = "" if alike else f"yielded after {', '.join(found) or 'the end'}."
        return ended(outcome) or wrong

    return judge


def ended(outcome: Outcome, error: type[BaseException] | None = None) -> str:
    """Say how the call ended, unless with a value or, if there is one, with an error of `error`."""
    if error and isinstance(outcome.error, error):
        return ""
    if not outcome.returned:
        return told(outcome)
    return f"let no {error.__name__} come out." if error else ""
