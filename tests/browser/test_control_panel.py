"""The control panel in real JupyterLab: it sets faults, runs policies, stops, and can be read."""

import pytest
from playwright.sync_api import Locator, Page

from tests.browser.conftest import Opened
from tests.browser.hostile import TEXTS
from tests.browser.lab import Notebook
from tests.browser.test_agent_view import PIXEL
from tests.contrast import contrast

pytestmark = pytest.mark.browser

SET_UP = """
import asyncio, gc, labkit, os
from openai import AsyncOpenAI
from labkit.offline import local
from tests import bad_policies
os.environ["LABKIT_PACE"] = "0"
endpoint = labkit.connect()
client = AsyncOpenAI(base_url=endpoint.base_url, api_key=endpoint.api_key, max_retries=0)
QUESTION = [{"role": "user", "content": "How do I choose hiking boots?"}]
async def ask(messages=QUESTION):
    return await client.chat.completions.create(
        model=endpoint.model, messages=messages, stream=True)
POLICIES = {"naive": bad_policies.naive, "hasty": bad_policies.hasty, "careful": bad_policies.careful}
"""
PANEL = "panel = labkit.control_panel(ask, POLICIES, limit_s=60)\npanel"


@pytest.fixture
def opened(open_cells: Opened) -> Opened:
    """Open a notebook that has the policies of the tests, and show the panel."""
    path = "import sys; sys.path.insert(0, {!r})".format(str(__file__).partition("/tests/")[0])

    def run(*cells: str, dark: bool = False) -> Notebook:
        book = open_cells(path, SET_UP, *(cells or [PANEL]), dark=dark)
        book.run_all()
        assert not book.errors()
        return book

    return run


def field(page: Page, label: str) -> Locator:
    panel = page.locator(".labkit-panel")
    return panel.get_by_role("combobox", name=label).or_(
        panel.get_by_role("spinbutton", name=label)
    )


def choose(page: Page, fault: str) -> None:
    field(page, "Fault").select_option(label=fault)


def outcome(page: Page, text: str) -> None:
    page.wait_for_function(
        "text => document.querySelector('.labkit-outcome')?.textContent === text", arg=text
    )


def in_force(page: Page, text: str) -> None:
    page.wait_for_function(
        "text => document.querySelector('.labkit-in-force').textContent.includes(text)", arg=text
    )


def test_a_fault_is_chosen_and_each_policy_gets_its_card(opened: Opened) -> None:
    page = opened().page
    in_force(page, "answered as usual.")
    choose(page, "cut: the socket closes")
    in_force(page, "Every request of this notebook meets: cut_after=12")
    page.locator(".labkit-run").click()
    outcome(page, "naive: raised; hasty: left a stream open; careful: incomplete, and said so")
    verdicts = page.locator(".labkit-trial-verdict")
    assert verdicts.all_inner_texts() == [
        *("✗ raised", "✗ left a stream open", "✓ incomplete, and said so")
    ]
    assert "APIConnectionError" in page.locator(".labkit-raised").first.inner_text()
    page.get_by_role("button", name="Switch off").click()
    in_force(page, "answered as usual.")
    page.locator(".labkit-run").click()
    outcome(page, "naive: complete; hasty: left a stream open; careful: complete")


AFTER = "input[title='the number of this fault']"
VALUE_OF = "([found, value]) => document.querySelector(found).value === value"


def test_a_number_and_times_are_sent_and_a_wrong_one_is_told(opened: Opened) -> None:
    page = opened().page
    choose(page, "error event")
    in_force(page, "meets: error_after=12")
    field(page, "after").fill("4")
    field(page, "times").fill("2")
    page.keyboard.press("Tab")
    in_force(page, "meets: error_after=4;times=2")
    field(page, "after").fill("-1")
    page.keyboard.press("Tab")
    page.wait_for_selector(".labkit-problem:has-text('takes a number from 0')")
    in_force(page, "meets: error_after=4;times=2")
    page.wait_for_function(VALUE_OF, arg=[AFTER, "4"])  # what was refused does not stay
    field(page, "after").fill("")
    page.keyboard.press("Tab")
    in_force(page, "meets: error_after=12;times=2")
    page.wait_for_function(VALUE_OF, arg=[AFTER, "12"])
    field(page, "Pace").select_option(label="0.2: fast")
    in_force(page, "meets: error_after=12;times=2, at pace 0.2")
    assert page.locator(".labkit-problem").inner_text() == ""


def test_what_python_sets_is_shown_in_the_form(opened: Opened) -> None:
    page = opened(PANEL, "panel.fault = 'status=429;retry_after=2;times=3'; panel.pace = 0.5").page
    in_force(page, "meets: status=429;retry_after=2;times=3, at pace 0.5")
    label = "e => e.selectedOptions[0].textContent"
    assert field(page, "Fault").evaluate(label) == "status 429: too many requests"
    assert field(page, "retry-after").input_value() == "2"
    assert field(page, "times").input_value() == "3"
    assert field(page, "Pace").evaluate(label) == "0.5"


def test_stop_ends_a_stall_and_the_keyboard_does_it_all(opened: Opened) -> None:
    book = opened()
    page = book.page
    field(page, "Fault").focus()
    page.keyboard.type("stall")
    in_force(page, "meets: stall_after=12")
    page.locator(".labkit-run").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".labkit-trial-verdict:has-text('left a stream open')")
    for name in ("naive", "careful"):
        page.wait_for_selector(f"[aria-label={name}][data-phase=running] :has-text('comes up')")
    assert page.locator(".labkit-run").get_attribute("aria-disabled") == "true"
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.textContent") == "Stop"
    page.keyboard.press("Enter")
    outcome(page, "naive: stopped; hasty: left a stream open; careful: stopped")
    assert page.locator(".labkit-stop").get_attribute("aria-disabled") == "true"
    assert printed(book, LEFT) == "left 0 []"


LEFT = """
tasks = [task for task in asyncio.all_tasks() if "labkit" in task.get_coro().cr_code.co_filename]
print("left", local.model().streams.open, tasks)"""


def printed(book: Notebook, code: str) -> str:
    """Run a cell at the end and return what it prints."""
    book.page.evaluate(ADD, code)
    book.page.wait_for_function(f"() => ({LAST})?.outputs?.length")
    return str(book.page.evaluate(f"() => ({LAST}).outputs[0].text.toString().trim()"))


ADD = """code => { const {content, context} = window.jupyterapp.shell.currentWidget;
    const cells = content.model.sharedModel;
    cells.addCell({cell_type: "code", source: code});
    content.activeCellIndex = cells.cells.length - 1;
    return window.jupyterapp.commands.execute("notebook:run-cell").then(() => null); }"""
LAST = "window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells.at(-1).toJSON()"


def test_text_grows_while_the_policies_run(opened: Opened) -> None:
    page = opened(PANEL, "panel.pace = 1").page
    page.locator(".labkit-run").click()
    text = page.locator(".labkit-answer").first
    page.wait_for_function("() => document.querySelector('.labkit-answer').textContent.length > 9")
    early = text.inner_text()
    assert page.locator(".labkit-shown-state").first.inner_text() == "writing"
    page.locator(".labkit-stop").click()
    page.wait_for_selector(".labkit-run[aria-disabled=false]")
    assert text.inner_text().startswith(early.strip())


def test_a_page_loaded_again_has_the_last_run(opened: Opened) -> None:
    book = opened(PANEL, "panel.fault = 'cut_after=5'; trials = await panel.run()")
    end = "naive: raised; hasty: left a stream open; careful: incomplete, and said so"
    outcome(book.page, end)
    texts = book.page.locator(".labkit-answer").all_inner_texts()
    book.command("docmanager:save")
    book.page.reload()
    book.ready()
    outcome(book.page, end)
    assert book.page.locator(".labkit-answer").all_inner_texts() == texts
    assert all(texts)


def test_hostile_text_is_shown_and_none_runs(opened: Opened) -> None:
    policy = f"""
async def hostile(ask, show):
    show({"".join(TEXTS)!r}, "incomplete")
    raise ValueError({TEXTS[0]!r})
panel = labkit.control_panel(ask, {{"<img src=x onerror=alert(1)>": hostile}})
panel"""
    book = opened(policy, "trials = await panel.run()")
    book.page.wait_for_selector(".labkit-trial[data-phase=done]")
    assert book.page.evaluate("() => window.pwned") is None
    bad = "script, iframe, object, embed, form, img, svg, style, a"
    assert book.page.locator(f".labkit-panel :is({bad})").count() == 0
    assert TEXTS[0] in book.page.locator(".labkit-answer").inner_text()
    assert not book.problems


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_everything_can_be_read_in_both_themes(opened: Opened, dark: bool) -> None:
    book = opened(PANEL, "panel.fault = 'cut_after=12'; trials = await panel.run()", dark=dark)
    page = book.page
    page.wait_for_selector(".labkit-trial[data-phase=done]")
    [background] = colors(page.locator(".labkit-panel"), "backgroundColor")
    written = "h4, .labkit-shown-state, .labkit-figure, .labkit-value, .labkit-answer, p, select"
    for color in colors(page.locator(".labkit-panel").locator(written), "color"):
        assert contrast(color, background) >= 4.5
    for color in colors(page.locator(".labkit-trial-verdict"), "borderLeftColor"):
        assert contrast(color, background) >= 3
    for color in colors(page.locator(".labkit-panel select"), "borderTopColor"):
        assert contrast(color, background) >= 3
    assert page.locator(".labkit-panel").evaluate("e => e.scrollWidth <= e.clientWidth")


def colors(found: Locator, style: str) -> list[list[int]]:
    return [one.evaluate(PIXEL, style) for one in found.all()]
