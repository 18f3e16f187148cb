"""The reference with one mistake each: what is replaced by what, and the milestones that it fails.

Each is a mistake that people make. The last words are found in what the learner is told.
"""

from dataclasses import dataclass

from labkit.capstone.app_file import REFERENCE, STARTER


@dataclass(frozen=True)
class Wrong:
    """The reference with `replacements`: `milestone` fails at its `rule` (from 1), saying `told`."""

    milestone: str
    rule: int
    told: str
    replacements: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        text = REFERENCE.read_text(encoding="utf-8")
        for before, after in self.replacements:
            assert text.count(before) == 1, before
            text = text.replace(before, after)
        return text


COLLECTED = """    frames = guarded(asked.question)

    async def all_at_once() -> AsyncGenerator[bytes, None]:
        yield b"".join([sent async for sent in frames])

    return stream(all_at_once())
"""
IN_A_TASK = """    queue: asyncio.Queue[bytes] = asyncio.Queue()

    async def work() -> None:
        async with aclosing(agent(question)) as events:
            async for event in events:
                if sent := told(event):
                    await queue.put(sent)
        await queue.put(b"")

    app.state.working = asyncio.create_task(work())
    while sent := await queue.get():
        yield sent
"""
IN_ORDER = """    async with aclosing(agent(question)) as events:
        async for event in events:
            if sent := told(event):
                yield sent
"""
BLOCKING = """    state = app.state
    url, key = str(state.client.base_url), state.client.api_key
    messages = [{"role": "user", "content": question}]
    with openai.OpenAI(base_url=url, api_key=key) as client:
        for chunk in client.chat.completions.create(
            model=state.model, messages=messages, stream=True
        ):
            if text := chunk.choices[0].delta.content:
                yield frame("token", text=text)
    yield frame("done", finish_reason="stop")
"""
HOLDS_BACK = """    held: list[bytes] = []
    async with aclosing(agent(question)) as events:
        async for event in events:
            if sent := told(event):
                held.append(sent)
            if isinstance(event, TextDelta | Done):
                for each in held:
                    yield each
                held.clear()
"""
IN_ALL = """    async with asyncio.timeout(IDLE_LIMIT_S), aclosing(agent(question)) as events:
        async for event in events:
            if sent := told(event):
                yield sent
"""
SORRY = "message=next(SORRY[kind] for kind in SORRY if isinstance(error, kind))"
ON_STOP = 'form.stop.onclick = () => { leave.abort(); end("Stopped."); };'
SENT = '    return StreamingResponse(frames, 200, HEADERS, "text/event-stream")\n'
_, BEGIN, REST = STARTER.read_text(encoding="utf-8").partition("    queue: asyncio")
QUEUED = BEGIN + REST.partition("\n\n\n# ---")[0]

WRONG = {
    "the shop's tools": Wrong(
        "tools",
        2,
        "the shop's tools do not count",
        (
            ('schema("trail_report"', 'schema("search_products"'),
            ('schema("daylight"', 'schema("calculate_total"'),
        ),
    ),
    "a tool that is not sent": Wrong(
        "tools", 3, "sends the model", (("tools=TOOLS", "tools=TOOLS[:1]"),)
    ),
    "an example without a tool": Wrong(
        "tools",
        4,
        "no tool runs",
        (
            (
                'EXAMPLE = "How is the Ridge trail, and how much daylight is there in October?"',
                'EXAMPLE = "In one sentence: why layers?"',
            ),
        ),
    ),
    "a tool without its function": Wrong(
        "tools",
        5,
        "no function for the tool 'daylight'",
        (
            (", and how much daylight is there in October?", "?"),
            (', "daylight": daylight}', "}"),
        ),
    ),
    "collects before it sends": Wrong(
        "answer",
        3,
        "it collects",
        (("    return stream(guarded(asked.question))\n", COLLECTED),),
    ),
    "no headers": Wrong(
        "answer", 4, "x-accel-buffering", (('"x-accel-buffering": "no"', '"x-other": "no"'),)
    ),
    "any question": Wrong("answer", 5, "status 200", ((", max_length=500", ""),)),
    "done without a reason": Wrong(
        "answer",
        1,
        "finish reason",
        (('"done", finish_reason=done.finish_reason', '"done", text=done.text'),),
    ),
    "blocks the loop": Wrong("answer", 2, "event loop", ((IN_ORDER, BLOCKING),)),
    "markup in the page": Wrong(
        "page", 4, "innerHTML", (("=> answer.append(text)", "=> answer.innerHTML += text"),)
    ),
    "an address of the root": Wrong(
        "page", 1, "without the slash", (('fetch("ask"', 'fetch("/ask"'),)
    ),
    "a script from elsewhere": Wrong(
        "page",
        3,
        "another server",
        (("<script type", '<script src="https://cdn.example.org/x.js"></script><script type'),),
    ),
    "a script from a neighbour": Wrong(
        "page",
        3,
        "another server: http://cdn:3000/x.js",
        (("<script type", '<script src="http://cdn:3000/x.js"></script><script type'),),
    ),
    "no end": Wrong("page", 5, "nothing at done", (("on.done = ", "on.finished = "),)),
    "no POST": Wrong("page", 1, "`POST`", (('method: "POST", ', ""),)),
    "an EventSource": Wrong(
        "page", 1, "cannot POST", (('await fetch("ask", {', 'new EventSource("ask", {'),)
    ),
    "markup by a new name": Wrong(
        "page", 4, "`setHTML`", (("=> answer.append(text)", "=> answer.setHTML(text)"),)
    ),
    "no accept": Wrong("page", 2, "Accept", (('Accept: "text/event-stream", ', ""),)),
    "progress with the answer": Wrong(
        "progress",
        2,
        "while the model thinks",
        ((IN_ORDER, HOLDS_BACK), ("asyncio.sleep(0.4)", "asyncio.sleep(0)")),
    ),
    "progress of a slow tool with the answer": Wrong(
        "progress", 1, "nearly over", ((IN_ORDER, HOLDS_BACK),)
    ),
    "what a tool raised, for the reader": Wrong(
        "progress",
        5,
        "tells its reader 'TypeError'",
        (
            ("case ToolFailed(call, name):", "case ToolFailed(call, name, reason=reason):"),
            ('reason="It did not work."', "reason=reason"),
        ),
    ),
    "a tool's error ends the answer": Wrong(
        "progress",
        4,
        "`tool_failed`",
        (
            (
                '            return frame("tool_failed", call=call, name=name, reason="It did not work.")\n',
                "            raise RuntimeError(name)\n",
            ),
        ),
    ),
    "goes on without its reader": Wrong(
        "stop", 1, "after its reader left", ((IN_ORDER, IN_A_TASK),)
    ),
    "a Stop that stops nothing": Wrong(
        "stop",
        4,
        "Stop button",
        ((ON_STOP, ""),),
    ),
    "a Stop that only says so": Wrong(
        "stop", 4, "ends no request", ((ON_STOP, 'form.stop.onclick = () => end("Stopped.");'),)
    ),
    "a Stop that cannot be pressed": Wrong(
        "stop",
        5,
        "stays disabled",
        (("signal = begin();", "{ signal } = (leave = new AbortController());"),),
    ),
    "a request that cannot be ended": Wrong(
        "stop", 5, "without a `signal`", (("headers, body, signal }", "headers, body }"),)
    ),
    "the queue that we begin with": Wrong(
        "stop", 2, "after its reader left", ((SENT, f"{QUEUED}\n"),)
    ),
    "done after a cut": Wrong(
        "recovery", 3, "no `done`", (('if done.ending != "answered":', "if not done.ending:"),)
    ),
    "asks again after the text": Wrong(
        "recovery", 3, "asks the model again", (("if begun or second", "if second"),)
    ),
    "never asks a broken stream again": Wrong(
        "recovery", 2, "if the model is asked again", (("in (False, True)", "in (True,)"),)
    ),
    "a traceback for the reader": Wrong(
        "recovery",
        4,
        "nobody's business",
        ((SORRY, "message=repr(error)"),),
    ),
    "the text of the error for the reader": Wrong(
        "recovery", 4, "nobody's business", ((SORRY, 'message=f"Sorry: {error}."'),)
    ),
    "the address in another field": Wrong(
        "recovery",
        4,
        "nobody's business",
        ((SORRY, f"{SORRY}, detail=str(app.state.client.base_url)"),),
    ),
    "no limit": Wrong(
        "recovery", 5, "stays open", (('"timeout": IDLE_LIMIT_S', '"timeout": 60.0'),)
    ),
    "a limit for the whole answer": Wrong("recovery", 6, "never silent", ((IN_ORDER, IN_ALL),)),
    "never asks again": Wrong(
        "recovery", 1, "after one 500", (("api_key=key)", "api_key=key, max_retries=0)"),)
    ),
}
