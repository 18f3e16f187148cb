"""Drawing a stream in JupyterLab: our widget against print, a widget's value, and Markdown updates.

Needs Chromium. Each run has a fresh server, kernel and page.
"""

import argparse
import sys
from collections import defaultdict
from dataclasses import dataclass

from frames import DELTAS
from machine import describe
from methods import METHODS, NOTHING, OURS
from page import Measured, chromium_version, measure
from playwright.sync_api import Playwright, sync_playwright
from report import Target, median, number, options, positive, table, verdict, worst

_HEAD = (
    *("method", "bytes per byte", "messages", "complete", "gave up", "last text visible after"),
    *("longest task", "loop longer by"),
)
_PACED = 2000


@dataclass(frozen=True)
class Load:
    """How many deltas, and how many a second; a rate of 0 is as fast as they come."""

    deltas: int
    rate: int = 0

    def __str__(self) -> str:
        pace = f"{self.rate:,} a second" if self.rate else "as fast as they come"
        return f"{self.deltas:,} deltas, {pace}"


Results = dict[str, list[Measured]]


def main() -> int:
    """Run the benchmark and return the exit code."""
    chosen = _options()
    loads = [Load(deltas) for deltas in chosen.sizes]
    if chosen.rate:
        loads.append(Load(min(_PACED, max(chosen.sizes)), chosen.rate))
    with sync_playwright() as playwright:
        version = chromium_version(playwright)
        describe("jupyterlab", "anywidget", "ipykernel", chromium=version)
        results = {load: _run(playwright, load, chosen) for load in loads}
    return verdict([t for load in loads for t in _targets(load, results[load])], chosen.check)


def _options() -> argparse.Namespace:
    parser = options(__doc__, runs=3)
    parser.add_argument("--sizes", type=positive, nargs="+", default=[200, 2000, 20_000])
    parser.add_argument("--rate", type=int, default=200, help="deltas a second, 0 leaves it out")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--limit", type=float, default=120, help="seconds until a run gives up")
    return parser.parse_args()


def _run(playwright: Playwright, load: Load, chosen: argparse.Namespace) -> Results:
    """Measure all methods, in turn, so that what else the machine does falls on all of them."""
    results: Results = defaultdict(list)
    for _ in range(chosen.runs):
        for name in dict.fromkeys([NOTHING.name, OURS.name, *chosen.methods]):
            run = measure(playwright, METHODS[name], load.deltas, load.rate, chosen.limit)
            results[name].append(run)
    _show(load, results, chosen.runs)
    return results


def _show(load: Load, results: Results, runs: int) -> None:
    rows = [_row(name, found, _bare_s(results)) for name, found in results.items()]
    table(f"{load} (medians of {runs})", _HEAD, rows)
    kinds = _kinds(results[OURS.name])
    rows = [(kind, number(size), number(share)) for kind, (size, share) in kinds.items()]
    table(f"{OURS.name}, {load}: what its bytes are", ("kind", "bytes", "per byte of text"), rows)


def _row(name: str, found: list[Measured], bare_s: float | None) -> tuple[str, ...]:
    return (
        name,
        number(median(run.per_byte for run in found)),
        number(median(run.messages for run in found)),
        "–" if name == NOTHING.name else f"{sum(run.complete for run in found)} of {len(found)}",
        f"{sum(run.gave_up for run in found)} of {len(found)}",
        number(median(run.late_s for run in found), "s"),
        _task(median(run.longest_s for run in found)),
        number(_longer_s(found, bare_s), "s"),
    )


def _task(longest_s: float | None) -> str:
    """Return the longest task in ms; a browser reports only those of 50 ms and more."""
    return "< 50 ms" if longest_s == 0 else number(longest_s and longest_s * 1000, "ms")


def _bare_s(results: Results) -> float | None:
    return median(run.loop_s for run in results[NOTHING.name])


def _longer_s(found: list[Measured], bare_s: float | None) -> float | None:
    loop_s = median(run.loop_s for run in found)
    return None if loop_s is None or bare_s is None else loop_s - bare_s


def _kinds(found: list[Measured]) -> dict[str, tuple[float, float]]:
    """Return the median bytes of each kind of message, and the same per byte of text."""
    names = sorted({kind for run in found for kind in run.kinds})
    sizes = {name: median(run.kinds.get(name, 0) for run in found) or 0 for name in names}
    return {name: (size, size / found[0].text_bytes) for name, size in sizes.items()}


def _targets(load: Load, results: Results) -> list[Target]:
    """Return our promises for this load; the smaller loads are reported, not promised."""
    ours, name = results[OURS.name], str(load)
    everything = median(run.per_byte for run in ours)
    late_s = median(run.late_s for run in ours)
    lost = Target(f"{name}: incomplete runs", sum(not run.complete for run in ours), 0)
    if load.rate:
        return [
            lost,
            Target(f"{name}: bytes per byte", everything, 30),
            Target(f"{name}: last text visible after", late_s, 0.1, "s"),
        ]
    if load.deltas < 20_000:
        return [lost]
    return [
        lost,
        Target(f"{name}: bytes per byte, the deltas", _kinds(ours).get(DELTAS, (0, 0))[1], 1.5),
        Target(f"{name}: bytes per byte, everything", everything, 4),
        Target(f"{name}: last text visible after", late_s, 0.3, "s"),
        Target(f"{name}: longest task", worst(run.longest_s for run in ours), 0.1, "s"),
        Target(f"{name}: loop longer by", _longer_s(ours, _bare_s(results)), 0.2, "s"),
    ]


if __name__ == "__main__":
    sys.exit(main())
