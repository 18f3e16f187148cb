"""A kernel that runs a notebook again holds no more threads and sockets than after the first run."""

import copy
import json
from typing import Any

import nbformat
import pytest

from tests.notebooks.save import FOLDER, run

pytestmark = pytest.mark.notebook

# Threads of Python and of the libraries under it; sockets in each state, the kernel's own too.
HELD = """
import collections, json, psutil, threading
kernel = psutil.Process()
sockets = collections.Counter(str(each.status) for each in kernel.net_connections("inet"))
threads = {"threads": threading.active_count(), "all threads": kernel.num_threads()}
print(json.dumps(threads | sockets))
"""


def twice(number: str) -> Any:
    """Return the notebook as one that runs its cells twice, and says each time what it holds."""
    [path] = FOLDER.glob(f"{number}-*.ipynb")
    book = nbformat.read(path, as_version=4)
    once = [cell for cell in book.cells if cell.cell_type == "code"]
    book.cells = []
    for time in ("first", "second"):
        book.cells += copy.deepcopy(once)
        book.cells.append(nbformat.v4.new_code_cell(HELD, id=f"held-{time}"))
    return book


@pytest.mark.parametrize("number", ["08", "10"])
def test_run_twice_a_kernel_holds_what_it_held_after_the_first_time(number: str) -> None:
    cells = run(twice(number)).cells
    first, second = (
        json.loads(cell.outputs[0].text) for cell in cells if cell.id.startswith("held-")
    )
    assert second == first
