"""Runs that are polled, cancelled, broken by faults, or left by their client."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from labkit.offline.app import create_app
from labkit.offline.assistants import store
from labkit.offline.assistants.conversation import chat_request
from labkit.offline.assistants.objects import new_assistant, new_message, new_run, new_thread
from labkit.offline.assistants.turn import Turn
from labkit.offline.faults import NONE
from labkit.offline.model import Model
from labkit.outdoor import TOOLS
from labkit.serving import serve
from tests.offline.assistants.museum import (
    ONE_CALL,
    QUESTION,
    Body,
    Events,
    Museum,
    events,
    events_of,
    names,
    path,
    text,
)
from tests.settled import settled


def state(museum: Museum, run: Body) -> str:
    return str(museum.get(path(run)).json()["status"])


def test_a_polled_run_is_queued_then_done_and_says_what_a_stream_says(museum: Museum) -> None:
    run = museum.run().json()
    assert run["status"] == "queued"
    assert run["usage"] is None
    done = museum.get(path(run)).json()
    assert (done["status"], done["last_error"]) == ("completed", None)
    [answer, _] = museum.get(f"/threads/{run['thread_id']}/messages").json()["data"]
    assert answer["content"][0]["text"]["value"] == text(events(museum.run(stream=True)))


def test_a_polled_run_is_done_when_only_its_messages_are_looked_at(museum: Museum) -> None:
    run = museum.run().json()
    messages = museum.get(f"/threads/{run['thread_id']}/messages").json()["data"]
    assert [message["role"] for message in messages] == ["assistant", "user"]


def test_a_polled_run_waits_for_tool_outputs_and_goes_on(museum: Museum) -> None:
    waiting = museum.get(path(museum.run(ONE_CALL).json())).json()
    assert waiting["status"] == "requires_action"
    assert museum.submit(waiting).json()["status"] == "queued"
    assert state(museum, waiting) == "completed"
    steps = museum.get(f"{path(waiting)}/steps", order="asc").json()["data"]
    assert [step["type"] for step in steps] == ["tool_calls", "message_creation"]
    assert {step["status"] for step in steps} == {"completed"}
    assert museum.get(f"{path(waiting)}/steps/{steps[0]['id']}").json() == steps[0]


def test_a_run_takes_the_time_of_its_tokens(slow: tuple[Museum, Model]) -> None:
    museum, _ = slow
    run = museum.run().json()
    found = museum.get(path(run)).json()
    assert found["status"] == "in_progress"
    assert found["started_at"]
    assert museum.get(f"/threads/{run['thread_id']}/messages").json()["data"][0]["role"] == "user"


def test_runs_are_listed_and_changed(museum: Museum) -> None:
    run = museum.run().json()
    changed = museum.post(path(run), {"metadata": {"a": "b"}, "model": "other"}).json()
    assert changed["metadata"] == {"a": "b"}
    assert changed["model"] == "gpt-4o-mini"
    assert museum.get(f"/threads/{run['thread_id']}/runs").json()["data"] == [changed]


def test_a_busy_thread_takes_no_second_run_and_no_message(museum: Museum) -> None:
    run = museum.get(path(museum.run(ONE_CALL).json())).json()
    second = museum.run(thread=run["thread_id"])
    assert second.status_code == 400
    message = second.json()["error"]["message"]
    assert message == f"Thread {run['thread_id']} already has an active run {run['id']}."
    added = museum.post(f"/threads/{run['thread_id']}/messages", {"role": "user", "content": "x"})
    assert (added.status_code, run["id"] in added.json()["error"]["message"]) == (400, True)


def test_a_cancelled_run_frees_its_thread_and_cannot_go_on(museum: Museum) -> None:
    run = museum.get(path(museum.run(ONE_CALL).json())).json()
    cancelled = museum.post(f"{path(run)}/cancel").json()
    assert (cancelled["status"], cancelled["required_action"]) == ("cancelled", None)
    [step] = museum.get(f"{path(run)}/steps").json()["data"]
    assert step["status"] == "cancelled"
    assert museum.submit(run).json()["error"]["message"] == (
        "Runs in status 'cancelled' do not accept tool outputs."
    )
    assert museum.post(f"{path(run)}/cancel").status_code == 400
    assert museum.run(thread=run["thread_id"]).status_code == 200


def test_a_run_that_waits_too_long_expires(museum: Museum, monkeypatch: pytest.MonkeyPatch) -> None:
    run = museum.get(path(museum.run(ONE_CALL).json())).json()
    monkeypatch.setattr(store, "now", lambda: run["expires_at"])
    assert state(museum, run) == "expired"
    [step] = museum.get(f"{path(run)}/steps").json()["data"]
    assert (step["status"], step["expired_at"]) == ("expired", run["expires_at"])


@pytest.mark.parametrize(
    "outputs", [[], [{"tool_call_id": "call_other", "output": "x"}], [{"output": "x"}], "x", [7]]
)
def test_outputs_of_other_calls_are_refused_and_the_run_still_waits(
    museum: Museum, outputs: Any
) -> None:
    run = museum.get(path(museum.run(ONE_CALL).json())).json()
    response = museum.post(f"{path(run)}/submit_tool_outputs", {"tool_outputs": outputs})
    assert (response.status_code, response.json()["error"]["param"]) == (400, "tool_outputs")
    assert museum.submit(run).status_code == 200


def test_what_is_refused_in_the_last_moment_leaves_the_run_waiting(museum: Museum) -> None:
    run = museum.get(path(museum.run(ONE_CALL).json())).json()
    assert museum.submit(run, stream="yes").status_code == 400
    assert state(museum, run) == "requires_action"
    assert museum.submit(run).status_code == 200


def test_a_status_comes_before_the_run_and_leaves_no_run_behind(museum: Museum) -> None:
    thread = museum.thread(QUESTION)
    assert museum.run(thread=thread, fault="status=503").status_code == 503
    assert museum.get(f"/threads/{thread}/runs").json()["data"] == []
    assert museum.run(thread=thread).status_code == 200


def test_times_lets_the_same_request_through_later(museum: Museum) -> None:
    body = {"assistant_id": museum.assistant(), "stream": True}
    at = f"/threads/{museum.thread(QUESTION)}/runs"
    fault = {"x_labkit_fault": "status=500;times=2"}
    assert [museum.post(at, body, **fault).status_code for _ in range(3)] == [500, 500, 200]


def test_an_error_event_ends_the_stream_and_the_run_has_failed(museum: Museum) -> None:
    found = events_of(museum.run(stream=True, fault="error_after=3").content)
    assert found[-1] == (
        "error",
        {
            "message": "The server had an error while processing your request.",
            "type": "server_error",
            "param": None,
            "code": None,
        },
    )
    assert len(text(found[:-1])) > 0
    failed = after(museum, found)
    assert (failed["status"], failed["last_error"]["code"]) == ("failed", "server_error")


def test_a_polled_run_fails_too(museum: Museum) -> None:
    assert state(museum, museum.run(fault="error_after=3").json()) == "failed"


def test_a_polled_run_is_over_before_an_error_that_never_comes(museum: Museum) -> None:
    assert state(museum, museum.run(fault="error_after=100000").json()) == "completed"


def test_outputs_that_cannot_be_used_leave_the_run_waiting(museum: Museum) -> None:
    thread = museum.thread("Answer in json, please.", ONE_CALL)
    asked = museum.run(thread=thread, response_format={"type": "json_object"}).json()
    run = museum.get(path(asked)).json()
    newest_first = museum.get(f"/threads/{thread}/messages").json()["data"]
    museum.delete(f"/threads/{thread}/messages/{newest_first[-1]['id']}")
    assert museum.submit(run).status_code == 400
    assert state(museum, run) == "requires_action"
    museum.post(f"/threads/{thread}/runs/{run['id']}/cancel")
    assert museum.run(thread=thread).status_code == 200


def test_a_truncated_stream_ends_without_done_and_its_run_is_over(museum: Museum) -> None:
    found = events_of(museum.run(stream=True, fault="truncate_after=5").content)
    assert names(found)[-1] == "thread.message.delta"
    assert sum(name == "thread.message.delta" for name, _ in found) == 5
    assert after(museum, found)["status"] == "cancelled"
    [message, _] = museum.get(f"/threads/{found[0][1]['thread_id']}/messages").json()["data"]
    assert (message["status"], message["incomplete_details"]) == (
        "incomplete",
        {"reason": "run_cancelled"},
    )


def after(museum: Museum, found: Events) -> Body:
    return dict(museum.get(path(found[0][1])).json())


def test_a_cut_stream_closes_the_socket_and_frees_the_thread(museum: Museum) -> None:
    thread = museum.thread(QUESTION)
    with pytest.raises(httpx2.RemoteProtocolError):
        museum.run(thread=thread, stream=True, fault="cut_after=4")
    assert museum.run(thread=thread).status_code == 200


@pytest.fixture
def slow() -> Iterator[tuple[Museum, Model]]:
    """A model at a pace at which nothing ends while a test looks at it."""
    model = Model(pace=100)
    with (
        serve(create_app(model)) as server,
        httpx2.Client(base_url=server.url, headers={"api-key": "any"}) as http,
    ):
        yield Museum(http), model


@pytest.fixture
def stalled(museum: Museum, http: httpx2.Client) -> Iterator[tuple[Body, httpx2.Response]]:
    """A run whose stream stalls after four deltas, read up to there."""
    body = {"assistant_id": museum.assistant(), "stream": True}
    at = f"/v1/threads/{museum.thread(QUESTION)}/runs"
    fault = {"x-labkit-fault": "stall_after=4"}
    with http.stream("POST", at, json=body, headers=fault) as response:
        seen, read = b"", response.iter_raw()
        while seen.count(b"thread.message.delta\n") < 4:
            seen += next(read)
        yield events_of(seen[: seen.rindex(b"\n\n") + 2])[0][1], response


def test_a_client_that_leaves_cancels_its_stream_and_its_run(
    museum: Museum, http: httpx2.Client, stalled: tuple[Body, httpx2.Response]
) -> None:
    run, response = stalled
    before = http.get("/labkit/streams").json()
    assert state(museum, run) == "in_progress"
    response.close()
    counts = settled(http, before["cancelled"] + 1)
    assert counts["open"] == before["open"] - 1
    assert state(museum, run) == "cancelled"
    assert museum.run(thread=run["thread_id"]).status_code == 200


def test_a_stalled_run_can_be_cancelled_by_another_request(
    museum: Museum, stalled: tuple[Body, httpx2.Response]
) -> None:
    run, _ = stalled
    assert museum.post(f"{path(run)}/cancel").json()["status"] == "cancelled"
    assert museum.run(thread=run["thread_id"]).status_code == 200


def new_turn(question: str = QUESTION, **more: Any) -> tuple[Turn, store.Run]:
    thread = store.Thread(new_thread({}))
    asked = new_message(thread.fields["id"], {"role": "user", "content": question})
    assistant = new_assistant({"model": "gpt-4o-mini", **more})
    run = store.Run(new_run(thread.fields["id"], assistant, {}))
    return Turn(thread, run, chat_request([asked], run), NONE), run


def test_a_stream_whose_run_is_cancelled_meanwhile_says_so_and_ends() -> None:
    turn, run = new_turn()
    written = turn.events()
    found = [next(written).data for _ in range(8)]
    run.stop("cancelled")
    found += [event.data for event in written]
    assert names(events_of(b"".join(found)))[-5:] == [
        "thread.message.delta",
        "thread.message.incomplete",
        "thread.run.step.cancelled",
        "thread.run.cancelled",
        "done",
    ]


def test_a_stream_whose_run_is_cancelled_before_its_first_event_does_nothing_else() -> None:
    turn, run = new_turn()
    written = turn.events()
    run.stop("cancelled")
    assert names(events_of(b"".join(event.data for event in written))) == [
        "thread.run.cancelled",
        "done",
    ]
    assert run.status == "cancelled"


def test_the_end_of_a_turns_stream_does_not_stop_the_next_turn() -> None:
    turn, run = new_turn(ONE_CALL, tools=TOOLS)
    for event in turn.events():
        if event.data.startswith(b"event: thread.run.requires_action"):
            run.fields["status"] = "in_progress"  # as when the outputs are there already
    turn.stop()
    assert run.status == "in_progress"
