"""A table of text, drawn as HTML in a notebook and as plain text anywhere else."""

from dataclasses import dataclass
from html import escape

# Of each cell: JupyterLab aligns those to the right that do not say otherwise.
_LEFT = 'style="text-align: left"'


@dataclass(frozen=True, repr=False)
class Table:
    """A table with a caption, or "" for none; with `named_rows` a row's first cell is its head.

    It has no colours of its own, so any theme's will do.
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    named_rows: bool = False

    def __repr__(self) -> str:
        every = (self.head, *self.rows)
        widths = [max(map(len, column)) for column in zip(*every, strict=True)]
        lines = (
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            for row in every
        )
        caption = [self.caption] if self.caption else []
        return "\n".join([*caption, *(line.rstrip() for line in lines)])

    def _repr_html_(self) -> str:
        caption = f"<caption>{escape(self.caption)}</caption>" if self.caption else ""
        head = "".join(_head(cell, "col") for cell in self.head)
        rows = "".join(f"<tr>{self._row(row)}</tr>" for row in self.rows)
        return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"

    def _row(self, cells: tuple[str, ...]) -> str:
        heads = 1 if self.named_rows else 0
        return "".join(_head(cell, "row") for cell in cells[:heads]) + "".join(
            f"<td {_LEFT}>{escape(cell)}</td>" for cell in cells[heads:]
        )


def _head(cell: str, scope: str) -> str:
    return f'<th scope="{scope}" {_LEFT}>{escape(cell)}</th>'
