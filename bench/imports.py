"""What labkit adds to a start: its import, the start of the offline model, a kernel's memory."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
import psutil  # type: ignore[import-untyped]
from machine import describe
from nbclient import NotebookClient
from report import Target, median, number, options, table, verdict

_ROOT = Path(__file__).parents[1]
_NOTEBOOKS = {
    _ROOT / "notebooks" / "01-basic-streaming.ipynb": 130,
    _ROOT / "notebooks" / "05-semantic-kernel.ipynb": 260,
}
"""After these the memory of a kernel is measured; at most so many MB of its own are meant."""
_MB = 1e6
_PROGRAMS = {
    "nothing": "pass",
    "import openai": "import openai",
    "import openai, labkit": "import openai, labkit",
    "… and every name in labkit": "import openai\nfrom labkit import *",
}
_OPENAI, _LABKIT = list(_PROGRAMS)[1:3]
_START = """
import time, openai, labkit
begun_s = time.perf_counter()
labkit.connect("offline")
print(time.perf_counter() - begun_s)
"""


def main() -> int:
    """Run the benchmark and return the exit code."""
    parser = options(__doc__, runs=9)
    parser.add_argument("--notebook", type=Path, help="measure the kernel's memory after this one")
    chosen = parser.parse_args()
    if chosen.notebook and not chosen.notebook.exists():
        parser.error(f"there is no {chosen.notebook}")
    notebooks = {chosen.notebook: 130} if chosen.notebook else _NOTEBOOKS
    describe("openai", "anywidget", "ipykernel")
    targets = [*_imports(chosen.runs), _start(chosen.runs), *_memory(chosen.runs, notebooks)]
    return verdict(targets, chosen.check)


def _imports(runs: int) -> list[Target]:
    """Time fresh interpreters in turn, after one round that leaves byte code and a warm cache."""
    times_s: dict[str, list[float]] = {name: [] for name in _PROGRAMS}
    for i in range(runs + 1):
        for name, program in _PROGRAMS.items():
            begun_s = time.perf_counter()
            _python(program)
            if i:
                times_s[name].append(time.perf_counter() - begun_s)
    medians_s = {name: median(found) or 0 for name, found in times_s.items()}
    rows = [
        (name, number(each_s, "s"), number(each_s - medians_s[_OPENAI], "s"))
        for name, each_s in medians_s.items()
    ]
    table(f"Fresh interpreters (medians of {runs})", ("program", "whole", "beyond openai"), rows)
    beyond_s = medians_s[_LABKIT] - medians_s[_OPENAI]
    return [Target("import labkit beyond import openai", beyond_s, 0.15, "s")]


def _start(runs: int) -> Target:
    """Time the first `connect`, which imports the offline model and starts it."""
    starts_s = [float(_python(_START)) for _ in range(runs)]
    row = ("connect(), offline", number(median(starts_s), "s"), number(max(starts_s), "s"))
    table(f"Starting the offline model (of {runs})", ("", "median", "slowest"), [row])
    return Target("starting the offline model", median(starts_s), 0.3, "s")


def _python(program: str) -> str:
    """Run `program` in a fresh interpreter that may keep byte code; return what it prints."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


def _memory(runs: int, notebooks: dict[Path, int]) -> list[Target]:
    """Measure kernels before and after they ran a whole notebook."""
    rows, targets = [], []
    for path, most in notebooks.items():
        fresh, after = zip(*(_kernel_bytes(path) for _ in range(min(runs, 3))), strict=True)
        rows += [_row("fresh kernel", fresh)] if not rows else []
        rows.append(_row(f"after {path.name}", after))
        own = median(uss for uss, _ in after)
        targets.append(Target(f"kernel memory after {path.name}", own, most, "MB"))
    table("A kernel's memory", ("", "its own (USS)", "resident (RSS)"), rows)
    return targets


def _row(what: str, found: Sequence[tuple[float, float]]) -> tuple[str, str, str]:
    own, resident = (median(each) for each in zip(*found, strict=True))
    return what, number(own, "MB"), number(resident, "MB")


def _kernel_bytes(path: Path) -> list[tuple[float, float]]:
    """Return USS and RSS in MB of a kernel before and after it runs the notebook at `path`."""
    os.environ["LABKIT_PACE"] = "0"
    book = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    client = NotebookClient(book, timeout=120, resources={"metadata": {"path": str(path.parent)}})
    with client.setup_kernel():
        before = _used(client)
        for i, cell in enumerate(book.cells):
            client.execute_cell(cell, i)
        return [before, _used(client)]


def _used(client: NotebookClient) -> tuple[float, float]:
    provisioner: Any = client.km.provisioner if client.km else None
    memory = psutil.Process(provisioner.pid).memory_full_info()
    return memory.uss / _MB, memory.rss / _MB


if __name__ == "__main__":
    sys.exit(main())
