"""Milestone 2: a question is answered as SSE events, as the model speaks."""

import asyncio

from labkit.capstone.heard import BrokenRuleError, Heard
from labkit.capstone.milestones.milestone import Milestone, Rule
from labkit.capstone.upstream import TEXT, Turn
from labkit.capstone.visit import QUESTION, TOOL_PATIENCE_S, Visit

_PAUSES = Turn("stall_after=3", tools=False)
_SETTLED_S = 0.3


async def _is_whole(visit: Visit) -> None:
    heard = await visit.hear(QUESTION, TEXT)
    # The last text: an app may ask again, as the SDK does, when nothing has reached it yet.
    if not heard.text:
        raise BrokenRuleError(f"sends {heard.in_short} and no `token`.")
    if heard.text != visit.upstream.last_text:
        raise BrokenRuleError(
            f"sends {len(heard.text)} characters of text, and the model said "
            f"{len(visit.upstream.last_text)}: {heard.text[:40]!r} …"
        )
    check_done(heard)


def check_done(heard: Heard) -> None:
    """Raise BrokenRuleError unless `heard` ends with one `done`."""
    endings = [name for name in heard.names if name in ("done", "error")]
    if endings != ["done"] or heard.names[-1] != "done" or not heard.ended:
        more = " and then stays open" if heard.left else ""
        raise BrokenRuleError(f"sends {heard.in_short}{more}; expected one `done`, at the end.")
    reason = heard.events[-1].data.get("finish_reason")
    if reason != "stop":
        raise BrokenRuleError(f"says {reason!r} as finish reason in `done`; the model said 'stop'.")


async def _streams(visit: Visit) -> None:
    for fault in ("stall_after=4", "stall_after=5"):
        turn = Turn(fault, tools=False)
        heard = await visit.hear(QUESTION, turn, pause_s=1, patience_s=TOOL_PATIENCE_S)
        said = visit.upstream.last_text
        if heard.text != said or not heard.text:
            raise BrokenRuleError(
                f"has sent {heard.text!r} when the model pauses after {said!r}: it "
                "collects what it should send on at once."
            )


async def _has_headers(visit: Visit) -> None:
    heard = await visit.hear(QUESTION, TEXT)
    for name, value in (("cache-control", "no-cache"), ("x-accel-buffering", "no")):
        sent = heard.headers.get(name, "").lower()
        if value not in sent and "no-store" not in sent:  # which is stricter
            raise BrokenRuleError(
                f"sends the header `{name}: {heard.headers.get(name, '')}`; expected `{value}`."
            )


async def _refuses(visit: Visit) -> None:
    visit.upstream.plan(TEXT)
    for body in ({}, {"question": ""}, {"question": " \n "}, {"question": "x" * 501}):
        status = await visit.status(body)
        if status != 422 or visit.upstream.asked:
            asked = " and asks the model" if visit.upstream.asked else ""
            raise BrokenRuleError(f"answers {str(body)[:40]} with status {status}{asked}.")
    padded = f"  {QUESTION.ljust(500, '?')}\n"
    if (status := await visit.status({"question": padded})) != 200:
        raise BrokenRuleError(f"answers 500 characters and white space with status {status}.")


async def _serves_two(visit: Visit) -> None:
    """While one reader waits for a silent model, ask for something else."""
    waiting = asyncio.create_task(visit.hear(QUESTION, _PAUSES, patience_s=TOOL_PATIENCE_S))
    try:
        await visit.pause(_SETTLED_S, waiting)
        await asyncio.wait_for(visit.about(), 2)
    except (BrokenRuleError, TimeoutError):
        raise BrokenRuleError(
            "does not answer a second reader while the first one waits: something blocks its event "
            "loop."
        ) from None
    finally:
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)


ANSWER = Milestone(
    number=2,
    name="answer",
    says="A question is answered as SSE events, as the model speaks.",
    points=15,
    rules=(
        Rule(
            "Send a `token` for each text; all of them are what the model said. Then `done`.",
            _is_whole,
        ),
        Rule("Never block the event loop: there are other readers.", _serves_two),
        Rule("Send each text at once, and collect nothing.", _streams),
        Rule("Two headers keep caches and buffers away.", _has_headers),
        Rule("A question has 1 to 500 characters without its ends; others get a 422.", _refuses),
    ),
    hints=(
        "The section “An app to keep” of notebook 04 has all of it: the two headers, the type of "
        "a question, and events with a name and JSON.",
        "`told` gets one agent event. A `TextDelta` is a `token`. A `Done` is what `last` makes of "
        "it, in section 6, and everything else is for `progress`, in section 4.",
        "`StringConstraints(strip_whitespace=True, min_length=1, max_length=500)` in an "
        "`Annotated[str, …]` is the type of a question, and FastAPI sends the 422 by itself.",
    ),
)
