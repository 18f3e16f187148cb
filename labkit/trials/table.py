"""What each policy made of each fault, as a table."""

from collections.abc import Mapping
from dataclasses import dataclass

from labkit.tables import Table
from labkit.trials.trial import Trial


def marked(trial: Trial) -> str:
    """Return the verdict with a mark in front that tells good from bad without any colour."""
    return f"{'✓' if trial.good else '✗'} {trial.verdict}"


@dataclass(frozen=True, repr=False)
class TrialTable:
    """Trials by fault (`""` is none) and by the name of the policy."""

    trials: Mapping[str, Mapping[str, Trial]]

    def __getitem__(self, fault: str) -> Mapping[str, Trial]:
        return self.trials[fault]

    def table(self) -> Table:
        """Return one row for each fault, one column for each policy."""
        names = list(dict.fromkeys(name for row in self.trials.values() for name in row))
        rows = tuple(
            (fault or "none", *(marked(row[name]) if name in row else "–" for name in names))
            for fault, row in self.trials.items()
        )
        return Table("", ("fault", *names), rows, named_rows=True)

    def __repr__(self) -> str:
        return repr(self.table())

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()
