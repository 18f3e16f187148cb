"""The openai SDK's own helpers for assistants, unchanged; it warns that they are deprecated."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from openai import AssistantEventHandler, OpenAI
from typing_extensions import override

from labkit.outdoor import TOOL_FUNCTIONS, TOOLS, search_products
from tests.offline.assistants.museum import ONE_CALL, QUESTION, SDK_DEPRECATED, TWO_CALLS

pytestmark = pytest.mark.filterwarnings(SDK_DEPRECATED)


@pytest.fixture
def assistant(client: OpenAI) -> Iterator[str]:
    made = client.beta.assistants.create(model="gpt-4o-mini", name="Ranger", tools=TOOLS)  # type: ignore[arg-type]
    yield made.id
    client.beta.assistants.delete(made.id)


@pytest.fixture
def thread(client: OpenAI) -> Iterator[str]:
    made = client.beta.threads.create()
    yield made.id
    client.beta.threads.delete(made.id)


def say(client: OpenAI, thread: str, question: str) -> None:
    client.beta.threads.messages.create(thread, role="user", content=question)


def outputs(run: Any) -> list[Any]:
    """Return what the shop's functions give for the calls that a run waits for."""
    calls = run.required_action.submit_tool_outputs.tool_calls
    return [{"tool_call_id": call.id, "output": result(call.function)} for call in calls]


def result(function: Any) -> str:
    return json.dumps(TOOL_FUNCTIONS[function.name](**json.loads(function.arguments)))


def test_text_deltas_are_the_final_message(client: OpenAI, assistant: str, thread: str) -> None:
    say(client, thread, QUESTION)
    with client.beta.threads.runs.stream(thread_id=thread, assistant_id=assistant) as stream:
        said = "".join(stream.text_deltas)
        [message] = stream.get_final_messages()
    assert message.content[0].text.value == said != ""  # type: ignore[union-attr]
    assert stream.get_final_run().status == "completed"
    assert stream.get_final_run().usage


class Handler(AssistantEventHandler):
    """Goes on with the tools' outputs from within the event handler, as the SDK's examples do."""

    def __init__(self, client: OpenAI, said: list[str], calls: list[str]) -> None:
        super().__init__()
        self._client = client
        self._said = said
        self._calls = calls

    @override
    def on_text_delta(self, delta: Any, snapshot: Any) -> None:
        self._said.append(delta.value)
        assert snapshot.value == "".join(self._said)

    @override
    def on_tool_call_done(self, tool_call: Any) -> None:
        self._calls.append(tool_call.function.arguments)

    @override
    def on_event(self, event: Any) -> None:
        if event.event == "thread.run.requires_action":
            handler = Handler(self._client, self._said, [])
            with self._client.beta.threads.runs.submit_tool_outputs_stream(
                thread_id=event.data.thread_id,
                run_id=event.data.id,
                tool_outputs=outputs(event.data),
                event_handler=handler,
            ) as stream:
                stream.until_done()


def test_an_event_handler_runs_the_tools_and_streams_on(
    client: OpenAI, assistant: str, thread: str
) -> None:
    say(client, thread, TWO_CALLS)
    said: list[str] = []
    calls: list[str] = []
    with client.beta.threads.runs.stream(
        thread_id=thread, assistant_id=assistant, event_handler=Handler(client, said, calls)
    ) as stream:
        stream.until_done()
    assert [json.loads(call)["category"] for call in calls] == ["tents", "backpacks"]
    assert search_products("tents", 250)[0]["name"] in "".join(said)  # type: ignore[index]


def test_create_and_poll_waits_for_the_answer(client: OpenAI, assistant: str) -> None:
    thread = client.beta.threads.create(messages=[{"role": "user", "content": ONE_CALL}])
    runs = client.beta.threads.runs
    run = runs.create_and_poll(thread_id=thread.id, assistant_id=assistant)
    assert run.status == "requires_action"
    run = runs.submit_tool_outputs_and_poll(
        thread_id=thread.id, run_id=run.id, tool_outputs=outputs(run)
    )
    assert run.status == "completed"
    newest = client.beta.threads.messages.list(thread.id, limit=1).data[0]
    assert search_products("tents", 250)[0]["name"] in newest.content[0].text.value  # type: ignore[index, union-attr]


def test_pages_are_turned_by_the_sdk(client: OpenAI, thread: str) -> None:
    for number in range(5):
        say(client, thread, str(number))
    listed = client.beta.threads.messages.list(thread, limit=2, order="asc")
    assert [m.content[0].text.value for m in listed] == list("01234")  # type: ignore[union-attr]


def test_an_error_within_the_stream_passes_through_the_sdk_unnoticed(
    client: OpenAI, assistant: str, thread: str
) -> None:
    """The SDK raises only for an error nested under `error`; this one, as documented, is flat."""
    say(client, thread, QUESTION)
    fault = {"x-labkit-fault": "error_after=2"}
    with client.beta.threads.runs.stream(
        thread_id=thread, assistant_id=assistant, extra_headers=fault
    ) as stream:
        *_, last = stream
    assert (last.event, last.model_extra["type"]) == (None, "server_error")  # type: ignore[index]
    run = stream.current_run
    assert run
    assert client.beta.threads.runs.retrieve(run.id, thread_id=thread).status == "failed"
