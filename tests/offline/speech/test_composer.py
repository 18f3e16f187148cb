import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit.offline.speech.composer import compose
from labkit.offline.speech.knowledge import topics
from labkit.outdoor import CATALOGUE

Message = dict[str, Any]

_REAL_MODEL = "LABKIT_PROVIDER=openai"
_BOOTS = "How do I pick hiking boots?"


def system(text: str) -> Message:
    return {"role": "system", "content": text}


def user(text: Any) -> Message:
    return {"role": "user", "content": text}


def said(text: str, name: str = "") -> Message:
    return {"role": "assistant", "content": text} | ({"name": name} if name else {})


def ask(text: str, *, rules: str = "", seed: int = 1) -> str:
    return compose([*([system(rules)] if rules else []), user(text)], seed=seed)


def talk(*questions: str, rules: str = "", seed: int = 1) -> list[str]:
    messages = [system(rules)] if rules else []
    answers = []
    for question in questions:
        messages.append(user(question))
        answers.append(compose(messages, seed=seed))
        messages.append(said(answers[-1]))
    return answers


def numbered(text: str) -> list[str]:
    return re.findall(r"^\d+\. .+", text, re.MULTILINE)


def bulleted(text: str) -> list[str]:
    return re.findall(r"^- .+", text, re.MULTILINE)


# Any text, any seed ------------------------------------------------------------------------------

_roles = st.sampled_from(["system", "developer", "user", "assistant", "tool"])
_contents = st.one_of(
    st.text(),
    st.none(),
    st.lists(st.fixed_dictionaries({"type": st.just("text"), "text": st.text()})),
)
_messages = st.lists(st.fixed_dictionaries({"role": _roles, "content": _contents}), max_size=6)
_topical = st.lists(
    st.sampled_from(
        "tent boots winter and or vs more why shorter list 3 in 5 words one sentence briefly which "
        "lightest recommend under $100 P004 approve writer ? , hello".split()
    ),
    max_size=9,
).map(" ".join)


@settings(deadline=None)
@given(_messages, st.integers())
def test_any_conversation_gets_a_text(messages: list[Message], seed: int) -> None:
    assert compose(messages, seed=seed).strip()


@settings(deadline=None)
@given(st.lists(_topical, min_size=1, max_size=3), _topical, st.integers(-5, 5))
def test_any_questions_from_the_field_get_a_text(
    questions: list[str], rules: str, seed: int
) -> None:
    assert all(answer.strip() for answer in talk(*questions, rules=rules, seed=seed))


@settings(deadline=None)
@given(st.text(), st.integers())
def test_the_same_messages_and_seed_give_the_same_text(text: str, seed: int) -> None:
    assert ask(text, seed=seed) == ask(text, seed=seed)


@settings(deadline=None)
@given(st.sampled_from(topics()), st.integers(0, 10_000))
def test_the_next_seed_gives_another_wording(topic: Any, seed: int) -> None:
    one, other = (ask(topic.title, seed=s) for s in (seed, seed + 1))
    assert one.split(".")[0] != other.split(".")[0]
    assert sorted(bulleted(one)) == sorted(bulleted(other))  # the facts are the same


@pytest.mark.parametrize("title", [topic.title for topic in topics()])
def test_an_answer_has_60_to_400_words(title: str) -> None:
    for question in (title, f"Explain in detail: {title}"):
        assert 60 <= len(ask(question).split()) <= 400


def test_no_messages_at_all_get_a_greeting() -> None:
    assert "offline advisor" in compose([], seed=1)


def test_content_in_parts_reads_like_a_string() -> None:
    parts = [{"type": "text", "text": _BOOTS}]
    assert compose([user(parts)], seed=1) == compose([user(_BOOTS)], seed=1)


# What length is asked for ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "count"),
    [
        ("List 5 essential items for day hiking.", 5),
        ("Give me three tips about tents", 3),
        ("Name two things to know about stoves", 2),
        ("Top 4 mistakes with hiking boots", 4),
        ("Tell me one tip for camping in snow", 1),
        ("What are 7 rules for first aid?", 7),
        ("I want ten tips for a trip with kids", 10),
        ("List twelve tips for sleeping bags", 12),
        ("List 30 things about tents", 30),
    ],
)
def test_a_number_of_items_is_kept_exactly(question: str, count: int) -> None:
    rows = numbered(ask(question))
    assert [int(row.split(".")[0]) for row in rows] == list(range(1, count + 1))
    assert len(set(rows)) == count


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(topics()), st.integers(1, 25), st.integers(0, 99))
def test_any_number_of_items_about_any_topic_is_kept(topic: Any, count: int, seed: int) -> None:
    assert len(numbered(ask(f"List {count} tips: {topic.title}", seed=seed))) == count


@pytest.mark.parametrize(
    "question",
    [
        "Which tent is good for two persons?",
        "What do I wear on a 3 day hike?",
        "Explain the three-layer system",
        "I have 2 kids, what do I need for a day hike?",
    ],
)
def test_a_number_that_counts_something_else_is_no_length(question: str) -> None:
    assert not numbered(ask(question))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(topics()), st.integers(1, 120), st.integers(0, 99))
def test_a_number_of_words_is_not_exceeded(topic: Any, count: int, seed: int) -> None:
    answer = ask(f"{topic.title} in {count} words", seed=seed)
    assert 1 <= len(answer.split()) <= count


@pytest.mark.parametrize("topic", topics(), ids=lambda topic: topic.title)
def test_twenty_words_are_a_whole_sentence(topic: Any) -> None:
    answer = ask(f"{topic.title} in 25 words")
    assert topic.introduction[0] in answer


@pytest.mark.parametrize(("asked", "count"), [("in one sentence", 1), ("in two sentences", 2)])
def test_a_number_of_sentences_is_kept(asked: str, count: int) -> None:
    answer = ask(f"How do I treat water, {asked}?")
    assert len(re.findall(r"[.!?](?:\s|$)", answer)) == count


def test_brief_is_shorter_than_usual_and_detailed_is_longer() -> None:
    brief, usual, detailed = (
        len(ask(f"{request} tents").split()) for request in ("Briefly:", "About", "Explain")
    )
    assert brief < 60 < usual < detailed


def test_a_one_sentence_answer_differs_by_seed() -> None:
    one, other = (ask("What is an R-value, in one sentence?", seed=s) for s in (1, 2))
    assert one != other


# What is asked about -----------------------------------------------------------------------------


def test_a_narrow_question_is_answered_first() -> None:
    first = ask("How do I keep condensation out of my tent?").split("\n")[0]
    assert "openings at different heights" in first


def test_a_comparison_of_two_topics_speaks_of_both() -> None:
    answer = ask("Compare tents and sleeping bags")
    assert "**Tents**" in answer
    assert "**Sleeping bags**" in answer


def test_a_comparison_within_a_topic_speaks_of_both() -> None:
    first = ask("Down or synthetic?").split("\n")[0].lower()
    assert "down: " in first
    assert "synthetic: " in first


@pytest.mark.parametrize(
    "question",
    ["What is 17 * 23?", "Write a Python quicksort", "Who won the world cup in 1998?"],
)
def test_outside_the_field_it_says_how_to_reach_a_real_model(question: str) -> None:
    answer = ask(question)
    assert "offline advisor" in answer
    assert _REAL_MODEL in answer
    assert "LABKIT_API_KEY" in answer
    assert "start the lab again" in answer


@pytest.mark.parametrize("text", ["Hello!", "hi there", "Thanks a lot", "Who are you?", "Bye"])
def test_small_talk_is_short_and_says_who_speaks(text: str) -> None:
    answer = ask(text)
    assert "the lab's offline advisor" in answer.lower()
    assert len(answer.split()) < 40


def test_it_says_and_counts_what_it_is_told_to() -> None:
    assert ask('Say "this is a test"') == "this is a test"
    assert ask("Count to 5") == "1, 2, 3, 4, 5"


# Products ----------------------------------------------------------------------------------------


def test_a_recommendation_names_products_that_fit_the_price() -> None:
    answer = ask("Recommend a tent under $250")
    named = [product for product in CATALOGUE if product.id in answer]
    assert len(named) >= 2
    assert all(p.category == "tents" and p.price <= 250 for p in named)
    assert all(f"${p.price:g}" in answer for p in named)


def test_a_price_nothing_fits_is_said_plainly() -> None:
    assert "None of our tents fits under $50" in ask("Do you have a tent under $50?")


def test_a_bag_for_freezing_nights_is_warm_enough() -> None:
    answer = ask("I need a sleeping bag for 0 °C")
    assert "P007" in answer
    assert "P009" not in answer
    assert "P007" not in ask("I need a sleeping bag for -5 °C")


def test_a_list_of_products_has_the_number_that_was_asked_for() -> None:
    rows = numbered(ask("List 3 tents"))
    assert len(rows) == 3
    assert all(re.search(r"P\d{3}", row) for row in rows)


def test_a_wish_for_two_categories_is_answered_for_both() -> None:
    answer = ask("Recommend boots and a jacket under 200 dollars")
    assert "**Footwear under $200**" in answer
    assert "**Jackets under $200**" in answer


def test_no_product_is_called_warmest_without_a_measure_of_warmth() -> None:
    assert "The warmest of our sleeping bags" in ask("Which is your warmest sleeping bag?")
    assert "The warmest" not in ask("Which is your warmest jacket?")


def test_prose_says_nothing_twice() -> None:
    answer = ask("How do I treat water in 100 words?")
    assert answer.count("boil it, filter it") == 1


def test_a_product_is_described_by_its_number() -> None:
    product = CATALOGUE[3]
    answer = ask("Tell me about P004")
    assert product.name in answer
    assert f"${product.price:g}" in answer


def test_it_means_the_product_of_the_answer_before() -> None:
    answer = talk("Tell me about P003", "Is it in stock?")[-1]
    assert "P003" in answer
    assert "out of stock" in answer


def test_advice_without_a_wish_to_buy_names_no_product() -> None:
    assert not re.search(r"P\d{3}", ask("How do I pitch a tent in wind?"))


# The conversation so far -------------------------------------------------------------------------


def test_a_follow_up_on_the_lightest_stays_with_the_category() -> None:
    answer = talk("Which tent should I take?", "And which is lightest?")[-1]
    assert "The lightest of our tents is the **Siskin Solo**" in answer


def test_more_brings_what_was_not_said_yet() -> None:
    first, more = talk(_BOOTS, "Tell me more")
    assert bulleted(more)
    assert not set(bulleted(first)) & set(bulleted(more))


def test_why_continues_the_topic() -> None:
    assert "Stiffer boots" in talk(_BOOTS, "Why?")[-1]


def test_what_about_joins_the_new_topic_to_the_last() -> None:
    answer = talk("Which stoves are there?", "What about winter?")[-1]
    assert "**Camp stoves**" in answer
    assert "**Winter trips**" in answer


def test_shorter_shortens_the_answer_before() -> None:
    first, shorter = talk(_BOOTS, "Shorter, please")
    assert len(shorter.split()) < len(first.split()) / 3
    assert "fit first" in shorter


def test_a_number_alone_continues_the_topic() -> None:
    assert len(numbered(talk("Give me three tips about stoves", "name two")[-1])) == 2


def test_a_question_from_outside_is_not_taken_for_a_follow_up() -> None:
    assert _REAL_MODEL in talk(_BOOTS, "And who won the world cup in 1998?")[-1]


@pytest.mark.parametrize("question", [_BOOTS, "hello", "2 + 2?", "Recommend a tent", "P004?"])
def test_the_same_question_again_gets_other_words(question: str) -> None:
    first, second, third = talk(question, question, question)
    assert len({first, second, third}) == 3


def test_a_tool_result_is_reported() -> None:
    result = {"role": "tool", "tool_call_id": "c1", "content": "Sunny, 21 °C"}
    assert "Sunny, 21 °C" in compose([user("Weather?"), result], seed=1)


# Instructions ------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["system", "developer"])
def test_the_role_shows_in_the_voice(role: str) -> None:
    rules = {"role": role, "content": "You are a mountain guide called Ada."}
    answer = compose([rules, user(_BOOTS)], seed=1)
    assert "Ada here, your mountain guide." in answer


def test_the_role_greets_by_its_name() -> None:
    answer = ask("Hello", rules="You are a mountain guide called Ada.")
    assert "I am Ada, your mountain guide" in answer
    assert "offline advisor" in answer


def test_one_sentence_by_instruction_is_one_sentence() -> None:
    answer = ask(_BOOTS, rules="You are a helpful advisor. Answer in one sentence.")
    assert len(re.findall(r"[.!?](?:\s|$)", answer)) == 1


def test_what_the_user_asks_for_wins_over_the_instruction() -> None:
    answer = ask("Give me three tips about tents", rules="Answer in one sentence.")
    assert len(numbered(answer)) == 3


def test_no_lists_means_prose() -> None:
    answer = ask(_BOOTS, rules="Use no lists.")
    assert not bulleted(answer)
    assert len(answer.split()) > 100


@pytest.mark.parametrize("question", [_BOOTS, "hello", "What is 2 + 2?", "Recommend a tent"])
def test_an_answer_ends_with_a_question_when_told_so(question: str) -> None:
    assert ask(question, rules="Always end with a question.").endswith("?")


def test_the_closing_question_keeps_to_the_length() -> None:
    rules = "Always end with a question."
    answer = ask("How do I choose a tent in 20 words?", rules=rules)
    assert answer.endswith("?")
    assert len(answer.split()) <= 20


def test_upper_case_means_upper_case() -> None:
    answer = ask(_BOOTS, rules="Shout!")
    assert answer == answer.upper()


def test_first_and_last_words_are_kept() -> None:
    rules = 'Start every answer with "Ahoy!" and end with "Fair winds."'
    answer = ask(_BOOTS, rules=rules)
    assert answer.startswith("Ahoy!")
    assert answer.endswith("Fair winds.")


def test_another_language_is_declined_plainly() -> None:
    assert "I know English only, not French." in ask(_BOOTS, rules="Answer in French.")
