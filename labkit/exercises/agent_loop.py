"""The last exercise of notebook 06: the agent loop, and the scripted models that it is run with."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

from openai import APIConnectionError
from openai.types.chat import ChatCompletionChunk

from labkit.agent_events import AgentEvent, TextDelta, ToolFailed, ToolFinished
from labkit.chunks import delta_of
from labkit.exercises.agent_judges import asks, says, says_before, sends_results, shows_tools
from labkit.exercises.agents import ScriptedModel
from labkit.exercises.exercise import Case, Exercise, Judge, rule
from labkit.exercises.judges import keeps
from labkit.exercises.streams import cut, lost_connection
from labkit.exercises.streams import reply as answer
from labkit.exercises.traces import trace
from labkit.outdoor import TOOL_FUNCTIONS
from labkit.reply import Reply
from labkit.tool_runs import ToolRuns


async def agent_loop(
    ask: Callable[[list[Any]], Awaitable[Any]],
    messages: list[Any],
    functions: dict[str, Callable[..., Any]],
    max_turns: int,
) -> AsyncGenerator[AgentEvent, None]:
    """Yield what an agent does, as agent events, until it has answered.

    `await ask(messages)` gives the stream of one turn; ask once a turn.
    Yield a TextDelta for each text as it comes. If the turn has calls,
    ToolRuns(functions, 30).run(calls) runs them: yield what it yields.
    Then ask again, with the assistant message and a tool message for
    each call: the `result` of ToolFinished or the `reason` of
    ToolFailed. Stop when a turn has no calls, when it has no finish
    reason, and after `max_turns` turns; the last of them runs no tools.
    `messages` itself stays as it is.
    Example: a model that calls a tool, and then says "Two" and " fit",
    gives ToolStarted, ToolFinished, TextDelta("Two"), TextDelta(" fit").
    """
    conversation = list(messages)
    for turn in range(1, max_turns + 1):
        reply = Reply()
        async with await ask(conversation) as stream:
            async for chunk in stream:
                delta = delta_of(chunk)
                reply.add(delta)
                if delta.text:
                    yield TextDelta(delta.text)
        calls = reply.tool_calls
        if not calls or not reply.complete or turn == max_turns:
            return
        conversation.append(reply.as_message())
        async with aclosing(ToolRuns(functions, 30).run(calls)) as events:
            async for event in events:
                yield event
                match event:
                    case ToolFinished(result=got) | ToolFailed(reason=got):
                        message = {"role": "tool", "content": got}
                        message["tool_call_id"] = calls[event.call].id
                        conversation.append(message)


def _agent(
    says: str,
    judge: Judge,
    *turns: list[ChatCompletionChunk],
    functions: dict[str, Callable[..., Any]] = TOOL_FUNCTIONS,
    max_turns: int = 8,
    error: Exception | None = None,
) -> Case:
    """Return the case of a model with these turns; each of its streams breaks with `error`."""
    return Case(
        f"a model that {says}, and `max_turns` {max_turns}",
        lambda: (ScriptedModel(*turns, error=error), [dict(_QUESTION)], dict(functions), max_turns),
        judge,
    )


def _sold_out(**arguments: Any) -> None:
    raise LookupError("sold out")


_QUESTION = {"role": "user", "content": "What fits?"}
_TWO_FIT = answer("Two", " fit.")
_ONE, _TWO = trace("single"), trace("parallel")
_NO_REASON, _BAD_JSON = trace("cut"), trace("broken_json")
_STOP, _TEXT_FIRST = trace("stop_with_calls"), trace("text_then_call")
_I_LOOK = ("I", "’ll", " look", " up", " the", " Lark", "field", " ", "2", " for", " you", ".")

AGENT_LOOP = Exercise(
    key="06.agent_loop",
    title="The loop in one pass",
    solution=agent_loop,
    rules=(
        rule(
            "Yield a TextDelta for each text, in every turn.",
            _agent("answers", says("Two", " fit."), _TWO_FIT),
            _agent(
                "says something, calls a tool and answers",
                says(*_I_LOOK, "Two", " fit."),
                _TEXT_FIRST,
                _TWO_FIT,
            ),
        ),
        rule(
            "Run the tools that a turn has called, whatever its finish reason, and yield their "
            "agent events.",
            _agent("calls a tool and answers", shows_tools("search_products"), _ONE, _TWO_FIT),
            _agent(
                "calls a tool with the finish reason 'stop' and answers",
                shows_tools("calculate_total"),
                _STOP,
                _TWO_FIT,
            ),
        ),
        rule(
            "Before you ask again, add the turn with its calls, and a tool message for each id.",
            _agent("calls a tool and answers", sends_results(_ONE, "Heronwing 2"), _ONE, _TWO_FIT),
            _agent(
                "calls two tools and answers",
                sends_results(_TWO, "Heronwing 2", "Dormouse 0"),
                _TWO,
                _TWO_FIT,
            ),
        ),
        rule(
            "A call that fails has a result too: the reason. The agent goes on.",
            _agent(
                "calls a tool that does not exist",
                sends_results(_ONE, "search_products"),
                _ONE,
                _TWO_FIT,
                functions={},
            ),
            _agent(
                "calls a tool that raises LookupError('sold out')",
                sends_results(_ONE, "sold out"),
                _ONE,
                _TWO_FIT,
                functions={"search_products": _sold_out},
            ),
            _agent(
                "calls a tool with broken JSON", sends_results(_BAD_JSON, ""), _BAD_JSON, _TWO_FIT
            ),
        ),
        rule(
            "Ask once for each turn. The answer is already there; asking again gives another.",
            _agent("answers", asks(1), _TWO_FIT),
            _agent("calls a tool and answers", asks(2), _ONE, _TWO_FIT),
        ),
        rule(
            "Yield each text at once: what comes after it may be a broken stream.",
            _agent(
                "says two texts, and then its stream breaks with APIConnectionError",
                says_before(APIConnectionError, "Two", " fit."),
                cut("Two", " fit."),
                error=lost_connection(),
            ),
        ),
        rule(
            "A turn without a finish reason was cut, perhaps within a call. Stop there.",
            _agent("is cut in a call", asks(1), _NO_REASON, _TWO_FIT),
            _agent("is cut in a call", shows_tools(), _NO_REASON, _TWO_FIT),
        ),
        rule(
            "Stop after `max_turns` turns: some models would call tools for ever.",
            _agent("always calls a tool", asks(3), _ONE, max_turns=3),
            _agent("always calls a tool", asks(1), _ONE, max_turns=1),
        ),
        rule(
            "The last turn runs no tools: nobody would read their results.",
            _agent("always calls a tool", shows_tools(), _ONE, max_turns=1),
            _agent("always calls a tool", shows_tools("search_products"), _ONE, max_turns=2),
        ),
        rule(
            "Leave `messages` as they are: work on a copy.",
            _agent("calls a tool and answers", keeps("messages", [_QUESTION], 1), _ONE, _TWO_FIT),
        ),
    ),
    hints=(
        "One `for` over the turns. In it: read the stream, decide whether to stop, run the tools. "
        "There is one `ask`, and it stands at the top.",
        "A Reply gathers everything: `reply.add(delta_of(chunk))`. After the stream it has "
        "`tool_calls`, `complete`, and `as_message()` for the conversation.",
        "`async with await ask(conversation) as stream:` reads and closes. The agent events of "
        "ToolRuns have a `call`, the position in `reply.tool_calls`, where the id is. Yield every "
        "one; add a tool message for each ToolFinished and ToolFailed.",
    ),
)
