"""Where a watched stream is drawn: a widget in a notebook, plain text in a terminal."""

from typing import Any, Protocol

from labkit.halves import Halves
from labkit.widgets.pictured import PicturedWidget
from labkit.widgets.token_stream import TokenStream


class Screen(Protocol):
    """Something that can show a stream."""

    def begin(self, mode: str) -> None:
        """Show that it has begun; `mode` is how Stop can reach the loop."""

    def show(self, chunk: Any, text: str, arrival_s: float) -> None:
        """Show the `text` that `chunk` brought at `arrival_s` (may be empty)."""

    def finish(self, state: str, note: str) -> None:
        """Show how it ended: a state of `token_stream.STATES`, and a sentence for a failure."""


class NotebookScreen:
    """Draws in the running cell, and leaves the static picture in the saved notebook."""

    def __init__(self, widget: TokenStream) -> None:
        self._widget = widget
        self._handle: Any = None

    def begin(self, mode: str) -> None:
        """Display the widget in the running cell."""
        self._widget.mode = mode
        self._handle = show_live(self._widget)
        self._widget.start()

    def show(self, chunk: Any, text: str, arrival_s: float) -> None:
        """Hand the chunk to the widget."""
        self._widget.add_chunk(chunk)
        if text:
            self._widget.add((text, arrival_s))

    def finish(self, state: str, note: str) -> None:
        """Finish the widget; then renew the display, whose static picture is still empty."""
        self._widget.finish(state, note)
        if self._handle:
            self._handle.update(self._widget)


class TerminalScreen:
    """Prints the text as it comes, and its figures at the end."""

    def __init__(self, widget: TokenStream) -> None:
        self._widget = widget
        self._halves = Halves()

    def begin(self, mode: str) -> None:
        """Nothing to show yet."""

    def show(self, chunk: Any, text: str, arrival_s: float) -> None:
        """Print the text at once, whatever the terminal buffers."""
        print(self._halves.complete(text), end="", flush=True)

    def finish(self, state: str, note: str) -> None:
        """Print the figures."""
        self._widget.finish(state, note)
        print(f"\n— {self._widget.caption()}")


def open_screen(widget: TokenStream) -> Screen:
    """Return the screen that fits where this process runs."""
    return NotebookScreen(widget) if in_notebook() else TerminalScreen(widget)


def show_live(widget: PicturedWidget) -> Any:
    """Display `widget` in the running cell; return the handle that renews it, or None elsewhere."""
    if not in_notebook():
        return None
    from IPython.display import display

    return display(widget, display_id=True)  # type: ignore[no-untyped-call]


def in_notebook() -> bool:
    """Tell whether a Jupyter kernel runs this code."""
    from IPython.core.getipython import get_ipython

    return getattr(get_ipython(), "kernel", None) is not None
