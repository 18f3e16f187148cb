"""What each policy made of each fault, as a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from labkit.trials import Trial


def marked(trial: Trial) -> str:
    """Return the verdict with a mark in front that tells good from bad without any colour."""
    return f"{'✓' if trial.good else '✗'} {trial.verdict}"


@dataclass(frozen=True, repr=False)
class TrialTable:
    """Trials by fault (`""` is none) and by the name of the policy."""

    trials: Mapping[str, Mapping[str, Trial]]

    def __getitem__(self, fault: str) -> Mapping[str, Trial]:
        return self.trials[fault]

    def rows(self) -> list[list[str]]:
        """Return the head and one row for each fault, as text."""
        names = list(dict.fromkeys(name for row in self.trials.values() for name in row))
        return [["fault", *names]] + [
            [fault or "none", *(marked(row[name]) if name in row else "–" for name in names)]
            for fault, row in self.trials.items()
        ]

    def __repr__(self) -> str:
        rows = self.rows()
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = (
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            for row in rows
        )
        return "\n".join(line.rstrip() for line in lines)

    def _repr_html_(self) -> str:
        """Return the table without colours of its own, so that any theme's will do."""
        head, *rows = [[escape(cell) for cell in row] for row in self.rows()]
        heads = "".join(f'<th scope="col">{cell}</th>' for cell in head)
        body = "".join(
            f'<tr><th scope="row"><code>{fault}</code></th>'
            + "".join(f'<td style="text-align: left">{cell}</td>' for cell in cells)
            + "</tr>"
            for fault, *cells in rows
        )
        return f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
