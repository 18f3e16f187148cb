"""What may stand in a sentence for the reader of an app, and what may not."""

import re

from labkit.capstone.heard import BrokenRuleError
from labkit.capstone.upstream import SECRETS

_INSIDE = re.compile(
    r"Traceback|File \"|\w+(Error|Exception)\b|\.py\b|0x[0-9a-f]+|Error code: \d|API key|"
    r"Connection error|" + "|".join(map(re.escape, SECRETS))
)


def check_sentence(text: str, where: str) -> None:
    """Raise BrokenRuleError if `text`, which came in the event `where`, tells what is inside."""
    if inside := _INSIDE.search(text):
        raise BrokenRuleError(
            f"tells its reader {inside[0]!r} in `{where}`: that is nobody's business but yours. "
            "Send a sentence of your own."
        )
