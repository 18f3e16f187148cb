"""The reference passes every milestone; each wrong variant fails, and is told where and why."""

from dataclasses import replace
from pathlib import Path

import pytest

from labkit.capstone import REFERENCE
from labkit.capstone.checking import evaluate, evaluate_all
from labkit.capstone.milestones import MILESTONES
from labkit.capstone.milestones.milestone import Milestone
from labkit.exercises.notebook import recorded
from tests.capstone.learner import SECTIONS, text_with
from tests.capstone.wrong import WRONG

BY_NAME = {milestone.name: milestone for milestone in MILESTONES}


def test_the_reference_passes_every_milestone(my_agent: Path) -> None:
    my_agent.write_text(REFERENCE.read_text())
    results = evaluate_all(MILESTONES, my_agent)
    told = [f"All {len(milestone.rules)} rules hold." for milestone in MILESTONES]
    assert [result.message for result in results] == told


def test_what_learners_write_from_the_hints_is_right(my_agent: Path) -> None:
    my_agent.write_text(text_with(SECTIONS))
    results = evaluate_all(MILESTONES, my_agent)
    assert [result.state for result in results] == ["right"] * 6, results


@pytest.mark.parametrize("name", ["stop", "recovery"])
def test_our_section_is_enough_after_a_learners_own(name: str, my_agent: Path) -> None:
    before = dict(list(SECTIONS.items())[: BY_NAME[name].number - 1])
    my_agent.write_text(text_with(before).replace(BY_NAME[name].stub, BY_NAME[name].source))
    assert evaluate(BY_NAME[name], my_agent).state == "right"


TOLD = "        async for event in events:\n            if sent"
RIGHT = {
    "a slow tool": ("progress", 1, "sleep(0.4)", "sleep(4.2)"),
    "a slow tool while the reader leaves": ("stop", 3, "sleep(0.4)", "sleep(1.5)"),
    "a tool that is slower than the model may be": ("recovery", 6, "sleep(0.4)", "sleep(2)"),
    "a slow beginning": ("answer", 3, TOLD, f"        await asyncio.sleep(1.2)\n{TOLD}"),
    "another event": ("answer", 3, TOLD, f"        yield frame('ping')\n{TOLD}"),
    "a link that people may click": (
        "page",
        3,
        "<ol",
        '<a href="https://example.org/me">me</a><ol',
    ),
    "words within words": ("stop", 4, ">Stop<", "><b>Stop</b><"),
    "a percent sign": ("page", 1, "form {", "form { width: 100%;"),
}


def only(milestone: Milestone, rule: int) -> Milestone:
    """Return the milestone with one of its rules, counted from 1."""
    return replace(milestone, rules=(milestone.rules[rule - 1],))


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_variant_keeps_the_rule_that_it_seems_to_break(name: str, my_agent: Path) -> None:
    which, rule, before, after = RIGHT[name]
    text = REFERENCE.read_text()
    assert text.count(before) == 1
    my_agent.write_text(text.replace(before, after))
    result = evaluate(only(BY_NAME[which], rule), my_agent)
    assert (result.state, result.message) == ("right", "All 1 rules hold.")


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_variant_fails_and_is_told_which_milestone_and_why(
    name: str, my_agent: Path
) -> None:
    wrong = WRONG[name]
    my_agent.write_text(wrong.text)
    milestone = BY_NAME[wrong.milestone]
    box = str(recorded(evaluate(only(milestone, wrong.rule), my_agent)))
    assert box.startswith(f"✗ Not yet: milestone {milestone.number}, {milestone.name}\n")
    assert wrong.told in box
    assert f"\nRule: {milestone.rules[wrong.rule - 1].says}\n" in box


def test_every_milestone_has_wrong_variants() -> None:
    assert {wrong.milestone for wrong in WRONG.values()} == set(BY_NAME)


@pytest.mark.parametrize("milestone", MILESTONES, ids=list(BY_NAME))
def test_both_files_have_its_section_in_order(milestone: Milestone) -> None:
    assert milestone.source.splitlines()[0] == milestone.stub.splitlines()[0]
    assert milestone.source.startswith(f"# --- {milestone.number} · {milestone.name.title()}")
    assert milestone.source != milestone.stub
