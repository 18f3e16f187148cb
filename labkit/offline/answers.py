"""What the offline model says to a request, whatever the dialect: text, tool calls, an ending."""

import json
import secrets
import string
from dataclasses import dataclass

from openai.types import CompletionUsage

from labkit.offline.advisor import Decision, PlannedCall
from labkit.offline.continuing import next_turn
from labkit.offline.faults import NONE, Fault
from labkit.offline.requests import ChatRequest
from labkit.offline.spoiled import is_spoiled, spoil
from labkit.offline.tokens import count_prompt, pieces


@dataclass(frozen=True)
class Call:
    """One tool call of an answer, its arguments as JSON cut into fragments."""

    id: str
    name: str
    fragments: list[str]


@dataclass(frozen=True)
class Answer:
    """One choice: its text in pieces, its tool calls, and why it ended."""

    text: list[str]
    calls: list[Call]
    finish_reason: str

    @property
    def tokens(self) -> int:
        """The tokens of this answer: its pieces, and three around each call."""
        return len(self.text) + sum(3 + len(call.fragments) for call in self.calls)


def answer(request: ChatRequest, fault: Fault = NONE) -> list[Answer]:
    """Return the choices for `request`, `request.n` of them, each in other words.

    Of a fault, only `bad_arguments` changes what is said; the others come with the sending.
    """
    spoiled = is_spoiled(request.messages, fault.bad_arguments)
    return [_answer(request, i, spoiled) for i in range(request.n)]


def _answer(request: ChatRequest, choice: int, spoiled: bool) -> Answer:
    decision = next_turn(request, choice)
    text = pieces(_until_stop(decision.text, request.stop))
    calls = [_call(planned, i, spoiled) for i, planned in enumerate(decision.calls)]
    return _limit(Answer(text, calls, _finish_reason(request, decision)), request.max_tokens)


def _until_stop(text: str, stops: tuple[str, ...]) -> str:
    found = [text.find(stop) for stop in stops if stop in text]
    return text[: min(found)] if found else text


def _call(planned: PlannedCall, position: int, spoiled: bool) -> Call:
    text = json.dumps(planned.arguments, ensure_ascii=False, separators=(",", ":"))
    text = spoil(text, position) if spoiled else text
    return Call(new_id("call_", 24), planned.name, pieces(text))


def _finish_reason(request: ChatRequest, decision: Decision) -> str:
    # A call that the request forced by name ends with `stop`, as on the real API.
    return "tool_calls" if decision.calls and not request.forced else "stop"


def _limit(answer: Answer, most: int | None) -> Answer:
    """Return `answer` cut off after `most` tokens, if it has more."""
    if most is None or answer.tokens <= most:
        return answer
    text = answer.text[:most]
    left, calls = most - len(text), []
    for call in answer.calls:
        left -= 3
        if left < 0:
            break
        calls.append(Call(call.id, call.name, call.fragments[:left]))
        left -= len(call.fragments)
    return Answer(text, calls, "length")


def usage(request: ChatRequest, answers: list[Answer]) -> CompletionUsage:
    """Return the token counts of a request and its answers."""
    prompt = count_prompt(request.messages, list(request.tools))
    completion = sum(answer.tokens for answer in answers)
    return CompletionUsage.model_validate(
        {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {
                "reasoning_tokens": 0,
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        }
    )


def new_id(prefix: str, length: int) -> str:
    """Return a fresh id: `prefix` and so many random letters and digits."""
    alphabet = string.ascii_letters + string.digits
    return prefix + "".join(secrets.choice(alphabet) for _ in range(length))
