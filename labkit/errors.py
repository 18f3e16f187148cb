"""The error that labkit raises: one sentence that says what to do, without a traceback."""


class LabError(Exception):
    """Something in the set-up is not right; the message says what, and how to mend it."""

    def _render_traceback_(self) -> list[str]:
        """Show the sentence alone; IPython asks an exception for this before it draws frames."""
        return [f"{type(self).__name__}: {self}"]
