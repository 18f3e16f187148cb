"""Milestone 2: a question is answered as SSE events, as the model speaks."""

import asyncio

from labkit.capstone.milestones.milestone import Milestone, Rule
from labkit.capstone.trial import QUESTION, BrokenRuleError, Heard, Trial
from labkit.capstone.upstream import TEXT, Turn

_PAUSES = Turn("stall_after=3", tools=False)


async def _is_whole(trial: Trial) -> None:
    heard = await trial.hear(QUESTION, TEXT)
    if not heard.text:
        raise BrokenRuleError(f"sends {heard.in_short} and no `token`.")
    if heard.text != trial.upstream.text:
        raise BrokenRuleError(
            f"sends {len(heard.text)} characters of text, and the model said "
            f"{len(trial.upstream.text)}: {heard.text[:40]!r} …"
        )
    check_done(heard)


def check_done(heard: Heard) -> None:
    """Raise BrokenRuleError unless `heard` ends with one `done`."""
    endings = [name for name in heard.names if name in ("done", "error")]
    if endings != ["done"] or heard.names[-1] != "done" or not heard.ended:
        more = " and then stays open" if heard.silent else ""
        raise BrokenRuleError(f"sends {heard.in_short}{more}; expected one `done`, at the end.")
    reason = heard.events[-1].data.get("finish_reason")
    if reason != "stop":
        raise BrokenRuleError(f"says {reason!r} as finish reason in `done`; the model said 'stop'.")


async def _streams(trial: Trial) -> None:
    heard = await trial.hear(QUESTION, _PAUSES, until=lambda e: e.name != "token", patience_s=1)
    if heard.text != trial.upstream.text or not heard.text:
        raise BrokenRuleError(
            f"has sent {heard.text!r} when the model pauses after {trial.upstream.text!r}: it "
            "collects what it should send on at once."
        )


async def _has_headers(trial: Trial) -> None:
    heard = await trial.hear(QUESTION, TEXT)
    for name, value in (("cache-control", "no-cache"), ("x-accel-buffering", "no")):
        if value not in heard.headers.get(name, "").lower():
            raise BrokenRuleError(
                f"sends the header `{name}: {heard.headers.get(name, '')}`; expected `{value}`."
            )


async def _refuses(trial: Trial) -> None:
    trial.upstream.plan(TEXT)
    for body in ({}, {"question": ""}, {"question": " \n "}, {"question": "x" * 501}):
        status = await trial.status(body)
        if status != 422 or trial.upstream.asked:
            asked = " and asks the model" if trial.upstream.asked else ""
            raise BrokenRuleError(f"answers {str(body)[:40]} with status {status}{asked}.")
    padded = f"  {QUESTION.ljust(500, '?')}\n"
    if (status := await trial.status({"question": padded})) != 200:
        raise BrokenRuleError(f"answers 500 characters and white space with status {status}.")


async def _serves_two(trial: Trial) -> None:
    """While one reader waits for a silent model, ask for something else."""
    waiting = asyncio.create_task(trial.hear(QUESTION, _PAUSES, patience_s=3))
    try:
        await asyncio.wait([waiting], timeout=0.5)  # by then it has read what there is
        await asyncio.wait_for(trial.about(), 2)
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
        "`told` gets one agent event. A `TextDelta` is a `token`, a `Done` is what `last` makes of "
        "it, and everything else is for `progress`.",
        "`StringConstraints(strip_whitespace=True, min_length=1, max_length=500)` in an "
        "`Annotated[str, …]` is the type of a question, and FastAPI sends the 422 by itself.",
    ),
)
