"""The ways to draw a stream that we compare: for each, the cells of a notebook."""

import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SIZE = 4
"""Characters in a delta."""

MARKER = "Fin."
"""The last delta; it is nowhere else in the text."""

_WORDS = (
    "trail pack boots tent layer water map summit light warm dry ridge camp weather stove and the "
    "with for over when before every careful comfortable waterproof kilometres afternoon"
).split()


@dataclass(frozen=True)
class Method:
    """One way to draw: its name, the cell that streams, and where the page shows the text."""

    name: str
    cell: str
    selector: str


OURS = Method(
    "labkit.watch",
    "for delta in labkit.watch(source()):\n    pass",
    ".labkit-text",
)
NOTHING = Method("no display", "for delta in source():\n    pass", "")
RIVALS = (
    Method(
        "print(flush=True)",
        "for delta in source():\n    print(delta, end='', flush=True)",
        ".jp-RenderedText",
    ),
    Method(
        "HTML.value +=",
        "widget = ipywidgets.HTML()\ndisplay(widget)\n"
        "for delta in source():\n    widget.value += delta",
        ".widget-html-content",
    ),
    Method(
        "update(Markdown)",
        "shown, handle = '', display(Markdown(''), display_id=True)\n"
        "for delta in source():\n    shown += delta\n    handle.update(Markdown(shown))",
        ".jp-RenderedMarkdown",
    ),
)
METHODS = {method.name: method for method in (NOTHING, OURS, *RIVALS)}

_SETUP = """
import json, pathlib, time
import ipywidgets, labkit
from IPython.display import Markdown, display

labkit.watch  # imported here, not within the loop
text = pathlib.Path("text.txt").read_text(encoding="utf-8")
gap_s = {gap_s}
last_s = None

def source():
    global last_s
    begun_s = time.perf_counter()
    for at in range(0, len(text), {size}):
        due_s = begun_s + gap_s * at / {size} - time.perf_counter()
        if gap_s and due_s > 0:
            time.sleep(due_s)
        last_s = time.time()
        yield text[at : at + {size}]
"""

_TIMED = """
begun_s = time.perf_counter()
{cell}
loop_s = time.perf_counter() - begun_s
_ = pathlib.Path("result.json").write_text(json.dumps({{"loop_s": loop_s, "last_s": last_s}}))
"""


def sample(deltas: int) -> str:
    """Return `deltas` times SIZE characters of light Markdown that end in MARKER, seeded."""
    rng = random.Random(deltas)
    length = (deltas - 1) * SIZE
    text = ""
    while len(text) < length:
        text += _paragraph(rng, len(text))
    return text[: length - 1].rstrip().ljust(length - 1, ".") + "\n" + MARKER


def _paragraph(rng: random.Random, at: int) -> str:
    """Return a heading, two list items or a paragraph; `at` is in it, so that no two are alike."""
    words = " ".join(rng.choices(_WORDS, k=rng.randint(12, 60)))
    kind = rng.randrange(6)
    if kind == 0:
        return f"## Stage {at}\n\n"
    if kind == 1:
        return f"- **Item {at}**: {words[:80]}\n- {words[80:160] or words}\n\n"
    return f"{words.capitalize()}, after {at} m.\n\n"


def letters(text: str) -> str:
    """Return `text` without what formatting takes or adds: white space, marks, JupyterLab's ¶."""
    return "".join(c for c in text if not c.isspace() and c not in "*#-¶")


def write(path: Path, method: Method, text: str, rate: int) -> None:
    """Write the notebook of `method`: one cell prepares, the next streams `rate` deltas a second.

    A `rate` of 0 is as fast as they come. The text lies in a file beside it: in a cell, the
    editor's highlighting of so long a line would be the longest task in the page.
    """
    path.with_name("text.txt").write_text(text, encoding="utf-8")
    setup = _SETUP.format(gap_s=1 / rate if rate else 0, size=SIZE)
    cells = [setup.strip(), _TIMED.format(cell=method.cell).strip()]
    path.write_text(json.dumps(_notebook(cells)), encoding="utf-8")


def _notebook(cells: list[str]) -> dict[str, Any]:
    """Return a notebook of code cells (nbformat 4.5)."""
    code: dict[str, Any] = {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
    }
    return {
        "cells": [{**code, "id": f"cell-{i}", "source": cell} for i, cell in enumerate(cells)],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
