"""Conversations that go on from a stored response."""

import httpx2
import pytest
from openai.types.responses import ResponseItemList

from labkit.offline.responses.store import MOST, Kept, Responses
from tests.offline.responses.conftest import FLAT, ONE_CALL, Post, calls, events, text


def test_a_second_turn_goes_on_from_the_first(post: Post) -> None:
    first = events(post("Which tent is best for two?", stream=True))[-1]["response"]
    alone = text(events(post("Why?", stream=True)))
    after = events(post("Why?", previous_response_id=first["id"], stream=True))
    assert text(after) != alone
    last = after[-1]["response"]
    assert last["previous_response_id"] == first["id"]
    assert last["usage"]["input_tokens"] > first["usage"]["total_tokens"]


def test_a_tools_output_finds_its_call_in_the_stored_response(post: Post) -> None:
    first = post(ONE_CALL, tools=FLAT).json()
    [call] = [item for item in first["output"] if item["type"] == "function_call"]
    told = {"type": "function_call_output", "call_id": call["call_id"]}
    told["output"] = '[{"id": "P006", "name": "Wren 1", "price": 199}]'
    second = post([told], tools=FLAT, previous_response_id=first["id"]).json()
    assert not calls(second)
    assert "Wren 1" in second["output"][0]["content"][0]["text"]


def test_a_stored_call_without_its_output_is_refused(post: Post) -> None:
    first = post(ONE_CALL, tools=FLAT).json()
    response = post("And boots?", previous_response_id=first["id"])
    assert response.status_code == 400
    assert "No tool output found for function call call_" in response.json()["error"]["message"]


def test_a_stored_response_is_found_until_it_is_deleted(post: Post, http: httpx2.Client) -> None:
    made = post().json()
    path = f"/v1/responses/{made['id']}"
    assert http.get(path).json() == made
    assert http.delete(path).json() == {"id": made["id"], "object": "response", "deleted": True}
    for response in (http.get(path), http.delete(path), http.get(f"{path}/input_items")):
        assert response.status_code == 404
        assert made["id"] in response.json()["error"]["message"]


def test_store_false_keeps_nothing(post: Post, http: httpx2.Client) -> None:
    made = post(store=False).json()
    assert http.get(f"/v1/responses/{made['id']}").status_code == 404
    again = post(previous_response_id=made["id"])
    assert again.json()["error"]["code"] == "previous_response_not_found"


def test_an_item_can_be_referred_to_by_its_id(post: Post) -> None:
    made = post("Which tent is best for two?").json()
    [item] = made["output"]
    for reference in ({"type": "item_reference", "id": item["id"]}, {"id": item["id"]}):
        response = post([reference, {"role": "user", "content": "Why?"}])
        assert response.json()["usage"]["input_tokens"] > made["usage"]["output_tokens"]
    assert post([{"type": "item_reference", "id": "msg_0"}]).status_code == 404


def test_the_items_that_were_answered_are_listed_newest_first(
    post: Post, http: httpx2.Client
) -> None:
    first = post("One?").json()
    second = post("Two?", previous_response_id=first["id"]).json()

    def listed(**query: object) -> tuple[list[str], bool]:
        found = http.get(f"/v1/responses/{second['id']}/input_items", params=query).json()  # type: ignore[arg-type]
        ResponseItemList.model_validate(found, strict=True)
        return [item["content"][0]["text"] for item in found["data"]], found["has_more"]

    answer = first["output"][0]["content"][0]["text"]
    last = http.get(f"/v1/responses/{second['id']}/input_items").json()["first_id"]
    assert listed() == (["Two?", answer, "One?"], False)
    assert listed(order="asc", limit=1) == (["One?"], True)
    assert listed(after=last, limit=2) == ([answer, "One?"], False)


@pytest.mark.parametrize("limit", ["0", "101", "x", "-1"])
def test_a_limit_out_of_bounds_is_refused(post: Post, http: httpx2.Client, limit: str) -> None:
    path = f"/v1/responses/{post().json()['id']}/input_items"
    assert http.get(path, params={"limit": limit}).json()["error"]["param"] == "limit"


def test_the_oldest_response_makes_room_for_the_newest() -> None:
    responses = Responses()
    for i in range(MOST + 1):
        responses.add(f"resp_{i}", Kept({"id": f"resp_{i}", "output": []}, ()))
    assert responses.find("resp_0") is None
    assert responses.find("resp_1")
    assert responses.find(f"resp_{MOST}")


@pytest.mark.parametrize("query", [{"order": "sideways"}, {"after": "msg_none"}, {"limit": "0"}])
def test_a_list_that_cannot_be_given_is_refused(
    post: Post, http: httpx2.Client, query: dict[str, str]
) -> None:
    path = f"/v1/responses/{post().json()['id']}/input_items"
    response = http.get(path, params=query)
    assert response.status_code == 400
    assert response.json()["error"]["param"] == next(iter(query))
