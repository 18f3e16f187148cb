"""Milestone 6: a stream that breaks leaves its text, and a reader who knows."""

import json
import time

from labkit.capstone.heard import BrokenRuleError, Heard
from labkit.capstone.milestones.answer import check_done
from labkit.capstone.milestones.milestone import Milestone, Rule
from labkit.capstone.milestones.sentence import check_sentence
from labkit.capstone.upstream import TEXT, Turn
from labkit.capstone.visit import IDLE_LIMIT_S, QUESTION, Visit

_PASSING = "status=500;times=1;retry_after=0.01"
_PASSING_BREAKS = ("error_after=0;times=1", "cut_after=0;times=1", "truncate_after=0;times=1")
_BREAKS = ("cut_after=3", "truncate_after=3", "error_after=3")
# Tools that fail at once bring the agent to its second turn, however slow the learner's own are.
_TO_SECOND = Turn(calls=(("no_such_tool", "{}"),))


async def _asks_again(visit: Visit) -> None:
    for turns in ([Turn(_PASSING, tools=False)], [_TO_SECOND, Turn(_PASSING, tools=False)]):
        where = "first" if len(turns) == 1 else "second"
        _check_passed(await visit.hear(QUESTION, *turns), f"one 500 in the {where} turn")


async def _asks_once_more(visit: Visit) -> None:
    for fault in _PASSING_BREAKS:
        heard = await visit.hear(QUESTION, Turn(fault, tools=False))
        _check_passed(heard, f"the fault `{fault}`")


def _check_passed(heard: Heard, what: str) -> None:
    if "error" in heard.names:
        raise BrokenRuleError(
            f"sends {heard.in_short} after {what}, which passes if the model is asked again."
        )
    check_done(heard)


async def _keeps_text(visit: Visit) -> None:
    for fault in _BREAKS:
        for before in ((), (_TO_SECOND,)):
            heard = await visit.hear(QUESTION, *before, Turn(fault, tools=False))
            _check_broken(heard, visit, fault)
            if len(visit.upstream.asked) > len(before) + 1:
                raise BrokenRuleError(
                    f"asks the model again with the fault `{fault}`, though its reader has a part "
                    "of the answer: another answer would not fit to it."
                )


def _check_broken(heard: Heard, visit: Visit, fault: str) -> None:
    endings = [name for name in heard.names if name in ("done", "error")]
    if endings != ["error"] or heard.names[-1] != "error" or not heard.ended:
        more = " and then stays open" if heard.left else ""
        raise BrokenRuleError(
            f"sends {heard.in_short}{more} with the fault `{fault}`; expected one `error`, at the "
            "end, and no `done`."
        )
    if heard.text != visit.upstream.text:
        raise BrokenRuleError(
            f"sends {heard.text!r} with the fault `{fault}`, and the model said "
            f"{visit.upstream.text!r}: what has come stays as it is."
        )


async def _gives_a_sentence(visit: Visit) -> None:
    for fault in (*_BREAKS, "status=500;retry_after=0.01", "status=401"):
        heard = await visit.hear(QUESTION, Turn(fault, tools=False))
        message = heard.events[-1].data.get("message") if heard.events else None
        if heard.names[-1:] != ["error"] or not isinstance(message, str):
            raise BrokenRuleError(f"sends {heard.in_short} with `{fault}`; expected an `error`.")
        check_sentence(json.dumps(heard.events[-1].data, ensure_ascii=False), "error")
        _check_message(message)


def _check_message(message: str) -> None:
    if not 5 <= len(message) <= 200 or "\n" in message.strip():
        raise BrokenRuleError(f"sends the message {message[:80]!r}; expected one short sentence.")


async def _never_hangs(visit: Visit) -> None:
    for after in (0, 3):
        began = time.perf_counter()
        turn = Turn(f"stall_after={after}", tools=False)
        heard = await visit.hear(QUESTION, turn, patience_s=IDLE_LIMIT_S + 2)
        _check_broken(heard, visit, f"stall_after={after}")
        if time.perf_counter() - began < IDLE_LIMIT_S / 2:
            raise BrokenRuleError(f"gives up before {IDLE_LIMIT_S} s, its `IDLE_LIMIT_S`.")


async def _has_patience(visit: Visit) -> None:
    slow = Turn(f"slow_start={IDLE_LIMIT_S * 2 / 3}")
    heard = await visit.hear_example(slow, slow)
    if "error" in heard.names:
        raise BrokenRuleError(
            f"sends {heard.in_short} though the model is never silent for `IDLE_LIMIT_S` seconds: "
            "neither the whole answer nor a tool has that limit."
        )
    check_done(heard)


async def _goes_on(visit: Visit) -> None:
    await visit.hear(QUESTION, Turn("cut_after=1", tools=False))
    check_done(await visit.hear(QUESTION, TEXT))
    if not await visit.cancelled(0):
        raise BrokenRuleError("leaves a stream of the model open.")


RECOVERY = Milestone(
    number=6,
    name="recovery",
    says="A stream that breaks leaves its text, and a reader who knows.",
    points=15,
    rules=(
        Rule(
            "An error that passes, before the first text, is not seen by the reader.", _asks_again
        ),
        Rule("So is a stream that breaks before its first text, once.", _asks_once_more),
        Rule("After a break the text stays, and `error` ends it; never `done`.", _keeps_text),
        Rule("The message is a sentence for people, and gives nothing away.", _gives_a_sentence),
        Rule("A model that falls silent for `IDLE_LIMIT_S` seconds is a break, too.", _never_hangs),
        Rule("A long answer and a slow tool are no silence of the model.", _has_patience),
        Rule("The next question is answered as if nothing had happened.", _goes_on),
    ),
    environment={"IDLE_LIMIT_S": str(IDLE_LIMIT_S)},
    hints=(
        "There are three bad ends: an exception, a `Done` whose `ending` is not `answered`, and "
        "nothing at all. Notebook 08 meets each of them. `last` may raise in the second case: then "
        "all three are exceptions.",
        "The SDK asks again by itself after a status (`max_retries`). A stream that breaks before "
        "its first SSE event is for `guarded`: call `answer` a second time, and no third. The "
        "`timeout` of the client counts from one read to the next, so it notices silence.",
        '`OPTIONS = {"timeout": IDLE_LIMIT_S}`. In `guarded`, around `async for`, in a loop: '
        "`except openai.APITimeoutError`, `except openai.APIError` and `except Exception` each "
        'yield `frame("error", message="A sentence.")`, unless nothing was sent in the first try.',
    ),
)
