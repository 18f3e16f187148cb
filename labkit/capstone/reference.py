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
DAYLIGHT_H = {"June": 16.5, "October": 11.0, "December": 8.0}


async def trail_report(trail: str) -> dict[str, Any]:
    """Return how long a trail is and in what state; raise LookupError for one we do not know."""
    await asyncio.sleep(0.4)  # a real one asks the rangers' service
    if trail.lower() not in TRAILS:
        raise LookupError(f"There is no trail {trail!r}; we know {', '.join(TRAILS)}.")
    kilometres, state = TRAILS[trail.lower()]
    return {"kilometres": kilometres, "state": state}


def daylight(month: str) -> dict[str, Any]:
    """Return the hours of daylight in a month; raise LookupError for one we do not know."""
    if month.title() not in DAYLIGHT_H:
        raise LookupError(f"We know the daylight of {', '.join(DAYLIGHT_H)} only.")
    return {"hours": DAYLIGHT_H[month.title()]}


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
    client, model = app.state.client.with_options(**OPTIONS), app.state.model
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

ASK = r"""
on.token = ({ text }) => answer.append(text);
on.done = ({ finish_reason }) => end(finish_reason === "stop" ? "Done." : `(${finish_reason})`);
on.error = ({ message }) => end(message);

form.onsubmit = async (submitted) => {
  submitted.preventDefault();
  const signal = begin();
  const headers = { Accept: "text/event-stream", "Content-Type": "application/json" };
  const body = JSON.stringify({ question: form.question.value });
  try {
    const reply = await fetch("ask", { method: "POST", headers, body, signal });
    if (reply.status === 422) throw new Error("A question has 1 to 500 characters.");
    if (!reply.ok) throw new Error(`The app answers with status ${reply.status}.`);
    await read(reply.body);
    if (asking) end("The answer was cut.");
  } catch (error) {
    if (!signal.aborted) end(error.message);
  }
};
"""


# --- 4 · Progress: what the agent does, while it does it ------------------------------------------

STEPS = r"""
const line = (text) => steps.appendChild(document.createElement("li")).textContent = text;
const words = (name) => name.replaceAll("_", " ");
on.tool_started = (tool) => {
  if (/[^\n]$/.test(answer.textContent)) answer.append("\n\n");
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
        case ToolFailed(call, name):  # its reason, which may be an exception, is for the model
            return frame("tool_failed", call=call, name=name, reason="It did not work.")
    return None


# --- 5 · Stop: nobody works for a reader who has left ---------------------------------------------

STOP = r"""
form.stop.onclick = () => { leave.abort(); end("Stopped."); };
"""


def stream(frames: AsyncGenerator[bytes, None]) -> StreamingResponse:
    """Return the response that sends `frames`, in its own task: leaving ends both."""
    return StreamingResponse(frames, 200, HEADERS, "text/event-stream")


# --- 6 · Recovery: the text stays, and the reader knows -------------------------------------------


OPTIONS = {"timeout": IDLE_LIMIT_S}  # from one read to the next; comments count as reads
PASSING = (EOFError, openai.APIError, openai.APIConnectionError)  # at a status the SDK asks again
SORRY = {
    openai.APITimeoutError: "The model has fallen silent. Please ask again.",
    openai.RateLimitError: "Many ask just now. Please try again in a minute.",
    openai.AuthenticationError: "This app cannot reach its model. Please tell its owner.",
    openai.APIError: "The model broke off. Please ask again.",
    EOFError: "The answer was cut: this is not all of it.",
    Exception: "Something went wrong here. Please ask again.",
}


def last(done: Done) -> bytes:
    """Return `done`; raise EOFError if the agent has ended without an answer."""
    if done.ending != "answered":
        raise EOFError
    return frame("done", finish_reason=done.finish_reason)


def sorry(error: Exception) -> bytes:
    """Return the `error` for the reader. The log gets the rest, but no text that may hold a key."""
    own = None if isinstance(error, openai.APIError) else error
    logging.warning("An answer failed: %s", type(error).__name__, exc_info=own)
    return frame("error", message=next(SORRY[kind] for kind in SORRY if isinstance(error, kind)))


async def guarded(question: str) -> AsyncGenerator[bytes, None]:
    """Yield the answer; if it breaks before its first SSE event, ask once more, else say so."""
    begun = False
    for second in (False, True):
        try:
            async with aclosing(answer(question)) as frames:
                async for sent in frames:
                    begun = True
                    yield sent
            return
        except Exception as error:
            if begun or second or type(error) not in PASSING:
                yield sorry(error)
                return


# --- The rest: what the milestones hang on --------------------------------------------------------

PAGE = r"""<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>Agent</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
form { display: flex; gap: .5em } input { flex: 1; min-width: 0 } input, button { font: inherit }
ol { list-style: none; padding: 0; font-size: .9em; opacity: .8 } #answer { white-space: pre-wrap }
</style>
<form><input name="question" aria-label="Question"><button>Ask</button>
<button type="button" name="stop" disabled>Stop</button></form>
<ol aria-live="polite"></ol><p id="answer"></p><p id="state" role="status"></p>
<script>  // shows what is wrong in the script below
onerror = (text) => document.body.append(text);
onunhandledrejection = ({ reason: e }) => e.name === "AbortError" || document.body.append(e);
</script>
<script type="module">
const [form] = document.forms, steps = document.querySelector("ol");
const [answer, state] = document.querySelectorAll("p");
const on = {};  // what to do at an SSE event, by its name
let asking = false, leave;  // leave.abort() ends the request that is under way
function begin() {
  leave?.abort();
  leave = new AbortController();
  steps.replaceChildren(); answer.replaceChildren();
  state.textContent = "…"; asking = true; form.stop.disabled = false;
  return leave.signal;
}
function end(text) { state.textContent = text; asking = false; form.stop.disabled = true; }
async function read(body) {
  let rest = "";
  const texts = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let text; !(text = await texts.read()).done;) {
    const events = (rest + text.value).split("\n\n");
    rest = events.pop();
    for (const event of events) {
      const found = event.match(/^event: (.*)\ndata: (.*)$/);
      if (found) on[found[1]]?.(JSON.parse(found[2]));
    }
  }
}
const about = await (await fetch("about")).json();
document.title = about.name; form.question.value = about.example;
SCRIPT
</script></html>"""


@app.get("/")
async def page() -> HTMLResponse:
    """Return the page."""
    return HTMLResponse(PAGE.replace("SCRIPT", ASK + STEPS + STOP))


@app.get("/about")
async def about() -> dict[str, Any]:
    """Tell who the agent is, and what it can do."""
    functions = [tool["function"] for tool in TOOLS]
    tools = [{"name": each["name"], "description": each["description"]} for each in functions]
    return {"name": NAME, "example": EXAMPLE, "tools": tools}


@app.post("/ask")
async def ask(asked: Asked) -> StreamingResponse:
    """Answer a question as SSE events."""
    return stream(guarded(asked.question))
