"""One turn of a run as events: from its start, or from tool outputs, to a message or to calls."""

from collections import deque
from collections.abc import Iterator
from typing import Any

from labkit.offline.answers import Call, answer, usage
from labkit.offline.assistants import writer
from labkit.offline.assistants.conversation import asked
from labkit.offline.assistants.objects import new_message, new_step, now
from labkit.offline.assistants.store import WORKING, Run, Thread
from labkit.offline.faults import Fault
from labkit.offline.requests import ChatRequest
from labkit.offline.shapes import MARK, Template
from labkit.offline.shelf import Fields
from labkit.offline.steps import Event


class Turn:
    """What the model answers in one turn; the thread and the run change as its events are read."""

    def __init__(self, thread: Thread, run: Run, request: ChatRequest, fault: Fault) -> None:
        self._thread = thread
        self._run = run
        self.fault = fault
        self.seed = request.seed
        [self._answer] = answers = answer(request, fault)
        counts = usage(request, answers)
        self._usage: dict[str, int] = {name: getattr(counts, name) for name in run.used}
        self._cut = self._answer.finish_reason == "length"
        # Of a call that the limit cut off, nothing could be run.
        self._calls = [] if self._cut else self._answer.calls
        self._over = False

    @property
    def tokens(self) -> int:
        """The tokens of the answer."""
        return self._answer.tokens

    @property
    def _deltas(self) -> int:
        """How many deltas the answer has in a stream: its pieces, and the head of each call."""
        return len(self._answer.text) + sum(1 + len(call.fragments) for call in self._calls)

    def events(self) -> Iterator[Event]:
        """Yield the events, `done` last; a run that is stopped meanwhile ends them early."""
        working = self._working()
        # It may have been stopped before the first of these, too.
        while self._run.status in WORKING and (event := next(working, None)):
            yield event
        for each in reversed(self._run.unfinished):
            if each["status"] != "in_progress":
                yield writer.reached(each)
        yield writer.reached(self._run.fields)
        yield writer.DONE

    def finish(self) -> None:
        """Take the whole turn at once, as in a run that nobody streams."""
        if self.fault.error_after is None or self.fault.error_after > self._deltas:
            deque(self.events(), maxlen=0)
        self.stop()

    def stop(self) -> None:
        """End a run that still writes: the server failed within it, or its client has left."""
        # The client may begin the run's next turn before the stream of this one is over.
        if not self._over and self._run.status in WORKING:
            self._run.stop("cancelled" if self.fault.error_after is None else "failed")

    def _working(self) -> Iterator[Event]:
        run = self._run.fields
        run["status"] = "queued"
        yield writer.reached(run)
        run |= {"status": "in_progress", "started_at": now()}
        yield writer.reached(run)
        if self._answer.text:
            yield from self._message(self._answer.text)
        if self._calls:
            yield from self._tool_calls()
        self._end()

    def _message(self, pieces: list[str]) -> Iterator[Event]:
        run = self._run.fields
        by = {"assistant_id": run["assistant_id"], "run_id": run["id"], "status": "in_progress"}
        message = new_message(run["thread_id"], {"role": "assistant", "content": []}, **by)
        step = self._begin("message_creation", {"message_id": message["id"]})
        yield writer.created(step)
        yield writer.reached(step)
        self._thread.history.add(message["id"], message)
        self._run.unfinished.append(message)
        yield writer.created(message)
        yield writer.reached(message)
        yield from _text(message, pieces)
        yield writer.reached(self._complete(message))
        yield writer.reached(self._complete(step))

    def _tool_calls(self) -> Iterator[Event]:
        calls: list[Fields] = []
        step = self._begin("tool_calls", calls)
        yield writer.created(step)
        yield writer.reached(step)
        for index, call in enumerate(self._calls):
            yield from _call(step["id"], index, call)
            calls.append(_call_object(call))

    def _begin(self, type: str, details: Any) -> Fields:
        step = new_step(self._run.fields, type, details)
        self._run.unfinished.append(step)
        return self._run.steps.add(step["id"], step)

    def _complete(self, each: Fields) -> Fields:
        self._run.unfinished.remove(each)
        each |= {"status": "completed", "completed_at": now()}
        if each["object"] == "thread.message" and self._cut:
            each |= {"status": "incomplete", "completed_at": None, "incomplete_at": now()}
            each["incomplete_details"] = {"reason": "max_tokens"}
        if each["object"] == "thread.run.step" and not self._calls:
            each["usage"] = self._usage  # the step that ends a turn carries its tokens
        return each

    def _end(self) -> None:
        """Bring the run to where the answer leaves it: complete, cut off, or waiting for tools."""
        run, used = self._run.fields, self._run.used
        self._over = True
        used |= {name: used[name] + count for name, count in self._usage.items()}
        if self._calls:
            run |= {"status": "requires_action", "required_action": self._required()}
            return
        run |= {"status": "completed", "completed_at": now(), "usage": dict(used)}
        if self._cut:
            details = {"reason": "max_completion_tokens"}
            run |= {"status": "incomplete", "completed_at": None, "incomplete_details": details}

    def _required(self) -> Fields:
        [step] = self._run.unfinished
        step["usage"] = self._usage
        calls = [asked(call) for call in step["step_details"]["tool_calls"]]
        return {"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": calls}}


def _text(message: Fields, pieces: list[str]) -> Iterator[Event]:
    """Yield the deltas of a message's text, the first with a list of annotations."""
    first = Template(writer.text_delta(message["id"], {"value": MARK, "annotations": []}))
    later = Template(writer.text_delta(message["id"], {"value": MARK}))
    text: Fields = {"value": "", "annotations": []}
    message["content"] = [{"type": "text", "text": text}]
    for i, piece in enumerate(pieces):
        text["value"] += piece
        yield writer.filled(later if i else first, piece)


def _call(step_id: str, index: int, call: Call) -> Iterator[Event]:
    """Yield the deltas of one tool call: its head, then its arguments in fragments."""
    function = {"name": call.name, "arguments": "", "output": None}
    head = {"index": index, "id": call.id, "type": "function", "function": function}
    yield Event(writer.call_delta(step_id, head).encode(), paced=True)
    part = {"index": index, "type": "function", "function": {"arguments": MARK}}
    fragment = Template(writer.call_delta(step_id, part))
    for text in call.fragments:
        yield writer.filled(fragment, text)


def _call_object(call: Call) -> Fields:
    function = {"name": call.name, "arguments": "".join(call.fragments), "output": None}
    return {"id": call.id, "type": "function", "function": function}
