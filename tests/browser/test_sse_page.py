"""The two pages of notebook 04 in Chromium, directly, through Jupyter's proxy, and in the notebook."""

import json
import re
import shutil
from collections.abc import Iterator

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from labkit.offline.model import Model
from labkit.serving import Server, serve
from labkit.sse import decode
from tests.browser.hostile import TEXTS
from tests.browser.lab import Lab
from tests.notebooks.save import FOLDER
from tests.notebooks.served import app_names, upstream
from tests.replay import Replay, spoken

pytestmark = pytest.mark.browser

BASE = "/user/x"
NOTEBOOK = "04-server-sent-events.ipynb"
PACE = 0.1  # slow enough to be seen growing
# Keeps what a page does not show: its sources, and each length that its answer has had.
WATCH = """
window.sources = [];
window.EventSource = class extends EventSource {
    constructor(...given) { super(...given); window.sources.push(this); }
};
window.lengths = [];
addEventListener("DOMContentLoaded", () => {
    const answer = document.querySelector("#answer");
    const keep = () => window.lengths.push(answer.textContent.length);
    if (answer) new MutationObserver(keep).observe(answer, { childList: true });
});
"""
EVENT_SOURCE, FETCH = "", "fetch"
PATHS = pytest.mark.parametrize("path", [EVENT_SOURCE, FETCH], ids=["EventSource", "fetch"])
WAYS = pytest.mark.parametrize("address", ["direct", "through"], indirect=True)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Start a JupyterLab below a path, whose kernels believe in a JupyterHub."""
    home = tmp_path_factory.mktemp("hub")
    folder = home / "notebooks"
    folder.mkdir()
    env = {"JUPYTERHUB_SERVICE_PREFIX": f"{BASE}/", "LABKIT_PROGRESS": str(home / "progress.json")}
    lab = Lab(folder, home, env, base=BASE)
    yield lab
    lab.stop()


@pytest.fixture  # for each test, as its end closes what Jupyter's proxy keeps open
def server() -> Iterator[Server]:
    with serve(app_names("04")["app"]) as running:
        yield running


@pytest.fixture
def address(request: pytest.FixtureRequest, server: Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the address of the app for a browser, with a slash at its end."""
    if request.param == "direct":
        return server.proxy_url
    hub: Lab = request.getfixturevalue("hub")
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", f"{BASE}/")
    return hub.url.removesuffix(BASE) + server.proxy_url


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.add_init_script(WATCH)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    page.close()
    assert problems == []


def ask(page: Page, question: str = "Which boots for mud?") -> None:
    page.locator("input[name=question]").fill(question)
    page.get_by_role("button", name="Ask").click()


def ended(page: Page, state: str | re.Pattern[str]) -> None:
    """Wait for this last word of the page; then nothing is connected, nor will be again."""
    expect(page.locator("#state")).to_have_text(state)
    expect(page.get_by_role("button", name="Stop")).to_be_disabled()
    assert set(page.evaluate("sources.map((source) => source.readyState)")) <= {2}


def answer(page: Page) -> str:
    return str(page.locator("#answer").evaluate("(element) => element.textContent"))


def wait_until_cancelled(page: Page, model: Model, count: int) -> None:
    """Ask the page's server again and again, which gives all servers their turn."""
    for _ in range(500):
        if model.streams.cancelled >= count:
            break
        page.request.get(page.url + "nowhere")
    assert (model.streams.cancelled, model.streams.open) == (count, 0)


@WAYS
@PATHS
def test_the_answer_grows_in_steps_and_is_asked_for_once(
    page: Page, address: str, path: str
) -> None:
    with upstream(pace=PACE) as model:
        before = model.streams.started
        page.goto(address + path)
        ask(page)
        ended(page, "stop")
        assert model.streams.started == before + 1
    lengths: list[int] = page.evaluate("lengths")
    assert lengths == sorted(lengths)
    assert len(set(lengths)) > 10
    assert len(answer(page)) == lengths[-1]
    assert "\n- " in answer(page)


@WAYS
@PATHS
def test_stop_ends_the_page_and_without_a_proxy_the_models_stream(
    page: Page, address: str, path: str, server: Server
) -> None:
    with upstream("stall_after=3") as model:
        before = model.streams.cancelled
        page.goto(address + path)
        ask(page)
        page.wait_for_function("document.querySelector('#answer').childNodes.length === 3")
        page.get_by_role("button", name="Stop").click()
        expect(page.locator("#state")).to_have_text("stopped")
        assert len(answer(page)) == page.evaluate("lengths.at(-1)")
        if address == f"{server.url}/":
            wait_until_cancelled(page, model, before + 1)


@pytest.mark.parametrize("path", [EVENT_SOURCE, FETCH])
def test_after_stop_there_is_nothing_to_stop(page: Page, server: Server, path: str) -> None:
    with upstream("stall_after=1"):
        page.goto(server.proxy_url + path)
        ask(page)
        page.get_by_role("button", name="Stop").click()
        expect(page.locator("#state")).to_have_text("stopped")
        assert page.get_by_role("button", name="Stop").is_disabled()


@WAYS
@PATHS
def test_an_error_event_shows_its_message_below_what_had_come(
    page: Page, address: str, path: str, server: Server
) -> None:
    with upstream("error_after=2") as model:
        wire = httpx2.get(f"{server.url}/stream", params={"question": "Why?"})
        told = [event.data for event in decode([wire.content]) if event.event == "error"]
        before = model.streams.started
        page.goto(address + path)
        ask(page)
        ended(page, json.loads(told[0])["message"])
        assert model.streams.started == before + 1
    assert answer(page)


@PATHS
@pytest.mark.parametrize(("question", "fault"), [(" ", ""), ("Why?", "status=401")])
def test_a_refusal_is_shown_and_not_asked_for_again(
    page: Page, server: Server, path: str, question: str, fault: str
) -> None:
    requests: list[str] = []
    page.goto(server.proxy_url + path)
    page.on("request", lambda request: requests.append(request.url))
    with upstream(fault) as model:
        before = model.streams.started
        ask(page, question)
        status = "401" if fault else "422"
        ended(page, re.compile(status if path == FETCH else r"Cut off\."))
        assert model.streams.started == before
    assert [url.partition("?")[0] for url in requests] == [f"{server.url}/stream"]
    assert answer(page) == ""


@PATHS
def test_a_server_that_goes_away_ends_the_page(page: Page, path: str) -> None:
    with upstream("stall_after=2"), serve(app_names("04")["app"]) as server:
        page.goto(server.proxy_url + path)
        ask(page)
        page.wait_for_function("document.querySelector('#answer').childNodes.length === 2")
        server.stop()
        ended(page, re.compile(r"Cut off\.|network error"))


@PATHS
def test_asking_again_ends_the_answer_before(
    page: Page, server: Server, path: str, request: pytest.FixtureRequest
) -> None:
    page.goto(server.proxy_url + path)
    with upstream("stall_after=2") as model:
        before = model.streams.cancelled
        ask(page)
        page.wait_for_function("document.querySelector('#answer').childNodes.length === 2")
    with upstream() as model:
        ask(page)
        ended(page, "stop")
        wait_until_cancelled(page, model, before + 1)


@pytest.fixture
def replay() -> Replay:
    return Replay(spoken("\n".join(TEXTS)))


@pytest.fixture
def hostile(replay: Replay, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Serve the app over a model that says nothing but hostile texts."""
    with serve(replay.app) as model:
        monkeypatch.setenv("LABKIT_BASE_URL", f"{model.url}/v1")
        monkeypatch.setenv("LABKIT_MODEL", "any")
        with serve(app_names("04")["app"]) as running:
            yield running


@PATHS
def test_a_hostile_text_is_text(page: Page, hostile: Server, path: str) -> None:
    page.goto(hostile.proxy_url + path)
    ask(page)
    ended(page, "stop")
    assert answer(page) == "\n".join(TEXTS)
    assert page.locator("#answer *").count() == 0
    assert page.evaluate("window.pwned") is None


@PATHS
@pytest.mark.parametrize("question", ["a&b=c#d?e%20+f", "⛺ <b>'\"\\</b>"])
def test_the_question_arrives_to_the_letter(
    page: Page, hostile: Server, replay: Replay, path: str, question: str
) -> None:
    page.goto(hostile.proxy_url + path)
    ask(page, question)
    ended(page, "stop")
    assert [asked["messages"][-1]["content"] for asked in replay.asked] == [question]


def test_in_the_notebook_both_pages_work_behind_the_proxy(browser: Browser, hub: Lab) -> None:
    shutil.copy(FOLDER / NOTEBOOK, hub.folder / NOTEBOOK)
    with hub.notebook(browser, NOTEBOOK) as book:
        book.run_all()
        assert book.errors() == []
        frames = book.page.locator(f".jp-OutputArea iframe[src^='{BASE}/proxy/']")
        assert frames.count() == 2
        for i in range(2):
            inside = frames.nth(i).content_frame
            inside.get_by_role("button", name="Ask").click()
            expect(inside.locator("#state")).to_have_text("stop")
            expect(inside.locator("#answer")).not_to_be_empty()
