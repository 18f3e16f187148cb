"""Decides what the offline model does next: which tools it calls, or what it says. No I/O."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from labkit.offline.speech.composer import compose
from labkit.offline.speech.conversation import read_conversation
from labkit.offline.speech.roles import works_on_text
from labkit.offline.speech.smalltalk import BEFORE_CALLS
from labkit.offline.tools.choosing import Tool, fill, fitness, read_tools, values_to_split
from labkit.offline.tools.findings import ask_back, report
from labkit.offline.tools.followup import follow_up
from labkit.offline.tools.gullible import Order, next_order
from labkit.offline.tools.history import Answered, History, read_history
from labkit.offline.tools.planner import PlannedCall, Step, missing, pending, plan, source
from labkit.offline.tools.replies import Known, as_json
from labkit.offline.words import plain_text

__all__ = ["Decision", "PlannedCall", "decide"]


@dataclass(frozen=True)
class Decision:
    """What the model does next: a text, or tool calls with perhaps a short text before them."""

    text: str = ""
    calls: tuple[PlannedCall, ...] = ()


def decide(
    messages: Sequence[dict[str, Any]],
    *,
    tools: Sequence[dict[str, Any]] = (),
    tool_choice: str | dict[str, Any] = "auto",
    parallel: bool = True,
    response_format: dict[str, Any] | None = None,
    seed: int = 0,
) -> Decision:
    """Return the next turn of a conversation; the same input always gives the same one.

    `messages`, `tools`, `tool_choice` and `response_format` are those of a chat-completions
    request (OpenAI API reference, "Create chat completion") and were validated before.
    """
    history = read_history(messages)
    spoken = {each["function"]["name"]: json.dumps(each) for each in tools if "function" in each}
    may_call = tool_choice != "none"
    read = read_tools(tools)
    turn = _Turn(messages, history, read, response_format, seed, spoken, may_call)
    free = may_call and not isinstance(tool_choice, dict)
    order = next_order(messages, read if free else ()) or Order()
    if order.call:
        return Decision("", (order.call,))
    # Where the answer has to be JSON, no other text may stand before it, or before a call.
    said = "" if turn.in_json else order.text
    calls = turn.calls(tool_choice)
    if not calls:
        return Decision(f"{said}\n\n{turn.text()}" if said else turn.text())
    before = turn.before_calls() if tool_choice == "auto" and not turn.in_json else ""
    return Decision(said or before, tuple(calls if parallel else calls[:1]))


@dataclass(frozen=True)
class _Turn:
    """One turn to decide on."""

    messages: Sequence[dict[str, Any]]
    history: History
    tools: list[Tool]
    response_format: dict[str, Any] | None
    seed: int
    spoken: dict[str, str]
    may_call: bool

    def calls(self, tool_choice: str | dict[str, Any]) -> list[PlannedCall]:
        if tool_choice == "none" or not self.tools:
            return []
        if isinstance(tool_choice, dict):
            name = tool_choice["function"]["name"]
            return [self.call(tool) for tool in self.tools if tool.name == name]
        return pending(self.steps, self.history) or (
            self.must_call() if tool_choice == "required" else []
        )

    @cached_property
    def steps(self) -> list[Step]:
        """The steps that the question calls for."""
        steps = plan(self.history.question, self.tools, known=bool(self.history.earlier))
        return steps or follow_up(self.history.question, self.messages, self.tools)

    def call(self, tool: Tool) -> PlannedCall:
        """Return a call of `tool`, whether or not the question asks for one."""
        if tool.is_output:
            return PlannedCall(tool.name, fill(tool, self.known()))
        name, values = values_to_split(tool, self.history.question)
        step = Step(tool, self.history.question, waits=True)
        asked = source(step, self.history)
        asked.fixed |= {name: values[0]} if values else {}
        return PlannedCall(tool.name, fill(tool, asked))

    def must_call(self) -> list[PlannedCall]:
        """Return the call to make when nothing is left to find out, but something must be called.

        A tool that was not called yet then takes the answer, as frameworks offer them for that.
        """
        tool = self.fallback()
        fresh = tool.name not in {each.name for each in self.history.answered}
        if fresh and self.results():
            return [PlannedCall(tool.name, fill(tool, self.known()))]
        return [self.call(tool)]

    def fallback(self) -> Tool:
        """Return the tool to call when one must be called: for output, else the best fitting."""
        called = {each.name for each in self.history.answered if not each.garbled}
        outputs = [tool for tool in self.tools if tool.is_output]
        fresh = [tool for tool in self.tools if tool.name not in called]
        return max(
            outputs or fresh or self.tools,
            key=lambda tool: fitness(tool, self.history.question, self.tools),
        )

    def before_calls(self) -> str:
        """Return a short text for about one question in three, before its first calls."""
        # An odd multiplier spreads neighbouring seeds.
        spread = ((self.seed + 3) * 2654435761 >> 9) & 0xFFFF
        silent = self.history.turns or spread % 3
        return "" if silent else BEFORE_CALLS[spread // 3 % len(BEFORE_CALLS)]

    @property
    def in_json(self) -> bool:
        return (self.response_format or {}).get("type") in ("json_schema", "json_object")

    def text(self) -> str:
        if not self.in_json:
            return self.answer()
        prompt = "\n".join(plain_text(message.get("content")) for message in self.messages[-20:])
        return as_json(self.response_format or {}, self.known(), prompt)

    @property
    def asks_back(self) -> bool:
        """Whether tools may be called, and nothing but a missing word has kept us from it."""
        return self.may_call and not self.history.answered

    def known(self) -> Known:
        return Known(self.history.question, self.answer(), self.results())

    def results(self) -> list[Answered]:
        """Return what tools told; one that took the final answer, or handed over, tells nothing."""
        outputs = {tool.name for tool in self.tools if tool.is_output}
        told = (each for each in self.history.answered if each.name not in outputs)
        return [each for each in told if not each.hands_over]

    def answer(self) -> str:
        if works_on_text(read_conversation(self.messages)):
            return compose(self.messages, seed=self.seed)
        if results := self.results():
            return report(self.history.question, results, spoken=self.spoken, seed=self.seed)
        if asked := self.asks_back and missing(self.steps, self.history):
            return ask_back(asked)
        # What is left after a hand-over is the question alone: its result is no news.
        silent = bool(self.history.answered)
        talk = [m for m in self.messages if not (silent and m.get("role") == "tool")]
        return compose(talk, seed=self.seed)
