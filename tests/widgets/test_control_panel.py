"""The control panel: what it sets, what it runs, and what it leaves behind."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from openai import AsyncOpenAI

import labkit
from labkit import background
from labkit.errors import LabError
from labkit.offline import local
from labkit.offline.faults import NONE, parse_fault
from labkit.serving import Server
from labkit.trials import Ask, Policy, Show
from labkit.widgets.control_panel import ControlPanel, control_panel
from labkit.widgets.panel_form import KINDS, PACES
from tests import policies
from tests.agents import no_task_is_left

POLICIES: dict[str, Policy] = {"naive": policies.naive, "careful": policies.careful}


@pytest.fixture(autouse=True)
def pace(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Ask at pace 0; leave no thread, fault or pace behind."""
    monkeypatch.setenv("LABKIT_PACE", "0")
    local.start()
    before = set(threading.enumerate())
    yield
    control_panel(never, POLICIES)  # it resets what the test's panel has set
    assert (local.model().fault, local.model().pace) == (NONE, None)
    assert set(threading.enumerate()) <= before
    assert background._failures == []


async def never(*messages: Any) -> Any:
    raise AssertionError("nobody is to ask")


def with_panel(
    body: Callable[[ControlPanel], Awaitable[Any]],
    tested: dict[str, Policy] = POLICIES,
    base_url: str = "",
) -> Any:
    """Run `body` with a panel that asks the offline model; see that no task is left."""

    async def main() -> Any:
        url = base_url or f"{local.start().url}/v1"
        async with AsyncOpenAI(base_url=url, api_key="any", max_retries=0) as client:

            async def ask() -> Any:
                messages: Any = [{"role": "user", "content": "How do I choose hiking boots?"}]
                return await client.chat.completions.create(
                    model="m", messages=messages, stream=True
                )

            result = await body(control_panel(ask, tested, limit_s=20))
            await no_task_is_left()
            return result

    return asyncio.run(main())


def panel_of(tested: dict[str, Policy] = POLICIES) -> ControlPanel:
    return control_panel(never, tested)


def test_a_fault_and_a_pace_reach_the_model_and_reset_takes_them_back() -> None:
    panel = labkit.control_panel(never, POLICIES)
    assert panel.line == "Every request of this notebook is answered as usual."
    panel.fault, panel.pace = "cut_after=12", 0.2
    assert (local.model().fault, local.model().pace) == (parse_fault("cut_after=12"), 0.2)
    assert panel.line == "Every request of this notebook meets: cut_after=12, at pace 0.2"
    panel.reset()
    assert (local.model().fault, local.model().pace) == (NONE, None)


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("fault", "cut=3", "A fault is one of status, .*; got 'cut'"),
        ("fault", "cut_after=soon", "takes a whole number; got 'soon'"),
        ("pace", -1, "A pace is a number from 0 .* got -1"),
        ("pace", float("nan"), "A pace is a number"),
    ],
)
def test_a_wrong_value_is_told_in_a_sentence_and_changes_nothing(
    name: str, value: Any, why: str
) -> None:
    panel = panel_of()
    panel.fault = "cut_after=3"
    with pytest.raises(LabError, match=why):
        setattr(panel, name, value)
    panel._receive(panel, {"type": name, "value": value}, [])
    assert panel.problem
    assert (panel.fault, panel.pace) == ("cut_after=3", None)
    assert local.model().fault == parse_fault("cut_after=3")
    panel._receive(panel, {"type": "reset"}, [])
    assert (panel.problem, panel.fault) == ("", "")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind["label"])
def test_every_fault_of_the_form_is_one_of_the_model(kind: dict[str, Any]) -> None:
    fault = kind["fault"] + kind["number"] + (";times=2" if kind["times"] else "")
    assert parse_fault(fault).times == (2 if kind["times"] else None)
    panel = panel_of()
    for _, pace in PACES:
        panel.fault, panel.pace = fault, pace
        assert (local.model().fault, local.model().pace) == (parse_fault(fault), pace)


def test_a_new_panel_resets_what_an_earlier_one_has_set() -> None:
    earlier = panel_of()
    earlier.fault, earlier.pace = "stall_after=1", 2
    panel_of()
    assert (earlier.fault, earlier.pace, local.model().fault) == ("", None, NONE)


def test_an_earlier_panel_that_is_used_again_takes_over() -> None:
    earlier, later = panel_of(), panel_of()
    later.fault = "cut_after=1"
    earlier.fault = "error_after=2"
    assert (later.fault, local.model().fault) == ("", parse_fault("error_after=2"))
    later.reset()
    assert local.model().fault == parse_fault("error_after=2")


def test_a_closed_panel_has_switched_everything_off() -> None:
    panel = panel_of()
    panel.fault = "cut_after=1"
    panel.close()
    assert local.model().fault == NONE


def test_a_run_returns_the_trial_of_each_policy() -> None:
    async def body(panel: ControlPanel) -> None:
        panel.fault = "truncate_after=12"
        trials = await panel.run()
        assert {name: trial.verdict for name, trial in trials.items()} == {
            "naive": "showed a cut answer as whole",
            "careful": "incomplete, and said so",
        }
        assert panel.status == (
            "naive: showed a cut answer as whole; careful: incomplete, and said so"
        )
        assert (panel.running, panel.round) == (False, 1)
        assert cards(panel) == [trials["naive"].shown, trials["careful"].shown]
        panel.reset()
        assert {trial.verdict for trial in (await panel.run()).values()} == {"complete"}
        assert [key for key in panel.get_state() if key.startswith("r1f")] == []

    with_panel(body)


def cards(panel: ControlPanel) -> list[str]:
    """Return the text of each card, as a page that is loaded now would draw it."""
    state, texts = panel.get_state(), [""] * len(panel.names)
    for key in [key for key in state if key.startswith(f"r{panel.round}f")]:
        for update in state[key]:
            before = "" if update["fresh"] else texts[update["card"]]
            texts[update["card"]] = before + update["text"]
    return texts


def test_with_times_each_policy_meets_the_fault_as_often() -> None:
    async def body(panel: ControlPanel) -> list[int]:
        panel.fault = "cut_after=5;times=2"
        for _ in range(2):
            trials = await panel.run()
            assert {trial.verdict for trial in trials.values()} == {"complete"}
        return [trial.asked for trial in trials.values()]

    assert with_panel(body, {"again": policies.again, "once more": policies.again}) == [3, 3]


def test_the_table_has_a_row_for_each_fault_and_leaves_the_fault_as_it_was() -> None:
    async def body(panel: ControlPanel) -> Any:
        panel.fault = "error_after=1"
        table = await panel.table(["", "cut_after=12"])
        assert panel.fault == "error_after=1"
        with pytest.raises(LabError, match="A fault is one of"):
            await panel.table(["", "nonsense=1"])
        return table

    table = with_panel(body)
    assert repr(table) == (
        "fault         naive       careful\n"
        "none          ✓ complete  ✓ complete\n"
        "cut_after=12  ✗ raised    ✓ incomplete, and said so"
    )
    page = table._repr_html_()
    assert '<th scope="row"><code>cut_after=12</code></th><td>✗ raised</td>' in page
    assert table["cut_after=12"]["naive"].verdict == "raised"


def test_names_and_faults_are_escaped_in_the_pictures() -> None:
    async def body(panel: ControlPanel) -> tuple[Any, str]:
        table = await panel.table([""])
        return table, panel.picture()[1]

    table, picture = with_panel(body, {"<b>bold</b>": policies.naive})
    for page in (table._repr_html_(), picture):
        assert "<b>" not in page
        assert "&lt;b&gt;bold" in page


def test_the_picture_says_what_is_in_force_and_each_verdict() -> None:
    panel = panel_of()
    assert panel.picture()[0].splitlines()[1:] == ["naive: not run yet", "careful: not run yet"]

    async def body(panel: ControlPanel) -> str:
        panel.fault = "cut_after=2"
        await panel.run()
        return panel.picture()[0]

    first, second, third = with_panel(body).splitlines()
    assert first == "Every request of this notebook meets: cut_after=2"
    assert second.startswith("naive: ✗ raised (asked 1 time, TTFT 0.")
    assert third.startswith("careful: ✓ incomplete, and said so (asked 1 time, ")


async def clicked(panel: ControlPanel, kind: str) -> None:
    """Send a message as the browser would, from another thread as a subshell does."""
    await asyncio.to_thread(panel._receive, panel, {"type": kind}, [])


async def until(panel: ControlPanel, trait: str, value: Any) -> None:
    """Wait until a trait has this value."""
    there = asyncio.Event()
    panel.observe(lambda change: there.set(), trait)
    while getattr(panel, trait) != value:
        there.clear()
        await asyncio.wait_for(there.wait(), 20)


def test_run_and_stop_are_clicked_in_any_thread() -> None:
    begun = asyncio.Event()

    async def waiting(ask: Ask, show: Show) -> None:
        async for _ in await ask():
            show("half an", "writing")
            begun.set()

    async def body(panel: ControlPanel) -> None:
        panel.fault = "stall_after=3"
        await clicked(panel, "run")
        await until(panel, "running", True)
        with pytest.raises(LabError, match="is running its policies"):
            await panel.run()
        await asyncio.wait_for(begun.wait(), 20)
        await clicked(panel, "stop")
        await until(panel, "running", False)
        assert (panel.status, panel.problem) == ("waiting: stopped", "")
        assert cards(panel) == ["half an"]
        panel.fault = ""
        assert list(await panel.run()) == ["waiting"]

    with_panel(body, {"waiting": waiting})


def test_stop_ends_a_table_too() -> None:
    async def body(panel: ControlPanel) -> Any:
        making = asyncio.create_task(panel.table(["stall_after=3", "cut_after=1"]))
        await until(panel, "running", True)
        await clicked(panel, "reset")
        assert "sets the faults by itself" in panel.problem
        panel.stop()
        return await making

    table = with_panel(body)
    assert list(table.trials) == ["stall_after=3"]


def test_a_cancelled_run_leaves_nothing_behind() -> None:
    async def body(panel: ControlPanel) -> None:
        panel.fault = "stall_after=3"
        running = asyncio.create_task(panel.run())
        await until(panel, "running", True)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert (panel.running, panel.status) == (False, "naive: stopped; careful: stopped")

    with_panel(body)


def test_a_new_panel_stops_the_run_of_an_earlier_one() -> None:
    async def body(panel: ControlPanel) -> None:
        panel.fault = "stall_after=3"
        running = asyncio.create_task(panel.run())
        await until(panel, "running", True)
        panel_of()
        assert await running == {}
        assert panel.fault == ""

    with_panel(body)


def test_a_failure_of_a_click_is_shown_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "_failures", [])

    async def body(panel: ControlPanel) -> None:
        monkeypatch.setattr(panel, "pack", lambda items: 1 / 0)
        await clicked(panel, "run")
        await until(panel, "problem", "ZeroDivisionError('division by zero')")
        panel._receive(panel, {"no": "type"}, [])

    with_panel(body)
    with pytest.raises(LabError, match=r"ZeroDivisionError.* in the control panel; KeyError"):
        background.all_quiet()


def test_an_ask_that_talks_to_another_server_is_told_so(server: Server) -> None:
    async def body(panel: ControlPanel) -> str:
        return (await panel.run())["naive"].raised

    told = with_panel(body, base_url=f"{server.url}/v1")
    assert told.startswith("LabError: The panel sets the faults of this process's offline model")


def test_another_provider_is_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABKIT_PROVIDER", "openai")
    with pytest.raises(LabError, match="chooses 'openai': unset both to use it"):
        control_panel(never, POLICIES)
    monkeypatch.undo()
    with pytest.raises(LabError, match="needs a policy or more"):
        control_panel(never, {})
