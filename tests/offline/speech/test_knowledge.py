import time

import pytest

from labkit.offline.speech import knowledge
from labkit.offline.speech.knowledge import Topic, find_topics, parse_topic, sentences, topics

_NATURAL = {
    "Layering clothes": "What are the three layers?",
    "Hiking boots and shoes": "How do I pick hiking boots?",
    "Socks and blisters": "How can I prevent blisters?",
    "Packing a backpack": "How should I pack my backpack?",
    "Choosing a backpack": "How many litres should my rucksack have?",
    "Tents": "What kind of tent should I get?",
    "Sleeping bags": "Which comfort temperature does my sleeping bag need?",
    "Sleeping pads": "What R-value does my pad need?",
    "Camp stoves": "Is a gas burner better than an alcohol stove?",
    "Treating water": "Do I have to filter water from a stream?",
    "Food on the trail": "Which snacks and meals should I take?",
    "Navigation": "How do I use a map and compass?",
    "First aid": "What should I do about a sprained ankle?",
    "Weather and lightning": "What if we are caught in a thunderstorm?",
    "Rain gear": "Which waterproof jacket keeps the rain out?",
    "Winter trips": "Do I need crampons on snow?",
    "Heat and sun": "How do I avoid heatstroke in the desert?",
    "Essentials for a day hike": "List 5 essential items for day hiking.",
    "Going ultralight": "How can I reduce my base weight?",
    "Trekking poles": "Are trekking poles good for my knees?",
    "Headlamps": "How many lumens should a headlamp have?",
    "Choosing a camp": "Where should I put my camp?",
    "Leave no trace": "What do I do with my rubbish and toilet paper?",
    "Wildlife": "What do I do when I meet a bear?",
    "Gear care and repair": "How do I wash and repair my gear?",
    "Hiking with children": "Can I go hiking with kids?",
    "Planning a trip": "How do I plan and train for a long trip?",
}
_TITLES = [topic.title for topic in topics()]


@pytest.mark.parametrize("title", _TITLES)
def test_a_topic_is_found_by_its_own_title(title: str) -> None:
    assert find_topics(title)[0].title == title


@pytest.mark.parametrize(("title", "question"), _NATURAL.items())
def test_a_topic_is_found_by_a_natural_question(title: str, question: str) -> None:
    assert find_topics(question)[0].title == title


def test_there_is_a_natural_question_for_every_topic_of_the_course() -> None:
    assert set(_NATURAL) == set(_TITLES)


@pytest.mark.parametrize(
    "question",
    [
        "Who won the world cup in 1998?",
        "Write a Python quicksort",
        "What is the capital of France?",
        "What is 17 * 23?",
        "Tell me a joke",
        "Explain quantum computing",
        "Who is the president?",
        "Translate 'good morning' to Spanish",
        "What is the weather in Paris today?",
        "What's the best laptop for students?",
        "How do I bake bread?",
        "Which planet is closest to the sun?",
        "",
        "?!",
        "你好",
    ],
)
def test_a_question_outside_the_field_finds_nothing(question: str) -> None:
    assert find_topics(question) == []


def test_the_three_layer_question_of_the_original_lab_is_in_the_field() -> None:
    question = "Explain the three-layer clothing system for outdoor activities in detail."
    assert find_topics(question)[0].title == "Layering clothes"


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("What are the key features to look for in a hiking backpack?", "Choosing a backpack"),
        ("Key factors when buying boots", "Hiking boots and shoes"),
        ("Which properties does a good rain jacket have?", "Rain gear"),
        ("What are the essential criteria for trekking poles?", "Trekking poles"),
    ],
)
def test_words_for_what_matters_do_not_hide_the_subject(question: str, title: str) -> None:
    assert find_topics(question)[0].title == title


def test_a_general_question_about_hiking_finds_the_essentials() -> None:
    assert find_topics("Give me hiking tips")[0].title == "Essentials for a day hike"


@pytest.mark.parametrize("topic", topics(), ids=_TITLES)
def test_a_topic_has_the_parts_that_the_composer_relies_on(topic: Topic) -> None:
    assert 6 <= len(topic.items) <= 10
    assert 2 <= len(topic.introduction) <= 3
    # The short answer of a topic has to fit a request for 20 words.
    assert len(topic.introduction[0].split()) <= 20
    assert all(item.text.endswith((".", "!", "?")) for item in topic.items)
    assert topic.closing


@pytest.mark.parametrize("topic", topics(), ids=_TITLES)
def test_no_entry_stands_twice_in_a_topic(topic: Topic) -> None:
    assert len({item.name for item in topic.items}) == len(topic.items)


def test_topics_are_read_once() -> None:
    assert topics() is topics()


def test_reading_all_topics_is_fast() -> None:
    topics.cache_clear()
    start = time.perf_counter()
    knowledge.topics()
    assert time.perf_counter() - start < 0.1  # usually 5 ms; a busy machine may be slower


def test_a_file_without_keywords_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"kites\.md: expected a title, a Keywords line"):
        parse_topic("# Kites\n\nThey fly.\n", "kites.md")


def test_a_new_file_needs_nothing_else() -> None:
    text = "# Kites\nKeywords: kite\n\nThey fly. High.\n\n- **String**: Long.\n\nThe end.\n"
    topic = parse_topic(text)
    assert topic.title == "Kites"
    assert topic.introduction == ("They fly.", "High.")
    assert [(item.name, item.text) for item in topic.items] == [("String", "Long.")]
    assert topic.closing == "The end."


def test_a_decimal_point_does_not_end_a_sentence() -> None:
    assert sentences("It weighs 1.5 kg. Good? Yes!") == ["It weighs 1.5 kg.", "Good?", "Yes!"]
