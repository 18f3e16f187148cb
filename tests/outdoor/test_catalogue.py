import dataclasses

import pytest

from labkit.outdoor import (
    CATALOGUE,
    CATEGORIES,
    Product,
    find_categories,
    find_category,
    find_product,
)


def _in(category: str) -> list[Product]:
    return [product for product in CATALOGUE if product.category == category]


def test_ids_count_up_from_p001() -> None:
    assert [p.id for p in CATALOGUE] == [f"P{n:03}" for n in range(1, len(CATALOGUE) + 1)]
    assert "P004" in {product.id for product in CATALOGUE}


def test_names_are_unique() -> None:
    assert len({product.name for product in CATALOGUE}) == len(CATALOGUE)


def test_there_are_eight_categories_with_two_products_or_more_each() -> None:
    assert len(CATEGORIES) == 8
    assert all(len(_in(category)) >= 2 for category in CATEGORIES)


def test_a_product_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        CATALOGUE[0].price = 1.0  # type: ignore[misc]


def test_every_product_has_a_price_a_weight_one_sentence_and_features() -> None:
    for product in CATALOGUE:
        assert product.price > 0
        assert product.weight_g > 0
        assert product.description.endswith(".")
        assert ". " not in product.description
        assert len(product.features) >= 2


def test_each_category_shows_its_own_measure() -> None:
    assert all(p.persons for p in _in("tents"))
    assert all(p.comfort_c is not None for p in _in("sleeping bags"))
    assert all(p.litres for p in _in("backpacks"))


def test_two_tents_under_250_dollars_are_in_stock() -> None:
    assert len([p for p in _in("tents") if p.price < 250 and p.in_stock]) >= 2


def test_several_tents_and_sleeping_bags_cost_under_300_dollars() -> None:
    for category in ("tents", "sleeping bags"):
        assert len([p for p in _in(category) if p.price < 300]) >= 3


def test_some_products_are_out_of_stock() -> None:
    assert 3 <= len([p for p in CATALOGUE if not p.in_stock]) <= len(CATALOGUE) // 3


def test_there_is_a_light_tent_and_a_bag_for_freezing_nights() -> None:
    assert min(p.weight_g for p in _in("tents")) < 1000
    assert any(p.comfort_c == 0 and p.in_stock for p in _in("sleeping bags"))


@pytest.mark.parametrize("category", CATEGORIES)
def test_a_category_finds_itself(category: str) -> None:
    assert find_category(category) == category
    assert find_category(category.upper()) == category
    assert find_category(category.replace(" ", "_")) == category


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("Tents", "tents"),
        ("tent", "tents"),
        ("pack", "backpacks"),
        ("rucksacks", "backpacks"),
        ("bags", "sleeping bags"),
        ("a warm sleeping bag", "sleeping bags"),
        ("sleeping mat", "sleeping pads"),
        ("mattresses", "sleeping pads"),
        ("footwear", "footwear"),
        ("hiking shoes", "footwear"),
        ("Boots", "footwear"),
        ("rain jacket", "jackets"),
        ("cookers", "stoves"),
        ("head torches", "headlamps"),
        ("a light tent", "tents"),
        ("something to light the path", None),
        ("a backpacking trip", None),
        ("kayaks", None),
        ("", None),
    ],
)
def test_everyday_words_mean_a_category(text: str, category: str | None) -> None:
    assert find_category(text) == category


def test_all_categories_of_a_text_are_found_in_its_order() -> None:
    assert find_categories("boots, a tent and more boots") == ["footwear", "tents"]


def test_a_product_is_found_by_its_number_or_its_name() -> None:
    product = CATALOGUE[3]
    assert find_product("is p004 in stock?") == product
    assert find_product(f"tell me about the {product.name.upper()}") == product
    assert find_product("P0040") is None
