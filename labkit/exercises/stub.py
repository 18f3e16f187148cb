"""Recognises a function that nobody has written yet."""

import dis
import inspect
from types import CodeType
from typing import Any


def _plain() -> None: ...


async def _awaited() -> None: ...


def is_untouched(function: Any) -> bool:
    """Tell whether the body of `function` is nothing but a docstring and `...`, or `pass`.

    It looks at the compiled code, so comments, annotations and decorators made with
    `functools.wraps` do not matter.
    """
    code = getattr(inspect.unwrap(function), "__code__", None)
    if not isinstance(code, CodeType):
        return False
    return _steps(code) in (_steps(_plain.__code__), _steps(_awaited.__code__))


def _steps(code: CodeType) -> list[tuple[str, Any]]:
    return [
        (step.opname, step.argval) for step in dis.get_instructions(code) if step.opname != "NOP"
    ]
