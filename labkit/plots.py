"""Figures that a notebook shows without pyplot, readable on a light page and on a dark one."""

import io
from typing import Any

import matplotlib as mpl
from cycler import cycler
from matplotlib.figure import Figure

# Grey has contrast enough on white and on black, so one saved picture serves both themes.
_STYLE: Any = {
    **dict.fromkeys(
        ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"),
        "#808080",
    ),
    "axes.prop_cycle": cycler(color=["#1e88e5", "#fb8c00"]),
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "font.size": 9,
}


class Plot(Figure):
    """A matplotlib figure that says in words what it shows."""

    def __init__(self, width: float, height: float, summary: str) -> None:
        super().__init__(figsize=(width, height), layout="constrained")
        self.summary = summary

    def __repr__(self) -> str:
        return self.summary

    def _repr_png_(self) -> bytes:
        picture = io.BytesIO()
        self.savefig(picture, format="png", dpi=110)
        return picture.getvalue()


def new_plot(
    width: float, height: float, summary: str, columns: int = 1, **options: Any
) -> tuple[Plot, Any]:
    """Return a Plot of `width` by `height` inches, and its axes: one, or an array of `columns`."""
    with mpl.rc_context(_STYLE):
        plot = Plot(width, height, summary)
        return plot, plot.subplots(1, columns, **options)
