"""The reference with one mistake each: what is replaced by what, and the milestones that it fails.

Each is a mistake that people make. The last words are found in what the learner is told.
"""

from dataclasses import dataclass

from labkit.capstone import REFERENCE


@dataclass(frozen=True)
class Wrong:
    """The reference with `replacements`; `milestone` has to fail, and say `told`."""

    milestone: str
    told: str
    replacements: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        text = REFERENCE.read_text(encoding="utf-8")
        for before, after in self.replacements:
            assert text.count(before) == 1, before
            text = text.replace(before, after)
        return text


COLLECTED = """    frames = guarded(answer(asked.question))

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
ASKS_TWICE = """    except openai.APIError:
        try:
            async for sent in answer("Again, please."):
                yield sent
        except openai.APIError:
            yield frame("error", message="The model broke off twice.")
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
BREAKS_OFF = """    except openai.APIError:
        yield frame("error", message="The model broke off. Please ask again.")
"""

WRONG = {
    "the shop's tools": Wrong(
        "tools",
        "the shop's tools do not count",
        (
            ('schema("trail_report"', 'schema("search_products"'),
            ('schema("daylight"', 'schema("calculate_total"'),
        ),
    ),
    "a tool that is not sent": Wrong(
        "tools", "sends the model", (("tools=TOOLS", "tools=TOOLS[:1]"),)
    ),
    "an example without a tool": Wrong(
        "tools",
        "no tool runs",
        (
            (
                'EXAMPLE = "How is the Ridge trail, and how much daylight is there in October?"',
                'EXAMPLE = "In one sentence: why layers?"',
            ),
        ),
    ),
    "collects before it sends": Wrong(
        "answer",
        "it collects",
        (("    return stream(guarded(answer(asked.question)))\n", COLLECTED),),
    ),
    "no headers": Wrong(
        "answer", "x-accel-buffering", (('"x-accel-buffering": "no"', '"x-other": "no"'),)
    ),
    "any question": Wrong("answer", "status 200", ((", max_length=500", ""),)),
    "done without a reason": Wrong(
        "answer",
        "finish reason",
        (('"done", finish_reason=done.finish_reason, text', '"done", text'),),
    ),
    "blocks the loop": Wrong("answer", "event loop", ((IN_ORDER, BLOCKING),)),
    "markup in the page": Wrong(
        "page", "innerHTML", (("=> answer.append(text)", "=> answer.innerHTML += text"),)
    ),
    "an address of the root": Wrong(
        "page", "without the slash", (('fetch("ask"', 'fetch("/ask"'),)
    ),
    "a script from elsewhere": Wrong(
        "page",
        "another server",
        (("<script type", '<script src="https://cdn.example.org/x.js"></script><script type'),),
    ),
    "no accept": Wrong("page", "Accept", (('Accept: "text/event-stream", ', ""),)),
    "progress with the answer": Wrong(
        "progress",
        "while the model thinks",
        ((IN_ORDER, HOLDS_BACK), ("asyncio.sleep(0.4)", "asyncio.sleep(0)")),
    ),
    "progress of a slow tool with the answer": Wrong(
        "progress", "nearly over", ((IN_ORDER, HOLDS_BACK),)
    ),
    "a tool's error ends the answer": Wrong(
        "progress",
        "`tool_failed`",
        (
            (
                '            return frame("tool_failed", call=call, name=name, reason=reason)\n',
                "            raise RuntimeError(reason)\n",
            ),
        ),
    ),
    "goes on without its reader": Wrong("stop", "after its reader left", ((IN_ORDER, IN_A_TASK),)),
    "a Stop that stops nothing": Wrong(
        "stop",
        "Stop button",
        (('form.stop.onclick = () => { leave.abort(); end("Stopped."); };', ""),),
    ),
    "done after a cut": Wrong(
        "recovery", "no `done`", (('if done.ending == "answered":', "if done.ending:"),)
    ),
    "asks again after the text": Wrong(
        "recovery", "asks the model again", ((BREAKS_OFF, ASKS_TWICE),)
    ),
    "a traceback for the reader": Wrong(
        "recovery",
        "nobody's business",
        (
            (
                BREAKS_OFF,
                '    except openai.APIError:\n        import traceback\n\n        yield frame("error", message=traceback.format_exc())\n',
            ),
        ),
    ),
    "no limit": Wrong(
        "recovery", "stays open", (("asyncio.timeout(IDLE_LIMIT_S)", "asyncio.timeout(None)"),)
    ),
    "never asks again": Wrong(
        "recovery", "after one 500", (("api_key=key)", "api_key=key, max_retries=0)"),)
    ),
}
