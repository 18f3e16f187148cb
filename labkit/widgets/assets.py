"""The JavaScript and CSS of a widget, as they lie in static/."""

from functools import cache
from importlib.resources import files


@cache
def script(*names: str) -> str:
    """Return the ES module of a widget made of `names`, with what all widgets share in front of it.

    A widget's module reaches the browser as one text, so it cannot import a second file.
    """
    return "\n".join(_read(f"{name}.js") for name in ("shared", *names))


@cache
def style(name: str) -> str:
    """Return the style sheet of widget `name`, the shared rules first."""
    return _read("shared.css") + _read(f"{name}.css")


def _read(name: str) -> str:
    return files("labkit.widgets").joinpath("static", name).read_text(encoding="utf-8")
