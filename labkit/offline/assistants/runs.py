"""The operations on runs: to start one, to look at it, to go on with tool outputs, to cancel it.

A run that is not streamed is done once the time that its tokens take has passed; whoever asks for
its thread, or for anything in it, next finds it finished. At pace 0 that is the next request. Of
the faults it meets `status`, `slow_start` and `error_after`; the others are about streams.
"""

import itertools
import time
from copy import deepcopy

from openai.types.beta import threads
from starlette.responses import Response

from labkit.offline.assistants import writer
from labkit.offline.assistants.conversation import chat_request
from labkit.offline.assistants.objects import changed, new_run, now, required
from labkit.offline.assistants.store import Run, Thread
from labkit.offline.assistants.things import new_messages, new_thread_of
from labkit.offline.assistants.turn import Turn
from labkit.offline.assistants.visit import Visit
from labkit.offline.bodies import read_boolean, read_object, read_objects
from labkit.offline.delivery import streamed
from labkit.offline.errors import ApiError
from labkit.offline.model import Model
from labkit.offline.pacing import duration
from labkit.offline.shelf import Fields, page
from labkit.offline.steps import Event


def create_run(visit: Visit) -> Fields | Response:
    """Run an assistant on a thread."""
    return _start(visit, visit.thread, [])


def create_thread_and_run(visit: Visit) -> Fields | Response:
    """Run an assistant on a new thread."""
    thread = new_thread_of(read_object(visit.body, "thread"))
    answer = _start(visit, thread, [writer.created(thread.fields)])
    visit.store.threads.add(thread.fields["id"], thread)
    return answer


def _start(visit: Visit, thread: Thread, opening: list[Event]) -> Fields | Response:
    thread.check_free()
    id, body = thread.fields["id"], visit.body
    assistant = visit.store.assistants.get(str(required(body, "assistant_id")))
    run = Run(new_run(id, assistant, body))
    added = new_messages(id, body, "additional_messages")
    request = chat_request([*thread.history, *added], run)
    stream, fault = read_boolean(body, "stream"), visit.fault()
    # From here on nothing is refused, so what was made may be kept.
    for message in added:
        thread.history.add(message["id"], message)
    thread.runs.add(run.fields["id"], run)
    turn = Turn(thread, run, request, fault)
    if stream:
        return _stream(visit.model, turn, [*opening, writer.created(run.fields)])
    return _later(visit.model, turn, run)


def _stream(model: Model, turn: Turn, opening: list[Event]) -> Response:
    events = itertools.chain(opening, turn.events())
    return streamed(model, events, turn.fault, turn.seed, error=writer.error, ended=turn.stop)


def _later(model: Model, turn: Turn, run: Run) -> Fields:
    wait_s = duration(model.pace_now(), turn.seed, turn.tokens)
    run.due_s = time.monotonic() + wait_s + (turn.fault.slow_start or 0)
    run.finish = turn.finish
    return run.fields


def submit_tool_outputs(visit: Visit) -> Fields | Response:
    """Go on with a run that waits for the outputs of its tool calls."""
    thread, run = visit.thread, visit.run
    step = _waiting(run)
    outputs = _outputs(visit.body, [call["id"] for call in step["step_details"]["tool_calls"]])
    stream, fault = read_boolean(visit.body, "stream"), visit.fault()
    answered = _answered(step, outputs)
    request = chat_request([*thread.history, answered], run)
    # From here on nothing is refused.
    step |= answered
    thread.history.add(step["id"], step)
    run.unfinished.clear()
    run.fields |= {"status": "queued", "required_action": None}
    turn = Turn(thread, run, request, fault)
    if stream:
        return _stream(visit.model, turn, [writer.reached(step)])
    return _later(visit.model, turn, run)


def _answered(step: Fields, outputs: dict[str, str]) -> Fields:
    """Return a copy of the step, with the outputs of its calls."""
    done = deepcopy(step) | {"status": "completed", "completed_at": now()}
    for call in done["step_details"]["tool_calls"]:
        call["function"]["output"] = outputs[call["id"]]
    return done


def _waiting(run: Run) -> Fields:
    """Return the step whose tool calls the run waits for, or raise the API's 400."""
    if run.status != "requires_action":
        raise ApiError(f"Runs in status '{run.status}' do not accept tool outputs.")
    [step] = run.unfinished
    return step


def _outputs(body: Fields, wanted: list[str]) -> dict[str, str]:
    """Return the outputs by the ids of their calls; all that are wanted, and no other."""
    given = read_objects(body, "tool_outputs")
    outputs = {str(each.get("tool_call_id")): each.get("output") or "" for each in given}
    if sorted(outputs) != sorted(wanted):
        text = f"Expected tool outputs for call_ids {wanted}, got {list(outputs)}."
        raise ApiError(text, param="tool_outputs")
    return {id: str(output) for id, output in outputs.items()}


def list_runs(visit: Visit) -> Fields:
    """List a thread's runs."""
    return page((run.fields for run in visit.thread.runs), visit.query)


def retrieve_run(visit: Visit) -> Fields:
    """Return one run; one that was not streamed is done by now, if its time has come."""
    return visit.run.fields


def modify_run(visit: Visit) -> Fields:
    """Change a run's metadata."""
    run = visit.run.fields
    run.update(changed(threads.Run, run, visit.body, "metadata"))
    return run


def cancel_run(visit: Visit) -> Fields:
    """Cancel a run at once; if it is streamed, its stream ends with the events that say so."""
    run = visit.run
    if not run.active:
        raise ApiError(f"Cannot cancel run with status '{run.status}'.")
    run.stop("cancelled")
    return run.fields


def list_steps(visit: Visit) -> Fields:
    """List the steps of a run."""
    return page(visit.run.steps, visit.query)


def retrieve_step(visit: Visit) -> Fields:
    """Return one step of a run."""
    return visit.step
