"""The page of the capstone's reference in Chromium: progress, Stop, faults, hostile text."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from labkit.capstone import REFERENCE
from labkit.capstone.process import AppProcess
from labkit.capstone.upstream import PLAIN, TEXT, Turn, Upstream
from labkit.capstone.visit import environment
from labkit.serving import serve
from tests.browser.hostile import TEXTS
from tests.capstone.learner import SECTIONS, text_with
from tests.replay import Replay, calling, spoken

pytestmark = pytest.mark.browser

BROKE = "The model broke off. Please ask again."
PAUSES = Turn("stall_after=3", tools=False)


@pytest.fixture(scope="module")
def upstream() -> Upstream:
    return Upstream()


@pytest.fixture(scope="module")
def url(upstream: Upstream) -> Iterator[str]:
    with (
        serve(upstream.app, name="upstream") as model,
        AppProcess(REFERENCE, environment(f"{model.url}/v1")).start() as app,
    ):
        yield app.url


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    page.close()
    assert problems == []


def ask(page: Page, url: str, question: str = "") -> None:
    page.goto(url)
    field = page.locator("input[name=question]")
    expect(field).not_to_have_value("")  # the example has come
    if question:
        field.fill(question)
    page.get_by_role("button", name="Ask").click()


def state(page: Page, text: str) -> None:
    expect(page.locator("#state")).to_have_text(text)
    expect(page.get_by_role("button", name="Stop")).to_be_disabled()


def test_the_example_shows_a_line_for_each_step_and_then_the_answer(
    page: Page, url: str, upstream: Upstream
) -> None:
    upstream.plan()
    ask(page, url)
    state(page, "Done.")
    lines = page.locator("ol li").all_text_contents()
    assert lines[0] == "trail report: Ridge …"
    assert any(line.startswith("daylight: hours: 11") for line in lines)
    assert len(lines) == 4
    text = page.locator("#answer").text_content() or ""
    assert text.replace("\n", "") == upstream.text.replace("\n", "")
    assert page.title() == "Trail companion"


def test_progress_is_there_while_the_model_still_thinks(
    page: Page, url: str, upstream: Upstream
) -> None:
    upstream.plan(PLAIN, Turn("stall_after=0"))
    ask(page, url)
    expect(page.locator("ol li")).to_have_count(4)
    expect(page.locator("#state")).to_have_text("…")


def test_stop_ends_the_answer_and_the_models_stream(
    page: Page, url: str, upstream: Upstream
) -> None:
    stops(page, url, upstream)


def test_stop_works_in_a_page_that_a_learner_writes_from_the_hints(
    browser: Browser, upstream: Upstream, tmp_path: Path
) -> None:
    file = tmp_path / "my_agent.py"
    file.write_text(text_with(SECTIONS), encoding="utf-8")
    with (
        serve(upstream.app, name="learner") as model,
        AppProcess(file, environment(f"{model.url}/v1")).start() as app,
    ):
        page = browser.new_page()  # whose console may name the aborted fetch
        stops(page, app.url, upstream)
        page.close()


def stops(page: Page, url: str, upstream: Upstream) -> None:
    upstream.plan(PAUSES)
    before = upstream.model.streams.cancelled
    ask(page, url, "Which boots?")
    page.wait_for_function("document.querySelector('#answer').textContent.length > 3")
    page.get_by_role("button", name="Stop").click()
    state(page, "Stopped.")
    for _ in range(500):
        if upstream.model.streams.cancelled > before:
            break
        page.request.get(f"{url}/about")
    assert (upstream.model.streams.cancelled > before, upstream.model.streams.open) == (True, 0)
    assert page.locator("#answer").text_content() == upstream.text


def test_an_error_in_the_learners_script_is_shown_in_the_page(
    browser: Browser, upstream: Upstream, tmp_path: Path
) -> None:
    file = tmp_path / "my_agent.py"
    file.write_text(text_with({"page": 'ASK = "form.onsubmit = (;"\n'}), encoding="utf-8")
    with (
        serve(upstream.app, name="broken") as model,
        AppProcess(file, environment(f"{model.url}/v1")).start() as app,
    ):
        page = browser.new_page()
        page.goto(app.url)
        expect(page.locator("body")).to_contain_text("SyntaxError")
        page.close()


@pytest.mark.parametrize("fault", ["cut_after=3", "truncate_after=3", "error_after=3"])
def test_after_a_fault_the_text_stays_and_the_page_says_that_it_is_not_all(
    page: Page, url: str, upstream: Upstream, fault: str
) -> None:
    upstream.plan(Turn(fault, tools=False))
    ask(page, url, "Which boots?")
    state(page, "The answer was cut: this is not all of it." if "trunc" in fault else BROKE)
    assert page.locator("#answer").text_content() == upstream.text != ""


def test_a_blank_question_is_told_and_the_next_one_is_answered(
    page: Page, url: str, upstream: Upstream
) -> None:
    upstream.plan(TEXT)
    ask(page, url, " ")
    state(page, "A question has 1 to 500 characters.")
    page.locator("input[name=question]").fill("Which boots?")
    page.get_by_role("button", name="Ask").click()
    state(page, "Done.")


def test_hostile_text_in_the_answer_and_in_progress_stays_text(page: Page) -> None:
    hostile = "<img src=x onerror=window.pwned=1>"
    calls = calling(("trail_report", f'{{"trail": "{hostile}"}}'), (hostile, "{}"))
    replay = Replay(calls, spoken("\n".join(TEXTS)))
    with (
        serve(replay.app, name="hostile") as model,
        AppProcess(REFERENCE, environment(f"{model.url}/v1")).start() as app,
    ):
        ask(page, app.url)
        state(page, "Done.")
        assert page.locator("#answer").text_content() == "\n".join(TEXTS)
        assert hostile in "".join(page.locator("ol li").all_text_contents())
        assert page.locator("#answer *, ol li *").count() == 0
        assert page.evaluate("window.pwned") is None
