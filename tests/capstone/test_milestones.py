"""The reference passes every milestone; each wrong variant fails, and is told where and why."""

from pathlib import Path

import pytest

from labkit.capstone import REFERENCE
from labkit.capstone.checking import evaluate
from labkit.capstone.milestones import MILESTONES
from labkit.capstone.milestones.milestone import Milestone
from labkit.exercises.notebook import recorded
from tests.capstone.wrong import WRONG

BY_NAME = {milestone.name: milestone for milestone in MILESTONES}


@pytest.mark.parametrize("milestone", MILESTONES, ids=list(BY_NAME))
def test_the_reference_passes(milestone: Milestone, my_agent: Path) -> None:
    my_agent.write_text(REFERENCE.read_text())
    result = evaluate(milestone, my_agent)
    assert (result.state, result.message) == ("right", f"All {result.total} rules hold.")


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_variant_fails_and_is_told_which_milestone_and_why(
    name: str, my_agent: Path
) -> None:
    wrong = WRONG[name]
    my_agent.write_text(wrong.text)
    milestone = BY_NAME[wrong.milestone]
    box = str(recorded(evaluate(milestone, my_agent)))
    assert box.startswith(f"✗ Not yet: milestone {milestone.number}, {milestone.name}\n")
    assert wrong.told in box
    assert "\nRule: " in box


def test_every_milestone_has_wrong_variants() -> None:
    assert {wrong.milestone for wrong in WRONG.values()} == set(BY_NAME)


@pytest.mark.parametrize("milestone", MILESTONES, ids=list(BY_NAME))
def test_both_files_have_its_section_in_order(milestone: Milestone) -> None:
    assert milestone.source.splitlines()[0] == milestone.stub.splitlines()[0]
    assert milestone.source.startswith(f"# --- {milestone.number} · {milestone.name.title()}")
    assert milestone.source != milestone.stub
