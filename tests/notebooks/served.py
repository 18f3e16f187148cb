"""The app that a notebook's cells make, and the offline model behind it, as learners run them."""

import contextlib
from collections.abc import Iterator
from typing import Any

import nbformat

from labkit.offline import local
from labkit.offline.faults import parse_fault
from labkit.offline.model import Model
from tests.notebooks.save import FOLDER


def app_names(number: str) -> dict[str, Any]:
    """Run the notebook's cells tagged `app` in order, and return the names that they leave."""
    [path] = FOLDER.glob(f"{number}-*.ipynb")
    names: dict[str, Any] = {"__name__": f"notebook_{number}"}
    for cell in nbformat.read(path, as_version=4).cells:
        if "app" in cell.metadata.get("tags", []):
            exec(compile(cell.source, f"{path.name}, cell {cell.id}", "exec"), names)
    return names


@contextlib.contextmanager
def upstream(fault: str = "", pace: float = 0) -> Iterator[Model]:
    """Give this process's offline model a fault and a pace for as long as the block lasts."""
    model = local.model()
    before = model.fault, model.pace
    model.fault, model.pace = parse_fault(fault), pace
    try:
        yield model
    finally:
        model.fault, model.pace = before
