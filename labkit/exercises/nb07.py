"""The exercises of notebook 07: a clean thread, callbacks as a stream, and who is speaking."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Coroutine
from typing import Any

from labkit.agent_events import AgentEvent, TextDelta, TurnStarted
from labkit.exercises import chats
from labkit.exercises.chat_judges import keeps_history, stops_it, yields
from labkit.exercises.exercise import Case, Exercise, Judge, rule


async def keep_whole(items: AsyncIterable[Any], history: Any) -> AsyncIterator[str]:
    """Yield the texts of an agent's stream, and keep its history clean.

    `items` is what `agent.invoke_stream(…)` gives, `history` the
    ChatHistory of its thread. The stream was not cut if its last item
    has a usage in `item.message.metadata`. If it was cut, if it
    raises, or if its reader leaves, everything that has come into
    `history.messages` since the beginning is removed again, the
    question too.
    """
    before = len(history.messages)
    whole = False
    try:
        async for item in items:
            whole = bool(item.message.metadata.get("usage"))
            if item.message.content:
                yield item.message.content
    finally:
        if not whole:
            del history.messages[before:]


async def from_callback(
    run: Callable[[Callable[[Any], None]], Coroutine[Any, Any, Any]],
) -> AsyncIterator[Any]:
    """Yield what `run` hands to its callback, as soon as it does.

    `run(callback)` is an async function: it calls `callback(item)` for
    each item and returns at the end. What it raises comes out, after
    the items before. When the reader leaves or is cancelled, `run` is
    cancelled too, and has ended when we have.
    Example: run calls callback("a") and callback("b"); we yield "a"
    and "b".
    """
    queue: asyncio.Queue[Any] = asyncio.Queue()
    end = object()
    task = asyncio.create_task(run(queue.put_nowait))
    task.add_done_callback(lambda _: queue.put_nowait(end))
    try:
        while (item := await queue.get()) is not end:
            yield item
        await task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def turns_of(messages: AsyncIterable[Any]) -> AsyncIterator[AgentEvent]:
    """Yield a group chat as agent events, for `labkit.watch_agent`.

    `messages` are chunks with a `name` and a `content`. When the name
    changes, TurnStarted(turn, name) comes first, even if the content
    is empty; turns count from 1. Each content that is not empty gives
    a TextDelta.
    Example: "Hi" by Ann and "Yes" by Bob give TurnStarted(1, "Ann"),
    TextDelta("Hi"), TurnStarted(2, "Bob"), TextDelta("Yes").
    """
    turn, speaker = 0, None
    async for message in messages:
        if message.name != speaker:
            turn, speaker = turn + 1, message.name
            yield TurnStarted(turn, speaker)
        if message.content:
            yield TextDelta(message.content)


def _asked(given: str, judge: Judge, **how: Any) -> Case:
    def arguments() -> tuple[Any, ...]:
        agent = chats.RecordingAgent(**how)
        return agent, agent.history

    return Case(given, arguments, judge)


def _called_back(given: str, judge: Judge, *items: Any, **how: Any) -> Case:
    return Case(given, lambda: (chats.Caller(*items, **how),), judge)


def _spoken(judge: Judge, *said: tuple[str, str]) -> Case:
    given = ", ".join(f"{text!r} by {name}" for name, text in said) or "no messages"

    return Case(given, lambda: (chats.Talk(*said),), judge)


_BEFORE = ("Hi!", "Hello.")
_WHOLE = ["Wear ", "wool."]

_KEEP_WHOLE = Exercise(
    key="07.keep_whole",
    title="A thread without fragments",
    solution=keep_whole,
    rules=(
        rule(
            "Yield each text as it comes; items without text yield nothing.",
            _asked("a whole answer ('Wear ', 'wool.')", yields(*_WHOLE), texts=_WHOLE),
        ),
        rule(
            "A whole answer stays in the history, with its question.",
            _asked(
                "a whole answer ('Wear ', 'wool.')",
                keeps_history(*_BEFORE, "What to wear?", "Wear wool."),
                texts=_WHOLE,
            ),
        ),
        rule(
            "A silent cut leaves nothing there: no fragment, no question.",
            _asked(
                "the answer 'Wear ' that is cut silently",
                keeps_history(*_BEFORE),
                texts=["Wear "],
                ending="cut",
            ),
        ),
        rule(
            "The usage of an earlier turn does not count: the last item decides.",
            _asked(
                "a tool's turn with its usage, then 'Wear ', cut silently",
                keeps_history(*_BEFORE),
                texts=["Wear "],
                ending="cut",
                tool=True,
            ),
        ),
        rule(
            "An error comes out, and leaves nothing in the history either.",
            _asked(
                "the answer 'Wear ', then ConnectionResetError",
                keeps_history(*_BEFORE, error=ConnectionResetError),
                texts=["Wear "],
                ending="error",
            ),
            _asked(
                "ConnectionResetError before the first item",
                keeps_history(*_BEFORE, error=ConnectionResetError),
                texts=[],
                ending="error",
            ),
        ),
        rule(
            "Nor does a reader that is cancelled, or leaves.",
            _asked(
                "the answer 'Wear ', then a cancelled reader",
                keeps_history(*_BEFORE, error=asyncio.CancelledError),
                texts=["Wear "],
                ending="cancelled",
            ),
            _asked(
                "the answer 'Wear ', then a reader that closes us",
                keeps_history(*_BEFORE),
                texts=["Wear ", "wool."],
                leaves=True,
            ),
        ),
    ),
    hints=(
        "Before the loop, note how many messages there are: the agent adds the question when the "
        "loop begins, and the answer when it ends.",
        "For each item, remember whether *it* has a usage. What the last one said counts.",
        "`try: … finally:` around the loop runs after an error, too. There: `if not whole: del "
        "history.messages[before:]`.",
    ),
)

_FROM_CALLBACK = Exercise(
    key="07.from_callback",
    title="From callbacks to a stream",
    solution=from_callback,
    rules=(
        rule(
            "Yield what the callback gets, in its order, and end when `run` does.",
            _called_back("'a', 'b'", yields("a", "b"), "a", "b"),
            _called_back("'a', None, ''", yields("a", None, ""), "a", None, ""),
            _called_back("no items", yields()),
        ),
        rule(
            "Yield each item at once, while `run` goes on.",
            _called_back(
                "'a', and 'b' only after 'a' was taken", yields("a", "b"), "a", "b", waits=True
            ),
        ),
        rule(
            "What `run` raises comes out, after the items before.",
            _called_back(
                "'a', then LookupError",
                yields("a", error=LookupError),
                "a",
                error=LookupError("no such speaker"),
            ),
        ),
        rule(
            "When the reader is cancelled or leaves, `run` is cancelled, and we wait for its end.",
            _called_back(
                "'a', then a cancelled reader", stops_it(asyncio.CancelledError), "a", left=True
            ),
            _called_back("'a', then a reader that closes us", stops_it(), "a", leaves=True),
        ),
    ),
    hints=(
        "The two sides meet in an `asyncio.Queue`: the callback puts items in, the generator "
        "takes them out. `queue.put_nowait` is a callback already.",
        "`asyncio.create_task(run(queue.put_nowait))` lets `run` go on by itself. How does the "
        "generator learn of its end? `task.add_done_callback` puts a last item in.",
        "`while (item := await queue.get()) is not end: yield item`, then `await task`, which "
        "raises what `run` raised. All of it in a `try`; its `finally` has `task.cancel()` and "
        "`await asyncio.gather(task, return_exceptions=True)`, which waits and raises nothing.",
    ),
)

_TURNS_OF = Exercise(
    key="07.turns_of",
    title="Who is speaking",
    solution=turns_of,
    rules=(
        rule(
            "A new name begins a turn, and the texts follow.",
            _spoken(
                yields(TurnStarted(1, "Ann"), TextDelta("Hi"), TextDelta(" "), TextDelta("all")),
                ("Ann", "Hi"),
                ("Ann", " "),
                ("Ann", "all"),
            ),
            _spoken(
                yields(
                    TurnStarted(1, "Ann"), TextDelta("Hi"), TurnStarted(2, "Bob"), TextDelta("Yes")
                ),
                ("Ann", "Hi"),
                ("Bob", "Yes"),
            ),
        ),
        rule(
            "Who speaks again has a new turn.",
            _spoken(
                yields(
                    TurnStarted(1, "Ann"),
                    TextDelta("Hi"),
                    TurnStarted(2, "Bob"),
                    TextDelta("Yes"),
                    TurnStarted(3, "Ann"),
                    TextDelta("Fine"),
                ),
                ("Ann", "Hi"),
                ("Bob", "Yes"),
                ("Ann", "Fine"),
            ),
        ),
        rule(
            "An empty content is no text, but it may begin a turn: somebody is thinking.",
            _spoken(
                yields(TurnStarted(1, "Ann"), TextDelta("Hi"), TurnStarted(2, "Bob")),
                ("Ann", ""),
                ("Ann", "Hi"),
                ("Ann", ""),
                ("Bob", ""),
            ),
        ),
        rule("Without messages there are no agent events.", _spoken(yields())),
    ),
    hints=(
        "Remember who spoke last, and how many turns there were.",
        "If `message.name` is another one, count, remember, and yield TurnStarted.",
        "Then, in any case: `if message.content: yield TextDelta(message.content)`.",
    ),
)

EXERCISES = (_KEEP_WHOLE, _FROM_CALLBACK, _TURNS_OF)
