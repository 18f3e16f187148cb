"""The lanes of an agent as block characters, for a saved notebook that nobody runs."""

from typing import Any

from labkit.spans import Span, SpanLog, label_of

_COLUMNS = 56
_MOST_LANES = 30
_SIGNS = {"": "–", "finished": "✓", "failed": "✗"}


def lanes(log: SpanLog) -> str:
    """Return a line for each lane, time from left to right.

    `░` is the model before its first delta, `█` the model that speaks and a tool that runs, `✗` a
    tool that failed. Of many lanes the first 30 are there.
    """
    lines: dict[Any, list[str]] = {}
    for span in log.spans:
        _draw(lines.setdefault(span.key, ["·"] * _COLUMNS), span, log.total_s or 1.0)
    shown = list(lines)[:_MOST_LANES]
    width = max((len(label_of(lane)) for lane, *_ in shown), default=0)
    drawn = [f"{label_of(key[0]):<{width}} {''.join(lines[key])}" for key in shown]
    more = len(lines) - len(shown)
    return "\n".join([*drawn, f"… and {more} more"] if more else drawn)


def steps(log: SpanLog) -> list[str]:
    """Return a line for each tool call: how it ended, its name, its seconds, what came of it."""
    shown = [_step(span) for span in log.tools[:_MOST_LANES]]
    more = len(log.tools) - len(shown)
    return [*shown, f"… and {more} more"] if more else shown


def _step(span: Span) -> str:
    seconds = (span.end_s or span.start_s) - span.start_s
    words = " ".join(span.words.split()) or "nothing came of it"
    return f"{_SIGNS[span.outcome]} {label_of(span.lane)}, {seconds:.2f} s: {words}"


def _draw(line: list[str], span: Span, total_s: float) -> None:
    def column(at_s: float) -> int:
        return min(_COLUMNS - 1, int(at_s / total_s * _COLUMNS))

    end_s = total_s if span.end_s is None else span.end_s
    first, last = column(span.start_s), column(end_s)
    spoken_s = end_s if span.first_s is None else span.first_s
    for i in range(first, last + 1):
        waits = span.kind == "model" and i < column(spoken_s)
        line[i] = "░" if waits else "█"
    if span.failed:
        line[last] = "✗"
