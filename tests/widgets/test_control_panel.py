"""The control panel: what it runs, and what it leaves behind."""

import asyncio
import signal
from typing import Any

import pytest

from labkit import background
from labkit.errors import LabError
from labkit.offline import local
from labkit.offline.faults import parse_fault
from labkit.trials import Ask, Show
from labkit.widgets.control_panel import ControlPanel
from tests import bad_policies
from tests.widgets.panels import clicked, panel_of, until, with_panel

pytestmark = pytest.mark.usefixtures("nothing_stays_on")


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

    assert with_panel(body, {"again": bad_policies.again, "once more": bad_policies.again}) == [
        3,
        3,
    ]


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
    assert ">cut_after=12</th>" in page
    assert ">✗ raised</td>" in page
    assert table["cut_after=12"]["naive"].verdict == "raised"


def test_names_and_faults_are_escaped_in_the_pictures() -> None:
    async def body(panel: ControlPanel) -> tuple[Any, str]:
        table = await panel.table([""])
        return table, panel.picture()[1]

    table, picture = with_panel(body, {"<b>bold</b>": bad_policies.naive})
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


def test_nobody_else_sets_the_fault_of_a_table() -> None:
    refused: list[str] = []

    async def body(panel: ControlPanel) -> Any:
        async def meddling(ask: Ask, show: Show) -> None:
            for fault in ("", "cut_after=1"):
                with pytest.raises(LabError, match="sets the faults by itself"):
                    panel.fault = fault
                refused.append(fault)
            with pytest.raises(LabError, match="is running its policies"):
                await panel.table(["status=500"])
            await bad_policies.careful(ask, show)

        panel._policies["meddling"] = meddling
        return await panel.table(["truncate_after=3"])

    table = with_panel(body, {"meddling": bad_policies.careful})
    assert table["truncate_after=3"]["meddling"].verdict == "incomplete, and said so"
    assert refused == ["", "cut_after=1"]


def test_a_click_on_another_panel_ends_a_table_and_takes_over() -> None:
    async def body(panel: ControlPanel) -> Any:
        other = panel_of({"idle": idle})
        making = asyncio.create_task(panel.table(["stall_after=3", "cut_after=1"]))
        await until(panel, "running", True)
        await clicked(other, "fault", "cut_after=2")
        await clicked(other, "run")
        await until(other, "status", "idle: did not ask")
        assert (panel.fault, panel.tabling, other.problem) == ("", False, "")
        assert local.model().fault == parse_fault("cut_after=2")
        return await making

    async def idle(ask: Ask, show: Show) -> None:
        pass

    assert with_panel(body).trials == {"stall_after=3": {}}
    assert local.model().fault == parse_fault("cut_after=2")


def test_an_interrupt_ends_a_run_and_leaves_nothing_behind() -> None:
    panels: list[ControlPanel] = []

    async def interrupted(ask: Ask, show: Show) -> None:
        async for _ in await ask():
            signal.raise_signal(signal.SIGINT)  # asyncio cancels the task that runs the panel

    async def body(panel: ControlPanel) -> None:
        panels.append(panel)
        panel.fault = "stall_after=3"
        await panel.run()

    with pytest.raises(KeyboardInterrupt):
        with_panel(body, {"interrupted": interrupted})
    [panel] = panels
    assert (panel.running, panel.status) == (False, "interrupted: stopped")


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


def test_a_frame_that_fails_spoils_one_run_only(monkeypatch: pytest.MonkeyPatch) -> None:
    async def body(panel: ControlPanel) -> None:
        with monkeypatch.context() as broken:
            broken.setattr(panel, "pack", lambda items: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                await panel.run()
        assert list(await panel.run()) == ["naive", "careful"]

    with_panel(body)


def test_a_run_by_a_click_renews_the_static_picture_too() -> None:
    class Display:
        plain = ""

        def update(self, data: Any, **options: Any) -> None:
            self.plain = data["text/plain"]

    async def body(panel: ControlPanel) -> str:
        panel._handle = Display()
        await clicked(panel, "run")
        await until(panel, "running", True)
        assert panel._click
        await panel._click
        return str(panel._handle.plain)

    assert "\nnaive: ✓ complete (asked 1 time, " in with_panel(body)


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
