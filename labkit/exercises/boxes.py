"""What a check draws: a coloured box in JupyterLab, plain text anywhere else."""

import html
import re
from dataclasses import dataclass
from typing import Any, Literal

Look = Literal["success", "warning", "info"]

_CODE = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True, repr=False)
class Box:
    """A sign, a title, and lines of text where `backticks` mark code; `code` follows as a block."""

    look: Look
    sign: str
    title: str
    text: str = ""
    code: str = ""

    def __repr__(self) -> str:
        return "\n".join(
            part for part in (f"{self.sign} {self.title}", self.text, self.code) if part
        )

    def _repr_html_(self) -> str:
        lines = "".join(f"<p>{marked(line)}</p>" for line in self.text.splitlines())
        block = f"<pre><code>{html.escape(self.code)}</code></pre>" if self.code else ""
        title = f"<p><strong>{html.escape(self.sign)} {marked(self.title)}</strong></p>"
        return f'<div class="alert alert-{self.look}">{title}{lines}{block}</div>'


def marked(text: str) -> str:
    """Return `text` escaped for HTML, with `backticks` drawn as code."""
    return _CODE.sub(r"<code>\1</code>", html.escape(text))


def show(drawing: Any) -> None:
    """Display `drawing` in a notebook, or print it where there is none."""
    from IPython.display import display

    display(drawing)  # type: ignore[no-untyped-call]
