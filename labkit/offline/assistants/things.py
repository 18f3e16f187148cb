"""The operations on what only has to be kept: assistants, threads and messages."""

from openai.types import beta
from openai.types.beta import threads

from labkit.offline.assistants.objects import changed, new_assistant, new_message, new_thread
from labkit.offline.assistants.store import Thread
from labkit.offline.assistants.visit import Visit
from labkit.offline.bodies import read_objects
from labkit.offline.errors import ApiError
from labkit.offline.requests import check_model
from labkit.offline.shelf import Fields, page


def create_assistant(visit: Visit) -> Fields:
    """Create an assistant."""
    fields = new_assistant(visit.body)
    check_model(fields["model"])
    return visit.store.assistants.add(fields["id"], fields)


def list_assistants(visit: Visit) -> Fields:
    """List the assistants."""
    return page(visit.store.assistants, visit.query)


def retrieve_assistant(visit: Visit) -> Fields:
    """Return one assistant."""
    return visit.assistant


def modify_assistant(visit: Visit) -> Fields:
    """Change what the body names; runs that are under way keep what they began with."""
    visit.assistant.update(changed(beta.Assistant, visit.assistant, visit.body))
    return visit.assistant


def delete_assistant(visit: Visit) -> Fields:
    """Forget an assistant."""
    visit.store.assistants.remove(visit.named["assistant"])
    return _deleted("assistant", visit.named["assistant"])


def create_thread(visit: Visit) -> Fields:
    """Create a thread, with messages if the body has some."""
    thread = new_thread_of(visit.body)
    return visit.store.threads.add(thread.fields["id"], thread).fields


def new_thread_of(body: Fields) -> Thread:
    """Return a new thread with the messages that `body` holds."""
    thread = Thread(new_thread(body))
    for message in new_messages(thread.fields["id"], body, "messages"):
        thread.history.add(message["id"], message)
    return thread


def new_messages(thread_id: str, body: Fields, param: str) -> list[Fields]:
    """Return the new messages that `body` lists under `param`."""
    return [new_message(thread_id, each) for each in read_objects(body, param)]


def retrieve_thread(visit: Visit) -> Fields:
    """Return one thread, without its messages."""
    return visit.thread.fields


def modify_thread(visit: Visit) -> Fields:
    """Change a thread's metadata or tool resources."""
    thread = visit.thread.fields
    thread.update(changed(beta.Thread, thread, visit.body))
    return thread


def delete_thread(visit: Visit) -> Fields:
    """Forget a thread with all that is in it."""
    visit.store.threads.remove(visit.named["thread"])
    return _deleted("thread", visit.named["thread"])


def create_message(visit: Visit) -> Fields:
    """Add a message; not while a run is active, as the real API has it."""
    thread = visit.thread
    if run := thread.active_run():
        ids = f"{thread.fields['id']} while a run {run.fields['id']} is active"
        raise ApiError(f"Can't add messages to {ids}.")
    message = new_message(thread.fields["id"], visit.body)
    return thread.history.add(message["id"], message)


def list_messages(visit: Visit) -> Fields:
    """List a thread's messages, those of one run if the query names a `run_id`."""
    run_id = visit.query.get("run_id")
    messages = (m for m in visit.thread.messages if run_id in (None, m["run_id"]))
    return page(messages, visit.query)


def retrieve_message(visit: Visit) -> Fields:
    """Return one message."""
    return visit.message


def modify_message(visit: Visit) -> Fields:
    """Change a message's metadata."""
    message = visit.message
    message.update(changed(threads.Message, message, visit.body, "metadata"))
    return message


def delete_message(visit: Visit) -> Fields:
    """Forget a message."""
    id = visit.message["id"]
    visit.thread.history.remove(id)
    return _deleted("thread.message", id)


def _deleted(object: str, id: str) -> Fields:
    return {"id": id, "object": f"{object}.deleted", "deleted": True}
