"""Milestone 6: a stream that breaks leaves its text, and a reader who knows."""

import re
import time

from labkit.capstone.milestones.answer import check_done
from labkit.capstone.milestones.milestone import Milestone, Rule
from labkit.capstone.trial import IDLE_LIMIT_S, QUESTION, BrokenRuleError, Heard, Trial
from labkit.capstone.upstream import TEXT, Turn

_PASSING = "status=500;times=1;retry_after=0.01"
_BREAKS = ("cut_after=3", "truncate_after=3", "error_after=3")
# Tools that fail at once bring the agent to its second turn, however slow the learner's own are.
_TO_SECOND = Turn(calls=(("no_such_tool", "{}"),))
_INSIDE = re.compile(r"Traceback|File \"|\w+(Error|Exception)\b|\.py\b|0x[0-9a-f]+")


async def _asks_again(trial: Trial) -> None:
    for turns in ([Turn(_PASSING, tools=False)], [_TO_SECOND, Turn(_PASSING, tools=False)]):
        heard = await trial.hear(QUESTION, *turns)
        where = "first" if len(turns) == 1 else "second"
        if "error" in heard.names:
            raise BrokenRuleError(
                f"sends {heard.in_short} after one 500 in the {where} turn, which passes if it is "
                "asked again."
            )
        check_done(heard)


async def _keeps_text(trial: Trial) -> None:
    for fault in _BREAKS:
        for before in ((), (_TO_SECOND,)):
            heard = await trial.hear(QUESTION, *before, Turn(fault, tools=False))
            _check_broken(heard, trial, fault)
            if len(trial.upstream.asked) > len(before) + 1:
                raise BrokenRuleError(
                    f"asks the model again with the fault `{fault}`, though its reader has a part "
                    "of the answer: another answer would not fit to it."
                )


def _check_broken(heard: Heard, trial: Trial, fault: str) -> None:
    endings = [name for name in heard.names if name in ("done", "error")]
    if endings != ["error"] or heard.names[-1] != "error" or not heard.ended:
        more = " and then stays open" if heard.silent else ""
        raise BrokenRuleError(
            f"sends {heard.in_short}{more} with the fault `{fault}`; expected one `error`, at the "
            "end, and no `done`."
        )
    if heard.text != trial.upstream.text:
        raise BrokenRuleError(
            f"sends {heard.text!r} with the fault `{fault}`, and the model said "
            f"{trial.upstream.text!r}: what has come stays as it is."
        )


async def _gives_a_sentence(trial: Trial) -> None:
    for fault in (*_BREAKS, "status=500;retry_after=0.01", "status=401"):
        heard = await trial.hear(QUESTION, Turn(fault, tools=False))
        message = heard.events[-1].data.get("message") if heard.events else None
        if heard.names[-1:] != ["error"] or not isinstance(message, str):
            raise BrokenRuleError(f"sends {heard.in_short} with `{fault}`; expected an `error`.")
        _check_message(message, trial.secrets, fault)


def _check_message(message: str, secrets: tuple[str, ...], fault: str) -> None:
    leaked = [secret for secret in secrets if secret in message]
    inside = _INSIDE.search(message)
    if leaked or inside:
        what = leaked[0] if leaked else inside and inside[0]
        raise BrokenRuleError(
            f"tells its reader {what!r} in an `error` with `{fault}`: that is nobody's business "
            "but yours. Log it, and send a sentence."
        )
    if not re.fullmatch(r"[A-Z].{5,198}[.!?]", message.strip()):
        raise BrokenRuleError(f"sends the message {message[:80]!r}; expected one short sentence.")


async def _never_hangs(trial: Trial) -> None:
    for after in (0, 3):
        began = time.perf_counter()
        turn = Turn(f"stall_after={after}", tools=False)
        heard = await trial.hear(QUESTION, turn, patience_s=IDLE_LIMIT_S + 2)
        _check_broken(heard, trial, f"stall_after={after}")
        if time.perf_counter() - began < IDLE_LIMIT_S / 2:
            raise BrokenRuleError(f"gives up before {IDLE_LIMIT_S} s, its `IDLE_LIMIT_S`.")


async def _goes_on(trial: Trial) -> None:
    await trial.hear(QUESTION, Turn("cut_after=1", tools=False))
    check_done(await trial.hear(QUESTION, TEXT))
    if not await trial.cancelled(0):
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
        Rule("After a break the text stays, and `error` ends it; never `done`.", _keeps_text),
        Rule("The message is a sentence for people, and gives nothing away.", _gives_a_sentence),
        Rule("A model that falls silent for `IDLE_LIMIT_S` seconds is a break, too.", _never_hangs),
        Rule("The next question is answered as if nothing had happened.", _goes_on),
    ),
    environment={"IDLE_LIMIT_S": str(IDLE_LIMIT_S)},
    hints=(
        "There are three bad ends: an exception, a `Done` whose `ending` is not `answered`, and "
        "nothing at all. Notebook 08 meets each of them.",
        "The SDK asks again by itself, before the first byte (`max_retries`). What comes after it "
        "is for you: `except openai.APIError`, and a time limit around each `anext`.",
        "In `guarded`, inside `try`: `async with asyncio.timeout(IDLE_LIMIT_S): sent = await "
        'anext(frames, b"")`, in a loop that ends at `b""`. `except TimeoutError`, `except '
        "openai.APIError` and `except Exception` each yield an `error` with a sentence.",
    ),
)
