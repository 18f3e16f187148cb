"""Trials of policies: what really came when a stream broke, beside what was shown.

A policy is what a reader does when a stream breaks: `async def policy(ask, show)`. `await ask()`
asks the model and returns the stream; `show(text, state)` shows all text so far to the user.
"""

from labkit.trials.run import Ask, Policy, Show, tried
from labkit.trials.trial import STATES, Trial

__all__ = ["STATES", "Ask", "Policy", "Show", "Trial", "tried"]
