"""Speaks the Assistants dialect over plain HTTP, and reads its events independently of labkit."""

import json
from typing import Any

import httpx2

from labkit.outdoor import TOOL_FUNCTIONS, TOOLS

QUESTION = "How do I choose hiking boots?"
ONE_CALL = "Search for tents under 250 dollars"
TWO_CALLS = "Search for tents and for backpacks under 250 dollars"

SDK_DEPRECATED = "ignore:(The Assistants API is )?deprecated( in favor of the Responses API)?$:DeprecationWarning"
"""What the SDK warns of in each of its methods for assistants."""

Body = dict[str, Any]


class Museum:
    """A client of the dialect below one prefix, `/v1` unless told otherwise."""

    def __init__(self, http: httpx2.Client, prefix: str = "/v1", **query: str) -> None:
        self._http = http
        self._prefix = prefix
        self._query = query

    def get(self, path: str, **query: Any) -> httpx2.Response:
        return self._http.get(self._prefix + path, params=self._query | query)

    def post(self, path: str, body: Body | None = None, **headers: str) -> httpx2.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        url = self._prefix + path
        return self._http.post(url, params=self._query, json=body or {}, headers=named)

    def delete(self, path: str) -> httpx2.Response:
        return self._http.delete(self._prefix + path, params=self._query)

    def assistant(self, **more: Any) -> str:
        """Create an assistant with the shop's tools and return its id."""
        body = {"model": "gpt-4o-mini", "name": "Ranger", "tools": TOOLS, **more}
        return str(self.post("/assistants", body).json()["id"])

    def thread(self, *questions: str) -> str:
        """Create a thread in which a user has asked these and return its id."""
        messages = [{"role": "user", "content": question} for question in questions]
        return str(self.post("/threads", {"messages": messages}).json()["id"])

    def run(
        self, question: str = QUESTION, *, fault: str = "", thread: str = "", **more: Any
    ) -> httpx2.Response:
        """Run a new assistant on a new thread, or on the one given."""
        body = {"assistant_id": self.assistant(), **more}
        path = f"/threads/{thread or self.thread(question)}/runs"
        return self.post(path, body, x_labkit_fault=fault)

    def submit(self, run: Body, **more: Any) -> httpx2.Response:
        """Do what the run requires with the shop's own functions, and send the outputs."""
        calls = run["required_action"]["submit_tool_outputs"]["tool_calls"]
        outputs = [{"tool_call_id": call["id"], "output": output(call)} for call in calls]
        return self.post(f"{path(run)}/submit_tool_outputs", {"tool_outputs": outputs, **more})


def output(call: Body) -> str:
    """Return the result of a tool call as JSON."""
    function = TOOL_FUNCTIONS[call["function"]["name"]]
    return json.dumps(function(**json.loads(call["function"]["arguments"])))


def path(run: Body) -> str:
    return f"/threads/{run['thread_id']}/runs/{run['id']}"


Events = list[tuple[str, Any]]


def events(response: httpx2.Response) -> Events:
    """Return names and objects of a whole stream; insist on the framing, and on `done` last."""
    assert response.status_code == 200, response.text
    found = events_of(response.content)
    assert found.pop() == ("done", "[DONE]")
    return found


def events_of(content: bytes) -> Events:
    """Return the events in these bytes: two lines each, then a blank one."""
    *frames, end = content.decode().split("\n\n")
    assert end == "", "the stream ends with a blank line"
    return [_event(*frame.split("\n")) for frame in frames]


def _event(first: str, second: str) -> tuple[str, Any]:
    data = second.removeprefix("data: ")
    assert (first[:7], second[:6]) == ("event: ", "data: ")
    return first[7:], data if data == "[DONE]" else json.loads(data)


def names(found: Events) -> list[str]:
    """Return the names of events, deltas that follow each other as one."""
    said = [name for name, _ in found]
    same = zip(said, [None, *said], strict=False)
    return [name for name, last in same if name != last or not name.endswith(".delta")]


def text(found: Events) -> str:
    """Return the text of all message deltas."""
    deltas = [data["delta"]["content"] for name, data in found if name == "thread.message.delta"]
    return "".join(part["text"]["value"] for [part] in deltas)
