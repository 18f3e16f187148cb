"""The exercises of notebook 06: say what an agent is doing, run its tools safely, and the loop."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Sequence
from copy import deepcopy
from typing import Any

from labkit.agent_events import (
    AgentEvent,
    Done,
    TextDelta,
    ToolCallForming,
    ToolFailed,
    ToolFinished,
    ToolStarted,
    TurnStarted,
)
from labkit.exercises import agents
from labkit.exercises.agent_judges import (
    returns_error,
    returns_results,
    runs_at_once,
    spares_the_loop,
)
from labkit.exercises.agent_loop import AGENT_LOOP
from labkit.exercises.cases import values
from labkit.exercises.exercise import Case, Exercise, Judge, rule
from labkit.exercises.judges import raises, returns
from labkit.exercises.outcome import shown


def progress(event: AgentEvent) -> str | None:
    """Return the line that people see for `event`, or None for no line.

    ToolStarted   "{words}: {the arguments that are text} …",
                  several joined by ", "; without any "{words} …"
    ToolFinished  "{words}: {summary}"
    ToolFailed    "{words}: failed, going on"
    Done          "Stopped: {ending}", unless the ending is answered
    all others    None

    The words of search_products are "Searching products", those of
    get_product_details "Reading details", of calculate_total "Adding
    up"; those of any other tool are its name, with spaces.
    Example: ToolStarted(0, "search_products", {"category": "tents"})
    gives "Searching products: tents …".
    """
    known = {
        "search_products": "Searching products",
        "get_product_details": "Reading details",
        "calculate_total": "Adding up",
    }
    name = getattr(event, "name", "")
    words = known.get(name, name.replace("_", " "))
    match event:
        case ToolStarted(arguments=given):
            texts = [v for v in given.values() if isinstance(v, str)]
            about = f": {', '.join(texts)}" if texts else ""
            return f"{words}{about} …"
        case ToolFinished():
            return f"{words}: {event.summary}"
        case ToolFailed():
            return f"{words}: failed, going on"
        case Done() if event.ending != "answered":
            return f"Stopped: {event.ending}"
    return None


async def run_safely(
    function: Callable[..., Any], arguments: dict[str, Any], limit_s: float
) -> Any:
    """Return what the tool returns, or {"error": a sentence}.

    `function` is the tool, plain or `async`; it gets `arguments` as
    keywords and may take `limit_s` seconds: longer is an error too. If
    it raises, the sentence holds the error's own message (its kind, if
    it has none). A plain tool may block: the event loop goes on
    meanwhile.
    Example: a tool that raises ValueError("no such tent") may give
    {"error": "ValueError: no such tent"}.
    """
    try:
        async with asyncio.timeout(limit_s):
            if inspect.iscoroutinefunction(function):
                return await function(**arguments)
            return await asyncio.to_thread(function, **arguments)
    except TimeoutError as error:
        return {"error": str(error) or f"No result within {limit_s} s."}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


async def run_all(calls: Sequence[Any], run: Callable[[Any], Awaitable[Any]]) -> list[Any]:
    """Return the list of results of all calls, in the order of `calls`.

    `run` is an async function: `await run(call)` is the result of one
    call. Run all calls at once. Without calls the list is empty.
    Example: if `run` takes 2 s for "a" and 1 s for "b", then
    run_all(["a", "b"], run) takes 2 s, and a's result is the first.
    """
    return await asyncio.gather(*(run(call) for call in calls))


def _line(expected: str | None, event: AgentEvent) -> Case:
    return values(returns(expected), event)


def _done(ending: Any) -> Done:
    return Done(ending, "Two", None, turns=1, usage=None, messages=[])


def _tool(
    says: str, judge: Judge, tool: Callable[..., Any], limit_s: float = 1, **arguments: Any
) -> Case:
    """Return the case of a tool; each check gets a fresh copy of it."""
    given = f"{says}, the arguments {shown(arguments)} and a limit of {limit_s} s"
    return Case(given, lambda: deepcopy((tool, arguments, limit_s)), judge)


def _calls(judge: Judge, *names: str) -> Case:
    """Return the case of calls that can come back only if they run at once, the last one first."""
    calls = [{"id": f"call_{number}", "name": name} for number, name in enumerate(names)]
    given = f"{len(calls)} calls, where the last is the first to finish" if calls else "no calls"
    return Case(given, lambda: (deepcopy(calls), agents.Meeting(calls).run), judge)


_PROGRESS = Exercise(
    key="06.progress",
    title="What people see",
    solution=progress,
    rules=(
        rule(
            "When a tool starts, say what it does, and with what: the arguments that are text.",
            _line(
                "Searching products: tents …",
                ToolStarted(0, "search_products", {"category": "tents", "max_price": 300}),
            ),
            _line(
                "Reading details: P004 …",
                ToolStarted(1, "get_product_details", {"product_id": "P004"}),
            ),
            _line("Adding up …", ToolStarted(0, "calculate_total", {"product_ids": ["P001"]})),
        ),
        rule(
            "A tool that has no words of its own is called by its name, with spaces.",
            _line(
                "book a table: Leeds, noon …",
                ToolStarted(0, "book_a_table", {"town": "Leeds", "time": "noon"}),
            ),
            _line("list shops …", ToolStarted(0, "list_shops", {})),
        ),
        rule(
            "When it has finished, show the summary. The whole result is for the model.",
            _line(
                "Searching products: 2 found",
                ToolFinished(0, "search_products", 0.1, '[{"id": …}, {"id": …}]', "2 found"),
            ),
        ),
        rule(
            "A tool that fails does not end the agent: say so. The reason is for the model.",
            _line(
                "Reading details: failed, going on",
                ToolFailed(0, "get_product_details", 0.1, "get_product_details failed: KeyError"),
            ),
        ),
        rule(
            "An agent that stops without an answer says why. An answer speaks for itself.",
            _line("Stopped: cut", _done("cut")),
            _line("Stopped: turn limit", _done("turn limit")),
            _line(None, _done("answered")),
        ),
        rule(
            "All other agent events have no line.",
            _line(None, TextDelta("Two")),
            _line(None, TurnStarted(1)),
            _line(None, ToolCallForming(0, "search_products", '{"cat')),
        ),
    ),
    hints=(
        "First the words: look the tool's name up in a dictionary. What if it is not there?",
        "`isinstance(event, ToolStarted)` tells the kinds apart, and so does `match`. A function "
        "that ends without `return` returns None.",
        '`known.get(name, name.replace("_", " "))` gives the words of any tool; not all agent '
        "events have a `name`. Then one `return` for each kind, and for ToolStarted a list of "
        "the values that are a `str`.",
    ),
)

_RUN_SAFELY = Exercise(
    key="06.run_safely",
    title="A tool that cannot break the agent",
    solution=run_safely,
    rules=(
        rule(
            "What the tool returns comes back as it is. An `async` tool is awaited.",
            _tool("a plain tool", returns(6.5), agents.add_up, prices=[4, 2.5]),
            _tool("a tool that returns None", returns(None), agents.say_nothing),
            _tool("an `async` tool", returns(["two tents"]), agents.search, category="tents"),
        ),
        rule(
            "If it raises, return an error with its message: the model reads it and does better.",
            _tool("a tool that raises", returns_error("no prices"), agents.add_up, prices=[]),
            _tool("a misnamed argument", returns_error("price"), agents.add_up, price=[4]),
            _tool(
                "an `async` tool that raises",
                returns_error("shelf"),
                agents.search_in_vain,
                category="tents",
            ),
        ),
        rule(
            "A plain tool may block. Call it in a thread: the event loop has to go on.",
            _tool(
                "a plain tool that blocks",
                spares_the_loop("P004 is in stock"),
                agents.BlockingTool(0.01).look_up,
                product_id="P004",
            ),
        ),
        rule(
            "A tool that takes longer than the limit is an error too.",
            _tool(
                "an `async` tool that hangs",
                returns_error(),
                agents.search_long,
                0.02,
                category="tents",
            ),
            _tool(
                "a plain tool that hangs",
                returns_error(),
                agents.BlockingTool(agents.SLOW_S).look_up,
                0.02,
                product_id="P004",
            ),
        ),
        rule(
            "When our own task is cancelled, stop: CancelledError is no error of the tool.",
            _tool(
                "a tool during which our task is cancelled",
                raises(asyncio.CancelledError),
                agents.search_until_stopped,
                category="tents",
            ),
        ),
    ),
    hints=(
        "Three things can go wrong: the tool raises, it hangs, it blocks the event loop. Begin "
        "with the first.",
        "`async with asyncio.timeout(limit_s):` raises TimeoutError after the limit. "
        "`inspect.iscoroutinefunction(function)` tells whether a tool is `async`; "
        "`asyncio.to_thread` calls one that is not.",
        "In a `try`: the timeout, and in it an `await` for each of the two kinds of tool. Then "
        "`except TimeoutError`, and `except Exception as error`. CancelledError is no Exception: "
        "it gets through.",
    ),
)

_RUN_ALL = Exercise(
    key="06.run_all",
    title="All tools at once",
    solution=run_all,
    rules=(
        rule(
            "Return a list of the results in the order of the calls, whichever finishes first.",
            _calls(returns_results("result of call_0", "result of call_1"), "search", "add_up"),
            _calls(returns_results("result of call_0"), "search"),
        ),
        rule(
            "All calls run at once: the turn takes as long as its slowest tool.",
            _calls(runs_at_once(), "search", "search"),
            _calls(runs_at_once(), "search", "add_up", "search", "add_up"),
        ),
        rule("Without calls there are no results.", _calls(returns_results())),
    ),
    hints=(
        "`await` in a loop waits for one call before the next one begins.",
        "asyncio has a function that awaits many coroutines together and keeps their order.",
        "`run(call)` gives a coroutine that has not begun. Hand one for each call to "
        "`asyncio.gather`, with a `*` before them, and await it.",
    ),
)

EXERCISES = (_PROGRESS, _RUN_SAFELY, _RUN_ALL, AGENT_LOOP)
