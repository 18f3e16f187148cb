"""Run every notebook and save it with outputs that are the same at each run.

    python -m tests.notebooks.save [01 02 …]

It runs at pace 1, so that the static pictures show what a learner sees. Ports, addresses and timing
are taken out; an output that differs from the saved one in measured figures only is left as it was.
"""

import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[2] / "notebooks"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
_UNSTABLE = [
    (re.compile(r"(127\.0\.0\.1|localhost):\d+"), r"\1:PORT"),
    (re.compile(r" at 0x[0-9a-f]+"), ""),
]
_MEASURED = re.compile(r"\d+([.,]\d+)*|[▁▂▃▄▅▆▇█·]+|(chatcmpl-|req_|call_)\w+")


def main(numbers: list[str]) -> None:
    """Run and save the notebooks with these numbers, or all."""
    os.environ["LABKIT_PACE"] = "1"
    os.environ["LABKIT_PROGRESS"] = str(Path(tempfile.mkdtemp(), "progress.json"))
    os.environ["LABKIT_CAPSTONE"] = str(Path(tempfile.mkdtemp(), "my_agent.py"))
    for path in sorted(FOLDER.glob("[0-9]*.ipynb")):
        if not numbers or path.name[:2] in numbers:
            save(path)
            print(path.name)


def save(path: Path) -> None:
    """Run the notebook at `path` and write it back, normalised."""
    before = nbformat.read(path, as_version=4)
    book = run(nbformat.read(path, as_version=4))
    book.metadata.pop("widgets", None)
    book.metadata["language_info"] = {"name": "python"}
    for old, new in zip(before.cells, book.cells, strict=True):
        if new.cell_type == "code":
            new.metadata.pop("execution", None)
            new.outputs = [normalised(output) for output in new.outputs]
            if shape(old.outputs) == shape(new.outputs):
                new.outputs = old.outputs
    nbformat.write(book, path)


def run(book: Any) -> Any:
    """Execute all cells of `book` in a fresh kernel and return it; a failing cell raises."""
    place = {"metadata": {"path": str(FOLDER)}}
    return NotebookClient(
        book, timeout=120, resources=place, store_widget_state=False, coalesce_streams=True
    ).execute()


def normalised(output: Any) -> Any:
    """Return an output without what changes from run to run or means nothing in a saved file."""
    if "data" in output:
        # Without its kernel a live view is an empty box; the static picture beside it is not.
        output.data.pop(WIDGET_VIEW, None)
        texts = {kind: data for kind, data in output.data.items() if isinstance(data, str)}
        output.data |= {k: _stable(v) for k, v in texts.items() if not k.startswith("image/")}
    if "text" in output:
        output.text = _stable(output.text)
    return output


def _stable(text: str) -> str:
    for pattern, replacement in _UNSTABLE:
        text = pattern.sub(replacement, text)
    return text


def shape(outputs: list[Any]) -> list[Any]:
    """Return what must be equal for two runs to count as the same: all but measured figures."""
    return [_without_figures(output) for output in outputs]


def _without_figures(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: "" if key == "image/png" else _without_figures(v) for key, v in value.items()}
    if isinstance(value, list):
        return [_without_figures(each) for each in value]
    return _MEASURED.sub("#", value) if isinstance(value, str) else "#"


if __name__ == "__main__":
    main(sys.argv[1:])
