"""The streaming service: its SSE layer, the whole path, what each layer costs, who leaves."""

import argparse
import sys

from layers import LAYERS, layers
from machine import describe, many_files
from report import options, positive, verdict
from sse_layer import sse_layer
from whole_path import leaving, whole_path


def main() -> int:
    """Run the benchmark and return the exit code."""
    chosen = _options()
    many_files()
    describe("semantic-kernel", "openai", "starlette", "sse-starlette", "uvicorn", "uvloop")
    targets = [*sse_layer(chosen), *whole_path(chosen)]
    layers(chosen)
    return verdict([*targets, leaving(chosen)], chosen.check)


def _options() -> argparse.Namespace:
    parser = options(__doc__, runs=5)
    parser.add_argument("--events", type=positive, default=3000, help="events of an answer")
    parser.add_argument("--requests", type=positive, default=10, help="answers in a run")
    parser.add_argument("--streams", type=positive, default=1000, help="streams of the SSE layer")
    parser.add_argument("--per-s", type=positive, default=20, help="events a second for each")
    parser.add_argument("--seconds", type=positive, default=10, help="how long they read")
    parser.add_argument("--readers", type=positive, default=200, help="readers of the whole path")
    parser.add_argument("--over-s", type=float, default=5, help="seconds over which they come")
    parser.add_argument("--pace", type=float, default=4, help="the model's pace for them")
    rows = range(1, len(LAYERS) + 1)
    text = f"rows above the service's, {rows[0]} to {rows[-1]}; all of them"
    parser.add_argument("--layers", type=int, nargs="*", choices=rows, default=rows, help=text)
    parser.add_argument("--layer-readers", type=positive, default=20, help="readers of a layer")
    # At 0.5 each delta comes by itself, as from a real model, and an answer takes 3 seconds.
    parser.add_argument("--layer-pace", type=float, default=0.5, help="the model's pace for them")
    parser.add_argument("--leavers", type=positive, default=40, help="readers that leave")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
