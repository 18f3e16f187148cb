"""Streams through jupyter-server-proxy, as under JupyterHub and on Binder; what holds for 4.6."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from playwright.sync_api import Browser, Page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Route

from labkit.serving import Server, serve
from tests.browser.conftest import write_notebook
from tests.browser.lab import Lab
from tests.browser.service_page.asking import DONE, answer, ask, ended, opened

pytestmark = pytest.mark.browser

BASE = "/user/x"
EVENTS = 3
EXACT = {"accept": "text/event-stream"}
PAGE = """<!doctype html><title>Events</title><ol id="seen"></ol><script>
const source = new EventSource("events");  // relative: below the proxy's path
source.onmessage = ({data}) => document.querySelector("#seen").append(data + " ");
source.addEventListener("done", () => source.close());
</script>"""


class Held:
    """An app whose events are sent one at a time, each when the test says so."""

    def __init__(self) -> None:
        self.sent = 0
        self.ended = threading.Event()
        self.finished = False
        self._gate = asyncio.Semaphore(0)
        methods = ["GET", "POST"]
        self.app = Starlette(
            routes=[
                Route("/", self._page),
                Route("/events", self._events, methods=methods),
                Route("/next", self._next, methods=methods),
            ]
        )

    async def _page(self, request: Request) -> Response:
        return HTMLResponse(PAGE)

    async def _next(self, request: Request) -> Response:
        self._gate.release()
        return Response()

    async def _events(self, request: Request) -> Response:
        return StreamingResponse(self._pieces(), media_type="text/event-stream")

    async def _pieces(self) -> AsyncIterator[str]:
        try:
            for i in range(EVENTS):
                await self._gate.acquire()
                self.sent += 1
                yield f"data: {i}\n\n"
            await self._gate.acquire()
            self.finished = True
            yield "event: done\ndata:\n\n"
        finally:
            self.ended.set()


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Start a JupyterLab below a path, whose kernels believe in a JupyterHub."""
    home = tmp_path_factory.mktemp("hub")
    folder = home / "notebooks"
    folder.mkdir()
    lab = Lab(folder, home, {"JUPYTERHUB_SERVICE_PREFIX": f"{BASE}/"}, base=BASE)
    yield lab
    lab.stop()


@pytest.fixture
def held() -> Held:
    return Held()


@pytest.fixture
def server(held: Held) -> Iterator[Server]:
    with serve(held.app) as running:
        yield running


@pytest.fixture
def through(hub: Lab, server: Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the address of the app as a browser sees it."""
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", f"{BASE}/")
    return hub.url.removesuffix(BASE) + server.proxy_url


def step(server: Server) -> None:
    """Let the app send one event more."""
    assert httpx2.get(f"{server.url}/next").status_code == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_events_arrive_one_by_one_if_asked_for_exactly(
    server: Server, held: Held, through: str, method: str
) -> None:
    step(server)
    with httpx2.stream(method, f"{through}events", headers=EXACT, timeout=30) as response:
        pieces = response.iter_text()
        for i in range(EVENTS):
            assert next(pieces) == f"data: {i}\n\n"
            assert held.sent == i + 1
            step(server)
        assert "".join(pieces) == "event: done\ndata:\n\n"
    assert response.headers["content-type"].startswith("text/event-stream")


@pytest.mark.parametrize("accept", ["*/*", "text/event-stream, */*", "text/event-stream; q=1"])
def test_with_another_accept_nothing_arrives_before_the_end(
    server: Server, held: Held, through: str, accept: str
) -> None:
    def read() -> tuple[bool, str]:
        url, headers = f"{through}events", {"accept": accept}
        with httpx2.stream("GET", url, headers=headers, timeout=30) as response:
            return held.ended.is_set(), response.read().decode()

    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(read)
        for _ in range(EVENTS):
            # Through the same proxy: it has had time to pass on what came before.
            assert httpx2.get(f"{through}next").status_code == 200
        step(server)
        ended_before, text = answer.result(30)
    assert ended_before
    assert text == "data: 0\n\ndata: 1\n\ndata: 2\n\nevent: done\ndata:\n\n"


def test_the_app_does_not_hear_of_a_reader_that_leaves(
    server: Server, held: Held, through: str
) -> None:
    step(server)
    with httpx2.stream("GET", f"{through}events", headers=EXACT, timeout=30) as response:
        assert next(response.iter_text()) == "data: 0\n\n"
    for _ in range(EVENTS):
        assert httpx2.get(f"{through}next").status_code == 200
    assert held.ended.wait(30)
    assert held.finished


def test_without_the_proxy_the_app_hears_of_it(server: Server, held: Held) -> None:
    step(server)
    with httpx2.stream("GET", f"{server.url}/events", headers=EXACT, timeout=30) as response:
        assert next(response.iter_text()) == "data: 0\n\n"
    assert held.ended.wait(30)
    assert not held.finished


def test_an_event_source_in_a_page_reads_through_the_proxy(
    browser: Browser, server: Server, through: str
) -> None:
    page = browser.new_page()
    page.goto(through)
    for i in range(EVENTS):
        step(server)
        seen(page, " ".join(map(str, range(i + 1))))
    step(server)
    page.close()


def test_the_link_below_a_cell_opens_the_app_and_outlives_a_second_run(
    browser: Browser, hub: Lab
) -> None:
    cells = (
        "import labkit\nfrom starlette.applications import Starlette\n"
        "from starlette.responses import HTMLResponse\nfrom starlette.routing import Route\n"
        "runs = 0",
        "runs += 1\nasync def say(request, runs=runs):\n"
        "    return HTMLResponse(f'<p id=seen>run {runs}</p>')\n"
        "labkit.serve(Starlette(routes=[Route('/', say)]))",
    )
    write_notebook(hub.folder / "serve.ipynb", cells)
    with hub.notebook(browser, "serve.ipynb") as book:
        book.run_all()
        link = book.page.locator(f".jp-OutputArea a[href^='{BASE}/proxy/']")
        address = link.get_attribute("href")
        with book.page.expect_popup() as popup:
            link.click()
        seen(popup.value, "run 1")
        book.command("notebook:run-cell")  # the last one, which is still the active cell
        popup.value.reload()
        seen(popup.value, "run 2")
        popup.value.close()
        assert link.get_attribute("href") == address
        assert book.errors() == []


def test_the_page_of_a_service_that_a_cell_starts_reads_by_event_source(
    browser: Browser, hub: Lab
) -> None:
    cells = ("from labkit.service.process import start_service", "start_service()")
    write_notebook(hub.folder / "service.ipynb", cells)
    with hub.notebook(browser, "service.ipynb") as book:
        book.run_all()
        with book.page.expect_popup() as popup:
            book.page.locator(f".jp-OutputArea a[href^='{BASE}/proxy/']").click()
        opened(popup.value, popup.value.url, "EventSource")
        ask(popup.value)
        ended(popup.value, DONE)
        assert answer(popup.value).startswith("I found 2 tents")
        popup.value.close()
        assert book.errors() == []


def seen(page: Page, text: str) -> None:
    page.wait_for_function(
        "text => document.querySelector('#seen')?.textContent.trim() === text", arg=text
    )
