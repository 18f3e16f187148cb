"""Milestone 5: when the reader leaves, nobody works for nobody."""

import re
from collections.abc import Awaitable, Callable

from labkit.capstone.heard import BrokenRuleError, Heard
from labkit.capstone.milestones.milestone import Check, Milestone, Rule
from labkit.capstone.milestones.page import source
from labkit.capstone.upstream import PLAIN, Turn
from labkit.capstone.visit import QUESTION, TOOL_PATIENCE_S, Visit

_PAUSE_S = 0.3


async def _in_text(visit: Visit) -> Heard:
    turn = Turn("stall_after=3", tools=False)
    return await visit.hear(
        QUESTION, turn, until=lambda event: event.name == "token", patience_s=TOOL_PATIENCE_S
    )


async def _before_text(visit: Visit) -> Heard:
    turn = Turn("stall_after=0", tools=False)
    return await visit.hear(QUESTION, turn, pause_s=_PAUSE_S, patience_s=TOOL_PATIENCE_S)


async def _after_tools(visit: Visit) -> Heard:
    return await visit.hear_example(PLAIN, Turn("stall_after=0"), pause_s=_PAUSE_S)


def _stops(leave: Callable[[Visit], Awaitable[Heard]], when: str) -> Check:
    """Return the check that the model is cancelled when a reader does `leave`."""

    async def check(visit: Visit) -> None:
        before = visit.upstream.model.streams.cancelled
        await leave(visit)
        if not await visit.cancelled(before + 1):
            raise BrokenRuleError(
                f"goes on with the model's stream for 2 s and more after its reader left {when}."
            )

    return check


async def _has_button(visit: Visit) -> None:
    text = await source(visit)
    if not _stop_button(text):
        raise BrokenRuleError("has a page without a button that says Stop.")
    if not (handler := _handler(text)):
        raise BrokenRuleError("has a Stop button, and no script does anything when it is pressed.")
    if not re.search(r"\.(abort|cancel)\(", handler):
        raise BrokenRuleError("has a Stop button that ends no request: `leave.abort()` does.")


async def _button_works(visit: Visit) -> None:
    text = await source(visit)
    if not re.search(r"[{,]\s*signal\s*[,:}]", text):
        raise BrokenRuleError("has a page that fetches without a `signal`: Stop cannot end it.")
    begins = len(re.findall(r"\bbegin\(", text)) - len(re.findall(r"function begin\(", text))
    enabled = re.search(r"\.disabled\s*=\s*(false|!1)|removeAttribute\(.disabled", text)
    if "disabled" in _stop_button(text) and not (enabled and begins):
        raise BrokenRuleError(
            "has a Stop button that stays disabled: `form.onsubmit` has to call `begin()`."
        )


def _stop_button(text: str) -> str:
    """Return the page's button that says Stop, from tag to tag; empty if there is none."""
    for button in re.findall(r"<button\b.*?</button>", text, re.DOTALL | re.IGNORECASE):
        label = re.search(r"aria-label=[\"']?([^\"'>]*)", button)
        if re.search(r"\bstop\b", re.sub("<.*?>", "", button) + (label[1] if label else ""), re.I):
            return str(button)
    return ""


def _handler(text: str) -> str:
    """Return what runs when Stop is pressed, and the functions that it names; maybe empty."""
    found = re.search(r"stop\b[\s\S]{0,80}?(onclick|addEventListener)", text, re.IGNORECASE)
    if not found:
        return ""
    handler = _paragraph(text, found.start())
    for name in set(re.findall(r"\b[a-z]\w+\b", handler)) - {"function", "end", "begin"}:
        if at := re.search(rf"function {name}\b|\b(const|let) {name} =", text):
            handler += _paragraph(text, at.start())
    return handler


def _paragraph(text: str, start: int) -> str:
    """Return the code from `start` to a blank line, the next function, or the script's end."""
    end = re.compile(r"\n\s*\n|\n(async )?function |</script").search(text, start + 1)
    return text[start : end.start() if end else None]


STOP = Milestone(
    number=5,
    name="stop",
    says="When the reader leaves, the model stops.",
    points=15,
    rules=(
        Rule(
            "A reader that leaves in the middle of the text stops the model.",
            _stops(_in_text, "in the middle of the text"),
        ),
        Rule(
            "So does one that leaves before the first text.",
            _stops(_before_text, "before the first text"),
        ),
        Rule(
            "And one that leaves after the tools, while the model thinks.",
            _stops(_after_tools, "after the tools had run"),
        ),
        Rule("The page has a Stop button that ends the request.", _has_button),
        Rule("It can be pressed, and the request is one that can be ended.", _button_works),
    ),
    hints=(
        "Starlette cancels the task that sends the response. A task of your own, as in `stream`, "
        "goes on. Who starts one has to cancel it, or better, starts none.",
        "In the page, `begin()` gives each request an `AbortController`, `leave`. Its `signal` "
        "goes into `fetch`, in section 3. `leave.abort()` is the Stop.",
        '`form.stop.onclick = () => { leave.abort(); end("Stopped."); };` in the page. `stream` is '
        'one line: `return StreamingResponse(frames, 200, HEADERS, "text/event-stream")`.',
    ),
)
