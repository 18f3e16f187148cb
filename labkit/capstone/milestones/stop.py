"""Milestone 5: when the reader leaves, nobody works for nobody."""

import re

from labkit.capstone.milestones.milestone import Milestone, Rule
from labkit.capstone.milestones.page import source
from labkit.capstone.trial import QUESTION, BrokenRuleError, Event, Trial
from labkit.capstone.upstream import PLAIN, Turn


async def _leave(trial: Trial, question: str, *turns: Turn, when: str, event: str) -> None:
    """Leave at this `event`, or after a moment without it; the model has to be cancelled."""
    before = trial.upstream.model.streams.cancelled

    def enough(heard: Event) -> bool:
        return heard.name == event

    await trial.hear(question, *turns, until=enough, patience_s=1)
    if not await trial.cancelled(before + 1):
        raise BrokenRuleError(
            f"goes on with the model's stream for 2 s and more after its reader left {when}."
        )


async def _stops_in_text(trial: Trial) -> None:
    turn = Turn("stall_after=3", tools=False)
    await _leave(trial, QUESTION, turn, when="in the middle of the text", event="token")


async def _stops_before_text(trial: Trial) -> None:
    turn = Turn("stall_after=0", tools=False)
    await _leave(trial, QUESTION, turn, when="before the first text", event="")


async def _stops_after_tools(trial: Trial) -> None:
    question, turn = await trial.example(), Turn("stall_after=0")
    when = "after the tools had run"
    await _leave(trial, question, PLAIN, turn, when=when, event="")


async def _has_button(trial: Trial) -> None:
    text = await source(trial)
    if not re.search(r"<button[^>]*>[^<]*\bstop\b", text, re.IGNORECASE):
        raise BrokenRuleError("has a page without a button that says Stop.")
    if not re.search(r"\.abort\(|\.close\(", text[_script(text) :]):
        raise BrokenRuleError("has a Stop button that ends no request: `leave.abort()` does.")
    if not re.search(r"stop\b[^\n]*(onclick|addEventListener|onsubmit)", text, re.IGNORECASE):
        raise BrokenRuleError("has a Stop button, and no script does anything when it is pressed.")


def _script(text: str) -> int:
    return text.index("<script")


STOP = Milestone(
    number=5,
    name="stop",
    says="When the reader leaves, the model stops.",
    points=15,
    rules=(
        Rule("A reader that leaves in the middle of the text stops the model.", _stops_in_text),
        Rule("So does one that leaves before the first text.", _stops_before_text),
        Rule("And one that leaves after the tools, while the model thinks.", _stops_after_tools),
        Rule("The page has a Stop button that ends the request.", _has_button),
    ),
    hints=(
        "Starlette cancels the task that sends the response. What stands in an `async with` in "
        "that task is closed; a task or a thread of your own is not.",
        "In the page, `leave = new AbortController()` belongs to each request, and its `signal` "
        "goes into `fetch`. `leave.abort()` is the Stop.",
        '`form.stop.onclick = () => { leave.abort(); end("Stopped."); };` in the page. In '
        "`answer`: `async with aclosing(agent(question)) as events:`. In `stream`: a "
        "`BackgroundTask(frames.aclose)`.",
    ),
)
