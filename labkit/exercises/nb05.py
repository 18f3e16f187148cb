"""The exercises of notebook 05: whole messages of a stream, a filter, and leaving for real."""

import asyncio
import json
from collections.abc import AsyncIterable, Awaitable, Callable
from typing import Any

from labkit.exercises import contents, filters
from labkit.exercises.exercise import Case, Exercise, Judge, rule
from labkit.exercises.judges import closes, prints, raises, returns
from labkit.exercises.message_judges import returns_messages
from labkit.exercises.streams import lost_connection


async def messages_of(stream: AsyncIterable[Any]) -> list[Any]:
    """Return the list of whole messages of a stream of Semantic Kernel.

    The chunks of one message are added with `+`. A chunk of another
    role begins the next message.
    Example: a stream in which a tool runs gives three messages, of the
    roles "assistant", "tool", "assistant".
    """
    messages: list[Any] = []
    async for chunk in stream:
        if messages and messages[-1].role == chunk.role:
            messages[-1] += chunk
        else:
            messages.append(chunk)
    return messages


async def report(context: Any, next: Callable[[Any], Awaitable[None]]) -> None:
    """Print what a tool does, before and after it runs.

    `await next(context)` runs it. The first line is "→ ", the
    function's name, a space and the arguments as `json.dumps` writes
    them; the second one "← ", the name, a space and the first 30
    characters of the result.
    Example: → search_products {"category": "tents"}
             ← search_products [{"id": "P001", "name": "Heron
    """
    name = context.function.name
    print(f"→ {name} {json.dumps(dict(context.arguments))}")
    await next(context)
    print(f"← {name} {str(context.function_result)[:30]}")


async def read_first(stream: AsyncIterable[Any], count: int) -> str:
    """Return the text of the first `count` chunks that have text.

    Then leave, so that the model stops too: when the function returns,
    the stream has ended. A shorter stream gives all its text. What the
    stream raises comes out.
    Example: read_first(stream, 2) gives "Wear wool" of a stream of
    "Wear ", "wool", " or fleece".
    """
    texts = []

    async def read() -> None:
        async for chunk in stream:
            if chunk.content:
                texts.append(chunk.content)
            if len(texts) >= count:
                task.cancel()

    task = asyncio.create_task(read())
    try:
        await asyncio.wait([task])
    finally:
        task.cancel()
    if not task.cancelled():
        task.result()
    return "".join(texts[:count])


def _streamed(given: str, judge: Judge, make: Callable[[], list[Any]]) -> Case:
    """Return the case of the stream that `make` gives, called `given`."""
    return Case(given, lambda: (contents.stream(make()),), judge)


def _filtered(name: str, arguments: dict[str, Any], result: str) -> Case:
    lines = (
        f"→ {name} {json.dumps(arguments)}",
        f"({name} runs)",
        f"← {name} {result[:30]}",
    )
    given = f"the call {name}({', '.join(f'{k}={v!r}' for k, v in arguments.items())})"
    return Case(
        given,
        lambda: filters.context(name, arguments, result),
        prints("\n".join(lines) + "\n"),
    )


def _nested(
    judge: Judge, *texts: str, count: int, error: Any = None, at_hand: bool = False
) -> Case:
    given = f"the stream {', '.join(map(repr, texts))} and count={count}"
    given += f", then {type(error).__name__}" if error else ""
    given += ", all chunks at hand" if at_hand else ""

    def arguments() -> tuple[Any, ...]:
        said = contents.said(*texts, reason=None)
        return contents.NestedStream(said, error, at_hand=at_hand), count

    return Case(given, arguments, judge)


_TENTS = '{"category":"tents"}'
_PACKS = '{"category":"backpacks"}'

_MESSAGES_OF = Exercise(
    key="05.messages_of",
    title="Whole messages",
    solution=messages_of,
    rules=(
        rule(
            "All chunks of one answer become one message: its text, and why it ended.",
            _streamed(
                "an answer ('Wear ', 'wool.', finish reason 'stop')",
                returns_messages(("assistant", "Wear wool.", "stop")),
                lambda: contents.said("Wear ", "wool."),
            ),
            _streamed(
                "an answer that breaks off ('Wear ')",
                returns_messages(("assistant", "Wear ", None)),
                lambda: contents.said("Wear ", reason=None),
            ),
        ),
        rule(
            "The fragments of a call are added up, and two calls stay two.",
            _streamed(
                "two calls in fragments",
                returns_messages(("assistant", f"f{_TENTS} g{_PACKS}", "tool_calls")),
                lambda: contents.called(("f", _TENTS), ("g", _PACKS)),
            ),
        ),
        rule(
            "When a tool runs, there are three messages: the calls, their results, the answer.",
            _streamed(
                "a call, its result, and an answer",
                returns_messages(
                    ("assistant", f"search{_TENTS}", "tool_calls"),
                    ("tool", "two tents", None),
                    ("assistant", "Two.", "stop"),
                ),
                lambda: [
                    *contents.called(("search", _TENTS)),
                    *contents.told("two tents"),
                    *contents.said("Two.", attempt=1),
                ],
            ),
        ),
        rule(
            "The usage, in the last chunk, is not lost.",
            _streamed(
                "an answer ('Wool.') with its usage",
                returns_messages(("assistant", "Wool.", "stop"), usage={"completion_tokens": 2}),
                lambda: contents.said("Wool."),
            ),
        ),
        rule(
            "A stream without chunks has no messages.",
            _streamed("no chunks", returns([]), list),
        ),
    ),
    hints=(
        "Keep a list. Each chunk either belongs to its last message, or begins the next one.",
        "`chunk.role` says whose it is. Two chunks of the same message can be added: "
        "`first + second` is a chunk again, with everything of both.",
        "If the list has a last message of the same role: `messages[-1] += chunk`. Otherwise "
        "append the chunk.",
    ),
)

_REPORT = Exercise(
    key="05.report",
    title="A filter that tells what happens",
    solution=report,
    rules=(
        rule(
            "Say what is called before it runs, and what came of it afterwards.",
            _filtered("list_shops", {}, "two shops"),
        ),
        rule(
            "The arguments are shown as JSON, whatever they are.",
            _filtered("calculate_total", {"product_ids": ["P001", "P004"]}, "378.0"),
            _filtered("search_products", {"category": "tents"}, '[{"id": "P001"}]'),
        ),
        rule(
            "Of a long result, the first 30 characters are shown.",
            _filtered("search_products", {"category": "boots"}, "boots and shoes, " * 9),
        ),
    ),
    hints=(
        "What stands before `await next(context)` happens before the tool runs. Without that "
        "line the tool never runs.",
        "The name is `context.function.name`. `context.arguments` is like a dictionary, "
        "`context.function_result` is there after the tool has run.",
        "`json.dumps(dict(context.arguments))` gives the arguments, and "
        "`str(context.function_result)[:30]` the result.",
    ),
)

_READ_FIRST = Exercise(
    key="05.read_first",
    title="Leave, and the model stops",
    solution=read_first,
    rules=(
        rule(
            "Return the text of the first `count` chunks that have some.",
            _nested(returns("Wear wool"), "Wear ", "wool", " or fleece", count=2),
            _nested(returns("Wear "), "Wear ", "wool", count=1),
            _nested(returns("Wear wool"), "Wear ", "wool", " or", " fleece", count=2, at_hand=True),
        ),
        rule(
            "Then the stream has ended, down to the connection.",
            _nested(closes(), "Wear ", "wool", " or fleece", count=2),
            _nested(closes(), "Wear ", "wool", count=2),
            _nested(closes(), "Wear ", "wool", " or", " fleece", count=2, at_hand=True),
        ),
        rule(
            "What the stream raises before that comes out.",
            _nested(raises(ConnectionError), "Wear ", count=9, error=ConnectionResetError("lost")),
            _nested(raises(Exception), "Wear ", count=2, error=lost_connection()),
        ),
        rule(
            "A stream that ends sooner gives all its text.",
            Case(
                "the whole answer ('Wear ', 'wool.') and count=9",
                lambda: (contents.stream(contents.said("Wear ", "wool.")), 9),
                returns("Wear wool."),
            ),
        ),
    ),
    hints=(
        "Closing the stream closes only the outermost of several generators. What ends all of "
        "them is a cancelled *task*. So the loop needs a task of its own.",
        "An inner `async def read():` has the loop, and `task = asyncio.create_task(read())` runs "
        "it. It may cancel itself: `task.cancel()` takes effect at its next wait, which is deep "
        "in the stream.",
        "`await asyncio.wait([task])` waits until the task is over and raises nothing. Then "
        "`task.cancelled()` tells whether we left; if not, `task.result()` raises what went wrong. "
        "Until the cancelled wait, more chunks may come: return the first `count` texts.",
    ),
)

EXERCISES = (_MESSAGES_OF, _REPORT, _READ_FIRST)
