"""A plea to go on is told from a question that begins like one."""

import pytest

from labkit.offline.pleas import is_plea
from labkit.offline.speech.knowledge import topics

ABOUT = (
    "What about {}?",
    "Tell me about {}.",
    "Continue with {}",
    "Go on, but about {}.",
    "Carry on: {}!",
    "What about {}? Please go on.",
    "Resume. How do I choose {}?",
    "Keep going, and say more on {}",
)


@pytest.mark.parametrize(
    "text",
    [
        "CONTINUE",
        "Continue…",
        "**Continue**",
        "Ok, go on then.",
        "Great. Could you continue, please?",
        "Would you go on?",
        "Why did you stop? Go on.",
        "Don't stop, go on",
        "I broke off my hike. Go on.",
        "Proceed at once.",
        "Continue the list",
        "Please finish the sentence.",
        "Please pick up where you left off.",
        "Go on exactly where you stopped. Repeat nothing.",
        "Continue your response from the point where it was cut off. Don't start over.",
        "Continue. Output only the remaining text, without adding a word about boots.",
        'The stream broke. Continue after "Boots keep your", in the middle of the sentence.',
    ],
)
def test_who_speaks_only_of_the_answer_wants_it_to_go_on(text: str) -> None:
    assert is_plea(text)


@pytest.mark.parametrize(
    "text",
    [
        "How do I go on?",
        "I want to continue",
        "Stop. Do not go on.",
        "Translate: Please continue.",
        "Tell me about tents, then go on.",
        "Can you go on? I want to know about winter boots",
        "Continue. And in winter?",
        "Continue in German",
        "Continue to the next question",
        "Continue without boots: tents.",
        'Continue with "tents"',
        "Continue про палатки",
        "Please continue your answer but shorter",
        "Please proceed with the order",
        "Go on a hike with me",
        "Carry on luggage",
        "Pick up the tent",
        "Complete my order",
        "Continue. " * 50,
    ],
)
def test_who_wants_something_else_does_not(text: str) -> None:
    assert not is_plea(text)


@pytest.mark.parametrize("about", ABOUT)
def test_a_question_about_any_topic_is_no_plea(about: str) -> None:
    named = {word for topic in topics() for word in (topic.title, *topic.keywords)}
    assert len(named) > 100
    assert [word for word in sorted(named) if is_plea(about.format(word))] == []
