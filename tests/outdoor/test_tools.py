"""The shop's tools give an answer to anything that a model may pass."""

import inspect
import json
from typing import Any

import fastjsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.outdoor import (
    CATALOGUE,
    CATEGORIES,
    TOOL_FUNCTIONS,
    TOOLS,
    calculate_total,
    get_product_details,
    search_products,
)
from labkit.tool_results import as_text
from tests.fragments import JSON

IDS = [product.id for product in CATALOGUE]
ANYTHING = JSON | st.sampled_from(["tents", "P004", 10]) | st.lists(JSON | st.sampled_from(IDS))
SCHEMAS = {tool["function"]["name"]: tool["function"]["parameters"] for tool in TOOLS}


def ids(found: Any) -> list[str]:
    assert isinstance(found, list), found
    return [product["id"] for product in found]


def error(result: Any) -> str:
    assert isinstance(result, dict)
    return str(result["error"])


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"category": "tents"}, ["P004", "P006", "P001", "P003", "P002", "P005"]),
        ({"category": "tents", "max_price": 250, "in_stock": True}, ["P004", "P006", "P001"]),
        ({"category": "tents", "max_price": 149}, ["P004"]),
        ({"category": "tents", "max_price": 148.99}, []),
        ({"category": "sleeping bags", "max_price": 300}, ["P011", "P009", "P008", "P007"]),
        ({"category": "sleeping bags", "in_stock": False}, ["P011", "P010"]),
        ({"category": "headlamps", "max_price": None, "in_stock": None}, ["P026", "P025"]),
    ],
)
def test_a_search_finds_what_fits_cheapest_first(
    arguments: dict[str, Any], expected: list[str]
) -> None:
    assert ids(search_products(**arguments)) == expected


@pytest.mark.parametrize("category", ["tent", "Tents", "TENT", "a light tent", " tents "])
def test_a_category_may_be_singular_plural_or_in_any_case(category: str) -> None:
    assert search_products(category) == search_products("tents")


@given(
    st.sampled_from(CATEGORIES),
    st.none() | st.floats(0, 500),
    st.sampled_from([None, True, False]),
)
def test_a_search_finds_all_that_fit_and_nothing_else(
    category: str, max_price: float | None, in_stock: bool | None
) -> None:
    fitting = [
        product.id
        for product in CATALOGUE
        if product.category == category
        and (max_price is None or product.price <= max_price)
        and (in_stock is None or product.in_stock == in_stock)
    ]
    assert sorted(ids(search_products(category, max_price, in_stock))) == fitting


def test_a_found_product_shows_its_facts_but_no_long_texts() -> None:
    [found] = search_products("tents", max_price=150)
    assert found == {
        "id": "P004",
        "name": "Larkfield 2",
        "category": "tents",
        "price": 149.0,
        "in_stock": True,
        "weight_g": 2900,
        "persons": 2,
    }


def test_an_unknown_category_is_answered_with_the_known_ones() -> None:
    said = error(search_products("kayaks"))
    assert said.startswith("There is no category 'kayaks'. We have: tents, sleeping bags")
    assert all(category in said for category in CATEGORIES)


@pytest.mark.parametrize("price", ["250", True, [250], {}])
def test_a_price_that_is_no_number_is_named(price: Any) -> None:
    assert error(search_products("tents", max_price=price)) == (
        f"max_price must be a number of dollars, but it is {price!r}."
    )


@pytest.mark.parametrize("stock", ["true", "yes", 2, []])
def test_an_availability_that_is_neither_true_nor_false_is_named(stock: Any) -> None:
    assert error(search_products("tents", in_stock=stock)) == (
        f"in_stock must be true or false, but it is {stock!r}."
    )


@pytest.mark.parametrize("product", CATALOGUE, ids=IDS)
def test_details_are_all_that_is_known(product: Any) -> None:
    details = get_product_details(product.id)
    assert details["description"] == product.description
    assert all(details[name] == getattr(product, name) for name in details)
    assert None not in details.values()
    for found in search_products(product.category):
        assert found.items() <= get_product_details(found["id"]).items()


@pytest.mark.parametrize("product_id", ["p004", " P004 ", "P004\n"])
def test_an_id_may_be_written_carelessly(product_id: str) -> None:
    assert get_product_details(product_id)["name"] == "Larkfield 2"
    assert calculate_total([product_id])["total"] == 149.0


@pytest.mark.parametrize("product_id", ["P099", "", "tent", 4, None, ["P004"]])
def test_an_unknown_id_is_named(product_id: Any) -> None:
    assert error(get_product_details(product_id)) == (
        f"There is no product with the id {product_id!r}. Ids look like P001."
    )


def test_a_total_shows_its_items_and_its_discount() -> None:
    assert calculate_total(["P004", "P007"], 10) == {
        "items": [
            {"id": "P004", "name": "Larkfield 2", "price": 149.0},
            {"id": "P007", "name": "Dormouse 0", "price": 219.0},
        ],
        "subtotal": 368.0,
        "discount_percent": 10,
        "total": 331.2,
    }


def test_without_a_discount_the_total_is_the_subtotal_and_an_id_counts_as_often_as_it_stands() -> (
    None
):
    bill = calculate_total(["P026", "P026"])
    assert (bill["subtotal"], bill["discount_percent"], bill["total"]) == (48.0, 0, 48.0)
    assert len(bill["items"]) == 2


@given(st.lists(st.sampled_from(CATALOGUE), min_size=1), st.floats(0, 100))
def test_a_total_is_right_to_the_cent(products: list[Any], discount: float) -> None:
    bill = calculate_total([product.id for product in products], discount)
    exact = sum(product.price for product in products) * (100 - discount) / 100
    assert abs(bill["total"] - exact) <= 0.005 + 1e-6
    assert "error" not in bill


@given(st.lists(st.sampled_from(IDS)), st.lists(st.just("P099"), min_size=1))
def test_unknown_ids_are_named_and_never_dropped_in_silence(
    known: list[str], unknown: list[str]
) -> None:
    bill = calculate_total([*known, *unknown])
    assert error(bill).endswith(f"leaves them out: {', '.join(unknown)}.")
    assert [item["id"] for item in bill["items"]] == known


@pytest.mark.parametrize("product_ids", [[], "P004", None, {"id": "P004"}, 4])
def test_what_is_no_list_of_ids_is_named(product_ids: Any) -> None:
    said = error(calculate_total(product_ids))
    assert said == f"product_ids must be a list of ids such as P001, but it is {product_ids!r}."


@pytest.mark.parametrize("discount", [-1, 100.1, "10", True, None, float("nan")])
def test_a_discount_that_is_no_percentage_is_named(discount: Any) -> None:
    said = error(calculate_total(["P004"], discount))
    assert said == f"discount_percent must be 0 to 100, but it is {discount!r}."


@pytest.mark.parametrize("name", TOOL_FUNCTIONS)
@given(values=st.lists(ANYTHING, min_size=3, max_size=3))
def test_nothing_that_json_can_say_makes_a_tool_raise(name: str, values: list[Any]) -> None:
    function = TOOL_FUNCTIONS[name]
    arguments = dict(zip(SCHEMAS[name]["properties"], values, strict=False))
    assert as_text(function(**arguments))


@pytest.mark.parametrize("name", TOOL_FUNCTIONS)
def test_a_schema_says_what_its_function_takes(name: str) -> None:
    parameters = inspect.signature(TOOL_FUNCTIONS[name]).parameters.values()
    assert list(SCHEMAS[name]["properties"]) == [parameter.name for parameter in parameters]
    needed = [parameter.name for parameter in parameters if parameter.default is parameter.empty]
    assert SCHEMAS[name]["required"] == needed


def test_the_schemas_are_schemas_and_can_be_sent() -> None:
    assert list(SCHEMAS) == list(TOOL_FUNCTIONS)
    assert json.loads(json.dumps(TOOLS)) == TOOLS
    for schema in SCHEMAS.values():
        fastjsonschema.compile(schema)
        assert all(described["description"] for described in schema["properties"].values())
