"""What every benchmark shares: its options, its tables, and its targets."""

import argparse
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """One promise: `measured` is to be at most `limit`; None means that it was never reached."""

    what: str
    measured: float | None
    limit: float
    unit: str = ""

    @property
    def met(self) -> bool:
        """Tell whether the promise is kept."""
        return self.measured is not None and self.measured <= self.limit


def options(about: str | None, runs: int) -> argparse.ArgumentParser:
    """Return a parser with the options of every benchmark; `runs` is the usual number of runs."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--runs", type=positive, default=runs, help=f"runs of each ({runs})")
    parser.add_argument("--check", action="store_true", help="exit code 1 if a target is missed")
    return parser


def positive(text: str) -> int:
    """Return `text` as a whole number of at least 1, for argparse."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, got {text!r}")
    return number


def median(values: Iterable[float | None]) -> float | None:
    """Return the median of the values that are there, or None if there are none."""
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def worst(values: Iterable[float | None]) -> float | None:
    """Return the largest value, or None if one is missing or there are none."""
    known = list(values)
    return None if None in known else max((v for v in known if v is not None), default=None)


def number(value: float | None, unit: str = "") -> str:
    """Return `value` with three figures that count, as people write it."""
    if value is None:
        return "–"
    size = abs(value)
    places = (
        0 if size >= 100 or value == int(value) else 1 if size >= 10 else 2 if size >= 0.1 else 3
    )
    return f"{value:,.{places}f} {unit}".rstrip()


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a Markdown table that also reads well as it stands; the first column is text."""
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    print(f"\n{title}\n")
    for row in [head, rule, *rows]:
        cells = [row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]
        print(f"| {' | '.join(cells)} |", flush=True)


def verdict(targets: Sequence[Target], check: bool) -> int:
    """Print the targets and return the exit code: 1 if `check` and one of them is missed."""
    rows = [
        (
            t.what,
            number(t.measured, t.unit),
            f"≤ {number(t.limit, t.unit)}",
            "met" if t.met else "MISSED",
        )
        for t in targets
    ]
    table("Targets", ("what", "measured", "target", ""), rows)
    return int(check and not all(target.met for target in targets))
