"""Assistants, threads and messages: kept, listed, changed, deleted; and what is refused."""

import re
from typing import Any

import httpx2
import pytest

from labkit.outdoor import TOOLS
from tests.offline.assistants.museum import QUESTION, Museum


def test_every_answer_says_in_its_headers_that_it_is_history(museum: Museum) -> None:
    stream = museum.run(stream=True)
    for response in (stream, museum.post("/threads"), museum.get("/threads/thread_none")):
        assert re.match(r'299 - ".*switched off on 26 August 2026', response.headers["warning"])
        assert response.headers["deprecation"] == "@1756166400"
        assert response.headers["sunset"] == "Wed, 26 Aug 2026 00:00:00 GMT"


def test_other_dialects_do_not_say_so(http: httpx2.Client) -> None:
    assert "sunset" not in http.get("/v1/models").headers


def test_an_assistant_is_created_listed_changed_and_deleted(museum: Museum) -> None:
    made = museum.post("/assistants", {"model": "gpt-4o-mini", "name": "Ranger", "tools": TOOLS})
    assistant = made.json()
    assert assistant["id"].startswith("asst_")
    assert (assistant["object"], assistant["tools"]) == ("assistant", TOOLS)
    at = f"/assistants/{assistant['id']}"
    assert museum.get(at).json() == assistant == museum.get("/assistants").json()["data"][0]
    changed = museum.post(at, {"name": "Guide", "id": "asst_mine"}).json()
    assert changed == {**assistant, "name": "Guide"} == museum.get(at).json()
    deleted = {"id": assistant["id"], "object": "assistant.deleted", "deleted": True}
    assert museum.delete(at).json() == deleted
    assert museum.get(at).status_code == 404


def test_a_thread_is_created_with_messages_changed_and_deleted(museum: Museum) -> None:
    at = f"/threads/{museum.thread(QUESTION, 'And socks?')}"
    said = museum.get(f"{at}/messages", order="asc").json()["data"]
    assert [m["content"][0]["text"]["value"] for m in said] == [QUESTION, "And socks?"]
    assert museum.post(at, {"metadata": {"for": "us"}}).json()["metadata"] == {"for": "us"}
    assert museum.get(at).json()["object"] == "thread"
    assert museum.delete(at).json()["object"] == "thread.deleted"
    assert museum.get(f"{at}/messages").status_code == 404


def test_a_message_is_added_changed_and_deleted(museum: Museum) -> None:
    at = f"/threads/{museum.thread()}/messages"
    parts = [{"type": "text", "text": "One"}, {"type": "text", "text": "Two"}]
    message = museum.post(at, {"role": "user", "content": parts}).json()
    assert [part["text"]["value"] for part in message["content"]] == ["One", "Two"]
    one = f"{at}/{message['id']}"
    changed = museum.post(one, {"metadata": {"a": "b"}, "role": "assistant"}).json()
    assert changed == {**message, "metadata": {"a": "b"}} == museum.get(one).json()
    assert museum.delete(one).json()["object"] == "thread.message.deleted"
    assert museum.get(at).json() == {
        "object": "list",
        "data": [],
        "first_id": None,
        "last_id": None,
        "has_more": False,
    }


def test_messages_are_listed_page_by_page_in_either_direction(museum: Museum) -> None:
    at = f"/threads/{museum.thread(*'abcde')}/messages"

    def listed(**query: Any) -> tuple[str, bool]:
        page = museum.get(at, **query).json()
        return "".join(m["content"][0]["text"]["value"] for m in page["data"]), page["has_more"]

    ids = [message["id"] for message in museum.get(at, order="asc").json()["data"]]
    assert listed() == ("edcba", False)
    assert listed(limit=2) == ("ed", True)
    assert listed(limit=2, after=ids[3]) == ("cb", True)
    assert listed(limit=2, order="asc", after=ids[2]) == ("de", False)
    assert listed(limit=2, order="asc", before=ids[3]) == ("bc", True)
    assert listed(order="asc", after=ids[0], before=ids[3]) == ("bc", False)


def test_messages_of_one_run_are_listed_by_its_id(museum: Museum) -> None:
    run = museum.run().json()
    at = f"/threads/{run['thread_id']}/messages"
    [message] = museum.get(at, run_id=run["id"]).json()["data"]
    assert (message["role"], message["run_id"]) == ("assistant", run["id"])
    assert museum.get(at, run_id="run_other").json()["data"] == []


@pytest.mark.parametrize(
    "path",
    [
        "/assistants/asst_none",
        "/threads/thread_none",
        "/threads/{thread}/messages/msg_none",
        "/threads/{thread}/runs/run_none",
        "/threads/{thread}/runs/{run}/steps/step_none",
        "/threads/{thread}/messages/{step}",
    ],
)
def test_an_unknown_id_is_404_in_the_apis_shape(museum: Museum, path: str) -> None:
    run = museum.run("Search for tents", stream=False).json()
    at = f"/threads/{run['thread_id']}/runs/{run['id']}"
    [step] = museum.get(f"{at}/steps").json()["data"]
    museum.submit(museum.get(at).json())
    response = museum.get(path.format(thread=run["thread_id"], run=run["id"], step=step["id"]))
    assert response.status_code == 404
    error = response.json()["error"]
    assert re.match(r"No [a-z ]+ found with id '", error["message"])
    assert error["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        ("/assistants", {}, "model"),
        ("/assistants", {"model": "m", "name": 7}, "name"),
        ("/assistants", {"model": "m", "tools": [{"type": "magic"}]}, "tools"),
        ("/assistants", {"model": "not a model"}, "model"),
        ("/threads", {"metadata": [1]}, "metadata"),
        ("/threads", {"messages": "hello"}, "messages"),
        ("/threads", {"messages": [{"role": "user"}]}, "content"),
        ("/threads", {"messages": [{"role": "system", "content": "x"}]}, "role"),
        ("/threads", {"messages": [{"role": "user", "content": 7}]}, "content"),
        ("/threads", {"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "content"),
        ("/threads/runs", {}, "assistant_id"),
        ("/threads/runs", {"assistant_id": "{assistant}", "thread": 7}, "thread"),
        ("/threads/runs", {"assistant_id": "{assistant}", "stream": "yes"}, "stream"),
        ("/threads/runs", {"assistant_id": "{assistant}", "tool_choice": "magic"}, "tool_choice"),
    ],
)
def test_what_cannot_be_kept_is_400_and_names_what_is_wrong(
    museum: Museum, path: str, body: dict[str, Any], param: str
) -> None:
    if "assistant_id" in body:
        body = body | {"assistant_id": museum.assistant()}
    response = museum.post(path, body)
    assert (response.status_code, response.json()["error"]["param"]) == (400, param)


@pytest.mark.parametrize(
    ("query", "param"),
    [({"limit": "0"}, "limit"), ({"limit": "x"}, "limit"), ({"order": "up"}, "order"), ({"after": "a"}, "after")],
)  # fmt: skip
def test_a_page_that_makes_no_sense_is_400(
    museum: Museum, query: dict[str, str], param: str
) -> None:
    response = museum.get("/assistants", **query)
    assert (response.status_code, response.json()["error"]["param"]) == (400, param)


def test_a_key_is_asked_for(http: httpx2.Client) -> None:
    response = http.get("/v1/assistants", headers={"authorization": ""})
    assert response.status_code == 401


def test_file_search_and_code_interpreter_are_accepted_and_do_nothing(museum: Museum) -> None:
    tools = [{"type": "file_search"}, {"type": "code_interpreter"}]
    body = {"assistant_id": museum.assistant(tools=tools)}
    run = museum.post(f"/threads/{museum.thread(QUESTION)}/runs", body).json()
    assert run["tools"] == tools
    at = f"/threads/{run['thread_id']}/runs/{run['id']}"
    assert museum.get(at).json()["status"] == "completed"
