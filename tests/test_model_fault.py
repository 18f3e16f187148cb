from collections.abc import Iterator

import pytest

import labkit
from labkit.offline import faults, local, switch


@pytest.fixture(autouse=True)
def _well_again() -> Iterator[None]:
    yield
    labkit.fault()


def test_a_fault_is_set_and_taken_back_and_an_unknown_one_is_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    labkit.fault("cut_after=3")
    assert local.model().fault == faults.Fault(cut_after=3)
    labkit.fault()
    assert local.model().fault == faults.NONE
    labkit.fault("bang=1")
    assert "A fault is one of" in capsys.readouterr().out


def test_a_pace_is_set_with_it_or_alone(capsys: pytest.CaptureFixture[str]) -> None:
    labkit.fault("cut_after=3", pace=2)
    assert (local.model().fault, local.model().pace) == (faults.Fault(cut_after=3), 2)
    labkit.fault(pace=0)
    assert (local.model().fault, local.model().pace) == (faults.NONE, 0)
    labkit.fault(pace=-1)
    said = capsys.readouterr().out
    assert "From now on: `cut_after=3`, pace 2" in said
    assert "✗ That did not work" in said


def test_a_fault_has_one_owner_at_a_time() -> None:
    panel = Panel()
    switch.switch(panel, faults.Fault(error_after=1), None)
    labkit.fault()
    assert (panel.asked_to_give_up, local.model().fault) == (True, faults.NONE)


class Panel:
    """Sets a fault, as a control panel does."""

    asked_to_give_up = False

    def give_up(self) -> None:
        self.asked_to_give_up = True
