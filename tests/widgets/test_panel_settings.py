"""The control panel sets fault and pace, for one panel at a time."""

import asyncio
from typing import Any

import pytest

import labkit
from labkit import background
from labkit.errors import LabError
from labkit.offline import local
from labkit.offline.faults import NONE, parse_fault
from labkit.widgets.panel_form import KINDS, PACES
from tests.widgets.panels import POLICIES, never, panel_of

pytestmark = pytest.mark.usefixtures("nothing_stays_on")


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


def test_a_closed_panel_sets_and_runs_nothing() -> None:
    panel = panel_of()
    panel.close()
    for name, value in (("fault", "status=501"), ("pace", 1.0)):
        with pytest.raises(LabError, match="This panel is closed: make a new one"):
            setattr(panel, name, value)
    with pytest.raises(LabError, match="This panel is closed"):
        asyncio.run(panel.run())
    panel.reset()
    panel.close()
    assert (local.model().fault, local.model().pace) == (NONE, None)


def test_a_fault_that_is_still_on_is_told_by_the_last_cell() -> None:
    panel = panel_of()
    panel.fault = "status=500"
    with pytest.raises(
        LabError, match=r"not as usual \(.* meets: status=500\)\. Press the panel's Switch off"
    ):
        background.all_quiet()
    panel.reset()
    background.all_quiet()
    panel.pace = 0.5
    with pytest.raises(LabError, match="not as usual"):
        background.all_quiet()
    panel.close()
    background.all_quiet()
