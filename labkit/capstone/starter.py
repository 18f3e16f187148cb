"""A streaming agent with tools of its own, and its page. Run it: `uvicorn my_agent:app`.

Six sections are yours, one for each milestone. The first line of a section names it: leave that.
Everything else may be changed; the checks see the app from outside only, over HTTP.
"""

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
"""So long may the model be silent, in seconds."""


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

NAME = "My agent"
EXAMPLE = ""  # a question that makes the agent use a tool
TOOLS: list[dict[str, Any]] = []  # the schemas of at least two tools of your own
FUNCTIONS: dict[str, Any] = {}  # the function of each name, plain or `async`


def agent(question: str) -> AsyncGenerator[AgentEvent, None]:
    """Return what the agent does about `question`, as agent events."""
    messages = [{"role": "user", "content": question}]
    client, model = app.state.client.with_options(**OPTIONS), app.state.model
    return run_agent(client, model, messages, tools=TOOLS, functions=FUNCTIONS, tool_limit_s=15)


# --- 2 · Answer: agent events become SSE events ---------------------------------------------------

HEADERS: dict[str, str] = {}  # keep caches and buffers away: two headers
Question = str  # 1 to 500 characters, once the white space at its ends is gone


class Asked(BaseModel):
    """The body of a request to /ask."""

    question: Question


def told(event: AgentEvent) -> bytes | None:
    """Return the SSE event that tells the reader of `event`; None if there is nothing to tell.

    TextDelta       token {"text": …}
    Done            what `last` makes of it
    all others      what `progress` makes of them
    """
    ...


async def answer(question: str) -> AsyncGenerator[bytes, None]:
    """Yield the answer as SSE events, each at once."""
    async for event in agent(question):
        if sent := told(event):
            yield sent


# --- 3 · Page: it asks, and shows the answer ------------------------------------------------------

# JavaScript. `on.token = (data) => …` says what to do at a `token`; `done` and `error` have to be
# told as well, and end with `end("a few words")`. `form.onsubmit` asks. PAGE, below, has the rest:
# `form`, `steps` and `answer` are parts of the page; `begin()` empties them, and returns the signal
# for `fetch`; `read(body)` calls what is in `on`.
ASK = r"""
"""


# --- 4 · Progress: what the agent does, while it does it ------------------------------------------

# JavaScript: `on.tool_started`, `on.tool_finished` and `on.tool_failed` add a line to `steps`.
STEPS = r"""
"""


def progress(event: AgentEvent) -> bytes | None:
    """Return the SSE event for what happens to a tool; None for all other agent events.

    ToolStarted     tool_started {"call", "name", "arguments"}
    ToolFinished    tool_finished {"call", "name", "seconds", "summary"}
    ToolFailed      tool_failed {"call", "name", "reason": a sentence of your own}
    """
    ...


# --- 5 · Stop: nobody works for a reader who has left ---------------------------------------------

# JavaScript: `form.stop` ends the request that is under way.
STOP = r"""
"""


def stream(frames: AsyncGenerator[bytes, None]) -> StreamingResponse:
    """Return the response that sends `frames`.

    It does, but `work` goes on when the reader has left. Mend that.
    """
    queue: asyncio.Queue[bytes] = asyncio.Queue()

    async def work() -> None:
        try:
            async for sent in frames:
                queue.put_nowait(sent)
        finally:
            queue.put_nowait(b"")

    async def queued() -> AsyncGenerator[bytes, None]:
        working = asyncio.create_task(work())
        while sent := await queue.get():
            yield sent
        await working

    return StreamingResponse(queued(), 200, HEADERS, "text/event-stream")


# --- 6 · Recovery: the text stays, and the reader knows -------------------------------------------


OPTIONS: dict[str, Any] = {}  # of the client: what limits how long the model may be silent?


def last(done: Done) -> bytes:
    """Return the last SSE event, `done {"finish_reason": …}`; raise if the answer is not whole."""
    return frame("done", finish_reason=done.finish_reason)


async def guarded(question: str) -> AsyncGenerator[bytes, None]:
    """Yield the answer; if it breaks before its first SSE event, ask once more, else say so.

    error {"message": a sentence for people}
    """
    async for sent in answer(question):
        yield sent


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
