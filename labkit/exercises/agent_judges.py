"""The judges of what an agent does: its tools, and its loop."""

import asyncio
import inspect
from collections.abc import Sequence
from typing import Any

from openai.types.chat import ChatCompletionChunk

from labkit.agent_events import TextDelta, ToolFailed, ToolFinished, ToolStarted
from labkit.exercises.exercise import Judge
from labkit.exercises.judges import returns
from labkit.exercises.outcome import Outcome, shown, told
from labkit.reply import Reply


def returns_error(*words: str) -> Judge:
    """Want `{"error": a sentence}` with these words in the sentence."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        value = outcome.value
        if not outcome.returned or not isinstance(value, dict) or list(value) != ["error"]:
            return told(outcome)
        sentence = value["error"]
        if not isinstance(sentence, str) or not sentence.strip():
            return f"gave {shown(sentence)} as the error, which is no sentence."
        missing = [word for word in words if word not in sentence]
        return f"gave the error {shown(sentence)}, without {missing[0]!r}." if missing else ""

    return judge


def spares_the_loop(expected: Any) -> Judge:
    """Want `expected` of a BlockingTool, the first argument, that ran beside the event loop."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        if arguments[0].__self__.on_loop:
            return "called the tool on the event loop: nothing else could run meanwhile."
        return returns(expected)(outcome, arguments)

    return judge


def returns_results(*expected: str) -> Judge:
    """Want these results in a list, and not something that is still to be awaited."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        return _to_come(outcome.value) or returns(list(expected))(outcome, arguments)

    return judge


def runs_at_once() -> Judge:
    """Want the calls of a Meeting, the second argument, to run all at once."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        if not outcome.returned:
            return told(outcome)
        together = arguments[1].__self__.together
        waits = "" if together else "let a call wait until another one had come back."
        return _to_come(outcome.value) or waits

    return judge


def _to_come(value: Any) -> str:
    """Say that results are still to come, and settle them, for else Python warns of them."""
    if asyncio.isfuture(value):
        if value.done() and not value.cancelled():
            value.exception()
        return "returned a future, which has no results yet. Is an `await` missing?"
    coroutines = [v for v in value if inspect.iscoroutine(v)] if isinstance(value, list) else []
    for coroutine in coroutines:
        coroutine.close()
    return "returned coroutines, which have not run yet. Is an `await` missing?" * bool(coroutines)


def says(*texts: str) -> Judge:
    """Want a TextDelta for each of these texts."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        if not outcome.returned or not isinstance(outcome.value, list):
            return told(outcome)
        got = [event.text for event in outcome.value if isinstance(event, TextDelta)]
        if got == list(texts):
            return ""
        return f"yielded a TextDelta for each of {shown(got)}." if got else _yielded(outcome.value)

    return judge


def says_before(error: type[BaseException], *texts: str) -> Judge:
    """Want a TextDelta for each of these texts, and then this error of the stream."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        if not isinstance(outcome.error, error):
            return told(outcome)
        events = outcome.value if isinstance(outcome.value, list) else []
        got = [event.text for event in events if isinstance(event, TextDelta)]
        return "" if got == list(texts) else f"had yielded {shown(got)} when the stream broke."

    return judge


def shows_tools(*names: str) -> Judge:
    """Want a ToolStarted for each of these names, and as many that finished or failed."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        if not outcome.returned or not isinstance(outcome.value, list):
            return told(outcome)
        started = [event.name for event in outcome.value if isinstance(event, ToolStarted)]
        ended = [e.name for e in outcome.value if isinstance(e, ToolFinished | ToolFailed)]
        right = started == list(names) and sorted(ended) == sorted(names)
        return "" if right else _yielded(outcome.value)

    return judge


def _yielded(events: list[Any]) -> str:
    kinds = [type(event).__name__ for event in events if not isinstance(event, TextDelta)]
    texts = len(events) - len(kinds)
    others = ", ".join(kinds) or "nothing else"
    return f"yielded {texts} TextDelta and {others}." if events else "yielded nothing."


def asks(times: int) -> Judge:
    """Want the ScriptedModel, the first argument, asked so many times."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        if not outcome.returned:
            return told(outcome)
        got = len(arguments[0].asked)
        return "" if got == times else f"asked the model {_times(got)}; expected {_times(times)}."

    return judge


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def sends_results(turn: Sequence[ChatCompletionChunk], *words: str) -> Judge:
    """Want the second question to hold the turn, and a tool message for each of its calls.

    Each of `words` stands in the content of one of them, in the order of the calls.
    """
    ids = [call.id for call in Reply.of(turn).tool_calls]

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        if not outcome.returned:
            return told(outcome)
        asked = arguments[0].asked
        if len(asked) < 2:
            return "asked the model only once, so it never saw a result."
        return _wrong_messages(asked[1][len(asked[0]) :], ids, words)

    return judge


def _wrong_messages(added: list[Any], ids: list[str], words: Sequence[str]) -> str:
    roles = [message.get("role") if isinstance(message, dict) else message for message in added]
    if roles != ["assistant"] + ["tool"] * len(ids):
        return f"added messages of the roles {shown(roles)} before it asked again."
    if [call.get("id") for call in added[0].get("tool_calls") or ()] != ids:
        return "added an assistant message without the tool calls of the turn."
    contents = {message.get("tool_call_id"): message.get("content") for message in added[1:]}
    if set(contents) != set(ids):
        return f"sent results for the ids {shown(list(contents))}, but the calls have {ids}."
    wrong = [contents[i] for i, word in zip(ids, words, strict=True) if not _has(contents[i], word)]
    return f"sent {shown(wrong[0])} as the result of a call." if wrong else ""


def _has(content: Any, word: str) -> bool:
    return isinstance(content, str) and bool(content) and word in content
