"""One request of this dialect, with the objects that its path names."""

import hashlib
from collections.abc import Callable
from functools import cached_property

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from labkit.offline.assistants.retired import Retired
from labkit.offline.assistants.store import Run, Store, Thread
from labkit.offline.bodies import read_body
from labkit.offline.faults import Fault
from labkit.offline.gate import api_headers, check_key, fault_for
from labkit.offline.model import Model
from labkit.offline.shelf import Fields


class Visit:
    """A request and its body; what its path names is looked up when asked for, or raises 404."""

    def __init__(self, request: Request, raw: bytes) -> None:
        self._request = request
        self._raw = raw
        self.model: Model = request.app.state.model
        self.store: Store = self.model.remembered(Store)
        self.named: dict[str, str] = request.path_params
        self.query = request.query_params

    @cached_property
    def body(self) -> Fields:
        """The JSON object in the body; empty if there is no body."""
        return read_body(self._raw or b"{}")

    @property
    def assistant(self) -> Fields:
        """The assistant that the path names."""
        return self.store.assistants.get(self.named["assistant"])

    @property
    def thread(self) -> Thread:
        """The thread that the path names, with everything done in it that has become due."""
        thread = self.store.threads.get(self.named["thread"])
        if run := thread.active_run():
            run.settle()
        return thread

    @property
    def message(self) -> Fields:
        """The message that the path names."""
        return self.thread.message(self.named["message"])

    @property
    def run(self) -> Run:
        """The run that the path names."""
        return self.thread.runs.get(self.named["run"])

    @property
    def step(self) -> Fields:
        """The run step that the path names."""
        return self.run.steps.get(self.named["step"])

    def fault(self) -> Fault:
        """Return the fault that this try of the request meets; the same request counts as one."""
        return fault_for(self._request, hashlib.sha256(self._raw).hexdigest())


Handler = Callable[[Visit], Fields | Response]


def route(method: str, path: str, handle: Handler) -> Route:
    """Return the route of one operation: it asks for a key, and says that it is history."""

    async def answer(request: Request) -> Response:
        check_key(request)
        found = handle(Visit(request, await request.body()))
        return found if isinstance(found, Response) else JSONResponse(found, headers=api_headers())

    return Route(path, answer, methods=[method], middleware=[Middleware(Retired)])
