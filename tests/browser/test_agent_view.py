"""The agent's view in real JupyterLab: lanes side by side, every letter there, and it stops."""

import json
import re

import pytest
from playwright.sync_api import Locator, Page

from labkit.widgets.agent_frames import presentable
from tests.browser.conftest import Opened
from tests.browser.hostile import TEXTS
from tests.browser.lab import Lab, Notebook
from tests.contrast import contrast

pytestmark = pytest.mark.browser

SET_UP = """
import asyncio, httpx2, json, labkit, os
from labkit.agent import run_agent
from labkit.agent_events import *
from labkit.outdoor import TOOL_FUNCTIONS, TOOLS
from openai import AsyncOpenAI
os.environ["LABKIT_PACE"] = "0"
endpoint = labkit.connect()
client = AsyncOpenAI(base_url=endpoint.base_url, api_key=endpoint.api_key)
QUESTION = [{"role": "user", "content": "Compare all tents and sleeping bags under $300."}]
def ask(functions=TOOL_FUNCTIONS, tools=TOOLS, **more):
    return run_agent(client, endpoint.model, QUESTION, tools=tools, functions=functions, **more)
async def played(*events):
    for event in events:
        await asyncio.sleep(0.01)
        yield event
def done(text):
    return Done("answered", text, "stop", 1, None, [])
"""
VIEW = ".labkit-agent"
HANG = """
begun, go = asyncio.Event(), asyncio.Event()
async def search(category, **others):
    begun.set()
    await go.wait()
    return [category, {"name": "<b>Wren</b> 🏕️"}]
"""


def wait_status(page: Page, words: str) -> None:
    page.wait_for_function(
        "words => document.querySelector('.labkit-status')?.textContent.includes(words)", arg=words
    )


def bars(page: Page, kind: str) -> list[tuple[float, float]]:
    """Return where each bar begins and ends, in px."""
    found = page.locator(f"{VIEW} .labkit-bar[data-kind={kind}]").all()
    boxes = [bar.bounding_box() for bar in found]
    return [(box["x"], box["x"] + box["width"]) for box in boxes if box]


def whole(found: Locator) -> list[str]:
    return [str(text) for text in found.evaluate_all("all => all.map((one) => one.textContent)")]


RELEASE = """
async def released():
    while not os.path.exists("go"):
        await asyncio.sleep(0.02)
    go.set()
waiting = asyncio.ensure_future(released())
"""
GROWN = f"""width => [...document.querySelectorAll('{VIEW} .labkit-bar[data-kind=tool]')]
    .every((bar) => bar.getBoundingClientRect().width > width)"""
CLOCK = "() => /^[0-9.]+ s/.test(document.querySelector('.labkit-call-clock')?.textContent)"


def test_parallel_tools_are_drawn_side_by_side_while_they_run(open_cells: Opened, lab: Lab) -> None:
    loop = "async for _ in labkit.watch_agent(ask({'search_products': search})): pass"
    book = open_cells(SET_UP, HANG + RELEASE, loop)
    book.start_all()
    wait_status(book.page, "running 2 tools")
    early = bars(book.page, "tool")
    book.page.wait_for_function(GROWN, arg=max(end - begin for begin, end in early))
    book.page.wait_for_function(CLOCK)
    late = bars(book.page, "tool")
    (lab.folder / "go").touch()
    book.finished()
    wait_status(book.page, "answered")
    assert not book.errors()
    ended = bars(book.page, "tool")
    for first, second in (late, ended):
        assert max(first[0], second[0]) < min(first[1], second[1])
    turns = bars(book.page, "model")
    assert len(turns) == 2
    assert turns[0][1] <= ended[0][0] + 1
    assert ended[0][1] <= turns[1][0] + 1
    names = whole(book.page.locator(f"{VIEW} svg.labkit-chart-names text"))
    assert [name.removesuffix("model")[:15] for name in names] == [
        "model",
        "search products",
        "search products",
    ]


RICH = ["I look: ", "<b>🏕️", "\n", " é\u0301 ", "{{7*7}} ", "x" * 3000, "\u202e\u2028", "&amp;"]
ARGUMENTS = ['{"city": "', "Tromsø\\n", " & <i>", '", "days": [1, 2.50]', "}"]


def test_everything_the_kernel_sent_is_in_the_page_to_the_letter(open_cells: Opened) -> None:
    result = json.dumps([{"id": i, "text": "<i>é🏕️"} for i in range(50)], ensure_ascii=False)
    events = f"""[
        TurnStarted(1), *map(TextDelta, {RICH!r}),
        *(ToolCallForming(i, "get_weather", f) for f in {ARGUMENTS!r} for i in range(2)),
        ToolStarted(0, "get_weather", {{}}), ToolFailed(1, "get_weather", 0.25, "no <b>wind</b>"),
        ToolFinished(0, "get_weather", 0.5, {result!r}, "50 <found>"),
        TurnStarted(2), TextDelta("It is "), TextDelta("**cold**."), done("It is **cold**."),
    ]"""
    book = open_cells(SET_UP, f"async for _ in labkit.watch_agent(played(*{events})): pass")
    book.run_all()
    wait_status(book.page, "answered")
    page = book.page
    assert whole(page.locator(".labkit-said[data-aside]")) == ["".join(RICH)]
    assert whole(page.locator(".labkit-arguments")) == ["".join(ARGUMENTS)] * 2
    assert whole(page.locator(".labkit-result")) == [presentable(result), ""]
    assert whole(page.locator(".labkit-call-summary")) == ["50 <found>", "no <b>wind</b>"]
    assert whole(page.locator(".labkit-call-name")) == ["get weather", "get weather 2"]
    assert whole(page.locator(".labkit-call-clock")) == ["0.50 s", "0.25 s"]
    assert whole(page.locator(".labkit-said").last) == ["It is cold."]
    assert whole(page.locator(".labkit-said strong")) == ["cold"]
    assert [row.get_attribute("data-state") for row in page.locator(".labkit-call").all()] == [
        *("finished", "failed"),
    ]


def test_the_answer_is_seen_growing(open_cells: Opened) -> None:
    grow = """
async def endless():
    yield TurnStarted(1)
    while True:
        yield TextDelta("word ")
        await asyncio.sleep(0.02)
async for _ in labkit.watch_agent(endless()): pass"""
    book = open_cells(SET_UP, grow)
    book.start_all()
    for words in (5, 20):
        book.page.wait_for_function(
            "n => document.querySelector('.labkit-said')?.textContent.split(' ').length > n",
            arg=words,
        )
    assert not book.page.evaluate("() => window.finished")
    wait_status(book.page, "answering")
    book.page.locator(".labkit-stop").click()
    book.finished(10)
    assert not book.errors()


AFTER = """
async def settled():
    async with httpx2.AsyncClient(base_url=endpoint.base_url.removesuffix("/v1")) as http:
        for _ in range(500):
            counts = (await http.get("/labkit/streams")).json()
            if not counts["open"]: break
    return counts["open"]
print("open", await settled(), "tasks", [task.get_coro() for task in asyncio.all_tasks() - before])
"""
STOPS = {
    "running": ("ask({'search_products': search})", "running 2 tools"),
    "answering": ("ask(tools=(), extra_headers={'x-labkit-fault': 'stall_after=4'})", "answering"),
}


@pytest.mark.parametrize("doing", STOPS)
def test_stop_cancels_the_model_and_the_tools(open_cells: Opened, doing: str) -> None:
    agent, status = STOPS[doing]
    # The cell has tasks of its own, so what was there before is noted in the same one.
    loop = f"before = asyncio.all_tasks()\nseen = labkit.watch_agent({agent})\n"
    book = open_cells(SET_UP, HANG, loop + "async for _ in seen: pass\n" + AFTER)
    book.start_all()
    wait_status(book.page, status)
    book.page.locator(".labkit-stop").click()
    book.finished(15)
    assert book.errors() == []
    assert "open 0 tasks []" in book.page.locator(".jp-OutputArea").last.inner_text()
    assert book.page.locator(VIEW).get_attribute("data-state") == "stopped"
    assert book.page.locator(".labkit-stop").is_hidden()
    states = [row.get_attribute("data-state") for row in book.page.locator(".labkit-call").all()]
    assert states == (["broken"] * 2 if doing == "running" else [])


def check_same(book: Notebook, before: list[str]) -> None:
    wait_status(book.page, "answered")
    book.page.wait_for_selector(f"{VIEW} .labkit-said table")
    assert shown(book.page) == before


def shown(page: Page) -> list[str]:
    parts = (
        ".labkit-status, .labkit-value, .labkit-arguments, .labkit-result, .labkit-said, svg text"
    )
    return whole(page.locator(VIEW).last.locator(parts))


def test_a_page_loaded_again_and_a_second_view_show_it_all(open_cells: Opened) -> None:
    book = open_cells(SET_UP, "async for _ in labkit.watch_agent(ask()): pass")
    book.run_all()
    wait_status(book.page, "answered")
    book.page.wait_for_selector(f"{VIEW} .labkit-said table")
    before = shown(book.page)
    assert '"P004"' in "".join(before)
    book.command("notebook:create-output-view")
    book.page.wait_for_function(f"() => document.querySelectorAll('{VIEW} table').length >= 2")
    assert shown(book.page) == before
    book.command("docmanager:save")
    book.page.reload()
    book.ready()
    check_same(book, before)


def test_the_saved_notebook_has_the_picture(open_cells: Opened) -> None:
    book = open_cells(SET_UP, "async for _ in labkit.watch_agent(ask()): pass")
    book.run_all()
    saved = book.page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells[1].outputs[0].data"
    )
    html = "".join(saved["text/html"])
    assert "search products 2" in html
    assert "█" in html
    assert "<table>" in html
    assert "answered in" in "".join(saved["text/plain"])


def told(span: str) -> tuple[str, float, float]:
    """Return what an accessible label says of one span: whose it is, when it begins and ends."""
    found = re.fullmatch(r"(.+) (\d+\.\d) to (\d+\.\d) s", span)
    assert found, f"expected a name and its times, came {span!r}"
    return found[1], float(found[2]), float(found[3])


def test_the_result_opens_with_the_keyboard_and_the_state_is_announced(open_cells: Opened) -> None:
    book = open_cells(SET_UP, "async for _ in labkit.watch_agent(ask()): pass")
    book.run_all()
    wait_status(book.page, "answered")
    result = book.page.locator(".labkit-result").first
    assert not result.is_visible()
    book.page.locator(".labkit-details summary").first.focus()
    book.page.keyboard.press("Enter")
    result.wait_for(state="visible")
    assert book.page.locator(f"{VIEW} [role=status]").count() == 1
    assert book.page.locator(f"{VIEW} [aria-live], {VIEW} [id]").count() == 0
    label = book.page.locator(f"{VIEW} svg[role=img]").get_attribute("aria-label") or ""
    # When each begins and ends depends on how busy the machine is; what comes after what does not.
    names, begins, ends = zip(*map(told, label.split("; ")), strict=True)
    assert names == ("model", "search products", "search products 2", "model")
    assert all(begin <= end for begin, end in zip(begins, ends, strict=True))
    assert ends[0] <= min(begins[1:3])
    assert max(ends[1:3]) <= begins[3]


def test_of_many_tools_the_chart_scrolls(open_cells: Opened) -> None:
    events = "*(e for i in range(40) for e in (ToolStarted(i, 't', {}), ToolFinished(i, 't', 0, '', '')))"
    book = open_cells(
        SET_UP, f"async for _ in labkit.watch_agent(played({events}, done(''))): pass"
    )
    book.run_all()
    wait_status(book.page, "answered")
    chart = book.page.locator(".labkit-chart")
    assert chart.get_attribute("tabindex") == "0"
    tall, seen = chart.evaluate("it => [it.scrollHeight, it.clientHeight]")
    assert tall > 40 * 20 > 300 > seen
    axis = book.page.locator(".labkit-chart-axis").bounding_box()
    box = chart.bounding_box()
    assert axis
    assert box
    assert axis["y"] + axis["height"] == pytest.approx(box["y"] + box["height"], abs=2)


def test_a_failure_is_shown_and_reaches_the_loop(open_cells: Opened) -> None:
    broken = (
        "async def broken():\n    yield TurnStarted(1)\n    raise OSError('the line is dead')\n"
    )
    book = open_cells(SET_UP, broken + "async for _ in labkit.watch_agent(broken()): pass")
    book.run_all()
    wait_status(book.page, "failed: OSError: the line is dead")
    assert any("OSError" in error for error in book.errors())


def test_hostile_answers_arguments_and_results_are_shown_and_none_runs(open_cells: Opened) -> None:
    hostile = f"""
TEXTS = {TEXTS!r}
def events(text):
    yield TextDelta(text)
    yield ToolCallForming(0, text, text)
    yield ToolStarted(0, text, {{}})
    yield ToolFinished(0, text, 0.0, text, text)
    yield ToolFailed(1, text, 0.0, text)
    yield TurnStarted(2)
    yield TextDelta(text)
for text in TEXTS[:40]:
    async for _ in labkit.watch_agent(played(*events(text), done(text))): pass"""
    rest = "for text in TEXTS[%d:]:\n    async for _ in labkit.watch_agent(played(*events(text), done(text))): pass"
    requests: list[str] = []
    # An output area shows no more than fifty outputs.
    book = open_cells(SET_UP, hostile, rest.replace("%d:", "40:80"), rest % 80)
    book.page.on("request", lambda request: requests.append(request.url))
    book.page.on("dialog", lambda dialog: dialog.dismiss())
    book.run_all()
    book.page.wait_for_function(
        f"n => document.querySelectorAll('{VIEW}[data-state=answered]').length === n",
        arg=len(TEXTS),
    )
    assert not book.errors()
    assert book.page.evaluate("() => window.pwned") is None
    assert not [url for url in requests if ":9/" in url]
    bad = "script, iframe, object, embed, form, img, style, input, a:not([href^='http'])"
    assert book.page.locator(f"{VIEW} :is({bad})").count() == 0
    assert book.page.locator(f"{VIEW} .labkit-steps svg").count() == 0
    assert "<script>window.pwned=1</script>" in whole(book.page.locator(".labkit-result"))
    assert not book.problems


CHAT = """
def turn(number, speaker, *texts):
    return [TurnStarted(number, speaker), *map(TextDelta, texts)]
LOOK = [ToolStarted(0, "search", {}), ToolFinished(0, "search", 0.5, "[]", "0 found")]
CHAT = [*turn(1, "Writer", "One *te", "nt*."), *LOOK, *turn(2, "Critic", "Why **one**?"),
        *turn(3, "safety_reviewer", "I wait."), *turn(4, "Writer", "Two *tents*.")]
"""
# The colour of an element as the screen has it, whatever form the style has.
PIXEL = """(it, property) => {
    const paint = document.createElement("canvas").getContext("2d");
    for (const color of [getComputedStyle(document.querySelector(".labkit")).backgroundColor,
                         getComputedStyle(it)[property]]) {
        paint.fillStyle = color;
        paint.fillRect(0, 0, 1, 1);
    }
    return [...paint.getImageData(0, 0, 1, 1).data].slice(0, 3);
}"""


def pixels(found: Locator, style: str) -> list[list[int]]:
    return [one.evaluate(PIXEL, style) for one in found.all()]


def test_a_turn_is_formatted_when_the_next_speaker_begins(open_cells: Opened) -> None:
    hang = """
async def endless():
    async for event in played(*CHAT[:7]): yield event
    await asyncio.Event().wait()
async for _ in labkit.watch_agent(endless()): pass"""
    book = open_cells(SET_UP, CHAT, hang)
    book.start_all()
    book.page.wait_for_function(
        "() => document.querySelectorAll('.labkit-said')[1]?.textContent === 'Why **one**?'"
    )
    assert whole(book.page.locator(".labkit-said em")) == ["tent"]
    assert whole(book.page.locator(".labkit-said")) == ["One tent.", "Why **one**?"]
    assert book.page.locator(".labkit-said[data-aside]").count() == 0
    book.page.locator(".labkit-stop").click()
    book.finished(10)
    book.page.wait_for_selector(".labkit-said strong")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_each_speaker_has_a_name_a_lane_and_one_colour(open_cells: Opened, dark: bool) -> None:
    loop = "async for _ in labkit.watch_agent(played(*CHAT)): pass"
    book = open_cells(SET_UP, CHAT, loop, dark=dark)
    book.run_all()
    wait_status(book.page, "ended after 4 turns")
    page = book.page
    page.wait_for_function("() => document.querySelectorAll('.labkit-said em').length === 2")
    assert not book.errors()
    names = page.locator(".labkit-speaker-name")
    assert whole(names) == ["Writer", "Critic", "safety reviewer", "Writer"]
    lanes = page.locator("svg.labkit-chart-names text")
    titles = whole(lanes.locator("title"))
    assert [title.split(":")[0] for title in titles] == [
        *("Writer", "search", "Critic", "safety reviewer"),
    ]
    assert titles[0].endswith(" s in 2 turns")
    borders = pixels(page.locator(".labkit-turn"), "borderLeftColor")
    assert pixels(page.locator(".labkit-bar[data-kind=model]"), "fill") == borders
    assert borders[0] == borders[3]
    assert len({tuple(color) for color in borders}) == 3
    [background] = pixels(page.locator(VIEW), "backgroundColor")
    assert all(contrast(color, background) >= 3 for color in borders)
    labels = pixels(page.locator("svg.labkit-chart-names text[data-speaker]"), "fill")
    written = pixels(names, "color")
    assert labels == written[:3]
    assert all(contrast(color, background) >= 4.5 for color in written)


def test_a_conversation_is_whole_on_a_page_loaded_again(open_cells: Opened) -> None:
    book = open_cells(SET_UP, CHAT, "async for _ in labkit.watch_agent(played(*CHAT)): pass")
    book.run_all()
    formatted = "() => document.querySelectorAll('.labkit-said em').length === 2"
    book.page.wait_for_function(formatted)
    before = shown(book.page)
    book.command("docmanager:save")
    book.page.reload()
    book.ready()
    book.page.wait_for_function(formatted)
    assert shown(book.page) == before


def test_hostile_and_long_names_are_text_and_short_in_lanes(open_cells: Opened) -> None:
    chat = f"""
NAMES = {[*TEXTS, "x" * 5000]!r}
chat = [event for name in NAMES for event in (TurnStarted(1, name), TextDelta("Hi"))]
async for _ in labkit.watch_agent(played(*chat)): pass"""
    book = open_cells(SET_UP, chat)
    book.run_all()
    wait_status(book.page, f"ended after {len(TEXTS) + 1} turns")
    assert book.page.evaluate("() => window.pwned") is None
    bad = "script, iframe, object, embed, form, img, style, input, a"
    assert book.page.locator(f"{VIEW} :is({bad})").count() == 0
    assert "<script>window.pwned=1</script>" in whole(book.page.locator(".labkit-speaker-name"))
    turns = book.page.locator(".labkit-turn")
    assert [turns.nth(i).get_attribute("data-speaker") for i in (0, 5, 6)] == ["1", "6", "1"]
    labels = book.page.locator("svg.labkit-chart-names text").evaluate_all(
        "all => all.map((one) => one.lastChild.textContent)"
    )
    assert max(map(len, labels)) <= 22
    wide, seen = book.page.locator(".labkit-steps").evaluate(
        "it => [it.scrollWidth, it.clientWidth]"
    )
    assert wide <= seen
    assert not book.problems
