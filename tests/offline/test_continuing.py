"""An answer that broke off goes on where it stopped, in every dialect."""

import json
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.offline.advisor import Decision
from labkit.offline.continuing import next_turn
from labkit.offline.requests import ChatRequest, parse_request
from labkit.outdoor import TOOL_FUNCTIONS, TOOLS
from tests.offline.assistants.conftest import museum  # noqa: F401
from tests.offline.assistants.museum import Museum
from tests.offline.responses.conftest import Post, post  # noqa: F401

Message = dict[str, Any]
BOOTS = "How do I choose hiking boots?"
TENTS = "Find a tent for two under 300 dollars"
GO_ON = "Continue exactly where you stopped."
PLEAS = (
    GO_ON,
    "continue",
    "Please go on.",
    "Carry on, please",
    "Keep going!",
    "Finish your answer.",
    "Finish your last sentence.",
    "The connection broke. Please continue from the last word, without repeating anything.",
)


def user(text: str) -> Message:
    return {"role": "user", "content": text}


def mine(text: str) -> Message:
    return {"role": "assistant", "content": text}


def request(*messages: Message, **more: Any) -> ChatRequest:
    return parse_request(json.dumps({"model": "m", "messages": messages, **more}).encode())


def said(*messages: Message, **more: Any) -> str:
    return next_turn(request(*messages, **more)).text


def with_results(question: str) -> list[Message]:
    """Return a talk in which the tools have answered and the model has not."""
    [call] = next_turn(request(user(question), tools=TOOLS)).calls
    function = {"name": call.name, "arguments": json.dumps(call.arguments)}
    calls = [{"id": "call_1", "type": "function", "function": function}]
    result = json.dumps(TOOL_FUNCTIONS[call.name](**call.arguments))
    asks = {"role": "assistant", "content": None, "tool_calls": calls}
    return [user(question), asks, {"role": "tool", "tool_call_id": "call_1", "content": result}]


SYSTEM = {"role": "system", "content": "You are Ranger, a guide. Answer in two paragraphs."}
TALKS: list[tuple[list[Message], dict[str, Any]]] = [
    ([user(BOOTS)], {}),
    ([user("Count to 60")], {"temperature": 0.3}),
    ([user("Why is the sky blue?")], {"stop": ["\n"]}),
    ([SYSTEM, user(BOOTS), mine("Buy some."), user("And in winter?")], {"seed": 7}),
    (with_results(TENTS), {"tools": TOOLS}),
]
WHOLES = [said(*talk, **more) for talk, more in TALKS]


@given(st.sampled_from(range(len(TALKS))), st.sampled_from(("", *PLEAS)), st.floats(0, 1))
def test_part_and_rest_are_the_whole_answer_wherever_it_was_cut(
    which: int, plea: str, share: float
) -> None:
    (talk, more), whole = TALKS[which], WHOLES[which]
    part = whole[: max(1, int(share * (len(whole) - 1)))]
    asked = [user(plea)] if plea else []
    assert part + said(*talk, mine(part), *asked, **more) == whole


@given(st.lists(st.integers(1, 300), min_size=1, max_size=4))
def test_an_answer_that_breaks_again_and_again_goes_on_each_time(sizes: list[int]) -> None:
    talk, whole = [user(BOOTS)], ""
    for size in sizes:
        part = said(*talk)[:size]
        talk += [mine(part), user(GO_ON)]
        whole += part
    assert whole + said(*talk) == WHOLES[0]


def test_before_the_first_delta_nothing_is_lost() -> None:
    assert said(user(BOOTS), mine(""), user(GO_ON)) == WHOLES[0]


def test_a_text_before_tool_calls_goes_on_with_the_calls() -> None:
    asked = next(
        each
        for each in (request(user(TENTS), tools=TOOLS, seed=i) for i in range(9))
        if next_turn(each).text
    )
    whole = next_turn(asked)
    rest = next_turn(
        asked.with_messages([user(TENTS), mine(whole.text[:5]), user(GO_ON)]),
    )
    assert rest == Decision(whole.text[5:], whole.calls)
    after = next_turn(asked.with_messages([user(TENTS), mine(whole.text), user(GO_ON)]))
    assert after == Decision("", whole.calls)


@pytest.mark.parametrize("plea", PLEAS)
def test_another_models_part_is_continued_with_what_it_has_not_said(plea: str) -> None:
    part = "Light shoes suit good paths and small packs. Stiffer boots earn th"
    rest = said(user(BOOTS), mine(part), user(plea))
    assert rest.startswith("eir weight on rubble")
    part = "First choose footwear by fit, then by terrain and load; what pinches indoors will hurt "
    part += "outside. As for the"
    rest = said(user(BOOTS), mine(part), user(plea))
    assert rest.startswith("\n\n")
    assert "pinches indoors" not in rest
    assert "- **Heel hold**" in rest


def test_to_a_whole_answer_there_is_nothing_to_add() -> None:
    assert said(user(BOOTS), mine(WHOLES[0]), user(GO_ON)).startswith("There is nothing to add")


def test_go_on_after_a_whole_answer_still_asks_for_more() -> None:
    more = said(user(BOOTS), mine(WHOLES[0]), user("Go on."))
    assert len(more) > 100
    assert more.split(".")[0] not in WHOLES[0]


@pytest.mark.parametrize(
    "question",
    [
        "Should I continue with boots?",
        "Can I go on a hike alone?",
        "Continue with tents",
        "Continue, but about tents.",
        "Now continue: what about tents?",
        "go on, tell me about tents",
        "Proceed at once to tents.",
        "Resume: how do I write one?",
        "carry on: what is allowed?",
    ],
)
def test_a_question_with_such_a_word_is_no_plea(question: str) -> None:
    assert not WHOLES[0].endswith(said(user(BOOTS), mine(WHOLES[0][:200]), user(question)))


def test_what_another_agent_says_last_is_not_ours_to_finish() -> None:
    other = {**mine(WHOLES[0][:100]), "name": "Writer"}
    assert not WHOLES[0].endswith(said(user(BOOTS), other))


def test_choices_go_on_alike_whichever_is_asked_for() -> None:
    asked = request(user(BOOTS), n=3)
    wholes = [next_turn(asked, i).text for i in range(3)]
    for i, whole in enumerate(wholes):
        talk = asked.with_messages([user(BOOTS), mine(whole[:99]), user(GO_ON)])
        assert whole[:99] + next_turn(talk, i).text == whole


def test_a_chat_stream_cut_by_a_limit_goes_on_until_it_is_whole(http: httpx2.Client) -> None:
    def ask(**more: Any) -> Any:
        body = {"model": "m", "messages": talk, **more}
        [choice] = http.post("/v1/chat/completions", json=body).json()["choices"]
        return choice

    talk = [user(BOOTS)]
    whole, text, reason = ask()["message"]["content"], "", "length"
    while reason == "length":
        choice = ask(max_completion_tokens=90)
        reason, text = choice["finish_reason"], text + choice["message"]["content"]
        talk = [user(BOOTS), mine(text), user(GO_ON)]
    assert text == whole


def test_a_response_cut_by_a_limit_goes_on_from_its_id(post: Post) -> None:  # noqa: F811
    first = post(BOOTS, max_output_tokens=40).json()
    assert first["status"] == "incomplete"
    rest = post(GO_ON, previous_response_id=first["id"]).json()
    texts = [each["output"][0]["content"][0]["text"] for each in (first, rest, post(BOOTS).json())]
    assert texts[0] + texts[1] == texts[2]


def test_a_run_cut_by_a_limit_goes_on_in_its_thread(museum: Museum) -> None:  # noqa: F811
    def answers() -> list[str]:
        listed = museum.get(f"/threads/{thread}/messages", order="asc").json()["data"]
        return [m["content"][0]["text"]["value"] for m in listed if m["role"] == "assistant"]

    thread = museum.thread(BOOTS)
    museum.run(thread=thread, max_completion_tokens=300)
    [part] = answers()
    museum.post(f"/threads/{thread}/messages", user(GO_ON))
    museum.run(thread=thread)
    thread, rest = museum.thread(BOOTS), answers()[1]
    museum.run(thread=thread)
    assert [part + rest] == answers()
