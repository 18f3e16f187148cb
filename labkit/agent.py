"""The agent loop: ask, run the tools that the model calls, ask again, until it answers.

One pass: every turn is streamed, and what came of it decides what happens next. Asking once to see
whether there are tool calls and again to stream would pay twice, for two different answers.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Any

from labkit.agent_events import (
    AgentEvent,
    Done,
    Ending,
    TextDelta,
    ToolCallForming,
    ToolFailed,
    ToolFinished,
    TurnStarted,
)
from labkit.chunks import delta_of
from labkit.deltas import Usage
from labkit.reply import Reply
from labkit.tool_results import as_text
from labkit.tool_runs import Tool, ToolRuns

if TYPE_CHECKING:
    from openai import AsyncOpenAI


async def run_agent(
    client: "AsyncOpenAI",
    model: str,
    messages: Sequence[dict[str, Any]],
    *,
    tools: Sequence[dict[str, Any]] = (),
    functions: Mapping[str, Tool] | None = None,
    max_turns: int = 8,
    tool_limit_s: float = 30.0,
    **options: Any,
) -> AsyncGenerator[AgentEvent, None]:
    """Yield what an agent does about `messages`, as agent events; `Done` is the last.

    `tools` are their schemas and `functions` the callables behind the names, plain or `async`; the
    tools of one turn run in parallel, each for `tool_limit_s` seconds at most. After `max_turns`
    turns the agent stops. `options` go into every request (so a `tool_choice` that demands tools
    never lets the model answer).

    A tool that is unknown, raises, hangs, or gets bad arguments never ends the agent: the model
    reads the reason as its result. What the SDK raises (openai.APIError) comes out as it is, and a
    `max_turns` below 1 raises ValueError. Closing the generator, or cancelling the task that runs
    it, cancels the model's stream and the tools.
    """
    if max_turns < 1:
        raise ValueError(f"max_turns must be 1 or more; got {max_turns}.")
    request = {"stream_options": {"include_usage": True}, **options, "model": model, "stream": True}
    if tools:
        request["tools"] = list(tools)
    ask: Any = partial(client.chat.completions.create, **request)
    runs = ToolRuns(functions or {}, tool_limit_s)
    conversation, usage = list(messages), None
    for turn in range(1, max_turns + 1):
        yield TurnStarted(turn)
        reply = Reply()
        async with await ask(messages=conversation) as stream:
            async for chunk in stream:
                delta = delta_of(chunk)
                if delta.text:
                    yield TextDelta(delta.text)
                for call, fragment in zip(reply.add(delta), delta.fragments, strict=True):
                    yield ToolCallForming(call.position, call.name, fragment.arguments)
        usage = _sum(usage, reply.usage)
        # The calls decide, not the finish reason: some servers, and a forced tool, say `stop`.
        if not reply.whole_calls or turn == max_turns:
            break
        results: dict[int, str] = {}
        async with aclosing(runs.run(reply.tool_calls)) as events:
            async for event in events:
                if isinstance(event, ToolFinished | ToolFailed):
                    results[event.call] = _content(event)
                yield event
        conversation += [reply.as_message(), *_tool_messages(reply, results)]
    if reply.text:  # without its tool calls: none of them has been answered
        conversation.append({"role": "assistant", "content": reply.text})
    yield Done(_ending(reply), reply.text, reply.finish_reason, turn, usage, conversation)


def _ending(reply: Reply) -> Ending:
    if not reply.complete or (reply.tool_calls and not reply.whole_calls):
        return "cut"
    return "turn limit" if reply.tool_calls else "answered"


def _tool_messages(reply: Reply, results: Mapping[int, str]) -> list[dict[str, Any]]:
    """Return the tool messages in the order of the calls, whichever tool came back first."""
    return [
        {"role": "tool", "tool_call_id": call.id, "content": results[call.position]}
        for call in reply.tool_calls
    ]


def _content(event: ToolFinished | ToolFailed) -> str:
    if isinstance(event, ToolFinished):
        return event.result
    return as_text({"error": event.reason})


def _sum(total: Usage | None, usage: Usage | None) -> Usage | None:
    return total + usage if total and usage else total or usage
