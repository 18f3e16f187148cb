"""A reply as JSON says what the tools, the answer and the question tell."""

import json
from typing import Any

from labkit.offline.tools.history import Answered
from labkit.offline.tools.replies import Known, as_json, points, sentences

TEXT, NUMBER = {"type": "string"}, {"type": "number"}
TEXTS = {"type": "array", "items": TEXT}
ADVICE = "Two things matter:\n\n- **Weight**: Less is more.\n- **Price**: Buy once."


def closed(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def reply(known: Known, **properties: Any) -> Any:
    schema = {"name": "reply", "schema": closed(**properties), "strict": True}
    return json.loads(as_json({"type": "json_schema", "json_schema": schema}, known))


def test_what_tools_found_fills_a_list_of_objects() -> None:
    rows = [{"id": "P1", "name": "Wren", "price": 5}, {"id": "P2", "name": "Owl", "price": 7}]
    known = Known("Which tents?", "Two tents.", [Answered("search", {}, rows)])
    row = closed(product_id=TEXT, name=TEXT, price=NUMBER)
    found = reply(known, tents={"type": "array", "items": row}, count={"type": "integer"})
    assert found["count"] == 2
    assert found["tents"][1] == {"product_id": "P2", "name": "Owl", "price": 7}


def test_the_answer_and_its_points_fill_texts() -> None:
    found = reply(Known("What matters?", ADVICE), answer=TEXT, tips=TEXTS, topic=TEXT)
    assert found["answer"] == ADVICE
    assert found["tips"] == ["**Weight**: Less is more.", "**Price**: Buy once."]
    assert found["topic"] == "matters"


def test_the_points_fill_objects_where_no_tool_ran() -> None:
    steps = {"type": "array", "items": closed(name=TEXT, description=TEXT)}
    found = reply(Known("What matters?", ADVICE), steps=steps)
    assert [step["name"] for step in found["steps"]] == ["Weight", "Price"]


def test_products_that_the_answer_names_are_told_as_they_are_sold() -> None:
    found = reply(Known("A tent?", "Take Larkfield 2."), product_name=TEXT, price=NUMBER)
    assert found == {"product_name": "Larkfield 2", "price": 149}


def test_facts_are_extracted_from_the_question() -> None:
    known = Known("Alice and Bob are going to a fair on Friday.", "We cannot tell.")
    assert reply(known, date=TEXT, participants=TEXTS) == {
        "date": "Friday",
        "participants": ["Alice", "Bob"],
    }


def test_a_json_object_has_sensible_keys() -> None:
    found = json.loads(as_json({"type": "json_object"}, Known("Why wool?", ADVICE)))
    assert list(found) == ["topic", "answer", "items"]


def test_a_text_falls_into_sentences_and_points() -> None:
    assert sentences("One. Two!") == ["One.", "Two!"]
    assert sentences("") == [""]
    assert points("1. first\n2. second") == ["first", "second"]
