"""A clock that goes when it is told to."""


class Clock:
    """Returns `now_s`, which a test sets."""

    def __init__(self, now_s: float = 1_800_000_000.0) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s
