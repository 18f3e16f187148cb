"""Tools as learners write them, and a loop that lets the advisor run them."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from labkit.offline.advisor import Decision, decide
from labkit.outdoor import CATALOGUE, find_category

TEXT = {"type": "string"}
NUMBER = {"type": "number"}
WHOLE = {"type": "integer"}
FLAG = {"type": "boolean"}
TEXTS = {"type": "array", "items": TEXT}


def tool(name: str, description: str, required: Sequence[str] = (), **properties: Any) -> Any:
    parameters = {"type": "object", "properties": properties, "required": list(required)}
    function = {"name": name, "description": description, "parameters": parameters}
    return {"type": "function", "function": function}


SHOP = [
    tool(
        "search_products",
        "Search the catalogue by category, price and availability.",
        ["category"],
        category={"type": "string", "description": "Product category, such as tents"},
        max_price={"type": "number", "description": "Highest price in dollars"},
        in_stock={"type": "boolean", "description": "Only products in stock"},
    ),
    tool(
        "get_product_details",
        "Get all details of one product.",
        ["product_id"],
        product_id={"type": "string", "description": "Product id, such as P001"},
    ),
    tool(
        "calculate_total",
        "Calculate the total price of products, with an optional discount.",
        ["product_ids"],
        product_ids=TEXTS,
        discount_percent={"type": "number", "default": 0},
    ),
]


def search_products(
    category: str, max_price: float | None = None, in_stock: bool | None = None
) -> list[dict[str, Any]]:
    return [
        {
            "id": p.id,
            "name": p.name,
            "price": p.price,
            "weight_g": p.weight_g,
            "comfort_c": p.comfort_c,
        }
        for p in CATALOGUE
        if p.category == find_category(category)
        and (max_price is None or p.price <= max_price)
        and (in_stock is None or p.in_stock == in_stock)
    ]


def get_product_details(product_id: str) -> dict[str, Any]:
    for product in CATALOGUE:
        if product.id == product_id:
            return {"id": product.id, "name": product.name, "price": product.price}
    return {"error": f"There is no product {product_id}."}


def calculate_total(product_ids: list[str], discount_percent: float = 0) -> dict[str, Any]:
    total = sum(product.price for product in CATALOGUE if product.id in product_ids)
    return {"total": round(total * (1 - discount_percent / 100), 2)}


SHOP_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "search_products": search_products,
    "get_product_details": get_product_details,
    "calculate_total": calculate_total,
}

Turn = list[tuple[str, dict[str, Any]]]


def ask(question: str) -> list[dict[str, Any]]:
    return [{"role": "user", "content": question}]


def answered(messages: list[Any], decision: Decision, results: Sequence[str]) -> list[Any]:
    """Return the messages with a decision's calls and their results."""
    start = len(messages)
    calls = [
        {
            "id": f"call_{start}_{i}",
            "type": "function",
            "function": {"name": call.name, "arguments": json.dumps(call.arguments)},
        }
        for i, call in enumerate(decision.calls)
    ]
    turn = {"role": "assistant", "content": decision.text or None, "tool_calls": calls}
    told = [
        {"role": "tool", "tool_call_id": call["id"], "content": result}
        for call, result in zip(calls, results, strict=True)
    ]
    return [*messages, turn, *told]


def converse(
    question: str | list[Any],
    tools: Sequence[Any] = SHOP,
    functions: Mapping[str, Callable[..., Any]] = SHOP_FUNCTIONS,
    **options: Any,
) -> tuple[list[Turn], str]:
    """Return the calls of each turn until the advisor answers, and its answer."""
    messages = ask(question) if isinstance(question, str) else question
    turns: list[Turn] = []
    for _ in range(8):
        decision = decide(messages, tools=tools, **options)
        if not decision.calls:
            return turns, decision.text
        turns.append([(call.name, call.arguments) for call in decision.calls])
        results = [
            functions.get(call.name, lambda **_: {"done": True})(**call.arguments)
            for call in decision.calls
        ]
        messages = answered(messages, decision, [json.dumps(result) for result in results])
    raise AssertionError(f"no answer after 8 turns: {turns}")


def first_calls(question: str, *tools: Any, **options: Any) -> Turn:
    decision = decide(ask(question), tools=tools, **options)
    return [(call.name, call.arguments) for call in decision.calls]
