"""Items become messages in the order in which the advisor reads them."""

from typing import Any

from labkit.offline.responses.conversation import as_messages
from labkit.offline.responses.outputs import function_call, message, text_part

USER = message("user", [{"type": "input_text", "text": "Boots?"}])


def call(id: str) -> dict[str, Any]:
    return function_call(id, "search", "{}")


def output(id: str) -> dict[str, Any]:
    return {"type": "function_call_output", "call_id": id, "output": f"of {id}"}


def read(*items: dict[str, Any]) -> list[Any]:
    """Return the roles of the messages, with the ids of the calls that one makes or answers."""
    found = []
    for each in as_messages(items, None):
        ids = [made["id"] for made in each.get("tool_calls", [])] or [each.get("tool_call_id")]
        found.append((each["role"], *filter(None, ids)))
    return found


def test_parallel_calls_are_one_message_and_their_outputs_follow() -> None:
    answered = read(USER, call("a"), call("b"), output("b"), output("a"))
    assert answered == [("user",), ("assistant", "a", "b"), ("tool", "a"), ("tool", "b")]


def test_calls_of_two_turns_are_two_messages() -> None:
    answered = read(USER, call("a"), output("a"), call("b"), output("b"))
    assert answered == [
        ("user",), ("assistant", "a"), ("tool", "a"), ("assistant", "b"), ("tool", "b"),
    ]  # fmt: skip


def test_what_semantic_kernel_repeats_stands_before_the_calls() -> None:
    first, second = (USER, call("a")), (USER, output("a"), call("b"))
    answered = read(*first, *second, USER, output("a"), output("b"))
    assert answered == [
        ("user",), ("user",), ("user",),
        ("assistant", "a"), ("tool", "a"), ("assistant", "b"), ("tool", "b"),
    ]  # fmt: skip


def test_instructions_come_first_and_text_before_a_call_stays_there() -> None:
    said = message("assistant", [text_part("One moment.")])
    found = as_messages([USER, said, call("a"), output("a")], "Be brief.")
    assert [each["role"] for each in found] == [
        "developer", "user", "assistant", "assistant", "tool",
    ]  # fmt: skip
    assert found[2]["content"] == "One moment."


def test_a_call_id_that_is_used_again_is_another_call() -> None:
    again = {**call("a"), "arguments": '{"category":"packs"}'}
    told = {**output("a"), "output": "packs"}
    found = as_messages([USER, call("a"), output("a"), USER, again, told], None)
    assert [each["role"] for each in found] == ["user", "assistant", "tool"] * 2
    assert [each["content"] for each in found if each["role"] == "tool"] == ["of a", "packs"]
    [first], [second] = (each["tool_calls"] for each in found if each["role"] == "assistant")
    assert (first["function"]["arguments"], second["function"]["arguments"]) == (
        "{}",
        '{"category":"packs"}',
    )


def test_calls_stand_where_the_last_of_their_outputs_is() -> None:
    answered = read(call("a"), call("b"), output("b"), USER, output("a"))
    assert answered == [("user",), ("assistant", "a", "b"), ("tool", "a"), ("tool", "b")]
