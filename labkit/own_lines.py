"""Leaves the lines of others out of a traceback: Python's, the packages', labkit's."""

import sys
import sysconfig
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

_PLACES = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
_OTHERS = ("<frozen ", str(Path(__file__).parent), *_PLACES)


def keep_own_lines(error: BaseException) -> BaseException:
    """Return `error`, its traceback and its causes' cut down to the learner's own lines.

    A traceback without any own line stays as it is.
    """
    for each in _chain(error):
        each.__traceback__ = _own(each.__traceback__) or each.__traceback__
    return error


def picture(error: BaseException) -> str:
    """Return the traceback of `error` as text, with own lines only; a notebook names the cell."""
    keep_own_lines(error)
    if "IPython" in sys.modules:
        from IPython.core.ultratb import FormattedTB

        formatter: Any = FormattedTB(mode="Plain", theme_name="nocolor")  # type: ignore[no-untyped-call]
        return str(formatter.text(type(error), error, error.__traceback__)).rstrip()
    return "".join(traceback.format_exception(error)).rstrip()


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield `error`, what it holds if it is a group, and what came before it."""
    seen, left = set[int](), [error]
    while left:
        each = left.pop()
        if id(each) not in seen:
            seen.add(id(each))
            yield each
            held = each.exceptions if isinstance(each, BaseExceptionGroup) else ()
            left += [e for e in (*held, each.__cause__, each.__context__) if e is not None]


def _own(trace: TracebackType | None) -> TracebackType | None:
    """Return a copy of `trace` with the own lines only."""
    entries = []
    while trace is not None:
        entries.append(trace)
        trace = trace.tb_next
    own: TracebackType | None = None
    for entry in reversed(entries):
        if not entry.tb_frame.f_code.co_filename.startswith(_OTHERS):
            own = TracebackType(own, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return own
