"""Who speaks in a conversation of several: how a name is read, and the colour of each speaker."""

from typing import Any

from labkit.deltas import join

# Each has a contrast of 3:1 or more on white and on JupyterLab's dark background, is none of the
# colours of a tool, and differs from the others for colour-blind eyes too. agent_view.css has
# the same ones.
COLORS = ("#1e88e5", "#00874b", "#a54b96", "#789687", "#ff3c78", "#a587a5")
"""The colours of the speakers, in the order in which they first speak; then they repeat."""


def name_of(speaker: Any) -> str:
    """Return the name of a speaker on one line; "" if there is none."""
    return " ".join(join([str(speaker or "")]).split())


def color_of(number: int) -> str:
    """Return the colour of the speaker who was the `number`-th to speak, from 0."""
    return COLORS[number % len(COLORS)]
