"""A streaming agent with tools of its own, and its page. Run it: `uvicorn my_agent:app`."""

import asyncio
import json
import logging
import os
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Annotated, Any

import openai
from fastapi import FastAPI
from fastapi.responses import HTMLResponse, StreamingResponse
from pydantic import BaseModel, StringConstraints
from starlette.background import BackgroundTask

import labkit
from labkit.agent import run_agent
from labkit.agent_events import AgentEvent, Done, TextDelta, ToolFailed, ToolFinished, ToolStarted
from labkit.sse import ServerSentEvent, encode

IDLE_LIMIT_S = float(os.environ.get("IDLE_LIMIT_S", "60"))


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Find the model, and keep one client of it for as long as the app runs."""
    endpoint = labkit.connect()
    url, key = endpoint.base_url, endpoint.api_key
    async with openai.AsyncOpenAI(base_url=url, api_key=key) as app.state.client:
        app.state.model = endpoint.model
        yield


app = FastAPI(lifespan=lifespan)


def frame(name: str, /, **data: Any) -> bytes:
    """Return one SSE event of this name, its data as JSON."""
    return encode(ServerSentEvent(json.dumps(data), name))


# --- 1 · Tools: what the agent can do -------------------------------------------------------------

NAME = "Trail companion"
EXAMPLE = "How is the Ridge trail, and how much daylight is there in October?"
TRAILS = {"ridge": (14.0, "dry, wind on top"), "lake": (8.5, "muddy"), "gorge": (11.0, "closed")}
DAYLIGHT_H = dict(
    January=8.5, February=10, March=12, April=13.5, May=15.5, June=16.5,
    July=16, August=14.5, September=12.5, October=11, November=9, December=8,
)  # fmt: skip


async def trail_report(trail: str) -> dict[str, Any]:
    """Return how long a trail is and in what state; raise LookupError for one we do not know."""
    await asyncio.sleep(0.4)  # a real one asks the rangers' service
    if trail.lower() not in TRAILS:
        raise LookupError(f"There is no trail {trail!r}; we know {', '.join(TRAILS)}.")
    kilometres, state = TRAILS[trail.lower()]
    return {"trail": trail, "kilometres": kilometres, "state": state}


def daylight(month: str) -> dict[str, Any]:
    """Return the hours of daylight in a month."""
    return {"month": month, "hours": DAYLIGHT_H[month.title()]}


def schema(name: str, description: str, parameter: str, meaning: str) -> dict[str, Any]:
    """Return the schema of a tool with one parameter, a text."""
    properties = {parameter: {"type": "string", "description": meaning}}
    parameters = {"type": "object", "properties": properties, "required": [parameter]}
    function = {"name": name, "description": description, "parameters": parameters}
    return {"type": "function", "function": function}


TOOLS = [
    schema("trail_report", "Report the length and the state of a trail.", "trail", "Its name."),
    schema("daylight", "Tell the hours of daylight in a month.", "month", "In English."),
]
FUNCTIONS = {"trail_report": trail_report, "daylight": daylight}


def agent(question: str) -> AsyncGenerator[AgentEvent, None]:
    """Return what the agent does about `question`, as agent events."""
    messages = [{"role": "user", "content": question}]
    client, model = app.state.client, app.state.model
    return run_agent(client, model, messages, tools=TOOLS, functions=FUNCTIONS, tool_limit_s=15)


# --- 2 · Answer: agent events become SSE events ---------------------------------------------------

HEADERS = {"cache-control": "no-cache", "x-accel-buffering": "no"}
Question = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class Asked(BaseModel):
    """The body of a request to /ask."""

    question: Question


def told(event: AgentEvent) -> bytes | None:
    """Return the SSE event that tells the reader of `event`; None if there is nothing to tell."""
    if isinstance(event, TextDelta):
        return frame("token", text=event.text)
    return last(event) if isinstance(event, Done) else progress(event)


async def answer(question: str) -> AsyncGenerator[bytes, None]:
    """Yield the answer as SSE events, each at once."""
    async with aclosing(agent(question)) as events:
        async for event in events:
            if sent := told(event):
                yield sent


# --- 3 · Page: it asks, and shows the answer ------------------------------------------------------

ASK = """
on.token = ({ text }) => answer.append(text);
on.done = ({ finish_reason }) => end(finish_reason === "stop" ? "Done." : `(${finish_reason})`);
on.error = ({ message }) => end(message);

form.onsubmit = async (submitted) => {
  submitted.preventDefault();
  leave?.abort();
  const { signal } = leave = new AbortController();
  steps.replaceChildren(); answer.replaceChildren();
  state.textContent = "…"; form.stop.disabled = false;
  try {
    await read(await post(form.question.value, signal));
    if (state.textContent === "…") end("The answer was cut.");
  } catch (error) {
    if (!signal.aborted) end(error.message);
  }
};

async function post(question, signal) {
  const headers = { Accept: "text/event-stream", "Content-Type": "application/json" };
  const body = JSON.stringify({ question }), method = "POST";
  const reply = await fetch("ask", { method, headers, body, signal });
  if (reply.status === 422) throw new Error("A question has 1 to 500 characters.");
  if (!reply.ok) throw new Error(`The app answers with status ${reply.status}.`);
  return reply.body;
}
"""


# --- 4 · Progress: what the agent does, while it does it ------------------------------------------

STEPS = """
const line = (text) => steps.appendChild(document.createElement("li")).textContent = text;
const words = (name) => name.replaceAll("_", " ");
on.tool_started = (tool) => {
  if (/[^\\n]$/.test(answer.textContent)) answer.append("\\n\\n");
  line(`${words(tool.name)}: ${Object.values(tool.arguments).join(", ")} …`);
};
on.tool_finished = (tool) => line(`${words(tool.name)}: ${tool.summary}`);
on.tool_failed = (tool) => line(`${words(tool.name)}: failed, going on`);
"""


def progress(event: AgentEvent) -> bytes | None:
    """Return the SSE event for what happens to a tool; None for all other agent events."""
    match event:
        case ToolStarted(call, name, arguments):
            return frame("tool_started", call=call, name=name, arguments=arguments)
        case ToolFinished(call, name, seconds, summary=summary):
            return frame("tool_finished", call=call, name=name, seconds=seconds, summary=summary)
        case ToolFailed(call, name, reason=reason):
            return frame("tool_failed", call=call, name=name, reason=reason)
    return None


# --- 5 · Stop: nobody works for a reader who has left ---------------------------------------------

STOP = """
form.stop.onclick = () => { leave.abort(); end("Stopped."); };
"""


def stream(frames: AsyncGenerator[bytes, None]) -> StreamingResponse:
    """Return the response that sends `frames`, and closes them however it ends."""
    closing = BackgroundTask(frames.aclose)  # also where the first was never asked for
    return StreamingResponse(frames, 200, HEADERS, "text/event-stream", closing)


# --- 6 · Recovery: the text stays, and the reader knows -------------------------------------------


def last(done: Done) -> bytes:
    """Return the last SSE event: `done` if the agent has answered, else `error`."""
    if done.ending == "answered":
        return frame("done", finish_reason=done.finish_reason, text=done.text)
    if done.ending == "cut":
        return frame("error", message="The answer was cut: this is not all of it.")
    return frame("error", message="The agent took too many turns, and was stopped.")


async def guarded(frames: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """Yield `frames`; an `error` in the end if they break, or pause for over IDLE_LIMIT_S."""
    try:
        async with aclosing(frames):
            while True:
                async with asyncio.timeout(IDLE_LIMIT_S):
                    sent = await anext(frames, b"")
                if not sent:
                    return
                yield sent
    except TimeoutError:
        yield frame("error", message="The model has fallen silent. Please ask again.")
    except openai.APIError:
        yield frame("error", message="The model broke off. Please ask again.")
    except Exception:
        logging.exception("An answer failed.")  # all of it for us, and a sentence for the reader
        yield frame("error", message="Something went wrong here. Please ask again.")


# --- The rest: what the milestones hang on --------------------------------------------------------

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>Agent</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
form { display: flex; gap: .5em } input { flex: 1; min-width: 0 } input, button { font: inherit }
ol { list-style: none; padding: 0; font-size: .9em; opacity: .8 } #answer { white-space: pre-wrap }
</style>
<form><input name="question" aria-label="Question"><button>Ask</button>
<button type="button" name="stop" disabled>Stop</button></form>
<ol aria-live="polite"></ol><p id="answer"></p><p id="state" role="status"></p>
<script type="module">
const [form] = document.forms, steps = document.querySelector("ol");
const [answer, state] = document.querySelectorAll("p");
const on = {};  // what to do at an SSE event, by its name
let leave;  // leave.abort() ends the request that is under way
function end(text) { state.textContent = text; form.stop.disabled = true; }
async function read(body) {
  let rest = "";
  const texts = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let text; !(text = await texts.read()).done;) {
    const events = (rest + text.value).split("\\n\\n");
    rest = events.pop();
    for (const event of events) {
      const found = event.match(/^event: (.*)\\ndata: (.*)$/);
      if (found) on[found[1]]?.(JSON.parse(found[2]));
    }
  }
}
const about = await (await fetch("about")).json();
document.title = about.name; form.question.value = about.example;
%s
</script></html>"""


@app.get("/")
async def page() -> HTMLResponse:
    """Return the page."""
    return HTMLResponse(PAGE % (ASK + STEPS + STOP))


@app.get("/about")
async def about() -> dict[str, Any]:
    """Tell who the agent is, and what it can do."""
    functions = [tool["function"] for tool in TOOLS]
    tools = [{"name": each["name"], "description": each["description"]} for each in functions]
    return {"name": NAME, "example": EXAMPLE, "tools": tools}


@app.post("/ask")
async def ask(asked: Asked) -> StreamingResponse:
    """Answer a question as SSE events."""
    return stream(guarded(answer(asked.question)))
