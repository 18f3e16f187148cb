"""Sections as a learner writes them, from the text and the hints: right, and not like ours."""

from labkit.capstone.app_file import STARTER
from labkit.capstone.milestones import MILESTONES

_TOOLS = """NAME = "Kitchen helper"
EXAMPLE = "What is the recipe for pancakes?"
RECIPES = {"pancakes": ["flour", "milk", "eggs"], "soup": ["leeks", "potatoes"]}


def recipe(dish):
    return {"dish": dish, "ingredients": RECIPES.get(dish.lower(), [])}


async def substitute(ingredient):
    return {"ingredient": ingredient, "instead": "oat drink"}


def about(name, description, parameter):
    parameters = {"type": "object", "properties": {parameter: {"type": "string"}}}
    parameters["required"] = [parameter]
    function = {"name": name, "description": description, "parameters": parameters}
    return {"type": "function", "function": function}


TOOLS = [
    about("recipe", "Tell the recipe for a dish.", "dish"),
    about("substitute", "Tell a substitute for an ingredient.", "ingredient"),
]
FUNCTIONS = {"recipe": recipe, "substitute": substitute}


def agent(question):
    messages = [{"role": "user", "content": question}]
    client, model = app.state.client.with_options(**OPTIONS), app.state.model
    return run_agent(client, model, messages, tools=TOOLS, functions=FUNCTIONS)
"""
_ANSWER = """HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
Question = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)
]


class Asked(BaseModel):
    question: Question


def told(event):
    if isinstance(event, TextDelta):
        return frame("token", text=event.text)
    if isinstance(event, Done):
        return last(event)
    return progress(event)


async def answer(question):
    async for event in agent(question):
        if sent := told(event):
            yield sent
"""
_PAGE = '''ASK = r"""
// append, never innerHTML
on.token = ({ text }) => answer.append(text);
on.done = () => end("Done.");
on.error = ({ message }) => end(message);
form.onsubmit = async (event) => {
  event.preventDefault();
  const signal = begin();  //form.stop is enabled by it
  const headers = { Accept: "text/event-stream", "Content-Type": "application/json" };
  const body = JSON.stringify({ question: form.question.value });
  await read((await fetch("ask", { method: "POST", headers, body, signal })).body);
};
"""
'''
_PROGRESS = '''STEPS = r"""
function add(text) {
  const line = document.createElement("li");
  line.textContent = text;
  steps.append(line);
}

on.tool_started = ({ name }) => add(name + " …");
on.tool_finished = ({ summary }) => add(summary);
on.tool_failed = ({ reason }) => add(reason);
"""


def progress(event):
    if isinstance(event, ToolStarted):
        return frame("tool_started", call=event.call, name=event.name, arguments=event.arguments)
    if isinstance(event, ToolFinished):
        more = {"seconds": event.seconds, "summary": event.summary}
        return frame("tool_finished", call=event.call, name=event.name, **more)
    if isinstance(event, ToolFailed):
        return frame("tool_failed", call=event.call, name=event.name, reason="Leider nein")
'''
_STOP = '''STOP = r"""
function stop() {
  leave.abort();
  end("Stopped.");
}

form.stop
  .addEventListener("click", stop);
"""


def stream(frames):
    queue = asyncio.Queue()

    async def work():
        async for sent in frames:
            await queue.put(sent)
        await queue.put(b"")

    async def queued():
        working = asyncio.create_task(work())
        try:
            while sent := await queue.get():
                yield sent
        finally:
            working.cancel()

    return StreamingResponse(queued(), 200, HEADERS, "text/event-stream")
'''
_RECOVERY = """OPTIONS = {}


def last(done):
    if done.ending != "answered":
        raise RuntimeError("cut")
    return frame("done", finish_reason=done.finish_reason)


async def limited(frames):
    while True:
        async with asyncio.timeout(IDLE_LIMIT_S):
            sent = await anext(frames, b"")
        if not sent:
            return
        yield sent


async def guarded(question):
    sent = []
    while True:
        try:
            async for each in limited(answer(question)):
                sent.append(each)
                yield each
            return
        except (openai.APIError, RuntimeError):
            if sent:
                yield frame("error", message="模型中断了。请再问一次。")
                return
            sent.append(b"the second try")
        except Exception:
            logging.exception("An answer failed.")
            yield frame("error", message="Übertragung abgebrochen. Bitte noch einmal fragen …")
            return
"""
SECTIONS = {
    "tools": _TOOLS,
    "answer": _ANSWER,
    "page": _PAGE,
    "progress": _PROGRESS,
    "stop": _STOP,
    "recovery": _RECOVERY,
}


def text_with(sections: dict[str, str]) -> str:
    """Return the starter with these `sections`, without their headings, in place of its own."""
    text = STARTER.read_text(encoding="utf-8")
    for milestone in MILESTONES:
        if milestone.name in sections:
            heading = milestone.stub.splitlines()[0]
            text = text.replace(milestone.stub, f"{heading}\n\n{sections[milestone.name]}")
    return text
