"""What was said in which turn, and by whom."""

from labkit.widgets.conversation import Conversation


def conversation(*turns: tuple[str, str]) -> Conversation:
    made = Conversation()
    for speaker, text in turns:
        made.begin(speaker)
        made.say(text)
    return made


def test_of_a_plain_agent_the_answer_is_left() -> None:
    made = conversation(("", "I look."), ("", "Two *tents*."))
    assert made.text == made.plain() == "Two *tents*."
    assert made.html() == "<p>Two <em>tents</em>.</p>\n"


def test_of_speakers_each_turn_is_left_after_its_name() -> None:
    made = conversation(("the_writer", "A *tent*."), ("Critic", ""), ("Critic", "Good."))
    assert made.text == "Good."
    assert made.plain() == "the writer: A *tent*.\nCritic: Good."
    assert made.html() == (
        "<p><strong>the writer</strong></p><p>A <em>tent</em>.</p>\n"
        "<p><strong>Critic</strong></p><p>Good.</p>\n"
    )


def test_a_turn_without_a_name_among_speakers_keeps_its_place() -> None:
    made = conversation(("", "Welcome."), ("Critic", "Thanks."))
    assert made.plain() == "Welcome.\nCritic: Thanks."


def test_a_hostile_name_is_text() -> None:
    assert "<img" not in conversation(("<img src=x onerror=alert(1)>", "Hi")).html()


def test_what_is_said_before_the_first_turn_is_said_all_the_same() -> None:
    made = Conversation()
    made.say("Hi")
    assert made.plain() == "Hi"


def test_a_long_conversation_is_all_there() -> None:
    made = conversation(*[(f"Speaker {i}", f"word{i}") for i in range(200)])
    assert all(f"word{i}" in made.plain() and f"word{i}" in made.html() for i in range(200))
