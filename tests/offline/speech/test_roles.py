"""A writer, a critic and a reviewer of safety: a group whose chat is worth reading, and ends."""

import json
import re
from dataclasses import asdict
from typing import Any

import pytest

from labkit.offline.advisor import decide
from labkit.offline.speech.composer import compose
from labkit.offline.speech.knowledge import topics
from labkit.outdoor import CATALOGUE, TOOLS, find_product

Message = dict[str, Any]


def system(text: str, name: str = "") -> Message:
    return {"role": "system", "content": text, **({"name": name} if name else {})}


def user(text: str) -> Message:
    return {"role": "user", "content": text}


def said(text: str, name: str = "") -> Message:
    return {"role": "assistant", "content": text, **({"name": name} if name else {})}


def ask(text: str, *, rules: str = "", seed: int = 1) -> str:
    return compose([system(rules), user(text)], seed=seed)


def numbered(text: str) -> list[str]:
    return re.findall(r"^\d+\. .+", text, re.MULTILINE)


_WRITER = "You are a writer. You draft short texts and revise them on request."
_CRITIC = "You are a critic. Ask for changes. When the draft is good, say 'APPROVED'."
_SAFETY = "You are a safety reviewer. Reply approve once the risks are covered."
_TASK = "Write a paragraph about tents for our newsletter."


def group(task: str, agents: dict[str, str], turns: int, seed: int = 1) -> list[str]:
    messages, texts = [user(task)], []
    for turn in range(turns):
        name = list(agents)[turn % len(agents)]
        texts.append(compose([system(agents[name], name), *messages], seed=seed))
        messages.append(said(texts[-1], name))
    return texts


_TASKS = [
    _TASK,
    "Create a slogan for a new electric car that is quiet",
    *(f"Write a short text: {topic.title}" for topic in topics()),
]


@pytest.mark.parametrize("task", _TASKS)
@pytest.mark.parametrize("seed", range(3))
def test_a_critic_asks_first_and_approves_the_revised_draft(task: str, seed: int) -> None:
    agents = {"Writer": _WRITER, "Critic": _CRITIC}
    draft, remarks, revised, verdict = group(task, agents, 4, seed)
    assert 1 <= len(numbered(remarks)) <= 2
    assert "approve" not in (draft + remarks + revised).lower()
    assert revised != draft
    assert verdict.startswith("APPROVED")


def test_a_writer_makes_the_changes_that_were_asked_for() -> None:
    remark = "Please add one figure and make it shorter. Please end with an invitation."
    draft = compose([system(_WRITER), user(_TASK)], seed=1)
    messages = [system(_WRITER), user(_TASK), said(draft, "Writer"), said(remark, "Critic")]
    revised = compose(messages, seed=1)
    assert re.search(r"\d", revised)
    assert draft not in revised


@pytest.mark.parametrize("topic", topics(), ids=lambda topic: topic.title)
def test_a_safety_reviewer_approves_once_every_risk_is_in(topic: Any) -> None:
    agents = {"Writer": _WRITER, "Safety": _SAFETY}
    draft, remarks, revised, verdict = group(f"Write a short text: {topic.title}", agents, 4)
    [warning] = re.findall("“(.+?)”", remarks)
    assert warning not in draft
    assert warning in revised
    assert "approve" not in remarks.lower()
    assert verdict.lower().startswith("approve")


def test_a_critic_waits_for_the_word_until_the_draft_is_good() -> None:
    rules = 'You are a critic. When the draft is good, end with "APPROVED".'
    messages = [system(rules), user(_TASK), said("A tent keeps rain out.", "Writer")]
    assert "APPROVED" not in compose(messages, seed=1)


def test_a_safety_reviewer_names_a_risk_and_the_writer_adds_it() -> None:
    agents = {"Writer": _WRITER, "Safety": _SAFETY}
    _, remarks, revised, verdict = group("Write a tip about stoves.", agents, 4)
    assert "carbon monoxide" in remarks
    assert "carbon monoxide" in revised
    assert verdict.lower().startswith("approve")


def test_a_critic_without_a_draft_says_so() -> None:
    assert "draft" in ask("Hello", rules=_CRITIC) or "review" in ask("Hello", rules=_CRITIC)


def test_a_critic_reads_remarks_and_drafts_from_user_messages_too() -> None:
    draft = compose([system(_WRITER), user(_TASK)], seed=1)
    answer = compose([system(_CRITIC), user(_TASK), user(draft)], seed=1)
    assert numbered(answer)


_AGENTS = {"Writer": _WRITER, "Critic": _CRITIC, "Safety": _SAFETY}
_NAMED = [f"Write a short product text for the {p.name}" for p in CATALOGUE]


@pytest.mark.parametrize("task", [*_TASKS[1:], *_NAMED])
def test_a_group_of_three_agrees_in_six_turns_and_nobody_says_anything_twice(task: str) -> None:
    said_by_all = group(task, _AGENTS, 6)
    assert len(set(said_by_all)) == 6
    assert said_by_all[4].startswith("APPROVED")
    assert said_by_all[5].lower().startswith("approve")
    assert all(len(text.split()) < 110 for text in said_by_all)


def test_after_the_end_nobody_has_anything_new_to_say() -> None:
    later = group(_TASK, _AGENTS, 12)[6:]
    assert len(set(later)) == 6
    assert all(len(text.split()) < 12 for text in later)


@pytest.mark.parametrize("product", CATALOGUE, ids=lambda product: product.name)
def test_a_product_text_is_about_that_product(product: Any) -> None:
    text = ask(f"Write a short product text for the {product.name}", rules=_WRITER)
    assert product.name in text
    assert product.description.split(maxsplit=1)[1].rstrip(".") in text


def test_a_critic_asks_for_what_its_instructions_name() -> None:
    rules = "You are a critic. Ask for the price and for a heading. Then say GOOD TO GO."
    agents = {"Writer": _WRITER, "Critic": rules}
    _, remarks, revised, verdict = group("Write a text about the Otter 5", agents, 4)
    assert ("what it costs" in remarks, "heading" in remarks) == (True, True)
    assert revised.startswith("**Otter 5")
    assert "$109" in revised
    assert verdict.startswith("GOOD TO GO: ")


def test_a_request_that_is_not_met_is_repeated_and_nothing_else() -> None:
    draft = "Meet the Otter 5. Nothing else comes close."
    remark = compose([system(_CRITIC, "Critic"), user(_TASK), said(draft, "Writer")], seed=1)
    messages = [system(_CRITIC, "Critic"), user(_TASK), said(draft, "Writer")]
    answer = compose([*messages, said(remark, "Critic"), said(f"{draft} Yes.", "Writer")], seed=1)
    assert "Still open: Please cut “Nothing else comes close.”" in answer
    assert "APPROVED" not in answer


def test_each_reviewer_waits_for_its_own_remarks() -> None:
    # What the safety reviewer asked for is no reason for the critic to approve.
    draft, remark = "Meet the Otter 5. Nothing else comes close.", "Please add “Stay dry.”"
    messages = [user(_TASK), said(draft, "Writer"), said(remark, "Safety"), said(draft, "Writer")]
    assert "Please cut" in compose([system(_CRITIC, "Critic"), *messages], seed=1)


def test_replies_that_stand_twice_and_a_task_that_comes_again_change_nothing() -> None:
    """As Semantic Kernel's AgentGroupChat sends them."""
    draft, remarks, revised, _ = group(_TASK, {"Writer": _WRITER, "Critic": _CRITIC}, 4)
    turns = [said(draft, "Writer"), said(remarks, "Critic"), said(revised, "Writer")]
    twice = [turn for turn in turns for _ in range(2)]
    again = [message for turn in turns for message in (turn, user(_TASK))]
    for messages in (twice, again):
        verdict = compose([system(_CRITIC, "Critic"), user(_TASK), *messages], seed=1)
        assert verdict.startswith("APPROVED")


def test_an_editor_returns_the_text_and_a_safety_editor_adds_the_risk() -> None:
    draft = ask("Write a short product text for the Firefly Mini", rules=_WRITER)
    edited = compose(
        [system("You are an editor. Tighten the text."), said(draft, "Writer")], seed=1
    )
    rules = "You are a safety reviewer. Add the missing risk to the text."
    safe = compose([system(rules), said(edited, "Editor")], seed=1)
    assert len(edited) < len(draft)
    assert safe.startswith(edited)
    assert "carbon monoxide" in safe.removeprefix(edited)


def test_a_reviewer_that_gets_remarks_alone_says_so() -> None:
    answer = compose([system(_SAFETY), said("1. Please say what it costs.", "Critic")], seed=1)
    assert "remarks" in answer


def looked_up(task: str, result: Any, *before: str) -> list[Message]:
    function = {"name": "get_product_details", "arguments": '{"product_id": "P001"}'}
    call = {"id": "call_1", "type": "function", "function": function}
    tool = {"role": "tool", "tool_call_id": "call_1", "content": json.dumps(result)}
    calls = {"role": "assistant", "content": None, "tool_calls": [call]}
    return [system(_WRITER), user(task), calls, tool, *(said(t, "Writer") for t in before)]


def test_a_writer_looks_the_product_up_and_writes_with_what_the_tool_told() -> None:
    task = "Write a short product text for P001, with its price"
    first = decide([system(_WRITER), user(task)], tools=TOOLS)
    assert [call.name for call in first.calls] == ["get_product_details"]
    product = find_product("P001")
    assert product
    told = {**asdict(product), "price": 17.5}
    second = decide(looked_up(task, told), tools=TOOLS)
    assert "It costs $17.5." in second.text
    assert second.text.startswith(("Meet the Heronwing 2", "This is the Heronwing 2"))


def test_what_was_said_before_a_tool_call_is_not_in_the_revised_text() -> None:
    """As Semantic Kernel stores it: in front of the draft."""
    task = "Write a short product text for P001"
    draft = "Let me look that up.Meet the Heronwing 2. Nothing else comes close."
    messages = looked_up(task, {"name": "Heronwing 2"}, draft)
    messages.append(said("Please cut “Nothing else comes close.”", "Critic"))
    assert decide(messages, tools=TOOLS).text == "Meet the Heronwing 2."


def test_of_several_finds_the_text_names_all_or_the_one_that_is_meant() -> None:
    found = [{"name": n, "price": p, "category": "tents"} for n, p in (("Ash", 3), ("Birch", 2))]
    assert "the Ash and the Birch" in decide(looked_up("Write about our tents", found)).text
    text = decide(looked_up("Write about our cheapest tent", found)).text
    assert ("the Birch" in text, "the Ash" in text) == (True, False)


def test_a_writer_who_is_asked_a_question_still_reports_what_its_tools_found() -> None:
    found = [{"id": "P004", "name": "Larkfield 2", "price": 149.0}]
    text = decide(looked_up("Which tents are under 200 dollars?", found)).text
    assert "Larkfield 2" in text
    assert not text.startswith(("Meet", "This is"))


def test_a_reviewer_with_tools_and_nobody_to_review_reports_what_they_found() -> None:
    messages = looked_up("Create a list of our tents", [{"name": "Ash", "price": 3}])
    messages[0] = system("You are a code reviewer.")
    assert "Ash" in decide(messages).text


def test_a_critic_who_looked_something_up_still_reviews() -> None:
    draft = said("Meet the Ash. Nothing else comes close.", "Writer")
    [_, task, calls, result] = looked_up("Write about the Ash", {"name": "Ash", "price": 3})
    text = decide([system(_CRITIC, "Critic"), task, draft, calls, result]).text
    assert "Please cut" in text


def test_a_text_of_two_sentences_keeps_the_warning_that_was_asked_for() -> None:
    task = "Draft a text in two sentences about camp stoves."
    *_, revised, verdict, _ = group(task, {"Writer": _WRITER, "Safety": _SAFETY}, 5)
    assert "carbon monoxide" in revised
    assert revised.count(". ") <= 1
    assert verdict.lower().startswith("approve")
