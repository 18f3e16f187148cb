"""The paths of the Assistants dialect, OpenAI's and Azure's."""

from starlette.routing import Route

from labkit.offline.assistants import runs, things
from labkit.offline.assistants.visit import Handler, route

_OPERATIONS: list[tuple[str, str, Handler]] = [
    ("POST", "/assistants", things.create_assistant),
    ("GET", "/assistants", things.list_assistants),
    ("GET", "/assistants/{assistant}", things.retrieve_assistant),
    ("POST", "/assistants/{assistant}", things.modify_assistant),
    ("DELETE", "/assistants/{assistant}", things.delete_assistant),
    ("POST", "/threads", things.create_thread),
    ("POST", "/threads/runs", runs.create_thread_and_run),
    ("GET", "/threads/{thread}", things.retrieve_thread),
    ("POST", "/threads/{thread}", things.modify_thread),
    ("DELETE", "/threads/{thread}", things.delete_thread),
    ("POST", "/threads/{thread}/messages", things.create_message),
    ("GET", "/threads/{thread}/messages", things.list_messages),
    ("GET", "/threads/{thread}/messages/{message}", things.retrieve_message),
    ("POST", "/threads/{thread}/messages/{message}", things.modify_message),
    ("DELETE", "/threads/{thread}/messages/{message}", things.delete_message),
    ("POST", "/threads/{thread}/runs", runs.create_run),
    ("GET", "/threads/{thread}/runs", runs.list_runs),
    ("GET", "/threads/{thread}/runs/{run}", runs.retrieve_run),
    ("POST", "/threads/{thread}/runs/{run}", runs.modify_run),
    ("POST", "/threads/{thread}/runs/{run}/cancel", runs.cancel_run),
    ("POST", "/threads/{thread}/runs/{run}/submit_tool_outputs", runs.submit_tool_outputs),
    ("GET", "/threads/{thread}/runs/{run}/steps", runs.list_steps),
    ("GET", "/threads/{thread}/runs/{run}/steps/{step}", runs.retrieve_step),
]


def _below(prefix: str) -> list[Route]:
    return [route(method, prefix + path, handle) for method, path, handle in _OPERATIONS]


ROUTES = _below("/v1")

AZURE = _below("")
"""Below Azure's own prefix; a request has to say its `api-version`."""
