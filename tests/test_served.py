"""`labkit.serve` in the cells of a real kernel: run again, failing, and gone with it."""

import os
import re
import socket
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from tests.test_init import fresh

pytestmark = pytest.mark.notebook

SET_UP = """
import asyncio, labkit, threading
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

open_streams = 0

def make(text):
    async def pieces():
        global open_streams
        open_streams += 1
        try:
            yield text
            await asyncio.Event().wait()
        finally:
            open_streams -= 1
    async def say(request): return PlainTextResponse(text)
    async def stream(request): return StreamingResponse(pieces())
    async def fail(request): raise ValueError(text)
    async def show(request): print("shown", text); return PlainTextResponse(text)
    handlers = {"/": say, "/stream": stream, "/fail": fail, "/show": show}
    return Starlette(routes=[Route(path, handler) for path, handler in handlers.items()])
"""


class Cells:
    """A kernel whose cells are run as JupyterLab runs them: each under its id."""

    def __init__(self, client: BlockingKernelClient) -> None:
        self._client = client

    def run(self, code: str, cell: str | None = None) -> str:
        """Run `code` as the cell with this id (none, as nbval does); return what it printed."""
        text, error = self._output(self.send(code, cell))
        assert not error
        return text.strip()

    def error(self, code: str, cell: str | None = None) -> str:
        """Run `code`, which must fail, and return its error."""
        return self._output(self.send(code, cell))[1]

    def send(self, code: str, cell: str | None = None) -> str:
        """Send `code` to be run, and return the request's id."""
        session = self._client.session
        content = {"code": code, "silent": False, "store_history": True, "stop_on_error": False}
        metadata = {"cellId": cell} if cell else {}
        message = session.msg("execute_request", content, metadata=metadata)
        self._client.shell_channel.send(message)
        return str(message["header"]["msg_id"])

    def printed(self, request: str, until: str) -> str:
        """Return what is printed under this request from now on, up to the text `until`."""
        text = ""
        while until not in text:
            text += self._next(request)["content"].get("text", "")
        return text

    def _output(self, request: str) -> tuple[str, str]:
        text, error = "", ""
        while (content := self._next(request)["content"]).get("execution_state") != "idle":
            text += content.get("text", "")
            error += f"{content['ename']}: {content['evalue']}" if "ename" in content else ""
        return text, error

    def _next(self, request: str) -> dict[str, Any]:
        """Return the next message that belongs to the request, and drop the others."""
        while True:
            message = dict(self._client.get_iopub_msg(timeout=60))
            if message["parent_header"].get("msg_id") == request:
                return message


@pytest.fixture(scope="module")
def cells() -> Iterator[Cells]:
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(env=os.environ | {"JUPYTERHUB_SERVICE_PREFIX": ""})
    client = manager.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    cells = Cells(client)
    cells.run(SET_UP)
    yield cells
    client.stop_channels()
    manager.shutdown_kernel(now=False)
    manager.cleanup_resources()


def served(cells: Cells, text: str, cell: str | None, options: str = "") -> str:
    """Serve an app that says `text` from a cell, and return its URL."""
    return cells.run(f"s = labkit.serve(make({text!r}){options}); print(s.url)", cell)


def says(url: str) -> str:
    return httpx2.get(url).text


def test_a_cell_that_runs_again_serves_its_new_app_on_the_same_port(cells: Cells) -> None:
    url = served(cells, "old", "again")
    assert says(url) == "old"
    assert served(cells, "new", "again") == url
    assert says(url) == "new"


def test_an_open_stream_of_the_old_app_is_ended(cells: Cells) -> None:
    url = served(cells, "old", "open")
    with httpx2.stream("GET", f"{url}/stream") as response:
        pieces = response.iter_text()
        assert next(pieces) == "old"
        assert served(cells, "new", "open") == url
        with pytest.raises(httpx2.RemoteProtocolError):
            list(pieces)
    assert says(url) == "new"
    assert cells.run("print(open_streams)") == "0"


def test_two_cells_serve_two_apps(cells: Cells) -> None:
    one, other = served(cells, "one", "first"), served(cells, "other", "second")
    assert (says(one), says(other)) == ("one", "other")


def test_without_ids_a_cell_is_known_by_its_code(cells: Cells) -> None:
    one, other = served(cells, "one", None), served(cells, "other", None)
    assert (says(one), says(other)) == ("one", "other")
    assert served(cells, "one", None) == one


def test_a_name_goes_before_the_cell(cells: Cells) -> None:
    url = served(cells, "one", "left", ", name='shop'")
    assert served(cells, "other", "right", ", name='shop'") == url
    assert says(url) == "other"
    assert served(cells, "third", "right", ", name='bar'") != url


def test_a_fixed_port_passes_from_one_cell_to_the_other(cells: Cells) -> None:
    url = served(cells, "one", "here")
    port = url.rpartition(":")[2]
    assert served(cells, "other", "there", f", port={port}") == url
    assert says(url) == "other"
    assert served(cells, "one", "here", f", port={port}") == url
    assert says(url) == "one"


def test_a_port_of_somebody_else_is_one_sentence(cells: Cells) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        error = cells.error(f"labkit.serve(make('x'), port={port})", "taken")
    assert error.startswith(f"OSError: Cannot listen on 127.0.0.1:{port} ")


def test_a_port_that_is_taken_in_the_meantime_is_given_up(cells: Cells) -> None:
    url = served(cells, "one", "lost")
    cells.run("s.stop()")
    with socket.create_server(("127.0.0.1", int(url.rpartition(":")[2]))):
        assert says(served(cells, "other", "lost")) == "other"


def test_a_stopped_server_comes_back_on_its_port(cells: Cells) -> None:
    url = served(cells, "one", "back")
    assert cells.run("s.stop(); s.stop(); print(s.running)") == "False"
    assert served(cells, "other", "back") == url


def test_the_model_and_an_app_may_start_in_one_cell(cells: Cells) -> None:
    code = "url = labkit.connect('offline').base_url; s = labkit.serve(make('app')); print(url)"
    base_url = cells.run(code, "both")
    assert httpx2.get(f"{base_url.removesuffix('/v1')}/labkit/streams").status_code == 200


def test_an_error_is_shown_at_the_cell_that_serves_and_named_at_the_end(cells: Cells) -> None:
    request = cells.send("s = labkit.serve(make('broken')); print(s.url, flush=True)", "broken")
    url = cells.printed(request, "\n").strip()
    assert httpx2.get(f"{url}/fail").status_code == 500
    shown = cells.printed(request, "ValueError: broken")
    assert shown.startswith(f"The app at {url} failed.\n")
    assert re.search(r"Cell In\[\d+\], line \d+ in fail\n", shown)
    assert "async def fail(request): raise ValueError(text)" in shown
    assert "starlette" not in shown
    told = cells.error("labkit.all_quiet()")
    assert told.endswith(f"this failed: ValueError in the app at {url}: broken")
    assert cells.run("labkit.all_quiet()") == "Nothing failed in the background."


def test_what_a_handler_prints_is_shown_where_it_is_served(cells: Cells) -> None:
    request = cells.send("s = labkit.serve(make('print')); print(s.url, flush=True)", "prints")
    url = cells.printed(request, "\n").strip()
    cells.run("'another cell'", "another")
    assert says(f"{url}/show") == "print"
    assert "shown print" in cells.printed(request, "shown print")


def test_an_app_that_does_not_start_is_one_error_and_leaves_its_cell_usable(cells: Cells) -> None:
    url = served(cells, "one", "lifespan")
    code = (
        "import contextlib\n@contextlib.asynccontextmanager\nasync def no_start(app):\n"
        "    raise ValueError('no database')\n    yield\n"
        "labkit.serve(Starlette(lifespan=no_start))"
    )
    error = cells.error(code, "lifespan")
    assert error.startswith(f"RuntimeError: The app at {url} did not start: ValueError: no data")
    assert cells.run("labkit.all_quiet()") == "Nothing failed in the background."
    assert served(cells, "two", "lifespan") == url


def test_the_end_of_the_process_ends_the_app() -> None:
    done = fresh(
        "import contextlib, labkit\nfrom starlette.applications import Starlette\n"
        "@contextlib.asynccontextmanager\nasync def life(app):\n    yield\n    print('ended')\n"
        "labkit.serve(Starlette(lifespan=life))"
    )
    assert (done.stdout.strip(), done.stderr) == ("ended", "")
